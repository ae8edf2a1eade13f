"""The tables of the case service. The statements on them are in the neighbouring modules; migrations create them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlmodel import Field, SQLModel

from chassis.db import table_registry


class Base(SQLModel, registry=table_registry()):
    """Base of this service's tables."""


def _instant(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(DateTime(timezone=True), nullable=nullable))


def _text(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(Text, nullable=nullable))


def _json() -> Any:
    return Field(sa_column=Column(JSONB, nullable=False))


class CustomerRow(Base, table=True):
    """A person or company that gets in touch. `merged_into` points at the customer this one turned out to be."""

    __tablename__ = "customer"

    id: UUID = Field(primary_key=True)
    name: str | None = _text(nullable=True)
    language: str | None = _text(nullable=True)
    employer: str | None = _text(nullable=True)
    address: str | None = _text(nullable=True)
    tier: str | None = _text(nullable=True)
    tags: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False, server_default="{}"))
    do_not_contact: bool = Field(sa_column=Column(Boolean, nullable=False, server_default=false()))
    merged_into: UUID | None = Field(default=None, nullable=True)
    version: int = Field(default=1)
    created_at: datetime = _instant()
    updated_at: datetime = _instant()
    erased_at: datetime | None = _instant(nullable=True)


class ContactPointRow(Base, table=True):
    """An address of a customer, in its normal form: one row per address, whatever the channel."""

    __tablename__ = "contact_point"
    __table_args__ = (UniqueConstraint("kind", "address"), Index("ix_contact_point_customer_id", "customer_id"))

    id: UUID = Field(primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id")
    kind: str = _text()
    address: str = _text()
    display_name: str | None = _text(nullable=True)
    verification: str = _text()
    created_at: datetime = _instant()


class CustomerMergeRow(Base, table=True):
    """Two customers that turned out to be one. `moved` lists what changed hands, so that it can be given back."""

    __tablename__ = "customer_merge"
    __table_args__ = (
        Index("ix_customer_merge_survivor_id", "survivor_id"),
        Index("uq_customer_merge_merged_id", "merged_id", unique=True, postgresql_where=text("undone_at is null")),
    )

    id: UUID = Field(primary_key=True)
    survivor_id: UUID
    merged_id: UUID
    reason: str = _text()
    actor: str = _text()
    merged_at: datetime = _instant()
    moved: dict[str, Any] = _json()
    undone_at: datetime | None = _instant(nullable=True)
    undone_by: str | None = _text(nullable=True)


class ConsentRow(Base, table=True):
    """What a customer agreed to, or refused: never changed, the newest of a kind (and waybill) counts."""

    __tablename__ = "consent"
    __table_args__ = (
        Index("ix_consent_customer_id_id", "customer_id", "id"),
        Index("ix_consent_waybill_no", "waybill_no", postgresql_where=text("waybill_no is not null")),
    )

    id: UUID = Field(primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id")
    kind: str = _text()
    granted: bool
    waybill_no: str | None = _text(nullable=True)
    evidence: str = _text()
    actor: str = _text()
    given_at: datetime = _instant()


class InteractionRow(Base, table=True):
    """A stretch of contact, as its channel reported it, and the case it belongs to."""

    __tablename__ = "interaction"
    __table_args__ = (
        Index("ix_interaction_case_id", "case_id", postgresql_where=text("case_id is not null")),
        Index("ix_interaction_customer_id_id", "customer_id", "id"),
    )

    id: UUID = Field(primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id")
    contact_point_id: UUID | None = Field(default=None, foreign_key="contact_point.id", nullable=True)
    case_id: UUID | None = Field(default=None, nullable=True)
    channel: str = _text()
    direction: str = _text()
    account: str = _text()
    language: str | None = _text(nullable=True)
    self_served: bool = False
    started_at: datetime = _instant()
    queued_at: datetime | None = _instant(nullable=True)
    answered_at: datetime | None = _instant(nullable=True)
    ended_at: datetime | None = _instant(nullable=True)
    ended_by: str | None = _text(nullable=True)
    erased_at: datetime | None = _instant(nullable=True)


class CaseRow(Base, table=True):
    """One piece of work for a customer. `id` grows with time, so it orders lists.

    `version` is the ETag: it counts changes of the case itself. `last_seq` counts timeline entries, without gaps.
    `threading` cases receive the customer's messages of their thread; sub-procedures beside them do not. No column
    that changes with every message is indexed, so a message costs the same however many cases there are.
    """

    __tablename__ = "service_case"
    __table_args__ = (
        UniqueConstraint("case_no"),
        Index(
            "uq_service_case_open_thread",
            "customer_id",
            "thread_key",
            unique=True,
            postgresql_where=text("closed_at is null and threading"),
        ),
        Index("ix_service_case_customer_id_id", "customer_id", "id"),
        Index("ix_service_case_owner_id", "owner", "id", postgresql_where=text("closed_at is null")),
        Index("ix_service_case_open", "id", postgresql_where=text("closed_at is null")),
        Index("ix_service_case_waybill_no", "waybill_no", postgresql_where=text("waybill_no is not null")),
        Index("ix_service_case_parent_id", "parent_id", postgresql_where=text("parent_id is not null")),
        Index("ix_service_case_tags", "tags", postgresql_using="gin"),
        Index("ix_service_case_watchers", "watchers", postgresql_using="gin"),
        Index("ix_service_case_incident_id_id", "incident_id", "id", postgresql_where=text("incident_id is not null")),
        Index("ix_service_case_incident", "id", postgresql_where=text("incident")),
        Index("ix_service_case_merged_into", "merged_into", postgresql_where=text("merged_into is not null")),
        Index("ix_service_case_merged_customer_id", "customer_id", postgresql_where=text("merged_into is not null")),
        Index("ix_service_case_next_due_at_id", "next_due_at", "id", postgresql_where=text("closed_at is null")),
        Index("ix_service_case_priority_id", "priority", "id", postgresql_where=text("closed_at is null")),
        Index("ix_service_case_category_id", "category", "id", postgresql_where=text("category is not null")),
    )

    id: UUID = Field(primary_key=True)
    case_no: str = _text()
    customer_id: UUID = Field(foreign_key="customer.id")
    case_type: str = _text()
    procedure: str = _text()
    procedure_version: int
    step: str = _text()
    channel: str = _text()
    language: str | None = _text(nullable=True)
    severity: str | None = _text(nullable=True)
    priority: int = Field(sa_column=Column(SmallInteger, nullable=False))
    queue: str = _text()
    owner: str | None = _text(nullable=True)
    owner_name: str | None = _text(nullable=True)
    thread_key: str = _text()
    threading: bool = True
    waybill_no: str | None = _text(nullable=True)
    parent_id: UUID | None = Field(default=None, nullable=True)
    version: int = Field(default=1)
    last_seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    last_customer_seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    next_due_at: datetime | None = _instant(nullable=True)
    opened_at: datetime = _instant()
    updated_at: datetime = _instant()
    closed_at: datetime | None = _instant(nullable=True)
    resolution: str | None = _text(nullable=True)
    category: str | None = _text(nullable=True)
    tags: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False, server_default="{}"))
    watchers: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False, server_default="{}"))
    level: int = Field(sa_column=Column(SmallInteger, nullable=False, server_default="1"))
    incident: bool = Field(sa_column=Column(Boolean, nullable=False, server_default=false()))
    incident_id: UUID | None = Field(default=None, nullable=True)
    merged_into: UUID | None = Field(default=None, nullable=True)
    waiting_for: str | None = _text(nullable=True)
    awaiting_since: datetime | None = _instant(nullable=True)
    awaiting_due: datetime | None = _instant(nullable=True)
    untold: int = Field(sa_column=Column(SmallInteger, nullable=False, server_default="0"))


