"""Incidents: parcels that have the same problem because they were in the same bag, vehicle, branch or hub.

What belongs together is a function of the troubles alone, so it does not matter in which order they became known. The
widest container with enough troubles within the window is looked at first; if nearly all of its parcels share a
narrower one, that one is the place of the incident, and the rest are looked at again.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from tracking_gateway.domain.model import ExceptionCode


class Scope(StrEnum):
    """What parcels of an incident share, the narrowest first."""

    BAG = "bag"
    VEHICLE = "vehicle"
    BRANCH = "branch"
    HUB = "hub"


_NARROW_TO_WIDE = tuple(Scope)
_WIDE_TO_NARROW = _NARROW_TO_WIDE[::-1]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A parcel with a problem of a family, and where it was when that began. `node` is a branch unless it is a hub."""

    parcel_id: UUID
    waybill_no: str
    carrier: str
    family: str
    exception: ExceptionCode
    opened_at: datetime
    closed_at: datetime | None
    node: str | None = None
    node_kind: str | None = None
    bag: str | None = None
    vehicle: str | None = None

    def place(self, scope: Scope) -> str | None:
        """The container of this scope, if it is known."""
        match scope:
            case Scope.BAG:
                return self.bag
            case Scope.VEHICLE:
                return self.vehicle
            case Scope.HUB:
                return self.node if self.node_kind == Scope.HUB else None
        return self.node if self.node_kind != Scope.HUB else None


@dataclass(frozen=True, slots=True)
class IncidentRules:
    """How many parcels make an incident of each scope, within which time, and which share of them a narrower place
    must hold to be the place of the incident."""

    least: Mapping[Scope, int]
    window: timedelta
    share: float


@dataclass(frozen=True, slots=True)
class Group:
    """Troubles that are one incident, in the order of their opening."""

    family: str
    scope: Scope
    place: str
    troubles: tuple[Trouble, ...]

    @property
    def is_open(self) -> bool:
        """Whether any of its parcels still has the problem."""
        return any(trouble.closed_at is None for trouble in self.troubles)

    @property
    def exception(self) -> ExceptionCode:
        """The commonest of their exceptions."""
        counts = Counter(trouble.exception for trouble in self.troubles)
        return min(counts, key=lambda code: (-counts[code], code))

    @property
    def node(self) -> str | None:
        """The branch or hub that saw most of them last: the one to ask."""
        counts = Counter(trouble.node for trouble in self.troubles if trouble.node)
        return min(counts, key=lambda node: (-counts[node], node), default=None)


def find_groups(troubles: Iterable[Trouble], rules: IncidentRules) -> list[Group]:
    """The incidents among troubles of one family. A parcel is in one of them at most."""
    pool = {trouble.parcel_id: trouble for trouble in troubles}
    groups: list[Group] = []
    for scope in _WIDE_TO_NARROW:
        held: dict[str, list[Trouble]] = defaultdict(list)
        for item in pool.values():
            if place := item.place(scope):
                held[place].append(item)
        for place, inside in sorted(held.items()):
            while members := _together([item for item in inside if item.parcel_id in pool], scope, rules):
                group = _narrowed(members, scope, place, rules)
                groups.append(group)
                for item in group.troubles:
                    del pool[item.parcel_id]
    return groups


def _together(troubles: Collection[Trouble], scope: Scope, rules: IncidentRules) -> list[Trouble]:
    """Those that began within a window in which enough of them began."""
    least = rules.least[scope]
    if len(troubles) < least:
        return []
    ordered = sorted(troubles, key=lambda item: (item.opened_at, item.parcel_id))
    chosen: list[Trouble] = []
    start = taken = 0  # everything before `taken` was looked at for being chosen
    for end, item in enumerate(ordered):
        while item.opened_at - ordered[start].opened_at > rules.window:
            start += 1
        if end - start + 1 >= least:
            chosen += ordered[max(start, taken) : end + 1]
            taken = end + 1
    return chosen


def _narrowed(members: Sequence[Trouble], scope: Scope, place: str, rules: IncidentRules) -> Group:
    for narrower in _NARROW_TO_WIDE[: _NARROW_TO_WIDE.index(scope)]:
        counts = Counter(found for item in members if (found := item.place(narrower)))
        common = min(counts, key=lambda name: (-counts[name], name), default=None)
        if common is not None and counts[common] >= max(rules.share * len(members), rules.least[narrower]):
            kept = tuple(item for item in members if item.place(narrower) == common)
            return Group(kept[0].family, narrower, common, kept)
    return Group(members[0].family, scope, place, tuple(members))
