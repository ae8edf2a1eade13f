"""Two cases that are one, one that is two."""

from uuid import UUID

from fastapi import APIRouter, Response

from cases.actions import acting, joining, splitting
from cases.actions.file import CaseFile
from cases.api import access
from cases.api.actions import require_open
from cases.api.changing import ChangeOf, Reader
from cases.api.details import other_case
from cases.api.refusals_desk import CannotMerge
from cases.api.schemas_desk import CaseMergeView, MergeCases, SplitCase, SplitView, UndoCaseMerge
from cases.domain.waybills import normal_waybill
from cases.store import case_merges
from cases.store import cases as case_store
from cases.views import summary
from chassis.http.deps import DB
from chassis.http.problems import BadRequest, FieldError, NotFound, problems

router = APIRouter(prefix="/v1/cases/{case_id}", tags=["Cases"])

_CHANGES = problems(400, 403, 404, 409, 412, 422)


@router.get("/merges", responses=problems(403, 404))
async def list_case_merges(case_id: UUID, principal: Reader, db: DB) -> list[CaseMergeView]:
    """The merges into this case and of it, undone ones included."""
    async with db.read() as tx:
        case = await case_store.get(tx, case_id)
        if case is None:
            raise NotFound("case", case_id)
        await access.require_readable(tx, case, principal)
        return [_view(merge) for merge in await case_merges.of_case(tx, case_id)]


@router.post("/merges", status_code=201, response_model=CaseMergeView, responses=_CHANGES)
async def merge_cases(case_id: UUID, body: MergeCases, change: ChangeOf) -> Response:
    """The other case is about the same matter: its messages, calls and notes, interactions, threads, children and work
    go over to this one, and it is closed as `merged`.

    Both must be open, of one customer, and the caller's own (or nobody's). One agent goes on: whose work was accepted,
    else who waited longer. The other one's deadlines end; where both follow one procedure the clock runs from the
    earlier beginning, and a deadline of the law is never merged away (409). It can be undone, except that a clock set
    back stays set back.
    """

    async def effect(file: CaseFile) -> CaseMergeView:
        other = await other_case(file, body.other_id, change)
        access.require_own(other, change.principal)
        actor = acting.actor(change.principal, file.case, file.engine.dictionary)
        try:
            made = await joining.merge(file, CaseFile(file.tx, file.office, other), reason=body.reason, actor=actor)
        except joining.CannotJoin as error:
            raise CannotMerge(str(error)) from error
        file.tx.audit(change.principal.subject, "case.merge", f"case/{case_id}", {"merged": str(body.other_id)})
        return _view(made)

    return await change.run(case_id, effect, status=201, with_customer=True, others=[body.other_id])


@router.post("/merges/{merge_id}/undo", response_model=CaseMergeView, responses=_CHANGES)
async def undo_case_merge(case_id: UUID, merge_id: UUID, body: UndoCaseMerge, change: ChangeOf, db: DB) -> Response:
    """Make two cases of one again: the merged one gets back what it brought, and what its interactions brought since,
    and goes on in its procedure where it stood."""
    async with db.read() as tx:
        found = await case_merges.get(tx, merge_id)
    if found is None or found.survivor_id != case_id:
        raise NotFound("merge", merge_id)

    async def effect(file: CaseFile) -> CaseMergeView:
        current = await case_merges.get(file.tx, merge_id)
        other = await other_case(file, found.merged_id, change)
        actor = acting.actor(change.principal, file.case, file.engine.dictionary)
        try:
            undone = await joining.undo(
                file, CaseFile(file.tx, file.office, other), current or found, reason=body.reason, actor=actor
            )
        except joining.CannotJoin as error:
            raise CannotMerge(str(error)) from error
        file.tx.audit(change.principal.subject, "case.unmerge", f"case/{case_id}", {"merge": str(merge_id)})
        return _view(undone)

    return await change.run(case_id, effect, with_customer=True, others=[found.merged_id])


@router.post("/split", status_code=201, response_model=SplitView, responses=_CHANGES)
async def split_case(case_id: UUID, body: SplitCase, change: ChangeOf) -> Response:
    """Part of the case is another matter: the interactions and entries named go to a new case of the same customer,
    which begins its own procedure now. Each entry that went leaves a pointer in its place."""

    async def effect(file: CaseFile) -> SplitView:
        require_open(file)
        if body.case_type not in file.office.parameters.procedure_of_class:
            detail = "is not a class with a procedure"
            errors = [FieldError(pointer="#/case_type", detail=detail)]
            raise BadRequest(f"{body.case_type} {detail}.", errors=errors)
        try:
            new = await splitting.split(
                file,
                interaction_ids=body.interaction_ids,
                entry_seqs=body.entry_seqs,
                case_type=body.case_type,
                waybill_no=normal_waybill(body.waybill_no) if body.waybill_no else None,
                reason=body.reason,
                actor=change.principal.subject,
            )
        except joining.CannotJoin as error:
            raise CannotMerge(str(error)) from error
        file.tx.audit(change.principal.subject, "case.split", f"case/{case_id}", {"new": str(new.case.id)})
        return SplitView(case=summary(file.case, file.office), new_case=summary(new.case, file.office))

    return await change.run(case_id, effect, status=201, with_customer=True)


def _view(merge: case_merges.CaseMerge) -> CaseMergeView:
    return CaseMergeView.model_validate(merge, from_attributes=True)
