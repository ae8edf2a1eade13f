"""One command for many cases, carried out in the background: incidents and bulk actions."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from cases.actions import jobs as job_actions
from cases.actions.file import CaseFile
from cases.api import access
from cases.api.actions import require_open
from cases.api.changing import ChangeOf, Reader, TheOffice, Writer
from cases.api.refusals_desk import JobOver, NotAnIncident, TooManyCases
from cases.api.schemas import CaseView
from cases.api.schemas_desk import BulkCommand, JobItemView, JobView, Selection, TellIncident
from cases.api.shaping import view_of
from cases.domain import commands
from cases.domain.filters import CaseFilter
from cases.domain.model import Case
from cases.store import cases as case_store
from cases.store import filtered, jobs
from chassis.auth.principal import Principal
from chassis.db import Tx
from chassis.http.deps import DB
from chassis.http.idempotency import OnceOnly
from chassis.http.paging import Cursor, Limit, Page, decode_cursor, encode_cursor
from chassis.http.problems import BadRequest, FieldError, Forbidden, NotFound, problems

router = APIRouter(prefix="/v1", tags=["Bulk"])

_COMMANDS = problems(400, 403, 404, 409, 422)


@router.post("/bulk", status_code=202, response_model=JobView, responses=_COMMANDS)
async def command_many(body: BulkCommand, principal: Writer, office: TheOffice, once: OnceOnly) -> Response:
    """Do one thing to many cases: tag, file, assign, note, watch, reply, close with a reason.

    The answer is a job; `GET /v1/jobs/{id}` tells how far it is, its items what became of each case, and the caller's
    live stream gets `job.progress`. Each case is checked as if it were changed alone: one that refuses does not stop
    the others. A killed process loses nothing: the job goes on where its last finished chunk ended.
    """

    async def effect(tx: Tx) -> JobView:
        return await _command(tx, office, principal, body, body.action)

    return await once.run(effect, status=202)


@router.put("/cases/{case_id}/incident", response_model=CaseView, responses=_COMMANDS)
async def declare_incident(case_id: UUID, change: ChangeOf) -> Response:
    """This case is an incident that many customers come with: other cases can be made to belong to it."""
    _require_supervisor(change.principal)

    async def effect(file: CaseFile) -> CaseView:
        require_open(file)
        if file.case.incident_id is not None:
            raise NotAnIncident(file.case.case_no)
        if not file.case.incident:
            await file.change(incident=True)
        file.tx.audit(change.principal.subject, "case.incident", f"case/{case_id}")
        await file.write()
        return await view_of(file, change.principal)

    return await change.run(case_id, effect)


@router.post("/cases/{case_id}/members", status_code=202, response_model=JobView, responses=_COMMANDS)
async def gather_cases(
    case_id: UUID, body: Selection, principal: Writer, office: TheOffice, once: OnceOnly
) -> Response:
    """Make cases belong to this incident, by list or by filter, thousands at once."""
    _require_supervisor(principal)

    async def effect(tx: Tx) -> JobView:
        incident = await _incident(tx, case_id)
        command = commands.Join(incident_id=incident.id)
        return await _command(tx, office, principal, body, command, incident=incident)

    return await once.run(effect, status=202)


@router.post("/cases/{case_id}/members/remove", status_code=202, response_model=JobView, responses=_COMMANDS)
async def release_cases(
    case_id: UUID, body: Selection, principal: Writer, office: TheOffice, once: OnceOnly
) -> Response:
    """These cases do not belong to the incident after all."""
    _require_supervisor(principal)

    async def effect(tx: Tx) -> JobView:
        incident = await _incident(tx, case_id)
        chosen = _within(body, incident.id)
        command = commands.Join(incident_id=None)
        return await _command(tx, office, principal, chosen, command, incident=incident, kind="leave")

    return await once.run(effect, status=202)


@router.post("/cases/{case_id}/updates", status_code=202, response_model=JobView, responses=_COMMANDS)
async def tell_members(
    case_id: UUID, body: TellIncident, principal: Writer, office: TheOffice, once: OnceOnly
) -> Response:
    """One update to all cases of the incident: on every timeline, and as a message to every customer if one is given.

    Cases whose customer cannot be written to, or does not want to be, are reported as failed with the reason.
    """
    _require_supervisor(principal)

    async def effect(tx: Tx) -> JobView:
        incident = await _incident(tx, case_id)
        command = commands.Tell(incident_id=incident.id, update=body.update, message=body.message)
        chosen = Selection(filter=CaseFilter(incident_id=incident.id))
        return await _command(tx, office, principal, chosen, command, incident=incident)

    return await once.run(effect, status=202)


@router.get("/jobs", responses=problems(400))
async def list_jobs(principal: Reader, db: DB, cursor: Cursor = None, limit: Limit = 50) -> Page[JobView]:
    """Bulk commands, newest first: the caller's own, or all for supervisors."""
    before = None
    if cursor is not None:
        try:
            before = UUID(str(decode_cursor(cursor, 1)[0]))
        except ValueError as error:
            raise BadRequest("The cursor is not one that a page of this list returned.") from error
    async with db.read() as tx:
        actor_id = None if access.sees_all(principal) else principal.subject
        found = await jobs.listed(tx, actor_id=actor_id, before=before, limit=limit + 1)
    more = len(found) > limit
    return Page(items=[_view(job) for job in found[:limit]], next=encode_cursor(found[limit - 1].id) if more else None)


