"""What people say about a case: details, owner, watchers, waiting for the customer, relations."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response
from pydantic import RootModel

from cases.actions import details, waiting
from cases.actions.file import CaseFile
from cases.api import access
from cases.api.actions import require_open
from cases.api.changing import ChangeOf, Reader
from cases.api.refusals_desk import RelationThere
from cases.api.schemas import CaseView
from cases.api.schemas_desk import (
    AwaitCustomer,
    ChangeDetails,
    GiveCase,
    Relate,
    RelationKind,
    RelationView,
)
from cases.api.shaping import view_of
from cases.domain.model import Case, EntryKind
from cases.store import cases as case_store
from cases.store import relations
from chassis.http.deps import DB
from chassis.http.problems import BadRequest, FieldError, NotFound, problems

router = APIRouter(prefix="/v1/cases", tags=["Cases"])

_CHANGES = problems(400, 403, 404, 409, 412, 422)
_MOST_RELATIONS = 200
_FARTHEST_DAYS = 366


class Relations(RootModel[list[RelationView]]):
    """All relations of a case."""


AgentPath = Annotated[str, Path(min_length=1, max_length=200)]


def _bad(field: str, detail: str) -> BadRequest:
    return BadRequest(f"{field} {detail}.", errors=[FieldError(pointer=f"#/{field}", detail=detail)])


@router.patch("/{case_id}", response_model=CaseView, responses=_CHANGES)
async def change_details(case_id: UUID, body: ChangeDetails, change: ChangeOf) -> Response:
    """File the case under a category, say how serious and urgent it is, set its tags. Fields left out stay.

    A changed severity moves the deadlines that depend on it; send If-Match so that no other editor's change is lost.
    """

    async def effect(file: CaseFile) -> CaseView:
        if body.severity is not None or body.priority is not None:
            require_open(file)
        await details.set_details(
            file,
            actor=change.principal.subject,
            category=body.category,
            severity=body.severity,
            priority=body.priority,
        )
        if body.tags is not None:
            await details.replace_tags(file, list(body.tags))
        file.tx.audit(
            change.principal.subject, "case.change", f"case/{case_id}", {"fields": sorted(body.model_fields_set)}
        )
        await file.write()
        return await view_of(file, change.principal)

    return await change.run(case_id, effect)


@router.post("/{case_id}/assign", response_model=CaseView, responses=_CHANGES)
async def give_case(case_id: UUID, body: GiveCase, change: ChangeOf) -> Response:
    """Give the case to an agent: its owner may, and supervisors. Who had it is freed; both are told."""

    async def effect(file: CaseFile) -> CaseView:
        require_open(file)
        await details.assign(
            file,
            agent_id=body.agent_id,
            agent_name=body.agent_name,
            reason=body.reason,
            by=change.principal.subject,
            by_name=change.principal.name,
        )
        file.tx.audit(change.principal.subject, "case.assign", f"case/{case_id}", {"to": body.agent_id})
        await file.write()
        return await view_of(file, change.principal)

    return await change.run(case_id, effect)


@router.put("/{case_id}/watchers/{agent_id}", response_model=CaseView, responses=_CHANGES)
async def watch_case(case_id: UUID, agent_id: AgentPath, change: ChangeOf) -> Response:
    """Let an agent watch the case: they may read it and their live stream tells them of every change."""
    return await _watch(case_id, agent_id, change, watching=True)


@router.delete("/{case_id}/watchers/{agent_id}", response_model=CaseView, responses=_CHANGES)
async def unwatch_case(case_id: UUID, agent_id: AgentPath, change: ChangeOf) -> Response:
    """The agent no longer watches the case."""
    return await _watch(case_id, agent_id, change, watching=False)


async def _watch(case_id: UUID, agent_id: str, change: ChangeOf, *, watching: bool) -> Response:
    async def effect(file: CaseFile) -> CaseView:
        if agent_id != change.principal.subject:
            access.require_own(file.case, change.principal)
        await details.watch(file, agent_id, watching=watching)
        data = {"agent": agent_id, "watching": watching}
        file.tx.audit(change.principal.subject, "case.watch", f"case/{case_id}", data)
        await file.write()
        return await view_of(file, change.principal)

    return await change.run(case_id, effect, owned=False)


@router.post("/{case_id}/await", response_model=CaseView, responses=_CHANGES)
async def await_customer(case_id: UUID, body: AwaitCustomer, change: ChangeOf) -> Response:
    """The customer owes an answer: `next_action` says so, and at `due_at` the case comes up again.

    Clocks stand still meanwhile only at steps whose procedure allows it, and those of the law never. The customer's
    next message ends the wait.
    """

    async def effect(file: CaseFile) -> CaseView:
        require_open(file)
        due = body.due_at or file.tx.now + timedelta(days=file.office.parameters.awaiting_days)
        if not file.tx.now < due < file.tx.now + timedelta(days=_FARTHEST_DAYS):
            raise _bad("due_at", f"must be in the future and within {_FARTHEST_DAYS} days")
        await waiting.wait(file, due=due, reason=body.reason, actor=change.principal.subject)
        await file.write()
        return await view_of(file, change.principal)

    return await change.run(case_id, effect)


@router.delete("/{case_id}/await", response_model=CaseView, responses=_CHANGES)
async def go_on(case_id: UUID, change: ChangeOf) -> Response:
    """Nobody waits for the customer any more, for example because they answered by phone."""

    async def effect(file: CaseFile) -> CaseView:
        await waiting.over(file, answered=True, actor=change.principal.subject)
        await file.write()
        return await view_of(file, change.principal)

    return await change.run(case_id, effect)


@router.get("/{case_id}/relations", responses=problems(403, 404))
async def list_relations(case_id: UUID, principal: Reader, db: DB) -> list[RelationView]:
    """How the case belongs to others: what people said, and what followed from procedures, merges and incidents."""
    async with db.read() as tx:
        case = await case_store.get(tx, case_id)
        if case is None:
            raise NotFound("case", case_id)
        await access.require_readable(tx, case, principal)
        found = await relations.of_case(tx, case_id, _MOST_RELATIONS)
    return [RelationView.model_validate(one, from_attributes=True) for one in found]


@router.post("/{case_id}/relations", status_code=201, response_model=list[RelationView], responses=_CHANGES)
async def relate(case_id: UUID, body: Relate, change: ChangeOf, db: DB) -> Response:
    """Say how this case belongs to another one. Both show it."""

    async def effect(file: CaseFile) -> Relations:
        other = await other_case(file, body.other_id, change)
        if await relations.exists(file.tx, case_id=other.id, other_id=case_id, kind=body.kind):
            raise RelationThere(f"Case {other.case_no} is {body.kind} of this one; it cannot be both.")
        if not await relations.add(
            file.tx, case_id=case_id, other_id=other.id, kind=body.kind, actor=change.principal.subject
        ):
            raise RelationThere(f"That is on record: {body.kind} {other.case_no}.")
        await _note(file, other, "case.related", body.kind, change)
        return Relations(await _relations(file))

    return await change.run(case_id, effect, status=201, owned=False, others=[body.other_id])


@router.delete("/{case_id}/relations/{kind}/{other_id}", response_model=list[RelationView], responses=_CHANGES)
async def unrelate(case_id: UUID, kind: RelationKind, other_id: UUID, change: ChangeOf) -> Response:
    """Take a relation back."""

    async def effect(file: CaseFile) -> Relations:
        other = await other_case(file, other_id, change)
        if not await relations.remove(file.tx, case_id=case_id, other_id=other_id, kind=kind):
            raise NotFound("relation", f"{kind} {other_id}")
        await _note(file, other, "case.unrelated", kind, change)
        return Relations(await _relations(file))

    return await change.run(case_id, effect, owned=False, others=[other_id])


async def other_case(file: CaseFile, other_id: UUID, change: ChangeOf) -> Case:
    """Another case that a change names, locked with the first: 404 if there is none, 403 if the caller may not read
    it."""
    if other_id == file.case.id:
        raise _bad("other_id", "must be another case")
    other = await case_store.lock_one(file.tx, other_id)
    if other is None:
        raise NotFound("case", other_id)
    await access.require_readable(file.tx, other, change.principal)
    return other


async def _note(file: CaseFile, other: Case, code: str, kind: str, change: ChangeOf) -> None:
    relation = file.office.both(f"relation.{kind}")
    theirs = CaseFile(file.tx, file.office, other)
    for one, named in ((file, other), (theirs, file.case)):
        actor = change.principal.subject
        one.note(EntryKind.STATUS, code, actor=actor, case_no=named.case_no, relation=relation, other_id=named.id)
        await one.write()


async def _relations(file: CaseFile) -> list[RelationView]:
    found = await relations.of_case(file.tx, file.case.id, _MOST_RELATIONS)
    return [RelationView.model_validate(one, from_attributes=True) for one in found]
