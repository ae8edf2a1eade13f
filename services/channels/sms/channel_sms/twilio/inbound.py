"""Twilio's message webhook as plain data. Everything is parsed by hand: this is the hottest path of the channel."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.ids import derived_id

_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}\Z")
_ADDRESS_LIMIT = 320
_UNSAFE = re.compile(r"[\x00-\x1f\x7f]")
_KNOWN = frozenset({"MessageSid", "From", "To", "Body", "OptOutType"})


class MalformedField(Exception):
    """A field of the webhook is missing or unusable."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.field, self.detail = field, detail


@dataclass(frozen=True, slots=True)
class Media:
    """A file that Twilio keeps for us."""

    url: str
    content_type: str


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One inbound message. `fields` holds everything else that Twilio said, known to us or not."""

    message_id: UUID
    sid: str
    account: str
    address: str
    text: str
    media: tuple[Media, ...]
    opt_out_type: str | None
    fields: dict[str, Any]
    received_at: datetime


def message_id_of(sid: str) -> UUID:
    """The id a Twilio message has in the house; the same for each delivery of its webhook."""
    return derived_id("twilio", sid)


def read_message(pairs: Sequence[tuple[str, str]], received_at: datetime) -> InboundMessage:
    """The message in the form fields `pairs` (repeated names keep their last value). Raises MalformedField."""
    form = dict(pairs)
    sid = read_sid(form, "MessageSid", alias="SmsSid")
    return InboundMessage(
        message_id=message_id_of(sid),
        sid=sid,
        account=_address(form, "To"),
        address=_address(form, "From"),
        text=storable(form.get("Body", "")),
        media=_media(form),
        opt_out_type=form.get("OptOutType") or None,
        fields={storable(name): storable(value) for name, value in form.items() if name not in _KNOWN},
        received_at=received_at,
    )


def read_sid(form: dict[str, str], name: str, *, alias: str) -> str:
    """A required Twilio id: two letters and 32 hexadecimal digits. Raises MalformedField."""
    sid = form.get(name) or form.get(alias) or ""
    if not _SID.match(sid):
        raise MalformedField(name, "must be two capital letters and 32 hexadecimal digits")
    return sid


def storable(text: str) -> str:
    """`text` as PostgreSQL can keep it: NUL is not allowed there and becomes the replacement character."""
    return text.replace("\x00", "\ufffd") if "\x00" in text else text


def _address(form: dict[str, str], name: str) -> str:
    """A telephone number, short code or sender name. Only what cannot be an address at all is refused: Twilio does not
    deliver a message again that we turned away."""
    address = form.get(name, "").strip()
    if not address:
        raise MalformedField(name, "is required")
    if len(address) > _ADDRESS_LIMIT or _UNSAFE.search(address):
        raise MalformedField(name, f"must be an address of at most {_ADDRESS_LIMIT} printable characters")
    return address


def _media(form: dict[str, str]) -> tuple[Media, ...]:
    count = form.get("NumMedia") or "0"
    if not (count.isascii() and count.isdigit() and len(count) <= 2):
        raise MalformedField("NumMedia", "must be a number below 100")
    media = []
    for index in range(int(count)):
        if url := form.get(f"MediaUrl{index}"):
            media.append(Media(storable(url), form.get(f"MediaContentType{index}") or "application/octet-stream"))
    return tuple(media)
