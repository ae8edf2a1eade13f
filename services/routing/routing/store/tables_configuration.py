"""Tables of configurations as documents: those that were in force, and drafts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, PrimaryKeyConstraint
from sqlmodel import Field

from routing.store.tables import Base, _instant, _json, _text


class ConfigurationRow(Base, table=True):
    """Every configuration that ever was in force; the one with the highest version is."""

    __tablename__ = "configuration"
    __table_args__ = (PrimaryKeyConstraint("domain", "version"),)

    domain: str = _text()
    version: int
    body: dict[str, Any] = _json()
    note: str | None = _text(nullable=True)
    activated_at: datetime = _instant()
    activated_by: str = _text()


class ConfigurationDraftRow(Base, table=True):
    """A configuration being worked on. `base_version`: the one in force when the draft was begun."""

    __tablename__ = "configuration_draft"
    __table_args__ = (Index("ix_configuration_draft_domain", "domain", "changed_at"),)

    draft_id: UUID = Field(primary_key=True)
    domain: str = _text()
    base_version: int
    version: int
    body: dict[str, Any] = _json()
    note: str | None = _text(nullable=True)
    state: str = _text()
    activated_version: int | None = None
    created_at: datetime = _instant()
    created_by: str = _text()
    changed_at: datetime = _instant()
    changed_by: str = _text()
