"""Bodies and answers of the order API."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cases.api.order_access import masked_party, sees_parties
from cases.api.schemas import Body, Reason
from cases.domain.ordering.desk import Examination
from cases.domain.ordering.goods import Measure, Verdict
from cases.domain.ordering.order import Content, Order, OrderState
from cases.domain.ordering.quote import Quote
from cases.views import LabelView
from chassis.auth.principal import Principal
from contracts.orders import OrderStatus
from contracts.values import Channel, Language

EXAMPLE_CONTENT: dict[str, Any] = {
    "sender": {
        "name": "王芳",
        "phone": "13800000001",
        "province": "广东",
        "city": "深圳",
        "address": "南山区科技园 1 号",
    },
    "recipient": {"name": "Li Lei", "phone": "13900000002", "province": "Beijing", "address": "朝阳区建国路 88 号"},
    "goods": {"name": "纸质文件", "nature": "文件", "quantity": 1},
    "parcel": {"weight_g": 800, "length_mm": 320, "width_mm": 240, "height_mm": 30},
    "declared_value": 0,
    "insured_option": "none",
    "product": "standard",
    "pickup": {"start": "2026-03-02T09:00:00+08:00", "end": "2026-03-02T11:00:00+08:00"},
    "payment_method": "sender_at_pickup",
}


class QuoteView(BaseModel):
    """Prices of everything that can carry it, the cheapest first, with the formula of each line."""

    quotes: list[Quote]
    unavailable: list["UnavailableView"] = Field(description="products without a price, and why")
    goods: Verdict | None = Field(description="the goods check, if goods were named")
    not_served: LabelView | None = Field(description="told beforehand where nobody picks up or delivers")
    missing: list[str] = Field(description="what an order would still need, as JSON pointers into the content")


class UnavailableView(BaseModel):
    """A product that cannot carry it."""

    product: str
    reason: str
    detail: str


class CheckGoods(Body):
    """Goods in the customer's words."""

    description: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)] = Field(
        examples=["充电宝 20000mAh 两个", "documents, no batteries"]
    )
    measures: dict[Measure, Annotated[float, Field(ge=0, lt=1e9)]] = Field(
        default={}, description="wh, ml, percent, count: what the text does not say", examples=[{"wh": 74}]
    )


class WindowView(BaseModel):
    """A pickup window that still takes orders."""

    start: datetime
    end: datetime
    left: int


class NewOrder(Body):
    """An order to begin with; it may lack anything."""

    content: Content = Field(default=Content(), examples=[EXAMPLE_CONTENT])
    language: Language = Language.ZH_CN
    case_id: UUID | None = Field(default=None, description="agents: the case it is taken on")
    interaction_id: UUID | None = Field(default=None, description="self-service: the chat or call it is entered in")


class AmendOrder(Body):
    """What changes. Objects are merged member by member; null removes (RFC 7396)."""

    content: dict[str, Any] = Field(examples=[{"pickup": EXAMPLE_CONTENT["pickup"], "recipient": {"city": "北京"}}])
    total: int | None = Field(
        default=None, ge=0, lt=10**9, description="of a placed order whose price changes: what the customer agreed to"
    )


class ConfirmOrder(Body):
    """The customer's word. Notices must have been given before it."""

    words: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)] = Field(
        description="what the customer said, clicked or pressed", examples=["同意，请上门取件"]
    )
    channel: Channel
    prohibited_notice_given: Literal[True] = Field(description="the rules on prohibited goods were told")
    terms_notice_given: Literal[True] = Field(description="contract terms and the insured-value rule were told")
    total: int = Field(ge=0, lt=10**9, description="the price the customer agreed to, minor units", examples=[2200])
    conditions: list[Annotated[str, StringConstraints(max_length=60)]] = Field(
        default=[], max_length=20, description="codes of the goods' conditions that the customer agreed to"
    )


