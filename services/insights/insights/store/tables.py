"""Tables. Each row gathers what several events say of one thing; events may arrive in any order across topics."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime
from sqlmodel import Field, SQLModel

from chassis.db import table_registry

_INSTANT = DateTime(timezone=True)


class Base(SQLModel, registry=table_registry()):
    """Base of the service's tables."""


class WorkRow(Base, table=True):
    """A piece of work, from its request to its end."""

    __tablename__ = "work"

    work_item_id: UUID = Field(primary_key=True)
    case_id: UUID | None = None
    interaction_id: UUID | None = None
    channel: str | None = None
    queue: str | None = None
    enqueued_at: datetime | None = Field(default=None, sa_type=_INSTANT)
    accepted_at: datetime | None = Field(default=None, sa_type=_INSTANT)
    agent_id: str | None = None
    cancelled_at: datetime | None = Field(default=None, sa_type=_INSTANT)
    abandoned: bool = False
    completed_at: datetime | None = Field(default=None, sa_type=_INSTANT)
    handled_seconds: float | None = None
    wrap_up_seconds: float | None = None


class CallAnswerRow(Base, table=True):
    """The instant an agent's leg was bridged to a call."""

    __tablename__ = "call_answer"

    interaction_id: UUID = Field(primary_key=True)
    at: datetime = Field(sa_type=_INSTANT)


class MessageRow(Base, table=True):
    """A message of a customer or an agent; automatic ones and system messages are not kept."""

    __tablename__ = "message"

    message_id: UUID = Field(primary_key=True)
    interaction_id: UUID
    inbound: bool
    at: datetime = Field(sa_type=_INSTANT)


class AgentRow(Base, table=True):
    """The present state of an agent."""

    __tablename__ = "agent"

    agent_id: str = Field(primary_key=True)
    name: str | None = None
    presence: str
    reason: str | None = None
    since: datetime = Field(sa_type=_INSTANT)
