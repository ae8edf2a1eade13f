"""Departments and contractors, what is asked of them, and the links by which they answer."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

_SIGNATURE_BYTES = 32
_BODY_BYTES = 16 + 4 + 8


class DispatchState(StrEnum):
    """Where a dispatched task stands."""

    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    ANSWERED = "answered"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


OPEN = frozenset({DispatchState.SENT, DispatchState.ACKNOWLEDGED})


class Department(NamedTuple):
    """A department, branch or contractor as stored.

    `areas` are codes like `GD` or `GD/深圳`, none for everywhere; `callers` the API callers who may answer for it.
    `acknowledge_minutes` and `reply_hours` are what it agreed to (its service level).
    """

    id: str
    kind: str
    name: dict[str, str]
    email: str | None
    language: str
    areas: list[str]
    acknowledge_minutes: int
    reply_hours: int
    callers: list[str]
    active: bool
    version: int
    updated_at: datetime


class Dispatch(NamedTuple):
    """A task given to a department as stored. `asked` are fields of the step; `link` numbers the link that is good."""

    id: UUID
    ref: str
    case_id: UUID
    department_id: str
    step: str
    task: str
    asked: list[str]
    state: str
    created_by: str
    created_at: datetime
    acknowledge_by: datetime
    reply_by: datetime
    acknowledged_at: datetime | None
    ended_at: datetime | None
    answered_by: str | None
    answer: str | None
    fields: dict[str, Any]
    link: int
    link_until: datetime
    version: int


class BadLink(ValueError):
    """The link is not one of ours, or was changed on its way."""


@dataclass(frozen=True)
class Link:
    """What a link says: one dispatch, the number of the link, until when."""

    dispatch_id: UUID
    number: int
    until: datetime


class LinkSigner:
    """Makes and reads links. The first secret signs, all verify, so that secrets can be changed."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        if not secrets or any(len(secret) < 16 for secret in secrets):
            raise ValueError("links need a secret of 16 bytes or more")
        self._secrets = tuple(secrets)

    def token(self, link: Link) -> str:
        """The link's token: what it says and a signature over it (HMAC-SHA256), safe in an address."""
        body = link.dispatch_id.bytes + link.number.to_bytes(4, "big")
        body += int(link.until.timestamp()).to_bytes(8, "big")
        return _text(body + self._sign(self._secrets[0], b"link", body))

    def read(self, token: str) -> Link:
        """What a token says. Raises `BadLink`; whether it is still good is for the caller to see."""
        raw = _bytes(token)
        if len(raw) != _BODY_BYTES + _SIGNATURE_BYTES:
            raise BadLink("not a link")
        body, signature = raw[:_BODY_BYTES], raw[_BODY_BYTES:]
        if not any(hmac.compare_digest(self._sign(secret, b"link", body), signature) for secret in self._secrets):
            raise BadLink("not signed by us")
        seconds = int.from_bytes(body[20:], "big")
        return Link(UUID(bytes=body[:16]), int.from_bytes(body[16:20], "big"), datetime.fromtimestamp(seconds, UTC))

    def form_token(self, token: str, version: int) -> str:
        """What a form on the link's page must send back: bound to the link and to the state the page showed."""
        return _text(self._sign(self._secrets[0], b"form", f"{token}:{version}".encode()))

    def is_form_token(self, token: str, version: int, given: str) -> bool:
        """Whether a form was filled in on the page of this link, as it was shown (constant-time compare)."""
        return hmac.compare_digest(self.form_token(token, version), given)

    def _sign(self, secret: bytes, purpose: bytes, body: bytes) -> bytes:
        return hmac.digest(secret, purpose + b"\0" + body, hashlib.sha256)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise BadLink("not a link") from error
