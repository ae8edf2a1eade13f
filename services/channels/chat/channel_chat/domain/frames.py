"""Frames of visitors, checked. Everything that comes in is a claim of a stranger."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

_CLIENT_MSG_ID = re.compile(r"[A-Za-z0-9_-]{8,64}\Z")
_LARGEST = 2**53 - 1


class InvalidField(Exception):
    """A field of a frame is missing or unusable. `too_long` marks texts over the limit."""

    def __init__(self, field: str, detail: str, *, too_long: bool = False) -> None:
        super().__init__(f"{field}: {detail}")
        self.field, self.detail, self.too_long = field, detail, too_long


@dataclass(frozen=True, slots=True)
class Hello:
    """The first frame of a socket."""

    token: str
    last_seq: int
    interaction: UUID | None


def read_hello(frame: dict[str, Any]) -> Hello:
    """The `hello` in a frame. Raises InvalidField."""
    token = frame.get("token")
    if not isinstance(token, str) or not token:
        raise InvalidField("token", "is required")
    interaction = frame.get("interaction")
    try:
        known = None if interaction is None else UUID(str(interaction))
    except ValueError:
        raise InvalidField("interaction", "must be an id or null") from None
    return Hello(token, read_number(frame, "last_seq"), known)


def read_number(frame: dict[str, Any], field: str) -> int:
    """A count in a frame. Raises InvalidField."""
    value = frame.get(field, 0)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LARGEST:
        raise InvalidField(field, "must be a whole number, 0 or more")
    return value


def read_client_msg_id(value: object) -> str:
    """The client's id of a message. Raises InvalidField."""
    if not isinstance(value, str) or not _CLIENT_MSG_ID.match(value):
        raise InvalidField("client_msg_id", "must have 8 to 64 characters of A-Z a-z 0-9 _ -")
    return value


def read_text(value: object, limit: int) -> str:
    """What a visitor says, as it can be kept. Raises InvalidField."""
    if not isinstance(value, str) or not value.strip():
        raise InvalidField("text", "must not be empty")
    if len(value) > limit:
        raise InvalidField("text", f"must have at most {limit} characters", too_long=True)
    return storable(value)


def storable(text: str) -> str:
    """`text` as PostgreSQL can keep it: NUL becomes the replacement character."""
    return text.replace("\x00", "\ufffd") if "\x00" in text else text
