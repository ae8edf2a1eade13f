"""What the gateway expects of a source of parcel facts: one that can be asked, one that pushes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from tracking_gateway.domain.observation import Told


class SourceError(Exception):
    """The source gave no usable answer: it is away, slow, or answered something undocumented. Asking later may help."""


class NotReached(SourceError):
    """The question never arrived there: it does not count against the provider's limits."""


class SourceRefused(SourceError):
    """The source does not accept our account, key or signature: asking again does not help until somebody acts."""


class RateLimited(SourceError):
    """The source was asked too often."""


class PhoneNeeded(Exception):
    """The source answers for this carrier only with the right phone number of sender or recipient."""


class QuerySource(Protocol):
    """A provider that answers questions about single parcels.

    `query` returns what it was told and the raw body, or None if the provider knows nothing of the number. It raises
    `SourceError` or `PhoneNeeded` and nothing else, and makes one attempt: when to try again is the caller's decision.
    """

    name: str

    def serves(self, carrier: str) -> bool:
        """Whether the provider can be asked about this carrier's parcels."""

    def needs_phone(self, carrier: str) -> bool:
        """Whether it asks for a phone number as well."""

    async def query(self, carrier: str, waybill_no: str, *, phone: str | None) -> tuple[Told, str] | None:
        """Ask once."""

    async def close(self) -> None:
        """Close the connections."""


class Forged(Exception):
    """The push does not carry the right signature, or this deployment has no secret to check it with."""


class PushSource(Protocol):
    """A provider that pushes parcel facts to us.

    `open` checks the signature over the body as it came and reads it: it raises `Forged`, or `Malformed` where a
    genuine push does not have the documented form. `snapshots` says that each push holds the parcel's whole history.
    """

    name: str
    snapshots: bool
    body_schema: Mapping[str, Any]

    def open(self, headers: Mapping[str, str], query: Mapping[str, str], body: bytes) -> Sequence[Told]:
        """What the push tells, once it is known to be genuine."""

    def reply(self, now: datetime) -> Mapping[str, Any]:
        """What the provider expects to hear."""
