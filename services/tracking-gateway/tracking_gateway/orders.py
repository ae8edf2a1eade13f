"""What the gateway learns from orders placed with us: once a parcel is picked up under a waybill, its product, route,
promise and parties are known without anybody declaring them again."""

from chassis.db import Tx
from contracts.event import Event
from contracts.orders import (
    OrderAmended,
    OrderCancelled,
    OrderParty,
    OrderPersonal,
    OrderPlaced,
    OrderStatus,
    OrderStatusChanged,
)
from contracts.parcels import Area, Party, ShipmentDeclared, ShipmentPersonal
from tracking_gateway.carriers.json_items import storable
from tracking_gateway.declaring import Declaring, declaration
from tracking_gateway.domain.identity import NumberUnusable
from tracking_gateway.store import agreed_orders

_NO_WAYBILL = "-----"
_PRODUCT_LENGTH = 40
_OWN_COUNTRIES = frozenset({"HK", "MO", "TW"})
"""Provinces by ISO 3166-2 that ISO 3166-1 has as well, and promises as routes of their own."""


class OrderHandlers:
    """Handlers of orders."""

    def __init__(self, declaring: Declaring, *, own_carrier: str) -> None:
        self._declaring = declaring
        self._own = own_carrier

    async def on_order_placed(self, tx: Tx, event: Event[OrderPlaced]) -> None:
        """Somebody entrusts us with a parcel."""
        await self._keep(tx, event.data)

    async def on_order_amended(self, tx: Tx, event: Event[OrderAmended]) -> None:
        """The order is another one now."""
        await self._keep(tx, event.data)

    async def on_order_cancelled(self, tx: Tx, event: Event[OrderCancelled]) -> None:
        """There will be no parcel."""
        await agreed_orders.forget(tx, event.data.order_id)

    async def on_order_status_changed(self, tx: Tx, event: Event[OrderStatusChanged]) -> None:
        """The parcel was picked up: the order is a shipment with a number."""
        data = event.data
        if data.status is not OrderStatus.PICKED_UP or data.waybill_no is None:
            return
        agreed = await agreed_orders.get(tx, data.order_id)
        if agreed is None:
            return
        known = {**agreed, "waybill_no": data.waybill_no, "occurred_at": data.occurred_at}
        try:
            item = declaration(ShipmentDeclared.model_validate(known), self._own)
        except NumberUnusable:
            return
        await self._declaring.apply(tx, [item])
        await agreed_orders.forget(tx, data.order_id)

    async def _keep(self, tx: Tx, data: OrderPlaced | OrderAmended) -> None:
        agreed = ShipmentDeclared(
            waybill_no=_NO_WAYBILL,
            product=_product(data.terms.product),
            origin=_area(data.personal.sender),
            destination=_area(data.personal.recipient),
            promise_hours=data.terms.promise_hours,
            promise_working_days=data.terms.promise_working_days,
            occurred_at=data.occurred_at,
            personal=_parties(data.personal),
        )
        await agreed_orders.keep(tx, data.order_id, storable(agreed.model_dump(mode="json")))


def _product(name: str) -> str:
    """The product's name as promises know it."""
    plain = "".join(char if char.isascii() and char.isalnum() else "_" for char in name.lower())
    return plain[:_PRODUCT_LENGTH] or "standard"


def _area(party: OrderParty) -> Area:
    if party.province in _OWN_COUNTRIES:
        return Area(country=party.province, city=party.city[:60])
    return Area(country="CN", province=party.province[:60], city=party.city[:60])


def _parties(personal: OrderPersonal) -> ShipmentPersonal:
    def party(one: OrderParty) -> Party:
        return Party(name=one.name[:100], phone=one.phone[:30], address=one.address[:300])

    return ShipmentPersonal(sender=party(personal.sender), recipient=party(personal.recipient))
