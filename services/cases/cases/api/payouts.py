"""Payments to customers."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field, StringConstraints

from cases.actions import paying
from cases.actions.file import CaseFile
from cases.api import access
from cases.api.changing import ChangeOf, Reader
from cases.api.refusals import PayoutCannot
from cases.api.schemas import Body, Money, Reason
from cases.domain.payout import PayoutState, may_follow, ways
from cases.store import payouts
from cases.store.payouts import Payout
from chassis.auth.principal import Principal
from chassis.http.deps import DB
from chassis.http.paging import Cursor, Limit, Page, decode_cursor, encode_cursor
from chassis.http.problems import BadRequest, FieldError, Forbidden, NotFound, problems

router = APIRouter(prefix="/v1/payouts", tags=["Payouts"])


class PayoutView(BaseModel):
    """A payment. It is due as soon as its amount is approved."""

    id: UUID
    case_id: UUID
    approval_id: UUID
    kind: str
    amount: Money
    state: PayoutState
    next_states: list[PayoutState]
    reference: str | None = Field(description="of the payment system")
    reason: str | None = Field(description="why it failed or was called off")
    version: int
    requested_by: str
    approved_by: str
    instructed_by: str | None
    created_at: datetime
    changed_at: datetime


class MovePayout(Body):
    """Where a payment stands now."""

    state: Literal["instructed", "paid", "failed", "cancelled"]
    reference: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] | None = None
    reason: Reason | None = None


@router.get("", responses=problems(400, 403))
async def list_payouts(
    principal: Reader,
    db: DB,
    state: Annotated[Literal["open", "due", "instructed", "paid", "failed", "cancelled"] | None, Query()] = "open",
    case_id: UUID | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[PayoutView]:
    """Payments, newest first. For finance and supervisors."""
    _require_finance(principal)
    async with db.read() as tx:
        found = await payouts.listed(tx, state=state, case_id=case_id, before=_before(cursor), limit=limit + 1)
    more = len(found) > limit
    return Page(items=[_view(one) for one in found[:limit]], next=encode_cursor(found[limit - 1].id) if more else None)


@router.post("/{payout_id}/state", response_model=PayoutView, responses=problems(400, 403, 404, 409, 412, 422))
async def move_payout(payout_id: UUID, body: MovePayout, change: ChangeOf, db: DB) -> Response:
    """Say where a payment stands. `instructed` and `paid` name the payment system's reference, `failed` and `cancelled`
    a reason. Who asked for the amount or handles the case does not instruct it; an instructed one may be under way and
    is not called off. A paid one completes the step of a claim that waits for it."""
    _require_finance(change.principal)
    _require_said(body)
    async with db.read() as tx:
        seen = await payouts.get(tx, payout_id)
    if seen is None:
        raise NotFound("payout", payout_id)

    async def effect(file: CaseFile) -> PayoutView:
        current = await payouts.get(file.tx, payout_id)
        if current is None:
            raise NotFound("payout", payout_id)
        wanted = PayoutState(body.state)
        if not may_follow(current.state, wanted):
            raise PayoutCannot(current.state, wanted, ways(current.state))
        actor = access.actor(change.principal, file.case, file.engine.dictionary)
        moved = await paying.move(file, current, wanted, reference=body.reference, reason=body.reason, actor=actor)
        await file.write()
        return _view(moved)

    return await change.run(seen.case_id, effect, owned=False, readable=False)


def _require_finance(principal: Principal) -> None:
    if not (access.sees_all(principal) or "finance" in principal.roles):
        raise Forbidden("Payments are the business of finance.")


def _require_said(body: MovePayout) -> None:
    name = "reference" if body.state in ("instructed", "paid") else "reason"
    if getattr(body, name) is None:
        detail = f"needed for {body.state}"
        raise BadRequest(f"{name} is {detail}.", errors=[FieldError(pointer=f"#/{name}", detail=detail)])


def _view(payout: Payout) -> PayoutView:
    names = [name for name in PayoutView.model_fields if name not in ("amount", "next_states")]
    return PayoutView(
        amount=Money(minor=payout.amount_minor, currency=payout.currency),
        next_states=ways(payout.state),
        **{name: getattr(payout, name) for name in names},
    )


def _before(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    try:
        return UUID(str(decode_cursor(cursor, 1)[0]))
    except ValueError as error:
        raise BadRequest("The cursor is not one that a page of this list returned.") from error
