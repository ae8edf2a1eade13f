"""The tables of orders. The statements on them are in `store.orders` and `store.order_webhooks`."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from cases.store.tables import Base


def _instant(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(DateTime(timezone=True), nullable=nullable))


def _text(*, nullable: bool = False, unique: bool = False) -> Any:
    return Field(sa_column=Column(Text, nullable=nullable, unique=unique))


def _json(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(JSONB, nullable=nullable))


def _found_by(column: str) -> Index:
    where = text(f"{column} is not null")
    return Index(f"ix_shipping_order_{column}", column, "id", postgresql_where=where)


class ShippingOrderRow(Base, table=True):
    """An order to ship something (`cases.domain.ordering.order.Order`). `id` grows with time, so it orders lists;
    `pickup_area` and `pickup_from` are what capacity is counted by."""

    __tablename__ = "shipping_order"
    __table_args__ = (
        Index("ix_shipping_order_creator_id", "creator", "id"),
        _found_by("customer_id"),
        _found_by("case_id"),
        _found_by("sender_phone"),
        _found_by("waybill_no"),
        Index(
            "ix_shipping_order_pickup",
            "pickup_area",
            "pickup_from",
            postgresql_where=text("state in ('placed', 'accepted')"),
        ),
    )

    id: UUID = Field(primary_key=True)
    order_no: str | None = _text(nullable=True, unique=True)
    state: str = _text()
    source: str = _text()
    creator: str = _text()
    language: str = _text()
    customer_id: UUID | None = Field(default=None, nullable=True)
    case_id: UUID | None = Field(default=None, nullable=True)
    interaction_id: UUID | None = Field(default=None, nullable=True)
    content: dict[str, Any] = _json()
    quote: dict[str, Any] | None = _json(nullable=True)
    goods: dict[str, Any] | None = _json(nullable=True)
    entrust: dict[str, Any] | None = _json(nullable=True)
    offers: list[Any] = _json()
    sender_phone: str | None = _text(nullable=True)
    pickup_area: str | None = _text(nullable=True)
    pickup_from: datetime | None = _instant(nullable=True)
    pickup_to: datetime | None = _instant(nullable=True)
    pickups_missed: int = 0
    branch_id: str | None = _text(nullable=True)
    waybill_no: str | None = _text(nullable=True)
    end_reason: str | None = _text(nullable=True)
    version: int
    created_at: datetime = _instant()
    updated_at: datetime = _instant()
    placed_at: datetime | None = _instant(nullable=True)
    ended_at: datetime | None = _instant(nullable=True)


class OrderChangeRow(Base, table=True):
    """What happened to an order, one row per version."""

    __tablename__ = "order_change"

    order_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    change: str = _text()
    actor: str = _text()
    at: datetime = _instant()
    detail: dict[str, Any] = _json()


class OrderSubscriptionRow(Base, table=True):
    """Who is told of orders by webhook. `every_order`: the courier's order system, not only the owner's own orders."""

    __tablename__ = "order_subscription"
    __table_args__ = (Index("ix_order_subscription_owner_id", "owner", "id"),)

    id: UUID = Field(primary_key=True)
    owner: str = _text()
    url: str = _text()
    secret: str = _text()
    events: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    every_order: bool
    created_at: datetime = _instant()
    ended_at: datetime | None = _instant(nullable=True)
    ended_because: str | None = _text(nullable=True)


class OrderDeliveryRow(Base, table=True):
    """A webhook message; due while `next_at` is set."""

    __tablename__ = "order_delivery"
    __table_args__ = (
        Index("ix_order_delivery_subscription_id", "subscription_id", "id"),
        Index("ix_order_delivery_due", "next_at", postgresql_where=text("next_at is not null")),
    )

    id: UUID = Field(primary_key=True)
    subscription_id: UUID = Field(foreign_key="order_subscription.id")
    body: str = _text()
    attempts: int
    next_at: datetime | None = _instant(nullable=True)
    delivered_at: datetime | None = _instant(nullable=True)
    last_result: str | None = _text(nullable=True)
    created_at: datetime = _instant()
