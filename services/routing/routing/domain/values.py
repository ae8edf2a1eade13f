"""Small values of the engine: instants, presence, states, outcomes."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

Micros = int
"""An instant (since the Unix epoch, UTC) or a span, in microseconds.

Integers compare fast, add exactly, and survive a round trip through PostgreSQL's timestamptz unchanged, which the
equality of a rebuilt engine with the one that crashed rests on.
"""

SECOND: Final = 1_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def micros(instant: datetime) -> Micros:
    """An aware datetime as microseconds since the epoch."""
    return (instant - _EPOCH) // _MICROSECOND


def instant(value: Micros) -> datetime:
    """Microseconds since the epoch as an aware UTC datetime."""
    return _EPOCH + timedelta(microseconds=value)


def span(seconds: float) -> Micros:
    """A span given in seconds."""
    return round(seconds * SECOND)


FOREVER: Final = 2**62
"""An instant that never comes."""


class Presence(StrEnum):
    """What an agent says of themselves. Only `available` agents are offered work."""

    AVAILABLE = "available"
    AWAY = "away"
    OFFLINE = "offline"


class WorkState(StrEnum):
    """Where a work item is. The states up to `wrapping` are live; the others are ends."""

    WAITING = "waiting"
    OFFERED = "offered"
    ASSIGNED = "assigned"
    WRAPPING = "wrapping"
    COMPLETED = "completed"
    ABANDONED = "abandoned"
    CANCELLED = "cancelled"


class OfferState(StrEnum):
    """What became of an offer. Everything but `pending` is an end."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    TIMED_OUT = "timed_out"
    RESCINDED = "rescinded"


class AgentOrder(StrEnum):
    """Which of the eligible agents gets an item. Ties go to the longest idle, then to the longest employed."""

    LONGEST_IDLE = "longest_idle"
    LEAST_LOADED = "least_loaded"
    FEWEST_HANDLED = "fewest_handled"
    ROUND_ROBIN = "round_robin"
    LINEAR = "linear"
    BEST_PROFICIENCY = "best_proficiency"
    LEAST_FLEXIBLE = "least_flexible"


class Code(StrEnum):
    """What a command came to. `done` changed something; every other code is a no-op and says why."""

    DONE = "done"
    UNCHANGED = "unchanged"
    UNKNOWN_WORK = "unknown_work"
    UNKNOWN_OFFER = "unknown_offer"
    UNKNOWN_AGENT = "unknown_agent"
    UNKNOWN_QUEUE = "unknown_queue"
    ALREADY_KNOWN = "already_known"
    ALREADY_ACCEPTED = "already_accepted"
    ALREADY_ENDED = "already_ended"
    OFFER_TIMED_OUT = "offer_timed_out"
    OFFER_DECLINED = "offer_declined"
    OFFER_RESCINDED = "offer_rescinded"
    NOT_YOURS = "not_yours"
    NOT_ASSIGNED = "not_assigned"
    NOT_WAITING = "not_waiting"
    NOT_AVAILABLE = "not_available"
    NO_CAPACITY = "no_capacity"
    CAPACITY_BELOW_USE = "capacity_below_use"
    EXCLUDED = "excluded"
    CALLBACK_KEPT = "callback_kept"
    BREAK_REFUSED = "break_refused"
    STALE_VERSION = "stale_version"
    INVALID = "invalid"
    KEY_REUSED = "key_reused"
