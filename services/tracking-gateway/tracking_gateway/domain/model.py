"""The words of the canonical model: exception codes, milestones, directions, and one tracking event."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.parcels import ParcelStatus


class Direction(StrEnum):
    """Which way the parcel travels."""

    FORWARD = "forward"
    RETURN = "return"


class TrackingState(StrEnum):
    """Whether more events are to be expected: `stopped` after a final status, `expired` when the source gave up."""

    ACTIVE = "active"
    STOPPED = "stopped"
    EXPIRED = "expired"


class ExceptionCode(StrEnum):
    """What can be wrong with a parcel (问题件). Severity and what closes each: `data/exceptions.json`."""

    REFUSED = "refused"
    RECIPIENT_ABSENT = "recipient_absent"
    BUSINESS_CLOSED = "business_closed"
    UNREACHABLE = "unreachable"
    BAD_ADDRESS = "bad_address"
    OUT_OF_AREA = "out_of_area"
    PICKUP_OVERDUE = "pickup_overdue"
    DAMAGED = "damaged"
    LOST = "lost"
    DESTROYED = "destroyed"
    MISROUTED = "misrouted"
    MISDELIVERED = "misdelivered"
    DELAYED = "delayed"
    COMPLETE_DELAY = "complete_delay"
    WEATHER = "weather"
    CUSTOMS_HOLD = "customs_hold"
    PAYMENT_HOLD = "payment_hold"
    SECURITY = "security"
    INTERCEPTED = "intercepted"
    CARRIER_REJECTED = "carrier_rejected"
    RETURN_TO_SENDER = "return_to_sender"
    UNSIGNED = "unsigned"
    STALLED = "stalled"
    NO_INFO = "no_info"


PROMISE_CODES = frozenset({ExceptionCode.DELAYED, ExceptionCode.COMPLETE_DELAY})
"""What the clock proves about a promise: no scan on the way undoes it, only the end of the journey."""


class Milestone(StrEnum):
    """Stages whose first and last time are kept."""

    INFO_RECEIVED = "info_received"
    PICKED_UP = "picked_up"
    DEPARTED = "departed"
    ARRIVED = "arrived"
    CUSTOMS_START = "customs_start"
    CUSTOMS_CLEARED = "customs_cleared"
    ARRIVED_DEST = "arrived_dest"
    OUT_FOR_DELIVERY = "out_for_delivery"
    AVAILABLE = "available"
    FAILED_ATTEMPT = "failed_attempt"
    DELIVERED = "delivered"
    FORWARDED = "forwarded"
    RETURNING = "returning"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class TzSource(StrEnum):
    """How the zone of an event's time is known."""

    PAYLOAD = "payload"
    CARRIER_DEFAULT = "carrier_default"
    LOCATION = "location"
    UNKNOWN = "unknown"


MILESTONE_OF: dict[ParcelStatus, Milestone] = {
    ParcelStatus.INFO_RECEIVED: Milestone.INFO_RECEIVED,
    ParcelStatus.PICKED_UP: Milestone.PICKED_UP,
    ParcelStatus.ARRIVED_DEST: Milestone.ARRIVED_DEST,
    ParcelStatus.OUT_FOR_DELIVERY: Milestone.OUT_FOR_DELIVERY,
    ParcelStatus.AVAILABLE_FOR_PICKUP: Milestone.AVAILABLE,
    ParcelStatus.DELIVERY_FAILED: Milestone.FAILED_ATTEMPT,
    ParcelStatus.DELIVERED: Milestone.DELIVERED,
    ParcelStatus.FORWARDED: Milestone.FORWARDED,
    ParcelStatus.RETURNING: Milestone.RETURNING,
    ParcelStatus.RETURNED: Milestone.RETURNED,
    ParcelStatus.CANCELLED: Milestone.CANCELLED,
}
"""The milestone a status implies. Transit and customs have two sides each, which only a code or a text can tell."""

STAGE: dict[ParcelStatus, int] = {status: index for index, status in enumerate(ParcelStatus)}
"""Natural order of statuses, to order events that happened at one instant."""

TERMINAL = frozenset({ParcelStatus.DELIVERED, ParcelStatus.RETURNED, ParcelStatus.CANCELLED})


class Verdict(StrEnum):
    """What became of an event's code and text."""

    MAPPED = "mapped"
    UNMAPPED = "unmapped"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one event says, in our words. `status` is `None` when it says nothing about where the parcel is.

    `revokes` takes an earlier delivery back (misdelivered, signed in error); `resolves` says that a problem is over.
    `basis` names the mapping entry and text rule that were used, for the explanation. `clock_seconds` marks what no
    carrier said but a clock proved: that much time had passed since the parcel's last step.
    """

    status: ParcelStatus | None = None
    milestone: Milestone | None = None
    exceptions: tuple[ExceptionCode, ...] = ()
    direction: Direction | None = None
    revokes: bool = False
    resolves: bool = False
    verdict: Verdict = Verdict.MAPPED
    basis: str = ""
    clock_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class SourceTime:
    """An instant, and how the source wrote it: the local text, the offset in minutes, and how the zone is known."""

    instant: datetime
    local: str
    offset_minutes: int
    tz_source: TzSource


@dataclass(frozen=True, slots=True)
class Carried:
    """What else a scan says about where the parcel is: the bag and the vehicle it is in, and what kind its node is."""

    bag: str | None = None
    vehicle: str | None = None
    node_kind: str | None = None


@dataclass(frozen=True, slots=True)
class TrackingEvent:
    """One fact a carrier reported, raw and interpreted. `key` identifies it; `sequence` breaks ties of one instant."""

    key: UUID
    time: SourceTime
    source: str
    code: str
    text: str
    location: str | None
    node: str | None
    sequence: int
    meaning: Meaning
    carried: Carried | None = None

    @property
    def order(self) -> tuple[datetime, int, int, int]:
        """The place among a parcel's events: instant, carrier sequence, natural stage, then the key for stability."""
        status = self.meaning.status
        return self.time.instant, self.sequence, STAGE[status] if status else -1, self.key.int
