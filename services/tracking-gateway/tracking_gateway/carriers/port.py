"""What the gateway expects of a source that can be asked about a parcel."""

from typing import Protocol

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
