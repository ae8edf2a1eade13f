"""Orders move on: timers that came due, and parcels that arrived."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from cases.actions.ordering import following
from cases.actions.ordering.file import OrderFile
from cases.actions.ordering.shop import Shop
from cases.domain.waybills import normal_waybill
from cases.store import orders
from chassis.db import Tx
from contracts.event import Event
from contracts.parcels import ParcelDelivered

Happening = Callable[[OrderFile], Awaitable[None]]


class OrderHandlers:
    """Handlers of timers and parcel events."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def on_timer(self, happening: Happening) -> Callable[[Tx, str, Mapping[str, Any]], Awaitable[None]]:
        """A timer of an order, whose key is the order's id."""

        async def handler(tx: Tx, key: str, payload: Mapping[str, Any]) -> None:
            await happening(await OrderFile.open(tx, self._shop, UUID(key)))

        return handler

    async def on_parcel_delivered(self, tx: Tx, event: Event[ParcelDelivered]) -> None:
        """The parcel of an order arrived."""
        for order_id in await orders.by_waybill(tx, normal_waybill(event.data.waybill_no)):
            await following.delivered(await OrderFile.open(tx, self._shop, order_id), event.data.delivered_at)
