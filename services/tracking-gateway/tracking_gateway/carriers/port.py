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
    """The source was asked too often. `retry_after` are the seconds it wants to be left alone, if it said so."""

    def __init__(self, detail: str, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class PhoneNeeded(Exception):
    """The source answers for this carrier only with the right phone number of sender or recipient."""


class NumberRefused(Exception):
    """The source will not watch this number, whenever it is asked: it is none of the carrier's, or not supported."""


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


class SubscribeSource(Protocol):
    """A provider that watches parcels for us and pushes what it learns.

    Both calls make one attempt and raise `SourceError`, `PhoneNeeded` or `NumberRefused` and nothing else. Asking for
    what is so already (watched, or no longer watched) succeeds.
    """

    name: str

    def serves(self, carrier: str) -> bool:
        """Whether the provider can watch this carrier's parcels."""

    def needs_phone(self, carrier: str) -> bool:
        """Whether it asks for a phone number as well."""

    async def subscribe(self, carrier: str, waybill_no: str, *, phone: str | None) -> str:
        """Have a parcel watched. Returns what the provider calls the subscription; empty if it has no name for it."""

    async def unsubscribe(self, carrier: str, waybill_no: str, reference: str) -> None:
        """End it; nothing is asked of providers that end their subscriptions by themselves and offer no way to."""

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