class CaseRunRow(Base, table=True):
    """Where a case stands in its procedure (`cases.domain.run.Run`), apart from the row that every message updates."""

    __tablename__ = "case_run"

    case_id: UUID = Field(primary_key=True)
    run: dict[str, Any] = _json()


class CaseAgentRow(Base, table=True):
    """Agents who have or had a case; they may read it."""

    __tablename__ = "case_agent"
    __table_args__ = (Index("ix_case_agent_agent_id_case_id", "agent_id", "case_id"),)

    case_id: UUID = Field(primary_key=True)
    agent_id: str = Field(sa_column=Column(Text, primary_key=True))
    since: datetime = _instant()


class ApprovalRow(Base, table=True):
    """A decision asked for: one may be pending per case. `authority` is the lowest role that may take it."""

    __tablename__ = "approval"
    __table_args__ = (
        Index("uq_approval_pending", "case_id", unique=True, postgresql_where=text("state = 'pending'")),
        Index("ix_approval_case_id_id", "case_id", "id"),
        Index("ix_approval_pending_id", "id", postgresql_where=text("state = 'pending'")),
    )

    id: UUID = Field(primary_key=True)
    case_id: UUID
    kind: str = _text()
    step: str | None = _text(nullable=True)
    amount_minor: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    currency: str | None = _text(nullable=True)
    summary: str = _text()
    authority: str = _text()
    state: str = _text()
    requested_by: str = _text()
    requested_at: datetime = _instant()
    decided_by: str | None = _text(nullable=True)
    decided_at: datetime | None = _instant(nullable=True)
    reason: str | None = _text(nullable=True)


