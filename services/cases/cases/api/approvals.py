"""Decisions: asking, listing, taking; and the compensation calculator."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from cases.actions import approving
from cases.actions.file import CaseFile
from cases.api import access
from cases.api.changing import Change, ChangeOf, Reader, TheOffice
from cases.api.refusals import ApprovalDecided, ApprovalPending, OverAuthority
from cases.api.schemas import ApprovalView, Decide, Money, RequestApproval
from cases.domain.calculation import calculate
from cases.domain.compensation import Facts, Result
from cases.domain.model import Approval, EntryKind
from cases.store import approvals
from chassis.auth.principal import Principal
from chassis.http.deps import DB
from chassis.http.paging import Cursor, Limit, Page, decode_cursor, encode_cursor
from chassis.http.problems import BadRequest, Forbidden, NotFound, problems

router = APIRouter(prefix="/v1", tags=["Approvals"])

_CHANGES = problems(400, 403, 404, 409, 412, 422)
_CALCULATES = "calc_rule_version"


@router.post("/cases/{case_id}/approvals", status_code=201, response_model=ApprovalView, responses=_CHANGES)
async def request_approval(case_id: UUID, body: RequestApproval, change: ChangeOf) -> Response:
    """Ask for a decision. How high it must go follows from the amount. A goodwill gesture within the agent's own
    authority is approved at once; at an approval step of the procedure the decision completes that step."""

    async def effect(file: CaseFile) -> ApprovalView:
        made = await approving.request(
            file,
            kind=body.kind,
            amount=(body.amount.minor, body.amount.currency) if body.amount else None,
            summary=body.summary,
            actor=access.actor(change.principal, file.case, file.engine.dictionary),
        )
        if made is None:
            raise ApprovalPending(file.case.case_no)
        await file.write()
        return _view(made)

    return await change.run(case_id, effect, status=201)


@router.get("/approvals", responses=problems(400))
async def list_approvals(
    principal: Reader,
    db: DB,
    state: Annotated[Literal["pending", "all"], Query()] = "pending",
    case_id: UUID | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ApprovalView]:
    """Decisions, newest first. Who may decide sees all, others what they asked for."""
    before = _before(cursor)
    async with db.read() as tx:
        found = await approvals.listed(
            tx,
            pending=state == "pending",
            requested_by=None if _decides(principal) else principal.subject,
            case_id=case_id,
            before=before,
            limit=limit + 1,
        )
    more = len(found) > limit
    return Page(items=[_view(a) for a in found[:limit]], next=encode_cursor(found[limit - 1].id) if more else None)


@router.get("/approvals/{approval_id}", responses=problems(403, 404))
async def read_approval(approval_id: UUID, principal: Reader, db: DB) -> ApprovalView:
    """One decision. Who may decide reads any, others what they asked for."""
    async with db.read() as tx:
        found = await approvals.get(tx, approval_id)
    if found is None:
        raise NotFound("approval", approval_id)
    if found.requested_by != principal.subject and not _decides(principal):
        raise Forbidden("Somebody else asked for this decision.")
    return _view(found)


@router.post("/approvals/{approval_id}/decision", response_model=ApprovalView, responses=_CHANGES)
async def decide_approval(approval_id: UUID, body: Decide, change: ChangeOf, db: DB) -> Response:
    """Take a decision: once, by somebody else than who asked for it or handles the case, within their authority."""
    async with db.read() as tx:
        approval = await approvals.get(tx, approval_id)
    if approval is None:
        raise NotFound("approval", approval_id)
    _require_authority(change, approval)

    async def effect(file: CaseFile) -> ApprovalView:
        current = await approvals.get(file.tx, approval_id)
        if current is None or current.state != "pending":
            raise ApprovalDecided(current.state if current else "taken", current.decided_by if current else None)
        actor = access.actor(change.principal, file.case, file.engine.dictionary)
        taken = await approving.decide(file, current, state=body.decision, reason=body.reason, actor=actor)
        if taken is None:
            raise ApprovalDecided("taken", None)
        await file.write()
        return _view(taken)

    return await change.run(approval.case_id, effect, owned=False, readable=False)


@router.post("/compensation/quote", responses=problems(400))
async def quote_compensation(body: Facts, principal: Reader, office: TheOffice) -> Result:
    """What the facts are worth under the present rules, with every step of the calculation. Changes nothing."""
    return calculate(office.compensation, body)


@router.post("/cases/{case_id}/compensation", response_model=Result, responses=_CHANGES)
async def calculate_compensation(case_id: UUID, body: Facts, change: ChangeOf) -> Response:
    """Calculate for a case: the result stays on its timeline, and completes the calculation step of a claim."""

    async def effect(file: CaseFile) -> Result:
        result = calculate(file.office.compensation, body)
        file.note(
            EntryKind.STEP,
            "compensation.calculated",
            actor=change.principal.subject,
            amount=approving.shown_amount((result.amount, result.currency)),
            rule_version=result.rule_version,
            facts=body.model_dump(mode="json", exclude_defaults=True),
            result=result.model_dump(mode="json"),
        )
        run = await file.run()
        if run.ended_at is None and _CALCULATES in file.engine.procedure.step(run.step).fields:
            amount = {"minor": result.amount, "currency": result.currency}
            fields = {_CALCULATES: f"{result.rule_version}/{result.rule}", "amount": amount}
            await file.apply(file.engine.record(run, fields=fields, now=file.tx.now))
        await file.write()
        return result

    return await change.run(case_id, effect)


def _decides(principal: Principal) -> bool:
    return access.sees_all(principal) or "approver" in principal.roles


def _require_authority(change: Change, approval: Approval) -> None:
    """403 if the amount is beyond what the caller's roles may decide."""
    authority = change.office.compensation.authority
    roles = {"approver"} & change.principal.roles
    roles |= {"supervisor"} if change.principal.may(access.ADMIN) else set()
    order = [level.role for level in authority.levels]
    if not any(order.index(role) >= order.index(approval.authority) for role in roles if role in order):
        raise OverAuthority(approval.authority)


def _before(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    try:
        return UUID(str(decode_cursor(cursor, 1)[0]))
    except ValueError as error:
        raise BadRequest("The cursor is not one that a page of this list returned.") from error


def _view(approval: Approval) -> ApprovalView:
    has_amount = approval.amount_minor is not None and approval.currency is not None
    amount = Money(minor=approval.amount_minor or 0, currency=approval.currency or "CNY") if has_amount else None
    names = [name for name in ApprovalView.model_fields if name != "amount"]
    return ApprovalView(amount=amount, **{name: getattr(approval, name) for name in names})
