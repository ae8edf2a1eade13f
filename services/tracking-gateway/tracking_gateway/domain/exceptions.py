"""What closes an exception, and how severe it is; built from `data/exceptions.json`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.parcels import ParcelStatus
from tracking_gateway.domain.model import ExceptionCode, Milestone

ANY_EVENT = "any_event"


@dataclass(frozen=True, slots=True)
class ExceptionRule:
    """One exception: severity 1 (highest) to 4, and the later statuses and milestones that show it is over.

    `family` names what parcels of one bag, vehicle or node have in common when they have it; `None`: it is nobody's but
    the parcel's own (a refusal, a wrong address).
    """

    severity: int
    closed_by: frozenset[str]
    family: str | None
    ended_by: frozenset[str]

    def is_closed_by(self, status: ParcelStatus | None, milestone: Milestone | None) -> bool:
        """Whether a later event with this status and milestone shows that the problem is over."""
        closed_by = self.closed_by
        return ANY_EVENT in closed_by or status in closed_by or milestone in closed_by

    def ends(self, status: ParcelStatus | None) -> bool:
        """Whether a status ends the journey that a lasting exception belongs to."""
        return status in self.ended_by


@dataclass(frozen=True, slots=True)
class ExceptionRules:
    """The table of exceptions. `moot` lists, by status, the problems that the same breath shows to be overcome."""

    version: str
    rules: Mapping[ExceptionCode, ExceptionRule]
    moot: Mapping[ParcelStatus, frozenset[ExceptionCode]]

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> "ExceptionRules":
        """Build from the parsed data file; `KeyError` if a code has no entry."""
        movement = data["movement"]
        rules = {}
        for code in ExceptionCode:
            entry = data["exceptions"][code.value]
            closed = [name for item in entry["closed_by"] for name in (movement if item == "movement" else [item])]
            rules[code] = ExceptionRule(
                entry["severity"], frozenset(closed), entry.get("family"), frozenset(data["journey_ends"])
            )
        obstacles = frozenset(ExceptionCode(code) for code in data["obstacles"])
        moot = {
            ParcelStatus.DELIVERED: obstacles,
            # A parcel that nobody fetched in time is still at its pickup point.
            ParcelStatus.AVAILABLE_FOR_PICKUP: obstacles - {ExceptionCode.PICKUP_OVERDUE},
        }
        return cls(data["version"], rules, moot)
