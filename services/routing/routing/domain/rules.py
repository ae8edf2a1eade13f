"""Queue rules: versioned data that supervisors edit. Validated whole before any of it takes effect."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts.values import Channel
from routing.domain.hours import Hours
from routing.domain.values import AgentOrder

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,59}$")]
SkillName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$")]
Level = Annotated[int, Field(ge=1, le=5)]
Seconds = Annotated[float, Field(ge=0, le=7 * 24 * 3600)]
Skills = dict[SkillName, Level]
Slope = Annotated[float, Field(ge=0.01, le=100)]
Priority = Annotated[int, Field(ge=1, le=9)]


class Rule(BaseModel):
    """Base of rule parts: immutable, and unknown fields are refused, because a misspelt rule must not be ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Served(StrEnum):
    """The order in which a queue's items are served.

    `newest_first` ignores priority. For agents who serve other queues too, such a queue comes after theirs, so that
    the order of any two items stays fixed for as long as they wait.
    """

    OLDEST_FIRST = "oldest_first"
    NEWEST_FIRST = "newest_first"


class Relaxation(Rule):
    """Asks for less once an item has waited: skills dropped or asked for at a lower level. The place is kept."""

    after_seconds: Annotated[float, Field(gt=0, le=7 * 24 * 3600)]
    drop: tuple[SkillName, ...] = ()
    drop_language: bool = False
    lower: Skills = Field(default_factory=dict)
    at_once_if_unstaffed: bool = Field(
        default=False, description="taken on entry already if nobody signed in meets what is asked for before this step"
    )


class Overflow(StrEnum):
    """When an item moves on to another queue.

    `waited` is judged as time passes, `unstaffed` on entry and whenever an agent leaves or loses a skill, the others
    once, on entry.
    """

    WAITED = "waited"
    LENGTH = "length"
    EXPECTED_WAIT = "expected_wait"
    UNSTAFFED = "unstaffed"
    CLOSED = "closed"


class OverflowRule(Rule):
    """Moves an item to queue `to`, keeping its place.

    `limit`: seconds for `waited` and `expected_wait`, items for `length`.
    """

    when: Overflow
    limit: float = Field(default=0, ge=0)
    to: Name

    @model_validator(mode="after")
    def _has_limit(self) -> "OverflowRule":
        if self.when is Overflow.WAITED and self.limit <= 0:
            raise ValueError("limit: seconds to wait before the item moves on, more than 0")
        return self


