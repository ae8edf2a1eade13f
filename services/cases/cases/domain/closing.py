"""Closing a case by hand: walk what is left of its procedure, and account for every step that is not walked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cases.domain.engine import Engine
from cases.domain.errors import MissingFields, ProcedureRefusal, StepsSkipped
from cases.domain.order import leads_through
from cases.domain.procedure import Step
from cases.domain.run import Actor, Deviated, Effect, Ended, Progress, Run


def close(
    engine: Engine,
    run: Run,
    *,
    actor: Actor,
    now: datetime,
    fields: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> Progress:
    """Bring a run to its proper end.

    Steps whose mandatory fields are there, and that leave only one way towards that end, are completed in order. What
    remains, and each closing field still missing, is refused without a `reason` and recorded as a deviation with one.
    Steps that a close needs are always refused. A run closed early stays at the step it had reached.
    """
    progress = engine.record(run, fields=fields or {}, now=now)
    run, effects = progress.run, list(progress.effects)
    run, stopped = _walk(engine, run, actor, now, effects)
    if run.ended_at is not None:
        return Progress(run, tuple(effects))
    end = engine.procedure.closed_step
    needed = [step for step in engine.procedure.closing.needs if leads_through(engine.procedure, run, step, end)]
    if needed:
        raise StepsSkipped(needed, may_deviate=False)
    missing = [name for name in engine.closing_fields(run) if run.fields.get(name) is None]
    if reason is None:
        _refuse(run, missing, stopped)
    why = reason or ""
    effects.append(Deviated(run.step, "closed_early", end, why, actor.id))
    effects += [Deviated(run.step, "missing_field", name, why, actor.id) for name in missing]
    effects.append(Ended(run.step))
    settled = engine.settle(run.having(updated_at=now, ended_at=now), now)
    return Progress(settled.run, (*effects, *settled.effects))


def _refuse(run: Run, missing: list[str], stopped: ProcedureRefusal | None) -> None:
    if isinstance(stopped, MissingFields):
        merged = {step: list(names) for step, names in stopped.missing.items()}
        known = {name for names in merged.values() for name in names}
        merged.setdefault("closing", []).extend(name for name in missing if name not in known)
        raise MissingFields({step: names for step, names in merged.items() if names}, may_deviate=True)
    if missing:
        raise MissingFields({"closing": missing}, may_deviate=True)
    raise StepsSkipped([run.step], may_deviate=True)


def _walk(
    engine: Engine, run: Run, actor: Actor, now: datetime, effects: list[Effect]
) -> tuple[Run, ProcedureRefusal | None]:
    for _ in range(len(engine.procedure.steps)):
        if run.ended_at is not None or run.waiting_for is not None:
            break
        step = engine.procedure.step(run.step)
        try:
            progress = engine.complete(run, actor=actor, now=now, outcome=_towards_end(engine, step, run))
        except ProcedureRefusal as refusal:
            return run, refusal
        run = progress.run
        effects += progress.effects
    return run, None


def _towards_end(engine: Engine, step: Step, run: Run) -> str | None:
    """The outcome that leads straight to the proper end; None lets the engine take the only or automatic way."""
    for way in engine.ways(run):
        if way.to == engine.procedure.closed_step and way.open and way.outcome is not None:
            return way.outcome
    return None
