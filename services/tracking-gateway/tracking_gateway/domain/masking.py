"""Who may see what of a carrier's text: phones and names are masked, and strangers get no text at all."""

import re
from enum import StrEnum


class Audience(StrEnum):
    """For whom an answer is made.

    `agent`: everything. `party`: sender or recipient, verified: names and phones masked in part. `public`: anybody who
    knows the number: status, milestones and dates, nothing that tells of people or places.
    """

    AGENT = "agent"
    PARTY = "party"
    PUBLIC = "public"


class Asker(StrEnum):
    """Who asks, seen from the parcel."""

    SENDER = "sender"
    RECIPIENT = "recipient"
    THIRD_PARTY = "third_party"


class IdentityLevel(StrEnum):
    """How sure it is that the asker is who they say; ascending. The words are those of contact points in cases."""

    NONE = "none"
    CHANNEL = "channel"
    CONFIRMED = "confirmed"
    IDENTITY = "identity"


def audience_of(asker: Asker, identity: IdentityLevel) -> Audience:
    """What somebody may be told: a third party, and whoever proved nothing, what anybody may know."""
    if asker is Asker.THIRD_PARTY or identity is IdentityLevel.NONE:
        return Audience.PUBLIC
    return Audience.PARTY


_ADDRESS_SHOWN = 6


def mask_name(name: str) -> str:
    """A name of which only the beginning is left."""
    return f"{name[:1]}**"


def mask_phone(phone: str) -> str:
    """A phone number of which the end is left, as on a label."""
    return f"{phone[:-8]}****{phone[-4:]}" if len(phone) > 8 else "****"


def mask_address(address: str) -> str:
    """An address of which the town is left at most."""
    return f"{address[:_ADDRESS_SHOWN]}***"


def same_phone(one: str | None, other: str) -> bool:
    """Whether two writings are one phone number: the same last eleven digits, or all of a shorter one."""
    left, right = (re.sub(r"\D", "", text or "")[-11:] for text in (one, other))
    return len(left) >= 7 and left == right


_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?(1[3-9]\d)[- ]?(\d{4})[- ]?(\d{4})(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3}[- ])(\d{4,5})(\d{3})(?!\d)")
_FOREIGN = re.compile(r"(?<![\w+])(\+\d{1,3}[- ]?)((?:[- ()]{0,2}\d){4,9})([- ]?\d{3})(?!\d)")
_EMAIL = re.compile(r"(?<![\w.])([\w.+-])[\w.+-]*(@[\w-]+(?:\.[\w-]+)+)")
_NOT_NAMES = "本人|家人|他人|前台|门卫|物业|保安|邻居|同事|收发室|传达室|代收点|驿站|快递柜|门口|亲友|单位|公司"
_NAMED_ZH = re.compile(
    rf"((?:签收人|收件人|寄件人|代收人|派件员|派送员|快递员|业务员|投递员|配送员|联系人)(?:是|为)?[：: ]*[【\[(（]?\s*)"
    rf"(?!{_NOT_NAMES})([\u4e00-\u9fff])([\u4e00-\u9fff]{{1,3}})(?=[】\])）,，。;；、:： ]|\d|$)"
)
_NAMED_EN = re.compile(
    r"\b((?i:signed(?: for)? by|received by|recipient|consignee|signature|left with|courier|driver)\s*[:\-]?\s*)"
    r"([A-Z])[A-Za-z'.-]*((?:\s+[A-Z][A-Za-z'.-]*)*)"
)


def mask_text(text: str) -> str:
    """The text with phones, addresses of mail and the names of people made unrecognisable."""
    text = _MOBILE.sub(r"\1****\3", text)
    text = _LANDLINE.sub(lambda match: f"{match[1]}{'*' * len(match[2])}{match[3]}", text)
    text = _FOREIGN.sub(lambda match: match[1] + "*" * sum(char.isdigit() for char in match[2]) + match[3], text)
    text = _EMAIL.sub(r"\1***\2", text)
    text = _NAMED_ZH.sub(lambda match: f"{match[1]}{match[2]}{'*' * len(match[3])}", text)
    return _NAMED_EN.sub(lambda match: f"{match[1]}{match[2]}***", text)
