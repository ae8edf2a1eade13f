"""Runs a procedure: every function takes a run and returns a new one with what it caused. No I/O, no clock.

`Engine` binds one version of a procedure to the dictionary and the calendar it counts with. What is refused raises a
`ProcedureRefusal`; nothing has changed then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cases.domain import deadlines
from cases.domain.calendar import BusinessCalendar
from cases.domain.conditions import holds
from cases.domain.dictionary import Dictionary, RoleKind, check_value
from cases.domain.errors import (
    BadFields,
    MissingFields,
    OutcomeNeeded,
    OutOfOrder,
    ProcedureEnded,
    SegregationOfDuties,
    UnknownStep,
    WaitingForSubProcedure,
    WrongActor,
)
from cases.domain.order import blocking_step
from cases.domain.procedure import Procedure, Step, Transition, Unit
from cases.domain.run import (
    BY_SYSTEM,
    Actor,
    Deviated,
    Effect,
    Ended,
    Flagged,
    NoticeOwed,
    Pause,
    Progress,
    Run,
    Spawned,
    StepDone,
)

OWNER = "owner"
ALWAYS = ("contact_id", "channel", "contact_class", "severity", "waybill_no", "order_no")
"""Fields every case may carry, whether or not its procedure asks for them."""


@dataclass(frozen=True)
class Way:
    """A way out of the current step as an agent sees it: `missing` are the fields it still needs."""

    to: str
    outcome: str | None
    open: bool
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Engine:
    """One version of a procedure, ready to run."""

    procedure: Procedure
    dictionary: Dictionary
    calendar: BusinessCalendar

    def start(self, *, now: datetime, fields: Mapping[str, Any], received_at: datetime | None = None) -> Progress:
        """A new run at the initial step. `fields` are facts known from the start; clocks of the whole matter run from
        `received_at`, when the customer first came with it, if that was earlier."""
        run = Run(
            procedure=self.procedure.id,
            version=self.procedure.version,
            step=self.procedure.initial,
            started_at=received_at or now,
            entered_at=now,
            updated_at=now,
            fields=self._checked(fields),
            visits={self.procedure.initial: 1},
        )
        notices = [NoticeOwed(name, run.step) for name in self.procedure.step(run.step).notify]
        return self.settle(run, now, notices)

    def record(self, run: Run, *, fields: Mapping[str, Any], now: datetime) -> Progress:
        """Store fields without completing the step; automatic steps that only waited for them complete themselves."""
        self._require_open(run)
        return self.settle(self._with(run, self._checked(fields), now), now)

    def complete(
        self,
        run: Run,
        *,
        actor: Actor,
        now: datetime,
        step: str | None = None,
        fields: Mapping[str, Any] | None = None,
        outcome: str | None = None,
        reason: str | None = None,
    ) -> Progress:
        """Complete the current step, or `step` out of order if the procedure allows it and `reason` says why."""
        self._require_open(run)
        effects: list[Effect] = []
        run = self._with(run, self._checked(fields or {}), now)
        if step is not None and step != run.step:
            run = self._jump(run, step, actor, reason, now, effects)
        current = self.procedure.step(run.step)
        behalf = self._require_actor(current, run, actor)
        way = self._chosen(current, run, outcome)
        missing = self.missing(current, way, run)
        if missing:
            may_deviate = current.missing == "deviate" and self.procedure.step(way.to).missing != "refuse"
            if not (may_deviate and reason):
                raise MissingFields({current.id: missing}, may_deviate=may_deviate)
            effects += [Deviated(current.id, "missing_field", name, reason, actor.id) for name in missing]
        run = self._go(run, way, actor, now, effects, behalf)
        return self.settle(run, now, effects)

    def join_back(self, run: Run, *, now: datetime, fields: Mapping[str, Any] | None = None) -> Progress:
        """The procedure this run waited for has ended: go on at the step named for that."""
        spawn = self.procedure.step(run.step).spawns
        if run.waiting_for is None or spawn is None or spawn.then is None:
            return Progress(run)
        effects: list[Effect] = [StepDone(run.step, spawn.then, None, BY_SYSTEM.id)]
        run = self._with(run.having(waiting_for=None), self._checked(fields or {}), now)
        return self.settle(self._enter(run, spawn.then, BY_SYSTEM, now, effects), now, effects)

    def reopen(self, run: Run, *, now: datetime) -> Progress:
        """Bring an ended run back: to where its end says, to where it was closed early, or to the start."""
        step = self.procedure.step(run.step)
        effects: list[Effect] = []
        back = step.reopen.to if step.reopen else self.procedure.initial if step.end else step.id
        return self.settle(self._enter(run.having(ended_at=None), back, BY_SYSTEM, now, effects), now, effects)

    def pause(self, run: Run, *, now: datetime, reason: str) -> Progress:
        """Stop the pausable clocks, at steps that allow it, while the customer owes proof. Leaving the step ends it."""
        self._require_open(run)
        if run.paused or not self.procedure.step(run.step).pausable:
            return Progress(run)
        return self.settle(run.having(pauses=(*run.pauses, Pause(since=now, reason=reason))), now)

    def resume(self, run: Run, *, now: datetime) -> Progress:
        """Let paused clocks run again, later by as long as they stood."""
        if not run.paused:
            return Progress(run)
        return self.settle(_resumed(run, now), now)

    def ways(self, run: Run) -> tuple[Way, ...]:
        """The ways out of the current step, in the procedure's order."""
        if run.ended_at is not None:
            return ()
        step = self.procedure.step(run.step)
        return tuple(
            Way(way.to, way.outcome, holds(way.if_, run, self.dictionary), self.missing(step, way, run))
            for way in step.next
        )

    def missing(self, step: Step, way: Transition, run: Run) -> tuple[str, ...]:
        """The mandatory fields that leaving `step` by `way` still needs, those of an end it leads to included."""
        names = list(step.fields if way.requires is None else way.requires)
        target = self.procedure.step(way.to)
        if target.end:
            names += target.fields
            if target.closing:
                names += self.closing_fields(run, leaving=step.id)
        optional = {*step.optional_fields, *target.optional_fields}
        return tuple(dict.fromkeys(n for n in names if n not in optional and run.fields.get(n) is None))

    def closing_fields(self, run: Run, *, leaving: str | None = None) -> list[str]:
        """The fields a case must have to close, given the steps it went through and the channel it came on."""
        seen = {*run.visits, leaving}
        waived = {name for step, names in self.procedure.closing.waived.items() if step in seen for name in names}
        names = list(self.procedure.closing.fields)
        for block in (self.dictionary.blocks[name] for name in self.procedure.blocks):
            if run.fields.get("channel") in block.channels:
                names += [name for item in block.items for name in item.fields]
        return [name for name in names if name not in waived]

    def _checked(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        known = self.field_names()
        values, problems = {}, {}
        for name, value in fields.items():
            if name not in known:
                problems[name] = f"is not a field of the procedure {self.procedure.id}"
                continue
            try:
                values[name] = check_value(name, self.dictionary.fields[name], value)
            except ValueError as error:
                problems[name] = str(error)
        if problems:
            raise BadFields(problems)
        return values

    def field_names(self) -> frozenset[str]:
        """All fields the procedure uses."""
        steps = [name for step in self.procedure.steps for name in (*step.fields, *step.optional_fields)]
        blocks = [
            name for b in self.procedure.blocks for item in self.dictionary.blocks[b].items for name in item.fields
        ]
        ways = [name for step in self.procedure.steps for way in step.next for name in way.requires or ()]
        sets = [name for step in self.procedure.steps for name in step.sets]
        return frozenset([*steps, *ways, *sets, *blocks, *self.procedure.closing.fields, *ALWAYS])

    def _with(self, run: Run, values: Mapping[str, Any], now: datetime) -> Run:
        return run.having(fields={**run.fields, **values}, updated_at=now) if values else run

    def _require_open(self, run: Run) -> None:
        if run.ended_at is not None:
            raise ProcedureEnded(run.step)
        if run.waiting_for is not None:
            raise WaitingForSubProcedure(run.waiting_for)

    def _require_actor(self, step: Step, run: Run, actor: Actor) -> str | None:
        """Whether the actor may complete the step; returns the role recorded for when it is on another's behalf."""
        roles = (step.actor, *step.alt_actors)
        for other in step.separate_from:
            if run.done_by.get(other) == actor.id or (other == OWNER and actor.is_owner):
                raise SegregationOfDuties(step.id, "the case's handler" if other == OWNER else f"who did {other}")
        if actor.is_system or any(role in actor.roles for role in roles):
            return None
        if any(self.dictionary.roles[role].kind is not RoleKind.DESK for role in roles):
            return step.actor
        raise WrongActor(step.id, roles)

    def _chosen(self, step: Step, run: Run, outcome: str | None) -> Transition:
        open_ways = [way for way in step.next if holds(way.if_, run, self.dictionary)]
        if outcome is not None:
            for way in open_ways:
                if way.outcome == outcome:
                    return way
        else:
            unchosen = [way for way in open_ways if way.outcome is None]
            if unchosen:
                return unchosen[0]
            if len(step.next) == 1 and open_ways:
                return open_ways[0]
        raise OutcomeNeeded(step.id, [way.outcome for way in open_ways if way.outcome], outcome)

    def _jump(self, run: Run, step: str, actor: Actor, reason: str | None, now: datetime, effects: list[Effect]) -> Run:
        if not self.procedure.has_step(step):
            raise UnknownStep(step, [known.id for known in self.procedure.steps])
        needs = blocking_step(self.procedure, run, step)
        if needs or self.procedure.out_of_order == "refuse":
            raise OutOfOrder(step, run.step, needs=needs or run.step)
        if not reason:
            raise OutOfOrder(step, run.step, needs=None)
        effects.append(Deviated(step, "out_of_order", f"left {run.step}", reason, actor.id))
        return self._enter(run, step, actor, now, effects, silent=True)

    def _go(
        self, run: Run, way: Transition, actor: Actor, now: datetime, effects: list[Effect], behalf: str | None
    ) -> Run:
        run = run.having(
            done_at={**run.done_at, run.step: now}, done_by={**run.done_by, run.step: actor.id}, updated_at=now
        )
        effects.append(StepDone(run.step, way.to, way.outcome, actor.id, behalf))
        return self._enter(run, way.to, actor, now, effects)

    def _enter(
        self, run: Run, step_id: str, actor: Actor, now: datetime, effects: list[Effect], *, silent: bool = False
    ) -> Run:
        step = self.procedure.step(step_id)
        run = _resumed(run, now)
        visits = {**run.visits, step_id: run.visits.get(step_id, 0) + 1}
        run = run.having(step=step_id, visit=run.visit + 1, entered_at=now, updated_at=now, visits=visits)
        run = run.having(fields=self._fields_at_entry(step, run))
        effects += self._over_attempts(step, run)
        if not silent:
            effects += [NoticeOwed(name, step_id) for name in step.notify]
        if step.spawns is not None:
            joins = step.spawns.then is not None
            effects.append(Spawned(step.spawns.procedure, joins))
            if joins:
                return run.having(waiting_for=step.spawns.procedure)
        if step.end or step.spawns is not None:
            effects.append(Ended(step_id))
            return run.having(ended_at=now)
        return run

    def _fields_at_entry(self, step: Step, run: Run) -> dict[str, Any]:
        kept = {name: value for name, value in run.fields.items() if not (step.fresh and name in step.fields)}
        return {**kept, **self._checked(step.sets)}

    def _over_attempts(self, step: Step, run: Run) -> list[Effect]:
        """Limits that count how often a step may be entered."""
        return [
            Flagged(limit.on_breach.flag, step.id)
            for limit in step.limits
            if limit.unit is Unit.ATTEMPTS and limit.on_breach.flag and run.visits[step.id] > (limit.value or 0)
        ]

    def settle(self, run: Run, now: datetime, effects: Sequence[Effect] = ()) -> Progress:
        """Let automatic steps whose fields are there complete themselves, then bring the timers up to date."""
        done = list(effects)
        for _ in range(len(self.procedure.steps)):
            way = self._automatic_way(run)
            if way is None:
                break
            run = self._go(run, way, BY_SYSTEM, now, done, None)
        progress = deadlines.reset(self.procedure, self.dictionary, run, self.calendar)
        return Progress(progress.run, (*done, *progress.effects))

    def _automatic_way(self, run: Run) -> Transition | None:
        if run.ended_at is not None or run.waiting_for is not None:
            return None
        step = self.procedure.step(run.step)
        if self.dictionary.roles[step.actor].kind is not RoleKind.AUTOMATIC:
            return None
        try:
            way = self._chosen(step, run, None)
        except OutcomeNeeded:
            return None
        return None if self.missing(step, way, run) else way


def _resumed(run: Run, now: datetime) -> Run:
    """The run with its clocks running."""
    if not run.paused:
        return run
    return run.having(pauses=(*run.pauses[:-1], run.pauses[-1].model_copy(update={"until": now})))
