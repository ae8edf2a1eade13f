"""Following a placed order: what the courier's order system reports, and what a clock says."""

from datetime import datetime, timedelta

from cases.actions.ordering.file import OrderFile
from cases.actions.ordering.refusals import NotAmendable
from cases.actions.ordering.taking import PICKUP_TIMER, PROMISE_TIMER
from cases.domain.ordering.order import AWAITS_PICKUP, OrderState
from cases.domain.run import BY_SYSTEM, SYSTEM, Escalated, Progress
from cases.domain.waybills import normal_waybill
from contracts.orders import OrderStatus

ESCALATION = "supervisor"


async def report(
    file: OrderFile, status: OrderStatus, *, waybill_no: str | None, identity_checked: bool, reason: str | None, by: str
) -> None:
    """Keep what the courier's order system says. A status that was reported before changes nothing."""
    state = OrderState(status)
    if file.order.state == state:
        return
    if not file.order.may_become(state):
        raise NotAmendable(file.order.state)
    changes: dict[str, object] = {"state": state}
    if waybill_no is not None:
        changes["waybill_no"] = normal_waybill(waybill_no)
    if state in (OrderState.REFUSED, OrderState.DELIVERED):
        changes |= {"ended_at": file.tx.now, "end_reason": reason}
    await file.change(str(status), actor=by, detail={"reason": reason} if reason else {}, **changes)
    if state not in AWAITS_PICKUP:
        await file.tx.cancel_timer(PICKUP_TIMER, str(file.order.id))
    await file.tell_status(status, reason)
    file.note(f"order.{status}", actor=by, waybill_no=file.order.waybill_no or "—", reason=reason or "—")
    if state is OrderState.PICKED_UP:
        await _picked_up(file, identity_checked)
    elif state is OrderState.REFUSED and file.case is not None and file.case.case.closed_at is None:
        await file.record(file.case, {}, BY_SYSTEM, outcome="acceptance_refused")
    elif state is OrderState.DELIVERED:
        await _arrived(file, file.tx.now)
    await file.write()


async def delivered(file: OrderFile, at: datetime) -> None:
    """A carrier event says the parcel arrived."""
    if not file.order.may_become(OrderState.DELIVERED):
        return
    await file.change("delivered", actor=SYSTEM, state=OrderState.DELIVERED, ended_at=file.tx.now)
    await file.tell_status(OrderStatus.DELIVERED)
    await _arrived(file, at)
    await file.write()


async def _arrived(file: OrderFile, at: datetime) -> None:
    """Nothing is waited for any more, and the case that followed the parcel ends."""
    await file.tx.cancel_timer(PROMISE_TIMER, str(file.order.id))
    case = file.case
    if case is not None and case.case.closed_at is None:
        snapshot = {"status": "delivered", "at": at.isoformat(), "waybill_no": file.order.waybill_no}
        await file.record(case, {"tracking_snapshot": snapshot}, BY_SYSTEM, outcome="delivered")


async def draft_expired(file: OrderFile) -> None:
    """Nobody confirmed the draft in time."""
    if file.order.may_become(OrderState.EXPIRED):
        await file.change("expired", actor=SYSTEM, state=OrderState.EXPIRED, ended_at=file.tx.now)
        file.note("order.expired", actor=SYSTEM)
        await file.write()


async def pickup_missed(file: OrderFile) -> None:
    """The window passed and nobody picked the parcel up: the order system is told, and from the second time on a
    supervisor."""
    if file.order.state not in AWAITS_PICKUP:
        return
    missed = file.order.pickups_missed + 1
    await file.change("pickup_missed", actor=SYSTEM, pickups_missed=missed)
    await file.tell_status(OrderStatus.PICKUP_MISSED)
    file.note("order.pickup_missed", actor=SYSTEM, times=missed)
    case = file.case
    if case is not None and case.case.closed_at is None and missed >= file.shop.parameters.supervisor_after_missed:
        await case.apply(Progress(await case.run(), (Escalated(ESCALATION, "pickup_missed"),)))
    await file.write()


async def late(file: OrderFile) -> None:
    """The promised time passed and the parcel is not there."""
    if file.order.state != OrderState.PICKED_UP:
        return
    await file.change("late", actor=SYSTEM)
    await file.tell_status(OrderStatus.LATE)
    file.note("order.late", actor=SYSTEM, waybill_no=file.order.waybill_no or "—")
    await file.write()


async def _picked_up(file: OrderFile, identity_checked: bool) -> None:
    quote = file.order.quote or {}
    calendar = file.shop.desk.calendar
    if quote.get("promise_hours"):
        due = file.tx.now + timedelta(hours=quote["promise_hours"])
    else:
        due = calendar.working_days(file.tx.now, quote.get("promise_working_days") or 1).operational
    await file.tx.schedule(PROMISE_TIMER, str(file.order.id), due, {})
    case = file.case
    if case is not None and case.case.closed_at is None:
        fields = {"waybill_no": file.order.waybill_no, "sender_id_checked": identity_checked}
        await file.record(case, fields, BY_SYSTEM, outcome="accepted")
