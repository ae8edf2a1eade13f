"""Tables of relations, merges, bulk commands, and of what agents keep: templates, macros, views."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from cases.store.tables import Base


def _instant(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(DateTime(timezone=True), nullable=nullable))


def _text(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(Text, nullable=nullable))


def _key() -> Any:
    return Field(sa_column=Column(Text, primary_key=True))


def _json() -> Any:
    return Field(sa_column=Column(JSONB, nullable=False))


def _texts() -> Any:
    return Field(sa_column=Column(ARRAY(Text), nullable=False, server_default="{}"))


def _names(table: str) -> tuple[Index, ...]:
    """Names are unique for an owner, and among what is shared."""
    return (
        Index(f"uq_{table}_shared_name", "name", unique=True, postgresql_where=text("shared")),
        Index(f"uq_{table}_owner_name", "owner", "name", unique=True),
    )


class CaseRelationRow(Base, table=True):
    """How one case belongs to another, as somebody said: `case_id` is `kind` of `other_id`."""

    __tablename__ = "case_relation"
    __table_args__ = (Index("ix_case_relation_other_id", "other_id"),)

    case_id: UUID = Field(primary_key=True)
    other_id: UUID = Field(primary_key=True)
    kind: str = _key()
    actor: str = _text()
    created_at: datetime = _instant()


class CaseMergeRow(Base, table=True):
    """Two cases that turned out to be one. `moved` is what undoing it needs."""

    __tablename__ = "case_merge"
    __table_args__ = (
        Index("ix_case_merge_survivor_id", "survivor_id"),
        Index("uq_case_merge_merged_id", "merged_id", unique=True, postgresql_where=text("undone_at is null")),
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


class JobRow(Base, table=True):
    """A bulk command. `actor` holds the caller with the rights it had, and values for texts."""

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_running", "id", postgresql_where=text("state = 'running'")),
        Index("ix_job_actor_id_id", "actor_id", "id"),
    )

    id: UUID = Field(primary_key=True)
    kind: str = _text()
    case_id: UUID | None = Field(default=None, nullable=True)
    command: dict[str, Any] = _json()
    actor: dict[str, Any] = _json()
    actor_id: str = _text()
    state: str = _text()
    total: int
    done: int = 0
    failed: int = 0
    created_at: datetime = _instant()
    updated_at: datetime = _instant()
    finished_at: datetime | None = _instant(nullable=True)


class JobItemRow(Base, table=True):
    """One case of a bulk command, and what became of it."""

    __tablename__ = "job_item"
    __table_args__ = (Index("ix_job_item_pending", "job_id", "position", postgresql_where=text("state = 'pending'")),)

    job_id: UUID = Field(foreign_key="job.id", primary_key=True)
    position: int = Field(primary_key=True)
    case_id: UUID
    state: str = _text()
    detail: str | None = _text(nullable=True)


class TemplateRow(Base, table=True):
    """A text to use again, in both languages."""

    __tablename__ = "template"
    __table_args__ = _names("template")

    id: UUID = Field(primary_key=True)
    owner: str = _text()
    shared: bool
    name: str = _text()
    case_types: list[str] = _texts()
    purpose: str = _text()
    texts: dict[str, Any] = _json()
    version: int
    created_at: datetime = _instant()
    updated_at: datetime = _instant()


class MacroRow(Base, table=True):
    """Several actions that are done together."""

    __tablename__ = "macro"
    __table_args__ = _names("macro")

    id: UUID = Field(primary_key=True)
    owner: str = _text()
    shared: bool
    name: str = _text()
    case_types: list[str] = _texts()
    actions: dict[str, Any] = _json()
    version: int
    created_at: datetime = _instant()
    updated_at: datetime = _instant()


class SavedViewRow(Base, table=True):
    """A list of cases by filter."""

    __tablename__ = "saved_view"
    __table_args__ = _names("saved_view")

    id: UUID = Field(primary_key=True)
    owner: str = _text()
    shared: bool
    name: str = _text()
    filters: dict[str, Any] = _json()
    sort: str = _text()
    version: int
    created_at: datetime = _instant()
    updated_at: datetime = _instant()
