"""What follows from a case inside the house: sanctions and improvements."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from cases.actions.file import CaseFile
from cases.api import access
from cases.api.changing import ChangeOf, Reader
from cases.api.refusals import RecordSettled, problem_of
from cases.api.schemas import Body, Reason, Short, Text
from cases.domain.contact import masked_name
from cases.domain.errors import SegregationOfDuties
from cases.domain.model import EntryKind
from cases.store import cases as case_store
from cases.store import lessons
from cases.store.lessons import Sanction
from chassis.auth.principal import Principal
from chassis.http.deps import DB
from chassis.http.paging import Cursor, Limit, Page, decode_cursor, encode_cursor
from chassis.http.problems import BadRequest, Forbidden, NotFound, problems

router = APIRouter(prefix="/v1", tags=["Lessons"])

_CHANGES = problems(400, 403, 404, 409, 412, 422)
_WAYS = {"open": ("done", "dropped"), "done": ("verified", "open"), "verified": (), "dropped": ()}


class SanctionView(BaseModel):
    """A sanction. The person is masked for readers without the right to personal data; customers never see it."""

    id: UUID
    case_id: UUID
    unit: str
    person: str | None
    cause: str
    measure: str
    state: str = Field(description="proposed, confirmed or revoked")
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None


class ProposeSanction(Body):
    """Who was responsible, for what, and what is proposed."""

    unit: Short
    person: Short | None = None
    cause: Text
    measure: Text


class DecideSanction(Body):
    """A decision."""

    decision: Literal["confirmed", "revoked"]
    reason: Reason


class ImprovementView(BaseModel):
    """An improvement."""

    id: UUID
    case_id: UUID
    cause: str
    action: str
    owner: str
    due_on: date | None
    state: str = Field(description="open, done, verified or dropped")
    evidence: str | None
    version: int
    created_by: str
    created_at: datetime
    changed_by: str
    changed_at: datetime


class AddImprovement(Body):
    """What is changed so that it does not happen again."""

    cause: Text
    action: Text
    owner: Short = Field(description="who sees to it")
    due_on: date | None = None


class SettleImprovement(Body):
    """How it stands. `verified` is said by somebody else than its owner; `open` sends it back."""

    state: Literal["done", "verified", "dropped", "open"]
    evidence: Text | None = None


@router.post("/cases/{case_id}/sanctions", status_code=201, response_model=SanctionView, responses=_CHANGES)
async def propose_sanction(case_id: UUID, body: ProposeSanction, change: ChangeOf) -> Response:
    """Propose a sanction. Somebody else with the authority decides."""

    async def effect(file: CaseFile) -> SanctionView:
        actor = change.principal.subject
        made = await lessons.propose(file.tx, case_id=case_id, actor=actor, **body.model_dump())
        file.note(EntryKind.STEP, "sanction.proposed", actor=actor, unit=made.unit, sanction_id=made.id)
        await file.write()
        return _sanction(made, change.principal)

    return await change.run(case_id, effect, status=201, owned=False)


@router.get("/cases/{case_id}/sanctions", responses=problems(403, 404))
async def list_sanctions(case_id: UUID, principal: Reader, db: DB) -> list[SanctionView]:
    """The sanctions of a case. Reading is audited."""
    async with db.transaction() as tx:
        case = await case_store.get(tx, case_id)
        if case is None:
            raise NotFound("case", case_id)
        await access.require_readable(tx, case, principal)
        tx.audit(principal.subject, "sanction.read", f"case/{case_id}")
        return [_sanction(one, principal) for one in await lessons.sanctions(tx, case_id)]


@router.post("/sanctions/{sanction_id}/decision", response_model=SanctionView, responses=_CHANGES)
async def decide_sanction(sanction_id: UUID, body: DecideSanction, change: ChangeOf, db: DB) -> Response:
    """Confirm or revoke a sanction: approvers and supervisors, never who proposed it."""
    principal = change.principal
    if not (principal.may(access.ADMIN) or "approver" in principal.roles):
        raise Forbidden("Sanctions are decided by approvers and supervisors.")
    async with db.read() as tx:
        seen = await lessons.sanction(tx, sanction_id)
    if seen is None:
        raise NotFound("sanction", sanction_id)

    async def effect(file: CaseFile) -> SanctionView:
        if seen.proposed_by == principal.subject or file.case.owner == principal.subject:
            raise problem_of(SegregationOfDuties("sanction", "who proposed it or handles the case"))
        decided = await lessons.decide(
            file.tx, sanction_id, state=body.decision, actor=principal.subject, reason=body.reason
        )
        if decided is None:
            raise RecordSettled(seen.state)
        file.note(
            EntryKind.STEP,
            f"sanction.{decided.state}",
            actor=principal.subject,
            unit=decided.unit,
            sanction_id=decided.id,
            reason=body.reason,
        )
        await file.write()
        return _sanction(decided, principal)

    return await change.run(seen.case_id, effect, owned=False, readable=False)


@router.post("/cases/{case_id}/improvements", status_code=201, response_model=ImprovementView, responses=_CHANGES)
async def add_improvement(case_id: UUID, body: AddImprovement, change: ChangeOf) -> Response:
    """Note what is changed so that it does not happen again."""

    async def effect(file: CaseFile) -> ImprovementView:
        actor = change.principal.subject
        made = await lessons.improve(file.tx, case_id=case_id, actor=actor, **body.model_dump())
        file.note(EntryKind.STEP, "improvement.opened", actor=actor, owner=made.owner, improvement_id=made.id)
        await file.write()
        return ImprovementView.model_validate(made, from_attributes=True)

    return await change.run(case_id, effect, status=201, owned=False)


@router.get("/improvements", responses=problems(400))
async def list_improvements(
    _principal: Reader,
    db: DB,
    state: Annotated[Literal["open", "done", "verified", "dropped"] | None, Query()] = None,
    case_id: UUID | None = None,
    owner: Annotated[str | None, Query(max_length=200)] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ImprovementView]:
    """Improvements of all cases, newest first: lessons are for everybody."""
    async with db.read() as tx:
        found = await lessons.improvements(
            tx, state=state, case_id=case_id, owner=owner, before=_before(cursor), limit=limit + 1
        )
    more = len(found) > limit
    return Page(
        items=[ImprovementView.model_validate(one, from_attributes=True) for one in found[:limit]],
        next=encode_cursor(found[limit - 1].id) if more else None,
    )


@router.post("/improvements/{improvement_id}/state", response_model=ImprovementView, responses=_CHANGES)
async def settle_improvement(improvement_id: UUID, body: SettleImprovement, change: ChangeOf, db: DB) -> Response:
    """Say how an improvement stands."""
    async with db.read() as tx:
        seen = await lessons.improvement(tx, improvement_id)
    if seen is None:
        raise NotFound("improvement", improvement_id)
    actor = change.principal.subject

    async def effect(file: CaseFile) -> ImprovementView:
        found = await lessons.improvement(file.tx, improvement_id)
        if found is None or body.state not in _WAYS[found.state]:
            raise RecordSettled(found.state if found else "gone")
        if body.state == "verified" and actor in (found.owner, found.changed_by):
            raise problem_of(SegregationOfDuties("improvement", "its owner and who reported it done"))
        settled = await lessons.settle(file.tx, found, state=body.state, evidence=body.evidence, actor=actor)
        if settled is None:
            raise RecordSettled("changed")
        code = "improvement.opened" if settled.state == "open" else f"improvement.{settled.state}"
        file.note(
            EntryKind.STEP,
            code,
            actor=actor,
            owner=settled.owner,
            evidence=settled.evidence,
            improvement_id=settled.id,
        )
        await file.write()
        return ImprovementView.model_validate(settled, from_attributes=True)

    return await change.run(seen.case_id, effect, owned=False, readable=False)


def _sanction(sanction: Sanction, principal: Principal) -> SanctionView:
    view = SanctionView.model_validate(sanction, from_attributes=True)
    if view.person is not None and not access.sees_addresses(principal):
        view.person = masked_name(view.person)
    return view


def _before(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    try:
        return UUID(str(decode_cursor(cursor, 1)[0]))
    except ValueError as error:
        raise BadRequest("The cursor is not one that a page of this list returned.") from error