@router.get("/jobs/{job_id}", responses=problems(403, 404))
async def read_job(job_id: UUID, principal: Reader, db: DB) -> JobView:
    """How far a bulk command is."""
    async with db.read() as tx:
        return _view(await _own(tx, job_id, principal))


@router.get("/jobs/{job_id}/items", responses=problems(400, 403, 404))
async def read_job_items(
    job_id: UUID,
    principal: Reader,
    db: DB,
    state: Annotated[Literal["pending", "done", "failed"] | None, Query()] = None,
    after: Annotated[int, Query(ge=0, lt=2**31, description="items after this position")] = 0,
    limit: Limit = 100,
) -> list[JobItemView]:
    """What became of each case, in the order they were named."""
    async with db.read() as tx:
        await _own(tx, job_id, principal)
        found = await jobs.items(tx, job_id, after=after, state=state, limit=limit)
    return [JobItemView.model_validate(item, from_attributes=True) for item in found]


@router.post("/jobs/{job_id}/cancel", response_model=JobView, responses=_COMMANDS)
async def cancel_job(job_id: UUID, principal: Writer, once: OnceOnly) -> Response:
    """Stop a bulk command. What it did stays done."""

    async def effect(tx: Tx) -> JobView:
        await _own(tx, job_id, principal)
        cancelled = await jobs.cancel(tx, job_id)
        if cancelled is None:
            raise JobOver("The command is finished or was cancelled.")
        return _view(cancelled)

    return await once.run(effect)


def _require_supervisor(principal: Principal) -> None:
    if not principal.may(access.ADMIN):
        raise Forbidden("Incidents are led by supervisors.")


async def _incident(tx: Tx, case_id: UUID) -> Case:
    case = await case_store.lock_one(tx, case_id)
    if case is None:
        raise NotFound("case", case_id)
    if not case.incident or case.closed_at is not None:
        raise NotAnIncident(case.case_no)
    return case


def _within(body: Selection, incident_id: UUID) -> Selection:
    if body.filter is None:
        return body
    return Selection(filter=body.filter.model_copy(update={"incident_id": incident_id}))


async def _command(
    tx: Tx,
    office: TheOffice,
    principal: Principal,
    chosen: Selection,
    command: Any,
    *,
    incident: Case | None = None,
    kind: str | None = None,
) -> JobView:
    most = office.parameters.job_cases
    me, sees_all = principal.subject, access.sees_all(principal)
    if chosen.filter is not None:
        ids = await filtered.ids(tx, chosen.filter, me=me, sees_all=sees_all, bound=most)
    else:
        named = list(dict.fromkeys(chosen.case_ids or []))
        ids = await filtered.visible(tx, named, me=me, sees_all=sees_all)
        if missing := sorted(set(named) - set(ids))[:10]:
            where = [FieldError(pointer=f"#/case_ids/{named.index(one)}", detail="no such case") for one in missing]
            raise BadRequest("Some cases do not exist, or you may not read them.", errors=where)
    if len(ids) > most:
        raise TooManyCases(most)
    actor = job_actions.stored_actor(principal)
    if incident is not None:
        actor["values"] = {"incident_no": incident.case_no}
    job = await jobs.add(
        tx,
        kind=kind or command.do,
        case_id=incident.id if incident else None,
        command=command.model_dump_json(),
        actor=actor,
        actor_id=principal.subject,
        case_ids=ids,
    )
    tx.audit(principal.subject, "cases.bulk", f"job/{job.id}", {"kind": job.kind, "cases": job.total})
    return _view(job)


async def _own(tx: Tx, job_id: UUID, principal: Principal) -> jobs.Job:
    job = await jobs.get(tx, job_id)
    if job is None:
        raise NotFound("job", job_id)
    if job.actor_id != principal.subject and not access.sees_all(principal):
        raise Forbidden("This is another agent's command.")
    return job


def _view(job: jobs.Job) -> JobView:
    names = [name for name in JobView.model_fields if name != "actor"]
    return JobView.model_validate({"actor": job.actor_id, **{name: getattr(job, name) for name in names}})
