"""The tables of routing. Written by the owner of a routing domain only; migrations create them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, PrimaryKeyConstraint, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from chassis.db import table_registry


class Base(SQLModel, registry=table_registry()):
    """Base of this service's tables."""


def _instant(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(DateTime(timezone=True), nullable=nullable))


def _text(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(Text, nullable=nullable))


def _json(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(JSONB, nullable=nullable))


def _big() -> Any:
    return Field(sa_column=Column(BigInteger, nullable=False))


LIVE_WORK = "state in ('waiting', 'offered', 'assigned', 'wrapping')"
PENDING = "state = 'pending'"
OPEN = "ended_at is null"


class DomainRow(Base, table=True):
    """A routing domain and its owner. `epoch` fences: a write whose epoch is not this one changes nothing.

    `batch` numbers the owner's commits, so that a commit whose answer got lost can be told from one that failed.
    """

    __tablename__ = "routing_domain"

    domain: str = Field(sa_column=Column(Text, primary_key=True))
    epoch: int = _big()
    batch: int = _big()
    owner: str | None = _text(nullable=True)
    owned_since: datetime | None = _instant(nullable=True)


class QueueRow(Base, table=True):
    """The rules of a queue, in force; of a removed one, its last rules."""

    __tablename__ = "queue"
    __table_args__ = (PrimaryKeyConstraint("domain", "name"),)

    domain: str = _text()
    name: str = _text()
    version: int
    rules: dict[str, Any] = _json()
    changed_at: datetime = _instant()
    changed_by: str = _text()
    removed: bool = False


class QueueVersionRow(Base, table=True):
    """Every version a queue's rules ever had."""

    __tablename__ = "queue_version"
    __table_args__ = (PrimaryKeyConstraint("domain", "name", "version"),)

    domain: str = _text()
    name: str = _text()
    version: int
    rules: dict[str, Any] = _json()
    changed_at: datetime = _instant()
    changed_by: str = _text()


class AgentRow(Base, table=True):
    """An agent: the profile a supervisor sets, the presence they chose, and what the orders count."""

    __tablename__ = "agent"
    __table_args__ = (PrimaryKeyConstraint("domain", "agent_id"), Index("ix_agent_id", "agent_id"))

    domain: str = _text()
    agent_id: str = _text()
    seq: int = _big()
    name: str | None = _text(nullable=True)
    version: int
    capacity: int
    at_most: dict[str, int] = _json()
    groups: list[str] = _json()
    rank: int
    presence: str = _text()
    reason: str | None = _text(nullable=True)
    since: datetime = _instant()
    idle_since: datetime = _instant()
    last_offered_at: datetime = _instant()
    misses: int
    handled: int = _big()
    utilisation: str | None = _text(nullable=True)
    lapsed: list[str] = _json()
    astray_since: datetime | None = _instant(nullable=True)
    astray: str | None = _text(nullable=True)


class AgentShiftRow(Base, table=True):
    """A stretch of an agent's plan."""

    __tablename__ = "agent_shift"
    __table_args__ = (PrimaryKeyConstraint("domain", "agent_id", "starts_at"),)

    domain: str = _text()
    agent_id: str = _text()
    starts_at: datetime = _instant()
    ends_at: datetime = _instant()
    kind: str = _text()


class AgentSkillRow(Base, table=True):
    """A skill of an agent, with its level from 1 to 5, and when it holds."""

    __tablename__ = "agent_skill"
    __table_args__ = (PrimaryKeyConstraint("domain", "agent_id", "skill"),)

    domain: str = _text()
    agent_id: str = _text()
    skill: str = _text()
    level: int
    valid_from: datetime | None = _instant(nullable=True)
    valid_until: datetime | None = _instant(nullable=True)


