"""A shipping order: what it holds, what it still needs, and how it may go on."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from cases.domain.dictionary import Data
from cases.domain.ordering.goods import Measure
from cases.domain.ordering.quote import Parcel

Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Long = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class OrderState(StrEnum):
    """Where an order stands. A draft binds nobody; a placed one is for the courier's order system to carry out."""

    DRAFT = "draft"
    PLACED = "placed"
    ACCEPTED = "accepted"
    PICKED_UP = "picked_up"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    EXPIRED = "expired"


NEXT: Mapping[OrderState, frozenset[OrderState]] = {
    OrderState.DRAFT: frozenset({OrderState.PLACED, OrderState.CANCELLED, OrderState.EXPIRED}),
    OrderState.PLACED: frozenset({OrderState.ACCEPTED, OrderState.PICKED_UP, OrderState.CANCELLED, OrderState.REFUSED}),
    OrderState.ACCEPTED: frozenset({OrderState.PICKED_UP, OrderState.CANCELLED, OrderState.REFUSED}),
    OrderState.PICKED_UP: frozenset({OrderState.DELIVERED}),
    OrderState.DELIVERED: frozenset(),
    OrderState.CANCELLED: frozenset(),
    OrderState.REFUSED: frozenset(),
    OrderState.EXPIRED: frozenset(),
}
"""What may follow a state. What was picked up is no longer cancelled but intercepted or returned, by a case."""

AMENDABLE = frozenset({OrderState.DRAFT, OrderState.PLACED, OrderState.ACCEPTED})
AWAITS_PICKUP = frozenset({OrderState.PLACED, OrderState.ACCEPTED})


class Party(Data):
    """A sender or recipient, as far as known."""

    name: Short | None = None
    phone: Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=30)] | None = None
    province: Short | None = Field(default=None, description="a name in Chinese or English, or the ISO 3166-2 code")
    city: Short | None = Field(default=None, description="not needed for municipalities")
    address: Long | None = Field(default=None, description="district, street, house, room")


class Goods(Data):
    """What is sent. Name, nature and quantity are what the law asks for (快递暂行条例 art 23)."""

    name: Long | None = None
    nature: Short | None = Field(default=None, description="for example documents, clothing, food, electronics")
    quantity: int | None = Field(default=None, ge=1, le=100_000)
    measures: Mapping[Measure, Annotated[float, Field(ge=0, lt=1e9)]] = Field(
        default_factory=dict, description="what the goods check asks about: wh, ml, percent, count"
    )


class Pickup(Data):
    """The pickup window, as offered."""

    start: AwareDatetime
    end: AwareDatetime


PaymentMethod = Literal["sender_online", "sender_at_pickup", "recipient", "monthly_account"]
"""Who pays, and how. Nobody here sees a card number, a password or a one-time code."""


class Content(Data):
    """What the customer says about the order; a draft may lack anything."""

    sender: Party = Party()
    recipient: Party = Party()
    goods: Goods = Goods()
    parcel: Parcel | None = None
    declared_value: int | None = Field(default=None, ge=0, lt=10**9, description="minor units; 0: none declared")
    insured_option: Literal["none", "proportional", "full"] | None = None
    product: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)] | None = None
    pickup: Pickup | None = None
    payment_method: PaymentMethod | None = None
    remark: Long | None = None

    def missing(self) -> tuple[str, ...]:
        """What the order still needs, as JSON pointers, in the order in which a person would ask."""
        return tuple(self._missing())

    def _missing(self) -> Iterator[str]:
        for role in ("sender", "recipient"):
            party: Party = getattr(self, role)
            for name in ("name", "phone", "province", "address"):
                if getattr(party, name) is None:
                    yield f"/{role}/{name}"
        for name in ("name", "nature", "quantity"):
            if getattr(self.goods, name) is None:
                yield f"/goods/{name}"
        if self.parcel is None:
            yield "/parcel/weight_g"
        for name in ("declared_value", "insured_option", "product", "pickup", "payment_method"):
            if getattr(self, name) is None:
                yield f"/{name}"


class Entrust(Data):
    """The customer's word that the company is entrusted with collection and delivery: the basis of the contract, with
    the notices the law wants given before (快递暂行条例 art 22, 快递市场管理办法 art 26(2))."""

    confirmed_at: datetime
    channel: str
    words: str
    by: str
    prohibited_notice: bool
    terms_notice: bool
    total: int
    currency: str
    conditions: tuple[str, ...]
    tariff_version: str
    goods_list_version: str


class Order(NamedTuple):
    """An order as stored. `version` is its ETag."""

    id: UUID
    order_no: str | None
    state: str
    source: str
    creator: str
    language: str
    customer_id: UUID | None
    case_id: UUID | None
    interaction_id: UUID | None
    content: dict[str, Any]
    quote: dict[str, Any] | None
    goods: dict[str, Any] | None
    entrust: dict[str, Any] | None
    offers: list[dict[str, Any]]
    sender_phone: str | None
    pickup_area: str | None
    pickup_from: datetime | None
    pickup_to: datetime | None
    pickups_missed: int
    branch_id: str | None
    waybill_no: str | None
    end_reason: str | None
    version: int
    created_at: datetime
    updated_at: datetime
    placed_at: datetime | None
    ended_at: datetime | None

    def read_content(self) -> Content:
        """The content as a value."""
        return Content.model_validate(self.content)

    def may_become(self, state: OrderState) -> bool:
        """Whether the state may follow the present one."""
        return state in NEXT[OrderState(self.state)]


def merged(content: Content, changes: Mapping[str, Any]) -> Content:
    """The content with changes: objects are merged member by member, null removes (RFC 7396)."""
    return Content.model_validate(_merge(content.model_dump(mode="json"), changes))


def changed(before: Content, after: Content) -> tuple[str, ...]:
    """The names of what differs."""
    return tuple(name for name in Content.model_fields if getattr(before, name) != getattr(after, name))


def _merge(target: Any, patch: Any) -> Any:
    if not isinstance(patch, Mapping):
        return patch
    result = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = _merge(result.get(name), value)
    return result
