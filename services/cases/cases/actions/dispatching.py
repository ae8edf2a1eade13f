"""Giving a task of a case to a department or contractor, and what comes back: by API, by the link in the mail, or by a
clock that ran out. Everything stands on the case's timeline."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from cases.actions import closing, dispatch_mail, work
from cases.actions.dispatch_mail import Dispatcher
from cases.actions.file import CaseFile
from cases.domain.departments import OPEN, Department, Dispatch, DispatchState
from cases.domain.dictionary import RoleKind
from cases.domain.errors import BadFields, ProcedureEnded, ProcedureRefusal
from cases.domain.model import EntryKind
from cases.domain.run import SYSTEM, Actor, DeadlineMissed, Escalated, Progress
from cases.store import departments as store
from chassis.http.problems import Conflict
from chassis.ids import uuid7

ACKNOWLEDGE_TIMER = "dispatch.acknowledge"
REPLY_TIMER = "dispatch.reply"
_ESCALATE_TO = "supervisor"
_OURS = ("target_department", "dispatch_ref")
"""Fields that dispatching fills in itself."""


class AlreadyDispatched(Conflict):
    """The department has the task."""

    slug = "already-dispatched"
    title = "The department has this task already"


class DispatchEnded(Conflict):
    """The task was answered, refused or withdrawn."""

    slug = "dispatch-ended"
    title = "The task is settled"

    def __init__(self, dispatch: Dispatch) -> None:
        super().__init__(f"{dispatch.ref} was {dispatch.state}.", extra={"state": dispatch.state})


async def send(file: CaseFile, dispatcher: Dispatcher, department: Department, *, task: str, by: str) -> Dispatch:
    """Give the present step's task to a department. Its clocks begin; it is told by mail, if it has an address."""
    run, tx = await file.run(), file.tx
    if run.ended_at is not None:
        raise ProcedureEnded(run.step)
    number = await store.count_of_case(tx, file.case.id) + 1
    made = await store.add_dispatch(
        tx,
        Dispatch(
            id=uuid7(),
            ref=f"{file.case.case_no}/{number}",
            case_id=file.case.id,
            department_id=department.id,
            step=run.step,
            task=task,
            asked=_asked(file, run.step),
            state=DispatchState.SENT,
            created_by=by,
            created_at=tx.now,
            acknowledge_by=tx.now + timedelta(minutes=department.acknowledge_minutes),
            reply_by=tx.now + timedelta(hours=department.reply_hours),
            acknowledged_at=None,
            ended_at=None,
            answered_by=None,
            answer=None,
            fields={},
            link=1,
            link_until=tx.now + timedelta(days=dispatcher.parameters.link_days),
            version=1,
        ),
    )
    if made is None:
        raise AlreadyDispatched(f"{department.name['en']} has an open task for step {run.step} of this case.")
    await tx.schedule(ACKNOWLEDGE_TIMER, str(made.id), made.acknowledge_by, {"case_id": str(file.case.id)})
    await tx.schedule(REPLY_TIMER, str(made.id), made.reply_by, {"case_id": str(file.case.id)})
    _note(file, "dispatch.sent", made, department, actor=by, task=task)
    await _tell_procedure(file, made, department)
    await dispatch_mail.send(file, dispatcher, made, department, by=by)
    await file.write()
    return made


async def renew(
    file: CaseFile, dispatcher: Dispatcher, dispatch: Dispatch, department: Department, *, by: str
) -> Dispatch:
    """Send a fresh link; the one before is no longer good."""
    _require_open(dispatch)
    until = file.tx.now + timedelta(days=dispatcher.parameters.link_days)
    changed = await store.change_dispatch(file.tx, dispatch.id, link=dispatch.link + 1, link_until=until)
    _note(file, "dispatch.reminded", changed, department, actor=by)
    await dispatch_mail.send(file, dispatcher, changed, department, by=by)
    await file.write()
    return changed


async def acknowledge(file: CaseFile, dispatch: Dispatch, department: Department, *, by: str) -> Dispatch:
    """The department has seen the task. Seeing it twice changes nothing."""
    _require_open(dispatch)
    if dispatch.state == DispatchState.ACKNOWLEDGED:
        return dispatch
    changed = await store.change_dispatch(
        file.tx, dispatch.id, state=DispatchState.ACKNOWLEDGED, acknowledged_at=file.tx.now
    )
    await file.tx.cancel_timer(ACKNOWLEDGE_TIMER, str(dispatch.id))
    _note(file, "dispatch.acknowledged", changed, department, actor=by)
    await file.write()
    return changed


async def answer(
    file: CaseFile, dispatch: Dispatch, department: Department, *, text: str, fields: Mapping[str, Any], by: str
) -> Dispatch:
    """The department answers: its words and the step's fields go to the case, and the step is completed if it is the
    department's own and has all it asks for."""
    _require_open(dispatch)
    if beyond := sorted(set(fields) - set(dispatch.asked)):
        raise BadFields(dict.fromkeys(beyond, "is not asked of this department"))
    given = dict(fields)
    if "ops_reply" in dispatch.asked:
        given.setdefault("ops_reply", text)
    changed = await _end(file, dispatch, DispatchState.ANSWERED, by=by, answer=text, fields=given)
    _note(file, "dispatch.answered", changed, department, actor=by, text=text)
    await _record(file, changed, department, given)
    await _bring_agent(file)
    await file.write()
    return changed