class QueueRules(Rule):
    """The rules of one queue. Whoever meets `needs` serves it; there is no separate membership list."""

    name: Name
    title: dict[str, str] = Field(default_factory=dict, description="shown name per language")
    needs: Skills = Field(default_factory=dict, description="skills every item of this queue asks for")
    any_of: tuple[Skills, ...] = Field(default=(), max_length=8, description="alternatives; one of them must be met")
    none_of: tuple[SkillName, ...] = Field(default=(), description="skills an agent must not have")
    ask_language: bool = Field(default=True, description="the work's language is asked for as skill `language.<tag>`")
    strict: bool = Field(default=False, description="served before every queue that is not strict, whatever the wait")
    may_rescind: bool = Field(
        default=False, description="may take back pending offers of queues that are not strict, to free an agent"
    )
    served: Served = Served.OLDEST_FIRST
    agent_order: AgentOrder = AgentOrder.LONGEST_IDLE
    interrupts: tuple[Channel, ...] = Field(
        default=(),
        description="may be offered to agents who are full, if work on these channels is all that is in the way",
    )
    head_start_seconds: float = Field(
        default=0,
        ge=-86_400,
        le=86_400,
        description="seconds that items of this queue count as older (or younger, if negative) than they are",
    )
    slope: Slope = Field(
        default=1,
        description="how fast waiting counts: 1 as the clock, 2 twice as fast. Queues with different slopes accumulate "
        "priority (Kleinrock): neither starves the other",
    )
    slopes: dict[Priority, Slope] = Field(
        default_factory=dict, description="slope by priority; a priority not named has the queue's slope"
    )
    hours: Hours | None = Field(
        default=None, description="when the queue is open; what enters while it is closed waits for the opening"
    )
    calendar: Name | None = Field(default=None, description="named hours of the configuration, instead of `hours`")
    offers_at_once: int = Field(default=1, ge=1, le=10, description="agents an item is offered to at a time")
    auto_accept: bool = Field(default=False, description="an offer counts as accepted at once")
    offer_seconds: float | None = Field(default=None, gt=0, le=3600, description="overrides the channel's value")
    wrap_up_seconds: Seconds | None = Field(default=None, description="overrides the channel's value")
    preferred_wait_seconds: Seconds | None = Field(default=None, description="overrides the domain's value")
    relaxation: tuple[Relaxation, ...] = Field(default=(), max_length=10)
    delays: dict[Name, Seconds] = Field(
        default_factory=dict,
        description="groups of agents who see an item only after it waited this long; the longest delay of an agent's "
        "groups counts",
    )
    overflow: tuple[OverflowRule, ...] = Field(default=(), max_length=10)

    @model_validator(mode="after")
    def _consistent(self) -> "QueueRules":
        steps = [step.after_seconds for step in self.relaxation]
        if steps != sorted(set(steps)):
            raise ValueError("relaxation: steps must be in order of after_seconds, each later than the one before")
        if self.may_rescind and not self.strict:
            raise ValueError("may_rescind: only a strict queue may take back offers")
        if self.interrupts and not self.strict:
            raise ValueError("interrupts: only a strict queue may interrupt")
        if self.hours is not None and self.calendar is not None:
            raise ValueError("calendar: give either a calendar or hours of the queue's own")
        never_closed = self.hours is None and self.calendar is None
        if never_closed and any(rule.when is Overflow.CLOSED for rule in self.overflow):
            raise ValueError("overflow: a queue without hours is never closed")
        if self.strict and self.served is Served.NEWEST_FIRST:
            raise ValueError("served: a strict queue is served oldest first")
        if self.served is Served.NEWEST_FIRST and (self.slope != 1 or self.slopes):
            raise ValueError("slope: a queue served newest first pays no heed to how long items wait")
        contradiction = sorted(set(self.needs) & set(self.none_of))
        if contradiction:
            raise ValueError(f"none_of: {contradiction[0]} is also needed, so nobody could ever serve this queue")
        if self.auto_accept and self.offers_at_once > 1:
            raise ValueError("offers_at_once: must be 1 where offers are accepted automatically")
        return self

    def skills_named(self) -> set[str]:
        """Every skill these rules speak of."""
        found = {*self.needs, *self.none_of}
        for either in self.any_of:
            found.update(either)
        for step in self.relaxation:
            found.update(step.drop, step.lower)
        return found


def conflicts(queues: Mapping[str, QueueRules]) -> list[tuple[str, str]]:
    """What is wrong with a set of queues as a whole: (pointer, sentence) pairs; empty when nothing is."""
    found: list[tuple[str, str]] = []
    for name, rules in queues.items():
        for index, rule in enumerate(rules.overflow):
            if rule.to not in queues:
                found.append((f"/{name}/overflow/{index}/to", f"there is no queue {rule.to}"))
    found.extend(
        (f"/{name}/overflow", "items would overflow in a circle: " + " → ".join(circle))
        for name, circle in _circles(queues)
    )
    return found


def _circles(queues: Mapping[str, QueueRules]) -> list[tuple[str, list[str]]]:
    """One overflow circle per queue that lies on one, each starting and ending at that queue."""
    found = []
    for start in queues:
        paths = [[start]]
        seen: set[str] = set()
        while paths:
            path = paths.pop()
            for rule in queues[path[-1]].overflow:
                if rule.to == start:
                    found.append((start, [*path, start]))
                    paths.clear()
                    break
                if rule.to in queues and rule.to not in seen:
                    seen.add(rule.to)
                    paths.append([*path, rule.to])
    return found
