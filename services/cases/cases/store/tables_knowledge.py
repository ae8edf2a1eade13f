"""The tables of knowledge. The statements on them are in `store.knowledge`."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlmodel import Field

from cases.store.tables import Base


def _instant(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(DateTime(timezone=True), nullable=nullable))


def _text(*, nullable: bool = False, unique: bool = False) -> Any:
    return Field(sa_column=Column(Text, nullable=nullable, unique=unique))


class ArticleRow(Base, table=True):
    """An article; `version` is its ETag over all its versions."""

    __tablename__ = "article"

    id: UUID = Field(primary_key=True)
    slug: str = _text(unique=True)
    version: int
    created_at: datetime = _instant()
    updated_at: datetime = _instant()


class ArticleVersionRow(Base, table=True):
    """A version (`cases.domain.knowledge.ArticleVersion`). One draft per article; published ones follow each other
    without overlap."""

    __tablename__ = "article_version"
    __table_args__ = (
        Index("uq_article_version_draft", "article_id", unique=True, postgresql_where=text("state = 'draft'")),
        Index(
            "ix_article_version_words",
            "words",
            postgresql_using="gin",
            postgresql_where=text("state = 'published'"),
        ),
    )

    article_id: UUID = Field(primary_key=True, foreign_key="article.id")
    number: int = Field(primary_key=True)
    state: str = _text()
    content: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    case_types: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    steps: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    valid_from: datetime | None = _instant(nullable=True)
    valid_to: datetime | None = _instant(nullable=True)
    author: str = _text()
    edited_at: datetime = _instant()
    published_by: str | None = _text(nullable=True)
    published_at: datetime | None = _instant(nullable=True)
    retired_by: str | None = _text(nullable=True)
    retired_at: datetime | None = _instant(nullable=True)
    reason: str | None = _text(nullable=True)
    words: str = Field(sa_column=Column(TSVECTOR, nullable=False))
    title_words: str = Field(sa_column=Column(TSVECTOR, nullable=False))


class KnowledgeGapRow(Base, table=True):
    """A question that found nothing, and how often."""

    __tablename__ = "knowledge_gap"

    query: str = Field(sa_column=Column(Text, primary_key=True))
    searches: int
    first_at: datetime = _instant()
    last_at: datetime = _instant()
    case_type: str | None = _text(nullable=True)


class ArticleFeedbackRow(Base, table=True):
    """What a reader thought of a version; the newest word of each reader counts."""

    __tablename__ = "article_feedback"

    article_id: UUID = Field(primary_key=True)
    number: int = Field(primary_key=True)
    actor: str = Field(sa_column=Column(Text, primary_key=True))
    useful: bool
    comment: str | None = _text(nullable=True)
    case_id: UUID | None = Field(default=None, nullable=True)
    at: datetime = _instant()
