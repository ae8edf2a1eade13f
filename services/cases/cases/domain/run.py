"""A procedure under way on one case, and what its progress causes. All of it is data; nothing here decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, Field

from cases.domain.dictionary import Data

SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `roles` are roles of the dictionary; the system acts as `SYSTEM` and holds every automatic role."""

    id: str
    roles: frozenset[str] = frozenset()
    is_owner: bool = False

    @property
    def is_system(self) -> bool:
        """Whether no person acted."""
        return self.id == SYSTEM


BY_SYSTEM = Actor(SYSTEM)


class Pause(Data):
    """A stretch during which pausable clocks stand still; open while `until` is unset."""

    since: AwareDatetime
    until: AwareDatetime | None = None
    reason: str


class Run(Data):
    """Where a case stands in its procedure. A run keeps the version it began with.

    `visit` numbers the entries of steps and so names one stay in one step; `deadlines` are the timers that are set now
    (key → due), `fired` the keys of those that passed. `waiting_for` is the procedure whose end this one waits for.
    """

    procedure: str
    version: int
    step: str
    visit: int = 1
    started_at: AwareDatetime
    entered_at: AwareDatetime
    updated_at: AwareDatetime
    fields: Mapping[str, Any] = Field(default_factory=dict)
    visits: Mapping[str, int] = Field(default_factory=dict)
    done_at: Mapping[str, AwareDatetime] = Field(default_factory=dict)
    done_by: Mapping[str, str] = Field(default_factory=dict)
    deadlines: Mapping[str, AwareDatetime] = Field(default_factory=dict)
    fired: tuple[str, ...] = ()
    missed: Mapping[str, int] = Field(default_factory=dict)
    escalated: tuple[str, ...] = ()
    pauses: tuple[Pause, ...] = ()
    waiting_for: str | None = None
    ended_at: AwareDatetime | None = None

    def having(self, **changes: Any) -> "Run":
        """A copy with some values replaced."""
        return self.model_copy(update=changes)

    @property
    def paused(self) -> bool:
        """Whether pausable clocks stand still now."""
        return bool(self.pauses) and self.pauses[-1].until is None


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step was completed. `on_behalf_of` is the role recorded for, when the actor does not hold it."""

    step: str
    next_step: str
    outcome: str | None
    actor: str
    on_behalf_of: str | None = None


DeviationKind = Literal["missing_field", "out_of_order", "closed_early"]


@dataclass(frozen=True, slots=True)
class Deviated:
    """The procedure was left, and somebody said why."""

    step: str
    kind: DeviationKind
    subject: str
    reason: str
    actor: str


@dataclass(frozen=True, slots=True)
class DeadlineSet:
    """A timer is wanted under `key`, replacing an earlier one of that key."""

    key: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class DeadlineDropped:
    """The timer of that key is no longer wanted."""

    key: str


@dataclass(frozen=True, slots=True)
class DeadlineApproaching:
    """`percent` of a limit is used up; `due_at` is its end."""

    step: str
    limit: str
    percent: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class DeadlineMissed:
    """A limit passed. `legal` tells the law's own deadline from the company's earlier one."""

    step: str
    limit: str
    due_at: datetime
    legal: bool


@dataclass(frozen=True, slots=True)
class Escalated:
    """Somebody with `role` must look at the case."""

    role: str
    cause: str


@dataclass(frozen=True, slots=True)
class NoticeOwed:
    """The dictionary's notice must be sent."""

    notice: str
    step: str


@dataclass(frozen=True, slots=True)
class Flagged:
    """The agent or QA is told to do something (`flag` of a limit)."""

    flag: str
    step: str


@dataclass(frozen=True, slots=True)
class Spawned:
    """Another procedure begins for the same customer. `joins_back`: this case waits for its end."""

    procedure: str
    joins_back: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """The procedure reached an end."""

    step: str


Effect = (
    StepDone
    | Deviated
    | DeadlineSet
    | DeadlineDropped
    | DeadlineApproaching
    | DeadlineMissed
    | Escalated
    | NoticeOwed
    | Flagged
    | Spawned
    | Ended
)


@dataclass(frozen=True, slots=True)
class Progress:
    """What an action made of a run. `effects` are in the order in which they came about."""

    run: Run
    effects: tuple[Effect, ...] = ()

    def of(self, kind: type[Any]) -> list[Any]:
        """The effects of one kind."""
        return [effect for effect in self.effects if isinstance(effect, kind)]
