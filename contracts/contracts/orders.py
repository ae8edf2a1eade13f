"""Topic `orders`: shipping orders, for the courier's order system. Key: order id. Producer: cases.

Integrators who do not read the bus get the same facts as signed webhooks.
"""

from enum import StrEnum
from uuid import UUID

from pydantic import Field

from contracts.event import EventData, Instant, Payload, Personal
from contracts.values import WaybillNo

TOPIC = "orders"


class OrderParty(Payload):
    """A sender or recipient."""

    name: str
    phone: str
    province: str = Field(description="ISO 3166-2 code without the country, for example GD")
    city: str
    address: str


class OrderPersonal(Personal):
    """Who sends to whom."""

    sender: OrderParty
    recipient: OrderParty


class OrderTerms(Payload):
    """What is carried, how, at which price. Money in minor units; weight in grams, sizes in millimetres."""

    goods_name: str
    goods_nature: str
    goods_quantity: int
    product: str
    mode: str = Field(pattern="^(air|ground)$")
    weight_g: int
    chargeable_g: int
    declared_value: int = 0
    insured_option: str = "none"
    freight: int
    currency: str = Field(pattern="^[A-Z]{3}$")
    payment_method: str
    conditions: tuple[str, ...] = Field(default=(), description="of acceptance, agreed to by the sender")
    promise_hours: int | None = Field(default=None, description="from pickup to delivery, as quoted")
    promise_working_days: int | None = Field(default=None, description="the same for routes promised in days")
    pickup_from: Instant
    pickup_to: Instant
    branch: str | None = None
    tariff_version: str
    goods_list_version: str


class OrderPlaced(EventData, type="posthouse.order.placed.v1", topic=TOPIC, key="order_id"):
    """The customer entrusted us with a parcel: pick it up in its window."""

    order_id: UUID
    order_no: str
    case_id: UUID | None = None
    source: str = Field(pattern="^(agent|self_service)$")
    terms: OrderTerms
    occurred_at: Instant
    personal: OrderPersonal


class OrderAmended(EventData, type="posthouse.order.amended.v1", topic=TOPIC, key="order_id"):
    """A placed order changed before its pickup. `terms` and `personal` are the order as it is now."""

    order_id: UUID
    order_no: str
    changed: tuple[str, ...]
    terms: OrderTerms
    occurred_at: Instant
    personal: OrderPersonal


class OrderCancelled(EventData, type="posthouse.order.cancelled.v1", topic=TOPIC, key="order_id"):
    """The customer took the order back before its pickup."""

    order_id: UUID
    order_no: str
    reason: str
    occurred_at: Instant


class OrderStatus(StrEnum):
    """What became of a placed order."""

    ACCEPTED = "accepted"
    PICKED_UP = "picked_up"
    PICKUP_MISSED = "pickup_missed"
    REFUSED = "refused"
    LATE = "late"
    DELIVERED = "delivered"


class OrderStatusChanged(EventData, type="posthouse.order.status_changed.v1", topic=TOPIC, key="order_id"):
    """The order went on: as the courier's order system reported, or because a time passed."""

    order_id: UUID
    order_no: str
    status: OrderStatus
    waybill_no: WaybillNo | None = None
    reason: str | None = None
    occurred_at: Instant
