"""Clock rules: what passing time proves about a parcel that nobody reports on.

Each rule counts from an anchor in the parcel's history. It is raised once per anchor, at the moment it fell due, and
the next event closes it; an event that arrives late and shows that there was no silence undoes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracking_gateway.domain.fold import clock_anchor
from tracking_gateway.domain.model import ExceptionCode
from tracking_gateway.domain.state import ParcelState


@dataclass(frozen=True, slots=True)
class Silence:
    """A clock rule that applies to a parcel: when it falls due, counted from which moment."""

    code: ExceptionCode
    anchor: datetime
    due: datetime
    seconds: int


@dataclass(frozen=True, slots=True)
class SilenceRules:
    """Hours of silence per exception, and the exceptions from that by carrier."""

    hours: Mapping[ExceptionCode, float]
    by_carrier: Mapping[str, Mapping[ExceptionCode, float]]

    def pending(self, carrier: str, state: ParcelState) -> list[Silence]:
        """Rules that may still be raised for the state, soonest first."""
        found = []
        for code, usual in self.hours.items():
            anchor = clock_anchor(state, code)
            if anchor is None or _was_raised(state, code, anchor):
                continue
            seconds = round(self.by_carrier.get(carrier, {}).get(code, usual) * 3600)
            found.append(Silence(code, anchor, anchor + timedelta(seconds=seconds), seconds))
        return sorted(found, key=lambda item: (item.due, item.code))


def _was_raised(state: ParcelState, code: ExceptionCode, anchor: datetime) -> bool:
    episode = state.exceptions.get(code)
    return episode is not None and (episode.closed_at is None or episode.opened_at >= anchor)
