"""Ending orders: alternatives for those who want to cancel, and cancelling."""

from uuid import UUID

from fastapi import APIRouter, Response

from cases.actions.ordering import ending
from cases.actions.ordering.file import OrderFile
from cases.actions.ordering.shop import Shop
from cases.api.order_access import TAKE, actor
from cases.api.order_schemas import AnswerOffer, AskOffer, CancelOrder, OrderView
from cases.api.orders import CHANGES, ChangeOf
from cases.domain.ordering.retention import Reason
from chassis.auth.principal import Principal
from chassis.http.problems import BadRequest, FieldError

router = APIRouter(prefix="/v1/orders", tags=["Orders"])


@router.post("/{order_id}/offers", response_model=OrderView, responses=CHANGES)
async def make_offer(order_id: UUID, body: AskOffer, change: ChangeOf) -> Response:
    """Offer the next alternative to a customer who wants to cancel; it is the last of `offers`. At most two, then 409
    `no-more-offers`: let the customer go."""
    reason = _reason(change.shop, body.reason)

    async def effect(file: OrderFile) -> None:
        await ending.offer(file, reason, actor=actor(change.principal))

    return await change.run(order_id, effect)


@router.post("/{order_id}/offers/{number}/answer", response_model=OrderView, responses=CHANGES)
async def answer_offer(order_id: UUID, number: int, body: AnswerOffer, change: ChangeOf) -> Response:
    """Keep the customer's answer. An accepted alternative changes the order at once."""

    async def effect(file: OrderFile) -> None:
        await ending.answer_offer(file, number, accepted=body.accepted, actor=actor(change.principal))

    return await change.run(order_id, effect, working_id=_working(body.case_id, change.principal))


@router.post("/{order_id}/cancel", response_model=OrderView, responses=CHANGES)
async def cancel_order(order_id: UUID, body: CancelOrder, change: ChangeOf) -> Response:
    """Cancel before pickup. It needs a reason, never an answer to an offer. After pickup: 409; the parcel is
    intercepted or returned by a case."""
    reason = _reason(change.shop, body.reason)

    async def effect(file: OrderFile) -> None:
        await ending.cancel(file, code=reason.code, words=body.words, actor=actor(change.principal))

    return await change.run(order_id, effect, working_id=_working(body.case_id, change.principal))


def _working(case_id: UUID | None, principal: Principal) -> UUID | None:
    if case_id is not None and not principal.may(TAKE):
        detail = "cases are for agents"
        raise BadRequest(f"{detail}.", errors=[FieldError(pointer="#/case_id", detail=detail)])
    return case_id


def _reason(shop: Shop, code: str) -> Reason:
    found = shop.desk.retention.reason(code)
    if found is None:
        known = ", ".join(reason.code for reason in shop.desk.retention.reasons)
        detail = f"not a reason of the list; one of {known}"
        raise BadRequest(f"{code} is {detail}.", errors=[FieldError(pointer="#/reason", detail=detail)])
    return found
