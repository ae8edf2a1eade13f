"""Header fields as text, addresses and ids, read from bytes that may break every rule."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from channel_email.domain.charset import decode, storable
from channel_email.domain.words import decode_words

MAX_HEADER_CHARS = 20_000
"""Longer fields are cut before they are parsed: address parsing takes more than linear time. RFC 5322 needs 998."""

_ADDR_SPEC = re.compile(r"[^\s<>()\[\],;:\\\"@\x00-\x1f\x7f]{1,64}@[^\s<>()\[\],;:\\\"@\x00-\x1f\x7f]{1,255}")
_MESSAGE_ID = re.compile(r"<([^<>\s]{1,900})>")
_BARE_ID = re.compile(r"[^<>\s@]{1,400}@[^<>\s@]{1,400}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A named address. `address` is normalised (lower case); `name` may be empty."""

    address: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


def raw_values(message: Message, name: str) -> Iterator[str]:
    """Every value of a field, undecoded (surrogates stand for 8-bit bytes), unfolded and cut at the limit."""
    wanted = name.lower()
    for field, value in message.raw_items():
        if field.lower() == wanted:
            yield " ".join(str(value)[:MAX_HEADER_CHARS].split())


def raw_value(message: Message, name: str) -> str:
    """The first value of a field, undecoded; empty when it is absent."""
    return next(raw_values(message, name), "")


def text_value(message: Message, name: str) -> str:
    """The first value of a field as a reader should see it: encoded words decoded, control characters gone."""
    return decoded(raw_value(message, name))


def decoded(value: str) -> str:
    """Encoded words (RFC 2047) and raw 8-bit bytes of a header value as text. Never raises."""
    if storable(value) != value:
        value = decode(value.encode("ascii", "surrogateescape")) if _is_escaped(value) else storable(value)
    return _CONTROL.sub(" ", decode_words(value)).strip()


def _is_escaped(value: str) -> bool:
    return all(ord(character) < 0x80 or "\udc80" <= character <= "\udcff" for character in value)


def addresses(message: Message, *names: str) -> tuple[Mailbox, ...]:
    """The valid addresses of the given fields, in order, without repeats. Junk is skipped."""
    found: dict[str, Mailbox] = {}
    for name in names:
        for value in raw_values(message, name):
            for mailbox in parse_addresses(value):
                found.setdefault(mailbox.address, mailbox)
    return tuple(found.values())


def parse_addresses(value: str) -> list[Mailbox]:
    """The valid addresses in one undecoded header value. Never raises."""
    try:
        pairs = getaddresses([value])
    except (ValueError, IndexError, TypeError, RecursionError):
        pairs = []
    boxes = [Mailbox(address, decoded(name)[:200]) for name, raw in pairs if (address := normalised(decoded(raw)))]
    if boxes:
        return boxes
    return [Mailbox(address) for raw in _ADDR_SPEC.findall(decoded(value)) if (address := normalised(raw))]


def normalised(address: str) -> str | None:
    """The address in lower case; None when it is no address. Mailboxes are compared in this form everywhere.

    RFC 5321 leaves the local part's case to the receiver; no mail provider of note tells `A@x` from `a@x`.
    """
    address = address.strip().strip("<>").strip()
    if len(address) > 320 or not _ADDR_SPEC.fullmatch(address) or storable(address) != address:
        return None
    return address.lower()


def message_ids(value: str, limit: int) -> tuple[str, ...]:
    """The message ids of an id field, without angle brackets, in order. An empty or blank id is no id."""
    value = decoded(value)
    found = _MESSAGE_ID.findall(value)
    if not found and (bare := value.strip()) and _BARE_ID.fullmatch(bare):
        found = [bare]
    return tuple(dict.fromkeys(found))[-limit:]


def date_value(message: Message, name: str = "Date") -> datetime | None:
    """A date field in UTC; None when it is absent or no date."""
    try:
        value = parsedate_to_datetime(decoded(raw_value(message, name)))
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
