"""The tables of the voice channel."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Index, SmallInteger, Table, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from chassis.db import table_registry


class Base(SQLModel, registry=table_registry()):
    """Base of this service's tables."""


def _instant(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(DateTime(timezone=True), nullable=nullable))


def _text(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(Text, nullable=nullable))


class CallRow(Base, table=True):
    """A caller's call; `id` is the interaction's. `turn` counts the caller's answers to the menu."""

    __tablename__ = "call"
    __table_args__ = (UniqueConstraint("call_sid"),)

    id: UUID = Field(primary_key=True)
    call_sid: str = _text()
    account: str = _text()
    caller: str = _text()
    phase: str = _text()
    language: str = _text()
    dialogue: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    turn: int
    closing_by: str | None = _text(nullable=True)
    closing_reason: str | None = _text(nullable=True)
    fields: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    started_at: datetime = _instant()
    queued_at: datetime | None = _instant(nullable=True)
    answered_at: datetime | None = _instant(nullable=True)
    ended_at: datetime | None = _instant(nullable=True)
    ended_by: str | None = _text(nullable=True)
    end_reason: str | None = _text(nullable=True)


class LegRow(Base, table=True):
    """One attempt to bring an agent onto a call. The partial index keeps a call from having two live legs."""

    __tablename__ = "leg"
    __table_args__ = (
        UniqueConstraint("call_request_id"),
        UniqueConstraint("call_sid"),
        Index("uq_leg_live", "call_id", unique=True, postgresql_where=text("state <> 'over'")),
        Index("ix_leg_call_id", "call_id"),
    )

    id: UUID = Field(primary_key=True)
    call_id: UUID
    call_request_id: UUID
    agent_id: str = _text()
    work_item_id: UUID
    state: str = _text()
    call_sid: str | None = _text(nullable=True)
    failure: str | None = _text(nullable=True)
    requested_at: datetime = _instant()
    dialled_at: datetime | None = _instant(nullable=True)
    joined_at: datetime | None = _instant(nullable=True)
    over_at: datetime | None = _instant(nullable=True)


class AnswerRow(Base, table=True):
    """The TwiML that answered one turn of a call: a repeated request gets it again and changes nothing."""

    __tablename__ = "answer"

    call_id: UUID = Field(primary_key=True)
    turn: int = Field(primary_key=True)
    twiml: str = _text()


class CallbackRow(Base, table=True):
    """A status report that was dealt with, by the provider's dedupe key."""

    __tablename__ = "callback"
    __table_args__ = (Index("ix_callback_received_at", "received_at", postgresql_using="brin"),)

    key: str = Field(sa_column=Column(Text, primary_key=True))
    received_at: datetime = _instant()


class CommandRow(Base, table=True):
    """A request owed to Twilio. `asked` is set before it is made: a dial found so was perhaps carried out."""

    __tablename__ = "command"
    __table_args__ = (Index("ix_command_due_at", "due_at"),)

    id: UUID = Field(primary_key=True)
    kind: str = _text()
    call_id: UUID
    leg_id: UUID | None = None
    asked: bool
    attempts: int = Field(sa_column=Column(SmallInteger, nullable=False))
    due_at: datetime = _instant()


def _table(row: type[SQLModel]) -> Table:
    return row.metadata.tables[str(row.__tablename__)]


CALL, LEG, ANSWER, CALLBACK = _table(CallRow), _table(LegRow), _table(AnswerRow), _table(CallbackRow)
