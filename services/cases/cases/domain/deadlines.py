"""Which timers a run needs now. Always computed whole, so that a change of severity, of a promised time or a pause
moves every deadline that depends on it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cases.domain.calendar import BusinessCalendar, Period
from cases.domain.conditions import holds
from cases.domain.dictionary import Dictionary, as_instant
from cases.domain.procedure import Condition, Escalation, Limit, Procedure, Unit
from cases.domain.run import DeadlineDropped, DeadlineSet, Progress, Run

OVERALL = "overall"
LEGAL = "legal"

_SPANS = {
    Unit.SECONDS: timedelta(seconds=1),
    Unit.MINUTES: timedelta(minutes=1),
    Unit.HOURS: timedelta(hours=1),
}


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment at which something is due. `percent` below 100 warns before, above 100 after the limit's end."""

    key: str
    step: str
    limit: str
    due_at: datetime
    percent: int = 100
    legal: bool = False


def wanted(
    procedure: Procedure, dictionary: Dictionary, run: Run, calendar: BusinessCalendar
) -> Mapping[str, Deadline]:
    """All deadlines of a run that have not passed yet, by key. None after its end."""
    if run.ended_at is not None:
        return {}
    found = [*_overall(procedure, dictionary, run, calendar), *_of_step(procedure, dictionary, run, calendar)]
    return {deadline.key: deadline for deadline in found if deadline.key not in run.fired}


def reset(procedure: Procedure, dictionary: Dictionary, run: Run, calendar: BusinessCalendar) -> Progress:
    """The run with its timers brought up to date, and the effects that do it."""
    now_wanted = {key: deadline.due_at for key, deadline in wanted(procedure, dictionary, run, calendar).items()}
    dropped = [DeadlineDropped(key) for key in run.deadlines if key not in now_wanted]
    changed = [DeadlineSet(key, due) for key, due in now_wanted.items() if run.deadlines.get(key) != due]
    return Progress(run.having(deadlines=now_wanted), (*dropped, *changed))


def _overall(procedure: Procedure, dictionary: Dictionary, run: Run, calendar: BusinessCalendar) -> Iterator[Deadline]:
    limit = procedure.overall_limit
    if limit is None:
        return
    began = _began(limit, run, default=run.started_at)
    period = _period(limit, dictionary, run, calendar, began)
    if began is None or period is None:
        return
    yield from _both(OVERALL, run.step, OVERALL, _moved_period(period, limit, run, began))
    for percent in _percents(procedure.escalations, None):
        due = _moved(_share(began, period, percent), limit, run, began)
        yield Deadline(f"{OVERALL}:{percent}", run.step, OVERALL, due, percent=percent)


def _of_step(procedure: Procedure, dictionary: Dictionary, run: Run, calendar: BusinessCalendar) -> Iterator[Deadline]:
    step = procedure.step(run.step)
    for limit in step.limits:
        if not limit.unit.counts_time or (limit.once and run.visits.get(step.id, 0) > 1):
            continue
        began = _began(limit, run, default=run.entered_at)
        period = _period(limit, dictionary, run, calendar, began)
        if period is None:
            continue
        name = step.limit_id(limit)
        key = f"{run.visit}:{name}"
        if limit.start == "update":  # each update starts the clock anew, also after it ran out once
            key += f"@{run.updated_at.timestamp():.0f}"
        since = began or run.entered_at
        yield from _both(key, step.id, name, _moved_period(period, limit, run, since))
        for percent in _percents(procedure.escalations, name):
            due = _moved(_share(since, period, percent), limit, run, since)
            yield Deadline(f"{key}:{percent}", step.id, name, due, percent=percent)


def _percents(escalations: tuple[Escalation, ...], limit: str | None) -> set[int]:
    return {e.percent for e in escalations if e.step == limit and e.percent is not None and e.percent != 100}


