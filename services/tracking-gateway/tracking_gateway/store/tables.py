"""The tables of the tracking gateway. Statements on them are in the neighbouring modules; migrations create them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Index, Integer, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

from chassis.db import table_registry


class Base(SQLModel, registry=table_registry()):
    """Base of this service's tables."""


def _instant(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(DateTime(timezone=True), nullable=nullable))


def _text(*, nullable: bool = False, primary_key: bool = False) -> Any:
    return Field(sa_column=Column(Text, nullable=nullable, primary_key=primary_key))


class ParcelRow(Base, table=True):
    """One parcel: a carrier's number within a stretch of time (`generation` counts the uses of the number).

    `state` is the folded history, `rules` the fingerprint of the rules it was folded by. The other columns repeat parts
    of the state for selection. `received_at` is when a source last told or confirmed something; `check_at` when the
    parcel's silence may next become an exception (it may lie earlier than need be: looking finds out). `shipment` is
    what was agreed about it.
    """

    __tablename__ = "parcel"
    __table_args__ = (
        UniqueConstraint("waybill_no", "carrier", "generation", name="uq_parcel_waybill_no_carrier_generation"),
        Index("ix_parcel_check_at", "check_at", postgresql_where=text("check_at is not null")),
    )

    id: UUID = Field(primary_key=True)
    waybill_no: str = _text()
    carrier: str = _text()
    generation: int = Field(sa_column=Column(SmallInteger, nullable=False))
    status: str = _text()
    direction: str = _text()
    tracking_state: str = _text()
    open_exceptions: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    first_event_at: datetime | None = _instant(nullable=True)
    last_event_at: datetime | None = _instant(nullable=True)
    state: dict[str, Any] | None = Field(sa_column=Column(JSONB))
    rules: str = _text()
    source: str = _text()
    received_at: datetime = _instant()
    created_at: datetime = _instant()
    check_at: datetime | None = _instant(nullable=True)
    shipment: dict[str, Any] | None = Field(sa_column=Column(JSONB))


class TrackingEventRow(Base, table=True):
    """One fact as its source told it: raw code, text and time. Its meaning is derived anew whenever it is folded.

    `carried`: bag, vehicle and kind of node, as a JSON list, where a scan named one.
    """

    __tablename__ = "tracking_event"

    parcel_id: UUID = Field(primary_key=True)
    key: UUID = Field(primary_key=True)
    at: datetime = _instant()
    local_time: str = _text()
    offset_minutes: int = Field(sa_column=Column(SmallInteger, nullable=False))
    tz_source: str = _text()
    sequence: int = Field(sa_column=Column(Integer, nullable=False))
    source: str = _text()
    code: str = _text()
    text: str = _text()
    location: str | None = _text(nullable=True)
    node: str | None = _text(nullable=True)
    raw: dict[str, Any] | None = Field(sa_column=Column(JSONB))
    delivery_id: UUID | None = None
    received_at: datetime = _instant()
    carried: str | None = _text(nullable=True)


class DeliveryRow(Base, table=True):
    """The whole body of a push or an answer, kept for a while so that a parser's mistake can be made good."""

    __tablename__ = "delivery"
    __table_args__ = (Index("ix_delivery_received_at", "received_at", postgresql_using="brin"),)

    id: UUID = Field(primary_key=True)
    source: str = _text()
    carrier: str = _text()
    waybill_no: str = _text()
    body: str = _text()
    received_at: datetime = _instant()


class UnreadableItemRow(Base, table=True):
    """An item that could not be read (a time that is none, a field of the wrong kind), set aside with the reason."""

    __tablename__ = "unreadable_item"
    __table_args__ = (Index("ix_unreadable_item_received_at", "received_at", postgresql_using="brin"),)

    id: UUID = Field(primary_key=True)
    source: str = _text()
    carrier: str = _text()
    waybill_no: str = _text()
    reason: str = _text()
    raw: str = _text()
    received_at: datetime = _instant()


class UnmappedCodeRow(Base, table=True):
    """A code no mapping knows (or, with an empty code, a text that says nothing we know), counted with a sample."""

    __tablename__ = "unmapped_code"

    source: str = _text(primary_key=True)
    code: str = _text(primary_key=True)
    sample_text: str = _text()
    sample_carrier: str = _text()
    sample_waybill_no: str = _text()
    count: int = Field(sa_column=Column(BigInteger, nullable=False))
    first_seen_at: datetime = _instant()
    last_seen_at: datetime = _instant()


class SourceQueryRow(Base, table=True):
    """When a provider was last asked about a number. Written before asking, so limits hold across crashes."""

    __tablename__ = "source_query"

    source: str = _text(primary_key=True)
    carrier: str = _text(primary_key=True)
    waybill_no: str = _text(primary_key=True)
    asked_at: datetime = _instant()
    answered_at: datetime | None = _instant(nullable=True)
    outcome: str | None = _text(nullable=True)


class SubscriptionRow(Base, table=True):
    """An integrator's wish to be told about a parcel, at its own address, signed with a secret of its own."""

    __tablename__ = "subscription"
    __table_args__ = (
        Index("ix_subscription_waybill_no", "waybill_no", postgresql_where=text("ended_at is null")),
        Index("ix_subscription_owner", "owner", "id"),
    )

    id: UUID = Field(primary_key=True)
    owner: str = _text()
    waybill_no: str = _text()
    carrier: str | None = _text(nullable=True)
    url: str = _text()
    secret: str = _text()
    events: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    created_at: datetime = _instant()
    expires_at: datetime = _instant()
    ended_at: datetime | None = _instant(nullable=True)
    ended_because: str | None = _text(nullable=True)


class WebhookDeliveryRow(Base, table=True):
    """One message to a subscriber. `next_at` is when it is tried next; null once delivered or given up."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        Index("ix_webhook_delivery_next_at", "next_at", postgresql_where=text("next_at is not null")),
        Index("ix_webhook_delivery_subscription_id", "subscription_id", "id"),
    )

    id: UUID = Field(primary_key=True)
    subscription_id: UUID
    body: str = _text()
    attempts: int = Field(sa_column=Column(SmallInteger, nullable=False))
    next_at: datetime | None = _instant(nullable=True)
    delivered_at: datetime | None = _instant(nullable=True)
    last_result: str | None = _text(nullable=True)
    created_at: datetime = _instant()


class WatchRow(Base, table=True):
    """A parcel of another carrier that somebody follows: asked about by policy, however many follow it."""

    __tablename__ = "watch"
    __table_args__ = (Index("ix_watch_poll_at", "poll_at"),)

    waybill_no: str = _text(primary_key=True)
    carrier: str = _text(primary_key=True)
    phone_suffix: str | None = _text(nullable=True)
    poll_at: datetime = _instant()
    until: datetime = _instant()
