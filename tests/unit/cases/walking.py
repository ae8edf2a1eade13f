"""Walking through procedures in virtual time, with values made up to fit."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cases import procedures
from cases.domain.calendar import BusinessCalendar
from cases.domain.conditions import holds
from cases.domain.dictionary import FieldType
from cases.domain.engine import Engine
from cases.domain.errors import ProcedureRefusal
from cases.domain.expiry import expire
from cases.domain.procedure import Condition, Procedure, Transition
from cases.domain.run import Actor, Progress, Run, StepDone

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""A Monday, nine in the morning in Shanghai."""

LIBRARY = procedures.load(BusinessCalendar())


def everybody(procedure: Procedure) -> list[tuple[str, int]]:
    """(step, number of the way) of every way out of every step."""
    return [(step.id, number) for step in procedure.steps for number, _ in enumerate(step.next)]


@dataclass
class Walk:
    """A run under way. Each step is done by somebody else, so that duties stay apart."""

    engine: Engine
    now: datetime = START
    run: Run = field(init=False)
    effects: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start with the facts every case begins with."""
        known = self.engine.field_names()
        facts = {"contact_id": "i-1", "channel": "sms", "contact_class": self.engine.procedure.contact_class}
        self.take(self.engine.start(now=self.now, fields={k: v for k, v in facts.items() if k in known}))

    @classmethod
    def of(cls, procedure: str) -> "Walk":
        """The newest version of a procedure."""
        return cls(LIBRARY.engine(procedure))

    @property
    def step(self) -> str:
        """Where the run is."""
        return self.run.step

    def take(self, progress: Progress) -> Progress:
        """Go on with what an action made of the run."""
        self.run = progress.run
        self.effects += progress.effects
        return progress

    def sample(self, name: str, *, anew: str = "") -> Any:
        """A value that fits the field."""
        spec = LIBRARY.dictionary.fields[name]
        match spec.type:
            case FieldType.FLAG:
                return True
            case FieldType.INSTANT:
                return (self.now + timedelta(hours=6)).isoformat()
            case FieldType.NUMBER:
                return 90
            case FieldType.MONEY:
                return {"minor": 12_345, "currency": "CNY"}
            case FieldType.CHOICE:
                return spec.options[0]
            case FieldType.LIST:
                return [f"{name} 1"]
            case FieldType.OBJECT:
                return {"status": "in_transit"}
            case _:
                return f"{name}{anew}"

    def go(self, way: Transition, **fields: Any) -> Progress:
        """Leave the current step by `way`, giving every field it needs and whatever its condition asks for."""
        known = self.run.having(fields={**self.run.fields, **fields})
        given = {**({} if holds(way.if_, known, LIBRARY.dictionary) else wanted_by(way.if_)), **fields}
        step = self.engine.procedure.step(self.run.step)
        for name in self.engine.missing(step, way, self.run.having(fields={**self.run.fields, **given})):
            given.setdefault(name, self.sample(name))
        actor = Actor(f"{step.actor}-of-{step.id}", frozenset({step.actor}))
        return self.take(self.engine.complete(self.run, actor=actor, now=self.now, fields=given, outcome=way.outcome))

    def towards(self, target: str, **fields: Any) -> Progress:
        """Leave the current step by its first open way to `target`, or through automatic steps to it."""
        step = self.engine.procedure.step(self.run.step)
        ways = [way for way in step.next if way.to == target] or list(step.next)
        return self.go(ways[0], **fields)

    def reach(self, target: str) -> None:
        """Walk the shortest way to a step."""
        before = len(self.done())
        self.search(lambda walk: walk.step == target or any(e.step == target for e in walk.done()[before:]))

    def finish(self) -> None:
        """Walk the shortest way to an end."""
        self.search(lambda walk: walk.run.ended_at is not None)

    def done(self) -> list[StepDone]:
        """The steps completed so far."""
        return [effect for effect in self.effects if isinstance(effect, StepDone)]

    def search(self, arrived: Callable[["Walk"], bool]) -> None:
        """Try all ways, shortest first, and go the one that arrives. Runs are values, so trying costs nothing."""
        counted = sorted(counted_steps(self.engine.procedure))
        todo, seen = deque([self]), set()
        while todo:
            walk = todo.popleft()
            if arrived(walk):
                self.run, self.effects = walk.run, walk.effects
                return
            state = (walk.step, walk.run.waiting_for, tuple(walk.run.visits.get(step, 0) for step in counted))
            if state in seen or len(walk.effects) > 400:
                continue
            seen.add(state)
            todo.extend(walk._next())
        raise AssertionError(f"nothing leads there from {self.step}")

    def _next(self) -> Iterator["Walk"]:
        if self.run.waiting_for is not None:
            walk = self._copy()
            walk.take(walk.engine.join_back(walk.run, now=walk.now))
            yield walk
            return
        for way in self.engine.procedure.step(self.step).next:
            walk = self._copy()
            try:
                walk.go(way)
            except ProcedureRefusal:
                continue
            yield walk

    def _copy(self) -> "Walk":
        walk = object.__new__(Walk)
        walk.engine, walk.now, walk.run, walk.effects = self.engine, self.now, self.run, list(self.effects)
        return walk

    def wait(self, span: timedelta) -> list[Any]:
        """Let time pass; deadlines fire at their own instants. Returns what they caused."""
        end = self.now + span
        caused: list[Any] = []
        while True:
            due = sorted((at, key) for key, at in self.run.deadlines.items() if at <= end)
            if not due:
                break
            at, key = due[0]
            self.now = max(self.now, at)
            progress = self.take(expire(self.engine, self.run, key=key, now=self.now))
            assert progress.effects, f"{key} fired without effect"
            caused += progress.effects
        self.now = end
        return caused


def wanted_by(condition: Condition | None) -> Mapping[str, Any]:
    """Fields that make a condition true, as far as fields can."""
    if condition is None or condition.field is None:
        return {}
    if condition.is_ is not None:
        return {condition.field: condition.is_[0]}
    return {condition.field: condition.at_least} if condition.at_least is not None else {}


def counted_steps(procedure: Procedure) -> set[str]:
    """The steps whose visits some condition counts."""
    conditions = [way.if_ for step in procedure.steps for way in step.next if way.if_ is not None]
    return {part.visits for condition in conditions for part in condition.parts() if part.visits is not None}
