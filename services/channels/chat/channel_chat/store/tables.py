"""The tables of the chat channels. The statements on them are in the neighbouring modules; migrations create them."""

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


def _big() -> Any:
    return Field(sa_column=Column(BigInteger, nullable=False))


class ConversationRow(Base, table=True):
    """Everything one visitor of a site, or one Telegram chat with a bot, and the centre ever said.

    `last_seq` numbers its entries without gaps: it is raised, and the entry written, under the lock of this row.
    """

    __tablename__ = "conversation"
    __table_args__ = (UniqueConstraint("channel", "account", "address"),)

    id: UUID = Field(primary_key=True)
    channel: str = _text()
    account: str = _text()
    address: str = _text()
    display_name: str | None = _text(nullable=True)
    language: str | None = _text(nullable=True)
    verified: bool
    last_seq: int = _big()
    received_seq: int = _big()
    read_seq: int = _big()
    created_at: datetime = _instant()


class InteractionRow(Base, table=True):
    """One stretch of contact in a conversation."""

    __tablename__ = "interaction"
    __table_args__ = (
        Index("uq_interaction_open", "conversation_id", unique=True, postgresql_where=text("ended_at is null")),
        Index("ix_interaction_idle", "channel", "last_message_at", postgresql_where=text("ended_at is null")),
    )

    id: UUID = Field(primary_key=True)
    conversation_id: UUID
    channel: str = _text()
    inbound_seq: int
    started_at: datetime = _instant()
    last_message_at: datetime = _instant()
    ended_at: datetime | None = _instant(nullable=True)
    ended_by: str | None = _text(nullable=True)


class EntryRow(Base, table=True):
    """A message, or the end of an interaction. `author` is visitor, agent or system; for an end, who ended it."""

    __tablename__ = "entry"
    __table_args__ = (
        Index(
            "uq_entry_client_msg_id",
            "conversation_id",
            "client_msg_id",
            unique=True,
            postgresql_where=text("client_msg_id is not null"),
        ),
        UniqueConstraint("id"),
    )

    conversation_id: UUID = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    id: UUID
    interaction_id: UUID
    kind: str = _text()
    author: str = _text()
    name: str | None = _text(nullable=True)
    text: str = _text()
    client_msg_id: str | None = _text(nullable=True)
    at: datetime = _instant()


class TokenKeyRow(Base, table=True):
    """The key of visitors' tokens, when none is configured."""

    __tablename__ = "token_key"

    id: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    secret: str = _text()
    created_at: datetime = _instant()


class TelegramUpdateRow(Base, table=True):
    """An update as Telegram sent it; the key dedupes deliveries."""

    __tablename__ = "telegram_update"

    bot: str = Field(sa_column=Column(Text, primary_key=True))
    update_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    payload: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    received_at: datetime = _instant()


class TelegramSendRow(Base, table=True):
    """A message to be sent once, in the order of `position`. What the bot says by itself has no interaction."""

    __tablename__ = "telegram_send"
    __table_args__ = (
        Index("ix_telegram_send_due", "next_attempt_at", postgresql_where=text("state <> 'done'")),
        Index("ix_telegram_send_unfinished", "bot", "chat_id", "position", postgresql_where=text("state <> 'done'")),
    )

    id: UUID = Field(primary_key=True)
    position: int = Field(sa_column=Column(BigInteger, Identity(always=True), nullable=False))
    interaction_id: UUID | None
    bot: str = _text()
    chat_id: str = _text()
    text: str = _text()
    state: str = _text()
    status: str = _text()
    attempts: int = Field(sa_column=Column(SmallInteger, nullable=False))
    next_attempt_at: datetime = _instant()
    telegram_message_id: int | None = Field(sa_column=Column(BigInteger, nullable=True))
    error_code: str | None = _text(nullable=True)
    error_text: str | None = _text(nullable=True)
    requested_at: datetime = _instant()