def _both(key: str, step: str, limit: str, period: Period) -> Iterator[Deadline]:
    yield Deadline(key, step, limit, period.operational)
    if period.legal > period.operational:
        yield Deadline(f"{key}:{LEGAL}", step, limit, period.legal, legal=True)


def _share(began: datetime, period: Period, percent: int) -> datetime:
    return began + (period.operational - began) * (percent / 100)


def _began(limit: Limit, run: Run, *, default: datetime) -> datetime | None:
    kind, _, name = limit.start.partition(":")
    match kind:
        case "start":
            return run.started_at
        case "update":
            return run.updated_at
        case "done":
            return run.done_at.get(name)
        case "field":
            return as_instant(run.fields.get(name))
        case _:
            return default


def _period(
    limit: Limit, dictionary: Dictionary, run: Run, calendar: BusinessCalendar, began: datetime | None
) -> Period | None:
    """When the limit ends if nothing stops its clock; None while it does not run: no value for this case, no beginning
    yet, or paused. The legal clock never pauses."""
    if run.paused and not limit.legal_clock:
        return None
    if limit.due_field is not None:
        moment = as_instant(run.fields.get(limit.due_field))
        if moment is None:
            return None
        due = moment + limit.plus * _SPANS.get(limit.unit, timedelta())
        return Period(due, due)
    value = limit.value if limit.by is None else _by_field(limit, run)
    if value is None or began is None:
        return None
    return _count(limit, calendar, began, value)


def _by_field(limit: Limit, run: Run) -> int | None:
    """The value for this case; none for a field value that is not listed."""
    chosen = run.fields.get(limit.by or "")
    if chosen is None:
        return min(limit.values.values()) if limit.if_unknown == "strictest" else None
    return limit.values.get(str(chosen))


def _count(limit: Limit, calendar: BusinessCalendar, began: datetime, value: int) -> Period:
    match limit.unit:
        case Unit.CALENDAR_DAYS:
            period = calendar.calendar_days(began, value)
        case Unit.WORKING_DAYS:
            period = calendar.working_days(began, value)
        case Unit.MONTHS:
            period = calendar.months(began, value)
        case _:
            due = began + value * _SPANS[limit.unit] + timedelta(minutes=limit.grace_minutes)
            return Period(due, due)
    return period if limit.legal_clock else Period(period.operational, period.operational)


def _moved_period(period: Period, limit: Limit, run: Run, began: datetime) -> Period:
    return Period(*(_moved(moment, limit, run, began) for moment in period))


def _moved(moment: datetime, limit: Limit, run: Run, began: datetime) -> datetime:
    """The moment, later by as long as the clock stood still before it: while the case waited for the customer's proof.
    The legal clock never stands."""
    if limit.legal_clock:
        return moment
    for pause in run.pauses:
        if pause.until is not None and pause.until > began and pause.since < moment:
            moment += pause.until - max(pause.since, began)
    return moment


def escalations_due(procedure: Procedure, dictionary: Dictionary, run: Run, deadline: Deadline) -> Iterator[Escalation]:
    """The escalations that a passed deadline sets off, each only once per run."""
    for number, escalation in enumerate(procedure.escalations):
        if f"{number}" in run.escalated or not holds(_unless(escalation), run, dictionary):
            continue
        if _matches(escalation, run, deadline):
            yield escalation


def _unless(escalation: Escalation) -> Condition | None:
    return None if escalation.unless is None else Condition.model_validate({"not": escalation.unless})


def _matches(escalation: Escalation, run: Run, deadline: Deadline) -> bool:
    if escalation.percent is not None:
        limit = escalation.step or OVERALL
        return deadline.limit == limit and deadline.percent == escalation.percent and not deadline.legal
    if deadline.percent != 100 or deadline.legal:
        return False
    if escalation.step == "*":
        return sum(run.missed.values()) >= escalation.times
    return deadline.limit == escalation.step and run.missed.get(deadline.limit, 0) >= escalation.times
