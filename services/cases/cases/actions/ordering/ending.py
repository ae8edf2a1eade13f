"""Cancelling: the reason is heard, at most two alternatives are offered, and nobody is kept against their will."""

from collections.abc import Mapping
from typing import Any

from cases.actions.file import CaseFile
from cases.actions.ordering import taking
from cases.actions.ordering.file import ORDER_TAKING, OrderFile
from cases.actions.ordering.refusals import NoMoreOffers, NotAmendable, OfferAnswered
from cases.domain.ordering.order import AMENDABLE, OrderState
from cases.domain.ordering.retention import Reason, next_offer
from cases.domain.run import Actor
from cases.store import cases as case_store
from cases.store import orders
from contracts.orders import OrderCancelled

CANCELLATION = "cancellation"
_HINT = "It was picked up: have it intercepted or returned, by a case."


async def offer(file: OrderFile, reason: Reason, *, actor: Actor) -> Mapping[str, Any]:
    """Make the next alternative; `NoMoreOffers` when there is none and the customer is to be let go."""
    order, shop = file.order, file.shop
    if order.state not in AMENDABLE:
        raise NotAmendable(order.state, _HINT if order.state == OrderState.PICKED_UP else "")
    content = order.read_content()
    examined = shop.desk.examine(content, file.tx.now)
    windows = await taking.open_windows(file.tx, shop, order.pickup_area) if order.pickup_area else ()
    found = next_offer(
        shop.desk.retention,
        reason,
        content,
        made=[made["kind"] for made in order.offers],
        quotes=examined.quotes,
        windows=windows,
    )
    if found is None:
        raise NoMoreOffers
    made = {
        **found.model_dump(mode="json"),
        "number": len(order.offers) + 1,
        "reason": reason.code,
        "made_by": actor.id,
        "result": None,
    }
    await file.change("offered", actor=actor.id, detail={"kind": found.kind}, offers=[*order.offers, made])
    labels = {"zh-CN": found.label.zh, "en": found.label.en}
    file.note("order.offered", actor=actor.id, offer_label=labels)
    await file.write()
    return made


async def answer_offer(file: OrderFile, number: int, *, accepted: bool, actor: Actor) -> None:
    """Keep the customer's answer; an accepted alternative changes the order at once."""
    open_ = next((made for made in file.order.offers if made["number"] == number and made["result"] is None), None)
    if open_ is None:
        raise OfferAnswered(number)
    result = "accepted" if accepted else "declined"
    offers = [{**made, "result": result} if made is open_ else made for made in file.order.offers]
    await file.change(f"offer_{result}", actor=actor.id, detail={"number": number}, offers=offers)
    if accepted and open_["changes"]:
        await taking.amend(file, open_["changes"], actor=actor, total=open_["total"])
    labels = {"zh-CN": open_["label"]["zh"], "en": open_["label"]["en"]}
    file.note(f"order.offer_{result}", actor=actor.id, offer_label=labels)
    await _tell_cancellation(file, actor, {"retention_offer": open_["kind"], "retention_result": result}, "alternative")
    await file.write()


async def cancel(file: OrderFile, *, code: str, words: str, actor: Actor) -> None:
    """Cancel at once, whatever offers are open. Before pickup only: later the parcel is intercepted or returned."""
    order = file.order
    if not order.may_become(OrderState.CANCELLED):
        raise NotAmendable(order.state, _HINT if order.state == OrderState.PICKED_UP else "")
    placed = order.state != OrderState.DRAFT
    await file.change(
        "cancelled",
        actor=actor.id,
        detail={"reason": code, "words": words},
        state=OrderState.CANCELLED,
        end_reason=code,
        ended_at=file.tx.now,
    )
    for kind in (taking.DRAFT_TIMER, taking.PICKUP_TIMER):
        await file.tx.cancel_timer(kind, str(order.id))
    if placed:
        await file.tell(
            OrderCancelled(order_id=order.id, order_no=order.order_no or "", reason=code, occurred_at=file.tx.now)
        )
    file.note("order.cancelled", actor=actor.id, reason=words)
    await _leave_order_taking(file, actor)
    paid = placed and order.read_content().payment_method == "sender_online"
    fields = {
        "order_no": order.order_no,
        "cancel_reason": words,
        "disposition": "cancelled_before_pickup",
        "refund_status": "due" if paid else "none",
    }
    await _tell_cancellation(file, actor, {n: v for n, v in fields.items() if v is not None}, "firm")
    await file.write()


async def _leave_order_taking(file: OrderFile, actor: Actor) -> None:
    """The order's own case leaves its procedure: refused if the goods were, cancelled if it waited for the pickup.

    Cancelling begins the procedure for that as a case of its own, which is worked on from here."""
    case = file.case
    if case is None or case.case.closed_at is not None or case.case.procedure != ORDER_TAKING:
        return
    forbidden = (file.order.goods or {}).get("verdict") == "forbidden"
    if file.order.order_no is None:
        if forbidden:
            await file.record(case, {"acceptance": "prohibited"}, actor)
        return
    await file.record(case, {}, actor, outcome="customer_cancels")
    if case.case.closed_at is not None and file.working is None:
        child_id = await orders.newest_child(file.tx, case.case.id, CANCELLATION)
        child = await case_store.lock_one(file.tx, child_id) if child_id else None
        if child is not None:
            file.working = CaseFile(file.tx, file.shop.office, child)


async def _tell_cancellation(file: OrderFile, actor: Actor, fields: Mapping[str, Any], outcome: str) -> None:
    for case in (file.case, file.working):
        if case is not None and case.case.closed_at is None and case.case.procedure == CANCELLATION:
            await file.record(case, fields, actor, outcome=outcome)
