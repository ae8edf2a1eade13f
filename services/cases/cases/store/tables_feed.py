"""Tables of the event feed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from cases.store.tables import Base


class FeedArrivalRow(Base, table=True):
    """An event that has no place in the feed yet. `seq` orders what arrived; it is nobody's place."""

    __tablename__ = "feed_arrival"

    seq: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    id: UUID
    type: str = Field(sa_column=Column(Text, nullable=False))
    case_id: UUID
    data: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class FeedEventRow(Base, table=True):
    """An event in its place. Places have no gaps."""

    __tablename__ = "feed_event"
    __table_args__ = (
        Index("ix_feed_event_type_position", "type", "position"),
        Index("ix_feed_event_recorded_at", "recorded_at", postgresql_using="brin"),
    )

    position: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    id: UUID
    type: str = Field(sa_column=Column(Text, nullable=False))
    case_id: UUID
    data: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