class CancelOrder(Body):
    """Why the customer cancels."""

    reason: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)] = Field(
        description="a code of the list at /v1/orders/cancellation-reasons", examples=["not_needed"]
    )
    words: Reason = Field(description="in the customer's words", examples=["朋友已经来取了"])
    case_id: UUID | None = Field(default=None, description="agents: the case the customer asked on, if it is another")


class AskOffer(Body):
    """Why the customer wants to cancel."""

    reason: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]


class AnswerOffer(Body):
    """What the customer said to the alternative."""

    accepted: bool
    case_id: UUID | None = None


class HandOver(Body):
    """A self-service customer wants a person."""

    channel: Channel = Field(default=Channel.CHAT, description="where the customer waits, if no interaction is known")


class ReportStatus(Body):
    """What the courier's order system says."""

    status: Literal[OrderStatus.ACCEPTED, OrderStatus.PICKED_UP, OrderStatus.REFUSED, OrderStatus.DELIVERED]
    waybill_no: Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=40)] | None = Field(
        default=None, description="needed when it was picked up"
    )
    identity_checked: bool = Field(default=False, description="the sender's identity was inspected at pickup")
    reason: Reason | None = Field(default=None, description="needed when it was refused")


class OfferView(BaseModel):
    """An alternative and its answer."""

    number: int
    kind: str
    label: LabelView
    changes: dict[str, Any]
    total: int | None
    result: str | None


class OrderView(BaseModel):
    """An order. Phones and addresses are masked for readers without a right to them."""

    model_config = ConfigDict(json_schema_extra={"examples": []})

    id: UUID
    order_no: str | None = Field(description="given when the order is placed", examples=["OD26-000123-4"])
    state: OrderState
    source: str
    language: str
    customer_id: UUID | None
    case_id: UUID | None
    content: Content
    quote: Quote | None
    goods: Verdict | None
    missing: list[str] = Field(description="what it still needs to be placed, as JSON pointers into the content")
    offers: list[OfferView]
    pickups_missed: int
    branch_id: str | None
    waybill_no: str | None
    end_reason: str | None
    version: int
    created_at: datetime
    updated_at: datetime
    placed_at: datetime | None
    ended_at: datetime | None


class OrderChangeView(BaseModel):
    """Something that happened to an order."""

    version: int
    change: str
    actor: str
    at: datetime
    detail: Mapping[str, Any]


class CancellationReasonView(BaseModel):
    """A reason to cancel."""

    code: str
    label: LabelView


def order_view(order: Order, principal: Principal, *, owner: str | None = None) -> OrderView:
    """The order as the caller may see it; `owner` is the agent who has its case."""
    content = order.read_content()
    shown = dict(order.content)
    if not sees_parties(order, principal, owner):
        for role in ("sender", "recipient"):
            shown[role] = masked_party(shown.get(role) or {})
    names = [name for name in OrderView.model_fields if name not in ("content", "quote", "goods", "missing", "offers")]
    return OrderView(
        **{name: getattr(order, name) for name in names},
        content=Content.model_validate(shown),
        quote=Quote.model_validate(order.quote) if order.quote else None,
        goods=Verdict.model_validate(order.goods) if order.goods else None,
        missing=list(content.missing()),
        offers=[OfferView.model_validate(made) for made in order.offers],
    )


def quote_view(examined: Examination) -> QuoteView:
    """Prices and obstacles as callers see them."""
    return QuoteView(
        quotes=list(examined.quotes),
        unavailable=[
            UnavailableView(product=item.product, reason=item.slug, detail=item.detail) for item in examined.refused
        ],
        goods=examined.verdict,
        not_served=LabelView.of(examined.unserved) if examined.unserved else None,
        missing=list(examined.missing),
    )


def windows_view(windows: Sequence[Any]) -> list[WindowView]:
    """Windows as callers see them."""
    return [WindowView(start=window.start, end=window.end, left=window.left) for window in windows]
