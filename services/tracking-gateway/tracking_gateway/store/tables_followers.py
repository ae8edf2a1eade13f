"""Tables about customers who follow parcels, known by the ids that cases gives them, and what they were told."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Column, DateTime, Index, Text, text
from sqlmodel import Field

from tracking_gateway.store.tables import Base


def _instant(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(DateTime(timezone=True), nullable=nullable))


def _text(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(Text, nullable=nullable))


class FollowerRow(Base, table=True):
    """A case about a parcel and its customer, who is told of it `until` then. `quote_at`: a snapshot is owed."""

    __tablename__ = "follower"
    __table_args__ = (
        Index("ix_follower_waybill_no", "waybill_no"),
        Index("ix_follower_until", "until"),
        Index("ix_follower_quote_at", "quote_at", postgresql_where=text("quote_at is not null")),
    )

    case_id: UUID = Field(primary_key=True)
    customer_id: UUID
    waybill_no: str = _text()
    open: bool = Field(sa_column=Column(Boolean, nullable=False))
    since: datetime = _instant()
    until: datetime = _instant()
    quote_at: datetime | None = _instant(nullable=True)


class NoticeRow(Base, table=True):
    """Something a customer is, was, or was not told without asking (`tracking_gateway.store.notices`)."""

    __tablename__ = "notice"
    __table_args__ = (
        Index("ix_notice_due_at", "due_at", postgresql_where=text("state = 'planned'")),
        Index("ix_notice_customer_id_id", "customer_id", "id"),
        Index("ix_notice_waybill_no", "waybill_no"),
        Index("ix_notice_planned_at", "planned_at", postgresql_using="brin"),
    )

    id: UUID = Field(primary_key=True)
    rule: str = _text()
    rules_version: str = _text()
    parcel_id: UUID
    waybill_no: str = _text()
    case_id: UUID
    customer_id: UUID
    exception: str | None = _text(nullable=True)
    state: str = _text()
    reason: str | None = _text(nullable=True)
    channel: str | None = _text(nullable=True)
    planned_at: datetime = _instant()
    due_at: datetime = _instant()
    settled_at: datetime | None = _instant(nullable=True)
    contact_at: datetime | None = _instant(nullable=True)