async def refuse(file: CaseFile, dispatch: Dispatch, department: Department, *, reason: str, by: str) -> Dispatch:
    """The department says it is not the one, or cannot: the agent finds another."""
    _require_open(dispatch)
    changed = await _end(file, dispatch, DispatchState.REFUSED, by=by, answer=reason, fields={})
    _note(file, "dispatch.refused", changed, department, actor=by, reason=reason)
    await _bring_agent(file)
    await file.write()
    return changed


async def withdraw(file: CaseFile, dispatch: Dispatch, department: Department, *, reason: str, by: str) -> Dispatch:
    """The task is no longer needed."""
    _require_open(dispatch)
    changed = await _end(file, dispatch, DispatchState.WITHDRAWN, by=by, answer=reason, fields={})
    _note(file, "dispatch.withdrawn", changed, department, actor=by, reason=reason)
    await file.write()
    return changed


async def overdue(file: CaseFile, dispatch_id: UUID, *, limit: str) -> None:
    """A clock of a dispatch ran out: the case says so, and somebody above the agent is told, as its step names them."""
    dispatch = await store.dispatch(file.tx, dispatch_id, lock=True)
    expected = OPEN if limit == REPLY_TIMER else {DispatchState.SENT}
    if dispatch is None or dispatch.state not in expected or file.case.closed_at is not None:
        return
    department = await store.get(file.tx, dispatch.department_id)
    if department is None:
        return
    due = dispatch.reply_by if limit == REPLY_TIMER else dispatch.acknowledge_by
    _note(file, f"{limit}_overdue", dispatch, department, actor=SYSTEM)
    run = await file.run()
    step = run.step if not file.engine.procedure.has_step(dispatch.step) else dispatch.step
    role = _escalates_to(file, step)
    missed = DeadlineMissed(step, limit, due, False)
    await file.apply(Progress(run, (missed, Escalated(role, limit))))
    await file.write()


async def _end(
    file: CaseFile, dispatch: Dispatch, state: DispatchState, *, by: str, answer: str, fields: Mapping[str, Any]
) -> Dispatch:
    for timer in (ACKNOWLEDGE_TIMER, REPLY_TIMER):
        await file.tx.cancel_timer(timer, str(dispatch.id))
    return await store.change_dispatch(
        file.tx, dispatch.id, state=state, ended_at=file.tx.now, answered_by=by, answer=answer, fields=dict(fields)
    )


async def _record(file: CaseFile, dispatch: Dispatch, department: Department, fields: Mapping[str, Any]) -> None:
    run = await file.run()
    if file.case.closed_at is not None or run.ended_at is not None or run.waiting_for is not None:
        return
    used = file.engine.field_names()
    known = {name: value for name, value in fields.items() if name in used}
    if run.step != dispatch.step or file.case.id != dispatch.case_id:
        if known:
            await file.apply(file.engine.record(run, fields=known, now=file.tx.now))
        return
    actor = Actor(f"department:{department.id}", frozenset({department.kind}))
    step = file.engine.procedure.step(run.step)
    try:
        if department.kind not in (step.actor, *step.alt_actors):
            raise ProcedureRefusal
        progress = file.engine.complete(run, actor=actor, now=file.tx.now, fields=known)
    except BadFields:
        raise
    except ProcedureRefusal:
        await file.apply(file.engine.record(run, fields=known, now=file.tx.now))
        return
    await closing.settle(file, progress, actor=actor)


async def _tell_procedure(file: CaseFile, dispatch: Dispatch, department: Department) -> None:
    """The step's own fields about who was asked."""
    run = await file.run()
    step = file.engine.procedure.step(run.step)
    facts = {"target_department": department.name["zh-CN"], "dispatch_ref": dispatch.ref}
    wanted = {name: value for name, value in facts.items() if name in (*step.fields, *step.optional_fields)}
    if wanted:
        await closing.settle(
            file, file.engine.record(run, fields=wanted, now=file.tx.now), actor=Actor(dispatch.created_by)
        )


async def _bring_agent(file: CaseFile) -> None:
    if file.case.owner is None and file.case.closed_at is None:
        await work.request(file, None, enqueued_at=file.tx.now)


def _asked(file: CaseFile, step_id: str) -> list[str]:
    """The fields of the step that a department can give, if the step is a department's."""
    step = file.engine.procedure.step(step_id)
    kind = file.engine.dictionary.roles[step.actor].kind
    return [name for name in step.fields if name not in _OURS] if kind is RoleKind.DEPARTMENT else []


def _escalates_to(file: CaseFile, step_id: str) -> str:
    limits = file.engine.procedure.step(step_id).limits
    return next((limit.on_breach.escalate for limit in limits if limit.on_breach.escalate), _ESCALATE_TO)


def _require_open(dispatch: Dispatch) -> None:
    if dispatch.state not in OPEN:
        raise DispatchEnded(dispatch)


def _note(file: CaseFile, code: str, dispatch: Dispatch, department: Department, *, actor: str, **details: Any) -> None:
    file.note(
        EntryKind.STEP,
        code,
        actor=actor,
        ref=dispatch.ref,
        dispatch_id=str(dispatch.id),
        department_id=department.id,
        department=department.name,
        **details,
    )
