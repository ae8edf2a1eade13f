"""Tables of files and notices of cases, and of what follows from decisions: payouts, sanctions, improvements."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from cases.store.tables import Base


def _instant(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(DateTime(timezone=True), nullable=nullable))


def _text(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(Text, nullable=nullable))


def _big() -> Any:
    return Field(sa_column=Column(BigInteger, nullable=False))


class AttachmentRow(Base, table=True):
    """A file of a case; its bytes lie in the blob store under `sha256`."""

    __tablename__ = "attachment"
    __table_args__ = (Index("ix_attachment_case_id_id", "case_id", "id"), Index("ix_attachment_sha256", "sha256"))

    id: UUID = Field(primary_key=True)
    case_id: UUID
    name: str = _text()
    content_type: str = _text()
    size: int = _big()
    sha256: str = _text()
    state: str = _text()
    finding: str | None = _text(nullable=True)
    uploaded_by: str = _text()
    uploaded_at: datetime = _instant()


class NoticeRow(Base, table=True):
    """What a step owes the customer to be told, once for each visit of the step."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("case_id", "notice", "step", "visit"),
        Index("ix_notice_message_id", "message_id", postgresql_where=text("message_id is not null")),
    )

    id: UUID = Field(primary_key=True)
    case_id: UUID
    notice: str = _text()
    step: str = _text()
    visit: int
    state: str = _text()
    reason: str | None = _text(nullable=True)
    interaction_id: UUID | None = Field(default=None, nullable=True)
    message_id: UUID | None = Field(default=None, nullable=True)
    owed_at: datetime = _instant()
    due_at: datetime | None = _instant(nullable=True)
    settled_at: datetime | None = _instant(nullable=True)
    settled_by: str | None = _text(nullable=True)


class PayoutRow(Base, table=True):
    """A payment that a decision owes, in whole minor units."""

    __tablename__ = "payout"
    __table_args__ = (
        UniqueConstraint("approval_id"),
        Index("ix_payout_case_id", "case_id"),
        Index("ix_payout_unfinished", "id", postgresql_where=text("state not in ('paid', 'cancelled')")),
    )

    id: UUID = Field(primary_key=True)
    case_id: UUID
    approval_id: UUID
    kind: str = _text()
    amount_minor: int = _big()
    currency: str = _text()
    state: str = _text()
    reference: str | None = _text(nullable=True)
    reason: str | None = _text(nullable=True)
    version: int
    requested_by: str = _text()
    approved_by: str = _text()
    instructed_by: str | None = _text(nullable=True)
    created_at: datetime = _instant()
    changed_at: datetime = _instant()


class SanctionRow(Base, table=True):
    """A sanction of who was responsible: proposed by one, decided by another."""

    __tablename__ = "sanction"
    __table_args__ = (Index("ix_sanction_case_id", "case_id"),)

    id: UUID = Field(primary_key=True)
    case_id: UUID
    unit: str = _text()
    person: str | None = _text(nullable=True)
    cause: str = _text()
    measure: str = _text()
    state: str = _text()
    proposed_by: str = _text()
    proposed_at: datetime = _instant()
    decided_by: str | None = _text(nullable=True)
    decided_at: datetime | None = _instant(nullable=True)
    reason: str | None = _text(nullable=True)


class ImprovementRow(Base, table=True):
    """What is changed so that it does not happen again."""

    __tablename__ = "improvement"
    __table_args__ = (
        Index("ix_improvement_case_id", "case_id"),
        Index("ix_improvement_open", "id", postgresql_where=text("state = 'open'")),
    )

    id: UUID = Field(primary_key=True)
    case_id: UUID
    cause: str = _text()
    action: str = _text()
    owner: str = _text()
    due_on: date | None = Field(default=None, nullable=True)
    state: str = _text()
    evidence: str | None = _text(nullable=True)
    version: int
    created_by: str = _text()
    created_at: datetime = _instant()
    changed_by: str = _text()
    changed_at: datetime = _instant()
