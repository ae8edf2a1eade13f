"""Skills as bit masks, and what a work item requires of them.

A skill takes five bits, one per level, and having level 3 sets the lowest three (unary), so "at least level 2" is
one bit and a whole requirement is one AND. Groups of agents are skills of one level under a name of their own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from routing.domain.entities import AgentGroup, IdleEntry

LEVELS = 5
_ALL_LEVELS = (1 << LEVELS) - 1
_GROUP = "group/"
LANGUAGE = "language."
"""The language of work is asked for as a skill of this prefix and its tag; such skills need no catalogue entry."""


class Need(NamedTuple):
    """A skill the agent must have at `level` (1 to 5) or better."""

    skill: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to meet a requirement: all of `needs`, none of `forbids` (skills) and `forbidden_groups`."""

    needs: tuple[Need, ...] = ()
    forbids: tuple[str, ...] = ()
    forbidden_groups: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Requirement:
    """An interned requirement: any of its alternatives suffices. `groups` are the agent signatures that meet it.

    `listed` keeps, by channel and order, the heaps of free agents of these groups; emptied when the groups change.
    """

    alternatives: tuple[Alternative, ...]
    masks: tuple[tuple[int, int], ...]
    bases: tuple[tuple[int, ...], ...]
    groups: "list[AgentGroup]" = field(default_factory=list)
    listed: "dict[tuple[str, str], list[tuple[AgentGroup, list[IdleEntry]]]]" = field(default_factory=dict)

    def fits(self, mask: int) -> bool:
        """Whether an agent with this signature meets the requirement."""
        return any(mask & need == need and not mask & forbid for need, forbid in self.masks)

    def proficiency(self, mask: int) -> int:
        """Sixty times the mean level held in the skills asked for, by the best fitting alternative."""
        best = 0
        for bases, (need, forbid) in zip(self.bases, self.masks, strict=True):
            if bases and mask & need == need and not mask & forbid:
                levels = sum((mask >> base & _ALL_LEVELS).bit_count() for base in bases)
                best = max(best, levels * 60 // len(bases))
        return best


class SkillBook:
    """Gives skills their bits and interns requirements. Bits are never reused, so masks stay comparable."""

    def __init__(self) -> None:
        self._bases: dict[str, int] = {}
        self._requirements: dict[tuple[Alternative, ...], Requirement] = {}

    def signature(self, skills: Mapping[str, int], groups: Iterable[str] = ()) -> int:
        """The mask of an agent who has these skills (name to level) and belongs to these groups."""
        mask = 0
        for name, level in skills.items():
            mask |= ((1 << level) - 1) << self._base(name)
        for name in groups:
            mask |= 1 << self._base(_GROUP + name)
        return mask

    def requirement(self, alternatives: tuple[Alternative, ...]) -> tuple[Requirement, bool]:
        """The interned requirement, and whether it is new (its compatible signatures are then still to be listed)."""
        known = self._requirements.get(alternatives)
        if known is not None:
            return known, False
        masks = tuple(self._masks(alternative) for alternative in alternatives)
        bases = tuple(tuple(self._base(need.skill) for need in alternative.needs) for alternative in alternatives)
        requirement = Requirement(alternatives, masks, bases)
        self._requirements[alternatives] = requirement
        return requirement, True

    def requirements(self) -> Iterable[Requirement]:
        """Every requirement interned so far."""
        return self._requirements.values()

    def _masks(self, alternative: Alternative) -> tuple[int, int]:
        need = 0
        for entry in alternative.needs:
            need |= 1 << (self._base(entry.skill) + entry.level - 1)
        forbid = 0
        for skill in alternative.forbids:
            forbid |= 1 << self._base(skill)
        for group in alternative.forbidden_groups:
            forbid |= 1 << self._base(_GROUP + group)
        return need, forbid

    def _base(self, name: str) -> int:
        return self._bases.setdefault(name, len(self._bases) * LEVELS)
