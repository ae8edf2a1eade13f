"""When a parcel may be expected, and what the expectation rests on: the history of its lane, else the promise, else
nothing. An estimate is never a promise, and none is made where something stands in the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tracking_gateway.domain import lanes
from tracking_gateway.domain.model import Direction, ExceptionCode
from tracking_gateway.domain.promise import Basis, Promise
from tracking_gateway.domain.state import ParcelState

_IN_THE_WAY = frozenset(ExceptionCode) - {ExceptionCode.DELAYED, ExceptionCode.WEATHER, ExceptionCode.UNSIGNED}
_SHARES = (0.1, 0.5, 0.9)


class NoEstimate(StrEnum):
    """Why there is no estimate."""

    OVER = "journey_over"
    RETURNING = "returning"
    EXCEPTION = "open_exception"
    NOT_SHIPPED = "not_collected_yet"
    PROMISE_PASSED = "promise_passed"
    NO_ROUTE = "no_route"


@dataclass(frozen=True, slots=True)
class Estimate:
    """An expected time of arrival. `earliest` and `latest` hold the middle eight tenths of the lane's parcels;
    `samples` is how many of them stand behind it."""

    basis: Basis
    expected_at: datetime | None = None
    earliest: datetime | None = None
    latest: datetime | None = None
    samples: int = 0
    reason: NoEstimate | None = None


def estimate(
    state: ParcelState, promise: Promise, counts: Mapping[int, int], *, now: datetime, least_samples: int
) -> Estimate:
    """The estimate for a parcel; `counts` is the history of its lane."""
    if reason := _obstacle(state, promise):
        return Estimate(Basis.NONE, reason=reason)
    if promise.shipped_at is not None:
        elapsed = max((now - promise.shipped_at).total_seconds() / 3600, 0.0)
        known = lanes.samples(counts, longer_than=elapsed)
        if known >= least_samples:
            earliest, middle, latest = (
                promise.shipped_at + timedelta(hours=hours)
                for hours in lanes.quantiles(counts, _SHARES, longer_than=elapsed)
            )
            return Estimate(Basis.HISTORY, middle, earliest, latest, known)
    if promise.promised_at is None:
        return Estimate(Basis.NONE, reason=NoEstimate.NO_ROUTE)
    if promise.promised_at <= now:
        return Estimate(Basis.NONE, reason=NoEstimate.PROMISE_PASSED)
    return Estimate(promise.basis, promise.promised_at)


def _obstacle(state: ParcelState, promise: Promise) -> NoEstimate | None:
    if state.final:
        return NoEstimate.OVER
    if state.direction is Direction.RETURN:
        return NoEstimate.RETURNING
    if _IN_THE_WAY.intersection(state.open_exceptions()):
        return NoEstimate.EXCEPTION
    if promise.shipped_at is None and promise.promised_at is None:
        return NoEstimate.NOT_SHIPPED if promise.route else NoEstimate.NO_ROUTE
    return None
