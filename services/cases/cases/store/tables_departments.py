"""The tables of departments. The statements on them are in `store.departments`."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from cases.store.tables import Base


def _instant(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(DateTime(timezone=True), nullable=nullable))


def _text(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(Text, nullable=nullable))


class DepartmentRow(Base, table=True):
    """A department, branch or contractor (`cases.domain.departments.Department`)."""

    __tablename__ = "department"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    kind: str = _text()
    name: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    email: str | None = _text(nullable=True)
    language: str = _text()
    areas: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    acknowledge_minutes: int
    reply_hours: int
    callers: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    active: bool
    version: int
    updated_at: datetime = _instant()


class DispatchRow(Base, table=True):
    """A task given to a department; one may be open per case, department and step."""

    __tablename__ = "dispatch"
    __table_args__ = (
        Index("ix_dispatch_case_id", "case_id", "id"),
        Index("ix_dispatch_department_id", "department_id", "id"),
        Index(
            "uq_dispatch_open",
            "case_id",
            "department_id",
            "step",
            unique=True,
            postgresql_where=text("ended_at is null"),
        ),
    )

    id: UUID = Field(primary_key=True)
    ref: str = _text()
    case_id: UUID
    department_id: str = Field(sa_column=Column(Text, ForeignKey("department.id"), nullable=False))
    step: str = _text()
    task: str = _text()
    asked: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    state: str = _text()
    created_by: str = _text()
    created_at: datetime = _instant()
    acknowledge_by: datetime = _instant()
    reply_by: datetime = _instant()
    acknowledged_at: datetime | None = _instant(nullable=True)
    ended_at: datetime | None = _instant(nullable=True)
    answered_by: str | None = _text(nullable=True)
    answer: str | None = _text(nullable=True)
    fields: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    link: int
    link_until: datetime = _instant()
    version: int
