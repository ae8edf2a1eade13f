"""What follows when a deadline of a run passes."""

from datetime import datetime

from cases.domain import deadlines
from cases.domain.engine import Engine
from cases.domain.errors import ProcedureRefusal
from cases.domain.procedure import Breach, Limit
from cases.domain.run import (
    BY_SYSTEM,
    DeadlineApproaching,
    DeadlineMissed,
    Effect,
    Escalated,
    Flagged,
    NoticeOwed,
    Progress,
    Run,
)


def expire(engine: Engine, run: Run, *, key: str, now: datetime) -> Progress:
    """The deadline under `key` passed. Nothing happens if it is not wanted any more, or has fired before."""
    wanted = deadlines.wanted(engine.procedure, engine.dictionary, run, engine.calendar)
    deadline = wanted.get(key)
    if deadline is None or deadline.due_at > now:
        return Progress(run)
    effects: list[Effect] = []
    end = wanted.get(key.removesuffix(f":{deadline.percent}"))
    if deadline.percent < 100 and end is not None:
        effects.append(DeadlineApproaching(deadline.step, deadline.limit, deadline.percent, end.due_at))
    run = run.having(fired=(*run.fired, key))
    if deadline.percent == 100:
        effects.append(DeadlineMissed(deadline.step, deadline.limit, deadline.due_at, deadline.legal))
        if not deadline.legal:
            count = run.missed.get(deadline.limit, 0) + 1
            run = run.having(missed={**run.missed, deadline.limit: count})
    for escalation in list(deadlines.escalations_due(engine.procedure, engine.dictionary, run, deadline)):
        number = str(engine.procedure.escalations.index(escalation))
        run = run.having(escalated=(*run.escalated, number))
        effects.append(Escalated(escalation.to, deadline.limit))
    breach = _breach(engine, deadline) if deadline.percent == 100 and not deadline.legal else Breach()
    effects += _consequences(breach, deadline)
    if breach.choose is not None and deadline.step == run.step:
        try:
            moved = engine.complete(run, actor=BY_SYSTEM, now=now, outcome=breach.choose, reason="deadline passed")
        except ProcedureRefusal:
            pass
        else:
            return Progress(moved.run, (*effects, *moved.effects))
    settled = engine.settle(run, now)
    return Progress(settled.run, (*effects, *settled.effects))


def _breach(engine: Engine, deadline: deadlines.Deadline) -> Breach:
    limit: Limit | None = engine.procedure.overall_limit if deadline.limit == deadlines.OVERALL else None
    if limit is None:
        step = engine.procedure.step(deadline.step)
        limit = next(item for item in step.limits if step.limit_id(item) == deadline.limit)
    return limit.on_breach


def _consequences(breach: Breach, deadline: deadlines.Deadline) -> list[Effect]:
    found: list[Effect] = []
    if breach.escalate is not None:
        found.append(Escalated(breach.escalate, deadline.limit))
    if breach.notify is not None:
        found.append(NoticeOwed(breach.notify, deadline.step))
    if breach.flag is not None:
        found.append(Flagged(breach.flag, deadline.step))
    return found
