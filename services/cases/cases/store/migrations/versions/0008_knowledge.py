"""Knowledge articles, searches that found nothing, and what readers thought."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

revision = "0008_knowledge"
down_revision = "0007_departments"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "article",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("slug", sa.Text, nullable=False),
        sa.UniqueConstraint("slug", name="uq_article_slug"),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
    )
    op.create_table(
        "article_version",
        sa.Column("article_id", sa.Uuid, sa.ForeignKey("article.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("content", JSONB, nullable=False),
        sa.Column("case_types", ARRAY(sa.Text), nullable=False),
        sa.Column("steps", ARRAY(sa.Text), nullable=False),
        sa.Column("valid_from", INSTANT),
        sa.Column("valid_to", INSTANT),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("edited_at", INSTANT, nullable=False),
        sa.Column("published_by", sa.Text),
        sa.Column("published_at", INSTANT),
        sa.Column("retired_by", sa.Text),
        sa.Column("retired_at", INSTANT),
        sa.Column("reason", sa.Text),
        sa.Column("words", TSVECTOR, nullable=False),
        sa.Column("title_words", TSVECTOR, nullable=False),
    )
    draft, published = sa.text("state = 'draft'"), sa.text("state = 'published'")
    op.create_index("uq_article_version_draft", "article_version", ["article_id"], unique=True, postgresql_where=draft)
    op.create_index(
        "ix_article_version_words", "article_version", ["words"], postgresql_using="gin", postgresql_where=published
    )
    op.create_table(
        "knowledge_gap",
        sa.Column("query", sa.Text, primary_key=True),
        sa.Column("searches", sa.Integer, nullable=False),
        sa.Column("first_at", INSTANT, nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.Column("case_type", sa.Text),
    )
    op.create_table(
        "article_feedback",
        sa.Column("article_id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("actor", sa.Text, primary_key=True),
        sa.Column("useful", sa.Boolean, nullable=False),
        sa.Column("comment", sa.Text),
        sa.Column("case_id", sa.Uuid),
        sa.Column("at", INSTANT, nullable=False),
    )