class WorkItemRow(Base, table=True):
    """A work item. `key` is its place among those that wait, least first; `personal` is emptied when it ends."""

    __tablename__ = "work_item"
    __table_args__ = (
        Index("ix_work_item_live", "domain", "queue", "key", postgresql_where=text(LIVE_WORK)),
        Index("ix_work_item_seq", "domain", "seq"),
        Index("ix_work_item_ended", "ended_at", postgresql_where=text("ended_at is not null")),
    )

    work_item_id: UUID = Field(primary_key=True)
    domain: str = _text()
    seq: int = _big()
    case_id: UUID
    case_no: str = _text()
    interaction_id: UUID | None = None
    channel: str = _text()
    requested_queue: str = _text()
    needs: list[Any] = _json()
    language: str | None = _text(nullable=True)
    preferred_agent_id: str | None = _text(nullable=True)
    waybill_no: str | None = _text(nullable=True)
    personal: dict[str, Any] = _json()
    enqueued_at: datetime = _instant()
    priority: int
    age_from: datetime = _instant()
    queue: str = _text()
    key: int = _big()
    entered_at: datetime = _instant()
    state: str = _text()
    stage: int
    preferred_until: datetime | None = _instant(nullable=True)
    barred: dict[str, int] = _json()
    ended_at: datetime | None = _instant(nullable=True)
    end_reason: str | None = _text(nullable=True)
    excluded: list[str] = _json()
    callback: bool = False
    not_before: datetime | None = _instant(nullable=True)


class OfferRow(Base, table=True):
    """An item held out to one agent."""

    __tablename__ = "offer"
    __table_args__ = (
        Index("uq_offer_pending", "work_item_id", "agent_id", unique=True, postgresql_where=text(PENDING)),
        Index("ix_offer_agent", "agent_id", postgresql_where=text(PENDING)),
        Index("ix_offer_work_item_id", "work_item_id"),
    )

    offer_id: UUID = Field(primary_key=True)
    domain: str = _text()
    work_item_id: UUID
    agent_id: str = _text()
    queue: str = _text()
    cost: int
    offered_at: datetime = _instant()
    expires_at: datetime = _instant()
    state: str = _text()
    ended_at: datetime | None = _instant(nullable=True)
    reason: str | None = _text(nullable=True)


class AssignmentRow(Base, table=True):
    """An item in an agent's hands. The unique index says it: never two at a time."""

    __tablename__ = "assignment"
    __table_args__ = (
        Index("uq_assignment_open", "work_item_id", unique=True, postgresql_where=text(OPEN)),
        Index("ix_assignment_agent", "agent_id", postgresql_where=text(OPEN)),
        Index("ix_assignment_work_item_id", "work_item_id"),
        Index("ix_assignment_pace", "domain", "queue", "accepted_at"),
    )

    offer_id: UUID = Field(primary_key=True)
    domain: str = _text()
    work_item_id: UUID
    queue: str = _text()
    agent_id: str = _text()
    cost: int
    accepted_at: datetime = _instant()
    assigned_by: str | None = _text(nullable=True)
    finished_at: datetime | None = _instant(nullable=True)
    wrap_until: datetime | None = _instant(nullable=True)
    ended_at: datetime | None = _instant(nullable=True)
    outcome: str | None = _text(nullable=True)


class DecisionRow(Base, table=True):
    """What was decided, in order, with the figures behind it. No personal data."""

    __tablename__ = "decision_log"
    __table_args__ = (
        Index("ix_decision_log_work", "work_item_id", "id"),
        Index("ix_decision_log_agent", "agent_id", "id"),
        Index("ix_decision_log_at", "at", postgresql_using="brin"),
    )

    id: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    domain: str = _text()
    epoch: int = _big()
    at: datetime = _instant()
    kind: str = _text()
    work_item_id: UUID | None = None
    agent_id: str | None = _text(nullable=True)
    queue: str | None = _text(nullable=True)
    detail: dict[str, Any] = _json()


class CommandRow(Base, table=True):
    """A command on its way to the owner of its domain: from an event, or from an API call at another replica.

    The owner deletes it in the transaction of its effect, so it takes effect exactly once. `failed` keeps one that
    can never be applied out of the way; an operator deletes it.
    """

    __tablename__ = "command"
    __table_args__ = (Index("ix_command_queue", "domain", "seq", postgresql_where=text("failed is null")),)

    seq: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    domain: str = _text()
    id: UUID
    kind: str = _text()
    payload: dict[str, Any] = _json()
    reply_to: str | None = _text(nullable=True)
    created_at: datetime = _instant()
    failed: str | None = _text(nullable=True)


class ReplyRow(Base, table=True):
    """The owner's answer to a command that was handed over; whoever asked deletes it."""

    __tablename__ = "command_reply"

    id: UUID = Field(primary_key=True)
    code: str = _text()
    detail: dict[str, Any] | None = _json(nullable=True)
    created_at: datetime = _instant()
