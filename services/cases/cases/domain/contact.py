"""Addresses of customers: their normal form, and how much of them is shown to whom."""

import re
from enum import StrEnum

import phonenumbers

from contracts.values import ContactKind


class Verification(StrEnum):
    """How sure it is that whoever uses an address is its customer; ascending.

    `channel`: the channel itself proves the address; `confirmed`: a code or callback proved it; `identity`: the
    person's identity was inspected.
    """

    NONE = "none"
    CHANNEL = "channel"
    CONFIRMED = "confirmed"
    IDENTITY = "identity"


_RANK = {level: rank for rank, level in enumerate(Verification)}

WITHHELD = frozenset({"anonymous", "restricted", "unavailable", "unknown", "private", "withheld", ""})
"""What carriers send in place of a number that the caller withholds."""

WITHHELD_NUMBERS = frozenset({"+7378742833", "+2562533", "+8656696", "+266696687", "+86282452253"})
"""The same words typed on a keypad (RESTRICTED, BLOCKED, UNKNOWN, ANONYMOUS, UNAVAILABLE), as some carriers do."""


def higher(one: Verification, other: Verification) -> Verification:
    """The higher of two levels: verification never gets lost by a weaker contact."""
    return one if _RANK[one] >= _RANK[other] else other


def normal_address(kind: ContactKind, address: str, region: str) -> str | None:
    """The one form under which an address is stored; None for a caller who withholds the number.

    Phones become E.164, read as numbers of `region` (ISO 3166) when they have no country code; what is no phone number
    at all (a short code, an alphanumeric sender) stays as it is. Mail addresses are compared in lower case.
    """
    text = address.strip()
    if kind is ContactKind.PHONE:
        return _phone(text, region)
    if kind is ContactKind.EMAIL:
        return text.lower()
    return text


def _phone(text: str, region: str) -> str | None:
    bare = text.removeprefix("tel:").strip()
    if bare.lower() in WITHHELD or re.sub(r"[\s()-]", "", bare) in WITHHELD_NUMBERS:
        return None
    try:
        number = phonenumbers.parse(bare, region)
    except phonenumbers.NumberParseException:
        return bare.lower()
    if not phonenumbers.is_valid_number(number):
        digits = re.sub(r"\D", "", bare)
        return f"+{digits}" if bare.startswith("+") and digits else bare.lower()
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def masked(kind: str, address: str) -> str:
    """The address as readers see it who have no right to personal data: enough to recognise, too little to use."""
    if kind == ContactKind.EMAIL:
        name, at, domain = address.partition("@")
        return f"{name[:1]}***{at}{domain}"
    if kind == ContactKind.PHONE:
        return f"{address[:4]}****{address[-4:]}" if len(address) > 8 else f"****{address[-2:]}"
    return f"{address[:2]}****" if len(address) > 4 else "****"


def masked_name(name: str) -> str:
    """A name with only its first character left."""
    return f"{name[:1]}**"
