"""The state of a parcel on four axes, and how it is written down between two batches of events."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from contracts.parcels import ParcelStatus
from tracking_gateway.domain.model import TERMINAL, Carried, Direction, ExceptionCode, Milestone, TrackingEvent

Order = tuple[datetime, int, int, int]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CATALOGUE = {code: index for index, code in enumerate(ExceptionCode)}
# Looking a word up is several times cheaper than asking its enumeration for it, and states are read with every scan.
_STATUSES = {item.value: item for item in ParcelStatus}
_MILESTONES = {item.value: item for item in Milestone}
_EXCEPTIONS = {item.value: item for item in ExceptionCode}
_MICROSECOND = timedelta(microseconds=1)


@dataclass(slots=True)
class Span:
    """First and last time of a milestone, and how many separate times it was reached."""

    first: datetime
    last: datetime
    count: int = 1


@dataclass(slots=True)
class Episode:
    """One exception from its opening to its end; `closed_at` is `None` while it is open. Keys name the events.

    `place` is what the parcel was in at the opening, for finding others that share it. A `lasting` episode (a broken
    promise) ends only with the journey.
    """

    opened_at: datetime
    opened_by: UUID
    evidence: str
    node: str | None
    closed_at: datetime | None = None
    closed_by: UUID | None = None
    place: "Place | None" = None
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a parcel is within the network: the node that saw it last, and the bag and vehicle it travels in."""

    node: str | None = None
    node_kind: str | None = None
    bag: str | None = None
    vehicle: str | None = None


@dataclass(slots=True)
class LastEvent:
    """The newest thing a carrier said."""

    at: datetime
    key: UUID
    text: str
    code: str
    location: str | None
    node: str | None
    source: str


@dataclass(slots=True)
class ParcelState:
    """Where a parcel is (status), what it went through (milestones), what is wrong (exceptions), which way it goes.

    The tracking state is derived: a final status stops tracking; whether a source gave up is the store's knowledge.
    `order` is the place of the newest event folded in; events after it extend the state, others need a new fold.
    `lapsed` are promises that a clock found broken when the journey was over already.
    """

    status: ParcelStatus = ParcelStatus.NOT_FOUND
    status_since: datetime | None = None
    status_event: UUID | None = None
    direction: Direction = Direction.FORWARD
    milestones: dict[Milestone, Span] = field(default_factory=dict)
    exceptions: dict[ExceptionCode, Episode] = field(default_factory=dict)
    last: LastEvent | None = None
    first_at: datetime | None = None
    order: Order | None = None
    place: Place = Place()
    lapsed: frozenset[ExceptionCode] = frozenset()

    @property
    def final(self) -> bool:
        """Whether nothing more is expected to happen to the parcel."""
        return self.status in TERMINAL

    def open_exceptions(self) -> tuple[ExceptionCode, ...]:
        """Codes of the exceptions that are open, in the order of the catalogue."""
        found = [code for code, episode in self.exceptions.items() if episode.closed_at is None]
        return tuple(sorted(found, key=_CATALOGUE.__getitem__) if len(found) > 1 else found)


def to_json(state: ParcelState) -> dict[str, Any]:
    """The state as plain JSON: instants as microseconds since 1970."""
    last = state.last
    return {
        "status": state.status.value,
        "since": _micros(state.status_since),
        "by": _hex(state.status_event),
        "direction": state.direction.value,
        "first": _micros(state.first_at),
        "milestones": {
            name.value: [_micros(span.first), _micros(span.last), span.count] for name, span in state.milestones.items()
        },
        "exceptions": {
            code.value: [
                _micros(episode.opened_at),
                episode.opened_by.hex,
                episode.evidence,
                episode.node,
                _micros(episode.closed_at),
                _hex(episode.closed_by),
                _place_list(episode.place),
                episode.lasting,
            ]
            for code, episode in state.exceptions.items()
        },
        "last": last and [_micros(last.at), last.key.hex, last.text, last.code, last.location, last.node, last.source],
        "place": _place_list(state.place),
        "lapsed": sorted(code.value for code in state.lapsed),
        "order": state.order and [_micros(state.order[0]), state.order[1], state.order[2], f"{state.order[3]:x}"],
    }


def from_json(data: Mapping[str, Any]) -> ParcelState:
    """The inverse of `to_json`."""
    last, order = data["last"], data["order"]
    return ParcelState(
        status=_STATUSES[data["status"]],
        status_since=_instant(data["since"]),
        status_event=_uuid(data["by"]),
        direction=Direction(data["direction"]),
        first_at=_instant(data["first"]),
        milestones={
            _MILESTONES[name]: Span(_at(first), _at(last_at), count)
            for name, (first, last_at, count) in data["milestones"].items()
        },
        exceptions={
            _EXCEPTIONS[code]: Episode(
                _at(opened_at), UUID(opened_by), evidence, node, _instant(closed_at), _uuid(closed_by), *_further(more)
            )
            for code, (opened_at, opened_by, evidence, node, closed_at, closed_by, *more) in data["exceptions"].items()
        },
        last=LastEvent(_at(last[0]), UUID(last[1]), *last[2:]) if last else None,
        place=_place(data.get("place")) or Place(),
        lapsed=frozenset(ExceptionCode(code) for code in data.get("lapsed", ())),
        order=(_at(order[0]), order[1], order[2], int(order[3], 16)) if order else None,
    )


def last_event(event: TrackingEvent) -> LastEvent:
    """What is remembered of the newest event."""
    return LastEvent(event.time.instant, event.key, event.text, event.code, event.location, event.node, event.source)


def moved(place: Place, event: TrackingEvent, *, out: bool, arrived: bool) -> Place:
    """The place after an event. `out`: the parcel left bag and vehicle (for a door, a locker); `arrived`: it left its
    vehicle. What an event names counts whatever it is."""
    carried = event.carried or Carried()
    bag = carried.bag or (None if out else place.bag)
    vehicle = carried.vehicle or (None if out or arrived else place.vehicle)
    if event.node is not None and carried.node_kind != "vehicle":
        kind = carried.node_kind or (place.node_kind if event.node == place.node else None)
        return Place(event.node, kind, bag, vehicle)
    return Place(place.node, place.node_kind, bag, vehicle or event.node)


def _place_list(place: Place | None) -> list[str | None] | None:
    if place is None or place == Place():
        return None
    return [place.node, place.node_kind, place.bag, place.vehicle]


def _place(parts: list[str | None] | None) -> Place | None:
    return Place(*parts) if parts else None


def _further(more: list[Any]) -> tuple[Place | None, bool]:
    """What episodes hold since they know places; ones written before do not."""
    return (_place(more[0]), more[1]) if more else (None, False)


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - _EPOCH) // _MICROSECOND


def _at(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def _instant(micros: int | None) -> datetime | None:
    return None if micros is None else _at(micros)


def _hex(key: UUID | None) -> str | None:
    return None if key is None else key.hex


def _uuid(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)
