"""An order in somebody's hands: locked with its case for the length of a transaction, told of by event and webhook."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson

from cases.actions import closing
from cases.actions.file import CaseFile
from cases.actions.ordering.shop import Shop
from cases.domain.errors import ProcedureRefusal
from cases.domain.model import EntryKind
from cases.domain.ordering.fields import procedure_fields
from cases.domain.ordering.order import Order
from cases.domain.run import Actor
from cases.store import cases as case_store
from cases.store import order_webhooks, orders
from chassis.db import Tx
from chassis.http.problems import Conflict, NotFound
from contracts.event import EventData
from contracts.orders import (
    OrderAmended,
    OrderCancelled,
    OrderParty,
    OrderPersonal,
    OrderPlaced,
    OrderStatus,
    OrderStatusChanged,
    OrderTerms,
)

EVENT_NAMES: Mapping[type[EventData], str] = {
    OrderPlaced: "order.placed",
    OrderAmended: "order.amended",
    OrderCancelled: "order.cancelled",
    OrderStatusChanged: "order.status_changed",
}
ORDER_TAKING = "order_taking"
_CALLER = ("customer_name", "customer_phone")


class OrderFile:
    """A locked order. `case` is the order's case, `working` another case that is being worked on (a cancellation)."""

    def __init__(
        self, tx: Tx, shop: Shop, order: Order, case: CaseFile | None, working: CaseFile | None = None
    ) -> None:
        self.tx = tx
        self.shop = shop
        self.order = order
        self.case = case
        self.working = working

    @classmethod
    async def open(cls, tx: Tx, shop: Shop, order_id: UUID, *, working_id: UUID | None = None) -> "OrderFile":
        """Lock the cases first, then the order: the order in which everybody does."""
        seen = await orders.get(tx, order_id)
        if seen is None:
            raise NotFound("order", order_id)
        locked = await case_store.lock(tx, {case_id for case_id in (seen.case_id, working_id) if case_id})
        order = await orders.lock(tx, order_id)
        if order is None:
            raise NotFound("order", order_id)
        if order.case_id != seen.case_id:
            raise Conflict("The order was handed to a case at this moment. Read it again.")
        if working_id is not None and working_id not in locked:
            raise NotFound("case", working_id)
        files = {case_id: CaseFile(tx, shop.office, case) for case_id, case in locked.items()}
        working = files.get(working_id) if working_id and working_id != order.case_id else None
        return cls(tx, shop, order, files.get(order.case_id) if order.case_id else None, working)

    async def change(self, what: str, *, actor: str, detail: Mapping[str, Any] | None = None, **changes: Any) -> None:
        """Change the order; its version counts up and the change is kept."""
        self.order = await orders.change(self.tx, self.order, what, actor=actor, detail=detail, **changes)

    async def tell(self, data: EventData) -> None:
        """Emit the event, and queue it for subscribers."""
        self.tx.emit(data)
        name = EVENT_NAMES[type(data)]
        shown = data.model_dump(mode="json")
        body = orjson.dumps({"type": name, "timestamp": shown["occurred_at"], "data": shown}).decode()
        await order_webhooks.enqueue(self.tx, event=name, creator=self.order.creator, body=body)

    async def tell_status(self, status: OrderStatus, reason: str | None = None) -> None:
        """Tell that the order went on."""
        await self.tell(
            OrderStatusChanged(
                order_id=self.order.id,
                order_no=self.order.order_no or "",
                status=status,
                waybill_no=self.order.waybill_no,
                reason=reason,
                occurred_at=self.tx.now,
            )
        )

    def note(self, code: str, *, actor: str, **details: Any) -> None:
        """Put an entry on the timeline of the order's case, and of the one that is worked on."""
        for case in (self.case, self.working):
            if case is not None:
                number = self.order.order_no or "—"
                case.note(EntryKind.STATUS, code, actor=actor, order_no=number, order_id=str(self.order.id), **details)

    async def follow(self, actor: Actor) -> None:
        """Let the case's procedure know what the order knows, and complete the steps that only wanted to know it."""
        case = self.case
        if case is None or case.case.closed_at is not None or case.case.procedure != ORDER_TAKING:
            return
        fields = procedure_fields(self.order, self.shop.tariff(self.tx.now))
        known = (await case.run()).fields
        for name in _CALLER:
            if name in known:
                fields.pop(name, None)  # who calls need not be who sends
        await self.record(case, fields, actor)

    async def record(
        self, case: CaseFile, fields: Mapping[str, Any], actor: Actor, *, outcome: str | None = None
    ) -> None:
        """Give fields to a case; steps that have all they ask for are completed as `actor`."""
        run = await case.run()
        if run.ended_at is not None or run.waiting_for is not None:
            return
        used = case.engine.field_names()
        progress = case.engine.record(run, fields={n: v for n, v in fields.items() if n in used}, now=self.tx.now)
        await closing.settle(case, progress, actor=actor)
        await self._complete_known(case, actor, outcome)

    async def _complete_known(self, case: CaseFile, actor: Actor, outcome: str | None) -> None:
        for _ in case.engine.procedure.steps:
            run = await case.run()
            if run.ended_at is not None or run.waiting_for is not None:
                return
            ways = [way for way in case.engine.ways(run) if way.open and not way.missing]
            if not any(way.outcome in (None, outcome) for way in ways):
                return
            wanted = outcome if any(way.outcome == outcome for way in ways) else None
            try:
                progress = case.engine.complete(run, actor=actor, now=self.tx.now, outcome=wanted)
            except ProcedureRefusal:
                return
            await closing.settle(case, progress, actor=actor)

    async def write(self) -> None:
        """Write what was noted on the cases."""
        for case in (self.case, self.working):
            if case is not None:
                await case.write()

    def terms(self) -> OrderTerms:
        """What a placed order says, for the courier's order system."""
        content, quote = self.order.read_content(), self.order.quote or {}
        entrust, goods = self.order.entrust or {}, content.goods
        if content.parcel is None or self.order.pickup_from is None or self.order.pickup_to is None:
            raise ValueError(f"order {self.order.id} is not placed")
        return OrderTerms(
            goods_name=goods.name or "",
            goods_nature=goods.nature or "",
            goods_quantity=goods.quantity or 1,
            product=quote["product"],
            mode=quote["mode"],
            weight_g=content.parcel.weight_g,
            chargeable_g=quote["chargeable_g"],
            declared_value=content.declared_value or 0,
            insured_option=content.insured_option or "none",
            freight=quote["total"],
            currency=quote["currency"],
            payment_method=content.payment_method or "",
            conditions=tuple(entrust.get("conditions", ())),
            promise_hours=quote.get("promise_hours"),
            promise_working_days=quote.get("promise_working_days"),
            pickup_from=self.order.pickup_from,
            pickup_to=self.order.pickup_to,
            branch=self.order.branch_id,
            tariff_version=quote["tariff_version"],
            goods_list_version=entrust.get("goods_list_version", ""),
        )

    def personal(self) -> OrderPersonal:
        """Who sends to whom."""
        content, tariff = self.order.read_content(), self.shop.tariff(self.tx.now)
        parties = {}
        for role in ("sender", "recipient"):
            party = getattr(content, role)
            province = tariff.province(party.province)
            parties[role] = OrderParty(
                name=party.name,
                phone=party.phone,
                province=province.code,
                city=party.city or province.zh,
                address=party.address,
            )
        return OrderPersonal(**parties)
