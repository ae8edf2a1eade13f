"""The tables of the SMS channel. The statements on them are in the neighbouring modules; migrations create them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from chassis.db import table_registry


class Base(SQLModel, registry=table_registry()):
    """Base of this service's tables."""


def _instant(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(DateTime(timezone=True), nullable=nullable))


def _text(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(Text, nullable=nullable))


class InteractionRow(Base, table=True):
    """A stretch of contact between one of our numbers (`account`) and one remote number (`address`)."""

    __tablename__ = "interaction"
    __table_args__ = (
        Index("uq_interaction_open", "account", "address", unique=True, postgresql_where=text("ended_at is null")),
        Index("ix_interaction_idle", "last_message_at", postgresql_where=text("ended_at is null")),
    )

    id: UUID = Field(primary_key=True)
    account: str = _text()
    address: str = _text()
    inbound_seq: int
    started_at: datetime = _instant()
    last_message_at: datetime = _instant()
    ended_at: datetime | None = _instant(nullable=True)
    ended_by: str | None = _text(nullable=True)


class InboundMessageRow(Base, table=True):
    """A message we received. `id` is derived from Twilio's MessageSid, so the primary key dedupes deliveries."""

    __tablename__ = "inbound_message"
    __table_args__ = (UniqueConstraint("interaction_id", "seq"),)

    id: UUID = Field(primary_key=True)
    interaction_id: UUID
    seq: int
    sid: str = _text()
    text: str = _text()
    media: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    fields: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    received_at: datetime = _instant()


class OutboundMessageRow(Base, table=True):
    """A message to be sent once. `position` keeps the order of the requests."""

    __tablename__ = "outbound_message"
    __table_args__ = (
        Index("ix_outbound_message_due", "next_attempt_at", postgresql_where=text("state <> 'done'")),
        Index(
            "ix_outbound_message_unfinished", "account", "address", "position", postgresql_where=text("state <> 'done'")
        ),
        Index("ix_outbound_message_address", "account", "address", "position"),
        UniqueConstraint("sid"),
    )

    id: UUID = Field(primary_key=True)
    position: int = Field(sa_column=Column(BigInteger, Identity(always=True), nullable=False))
    interaction_id: UUID
    account: str = _text()
    address: str = _text()
    text: str = _text()
    category: str = _text()
    author: str = _text()
    encoding: str = _text()
    segments: int = Field(sa_column=Column(SmallInteger, nullable=False))
    state: str = _text()
    status: str = _text()
    attempts: int = Field(sa_column=Column(SmallInteger, nullable=False))
    lookups: int = Field(sa_column=Column(SmallInteger, nullable=False))
    next_attempt_at: datetime = _instant()
    called_at: datetime | None = _instant(nullable=True)
    sid: str | None = _text(nullable=True)
    provider_status: str | None = _text(nullable=True)
    error_code: str | None = _text(nullable=True)
    error_text: str | None = _text(nullable=True)
    requested_at: datetime = _instant()


class DeliveryEventRow(Base, table=True):
    """One status callback. Kept even when its message is not known yet: it may overtake the answer to our own send."""

    __tablename__ = "delivery_event"

    sid: str = Field(sa_column=Column(Text, primary_key=True))
    status: str = Field(sa_column=Column(Text, primary_key=True))
    error_code: str | None = _text(nullable=True)
    fields: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    received_at: datetime = _instant()


class SuppressionRow(Base, table=True):
    """A number that does not want messages of a category from one of our numbers, until `lifted_at`."""

    __tablename__ = "suppression"

    account: str = Field(sa_column=Column(Text, primary_key=True))
    address: str = Field(sa_column=Column(Text, primary_key=True))
    category: str = Field(sa_column=Column(Text, primary_key=True))
    source: str = _text()
    parameters_version: int
    since: datetime = _instant()
    lifted_at: datetime | None = _instant(nullable=True)