class TimelineEntryRow(Base, table=True):
    """What happened on a case, in order. Written only while the case's row is locked, hence no foreign key.

    `message_id` is the channel's id of a message; `status` what became of one we sent.
    """

    __tablename__ = "timeline_entry"
    __table_args__ = (
        Index(
            "uq_timeline_entry_message_id", "message_id", unique=True, postgresql_where=text("message_id is not null")
        ),
    )

    case_id: UUID = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True))
    kind: str = _text()
    interaction_id: UUID | None = Field(default=None, nullable=True)
    channel: str | None = _text(nullable=True)
    actor: str = _text()
    message_id: UUID | None = Field(default=None, nullable=True)
    status: str | None = _text(nullable=True)
    data: dict[str, Any] = _json()
    occurred_at: datetime = _instant()
    recorded_at: datetime = _instant()


class SearchEntryRow(Base, table=True):
    """The words of a timeline entry (`cases.domain.search`)."""

    __tablename__ = "search_entry"
    __table_args__ = (Index("ix_search_entry_words", "words", postgresql_using="gin"),)

    case_id: UUID = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True))
    words: str = Field(sa_column=Column(TSVECTOR, nullable=False))


class PendingEntryRow(Base, table=True):
    """Entries of an interaction that has no case (an automatic mail, say); they move to its case if it gets one."""

    __tablename__ = "pending_entry"
    __table_args__ = (Index("ix_pending_entry_interaction_id_id", "interaction_id", "id"),)

    id: UUID = Field(primary_key=True)
    interaction_id: UUID
    kind: str = _text()
    channel: str | None = _text(nullable=True)
    actor: str = _text()
    message_id: UUID | None = Field(default=None, nullable=True)
    data: dict[str, Any] = _json()
    occurred_at: datetime = _instant()
    recorded_at: datetime = _instant()


class WorkItemRow(Base, table=True):
    """What was asked of routing: one live item per case for its messages, one per waiting call."""

    __tablename__ = "work_item"
    __table_args__ = (
        Index(
            "uq_work_item_live_case",
            "case_id",
            unique=True,
            postgresql_where=text("state <> 'ended' and channel <> 'voice'"),
        ),
        Index(
            "uq_work_item_live_call",
            "interaction_id",
            unique=True,
            postgresql_where=text("state <> 'ended' and channel = 'voice'"),
        ),
        Index("ix_work_item_case_id", "case_id"),
    )

    id: UUID = Field(primary_key=True)
    case_id: UUID
    interaction_id: UUID | None = Field(default=None, nullable=True)
    channel: str = _text()
    queue: str = _text()
    state: str = _text()
    agent_id: str | None = _text(nullable=True)
    enqueued_at: datetime = _instant()
    requested_at: datetime = _instant()
    accepted_at: datetime | None = _instant(nullable=True)
    ended_at: datetime | None = _instant(nullable=True)
    end_reason: str | None = _text(nullable=True)
    callback: bool = False
