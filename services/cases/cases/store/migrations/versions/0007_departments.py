"""Departments and contractors, and what cases ask of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0007_departments"
down_revision = "0006_orders"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "department",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", JSONB, nullable=False),
        sa.Column("email", sa.Text),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("areas", JSONB, nullable=False),
        sa.Column("acknowledge_minutes", sa.Integer, nullable=False),
        sa.Column("reply_hours", sa.Integer, nullable=False),
        sa.Column("callers", ARRAY(sa.Text), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
    )
    op.create_table(
        "dispatch",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("department_id", sa.Text, sa.ForeignKey("department.id"), nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("task", sa.Text, nullable=False),
        sa.Column("asked", ARRAY(sa.Text), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("acknowledge_by", INSTANT, nullable=False),
        sa.Column("reply_by", INSTANT, nullable=False),
        sa.Column("acknowledged_at", INSTANT),
        sa.Column("ended_at", INSTANT),
        sa.Column("answered_by", sa.Text),
        sa.Column("answer", sa.Text),
        sa.Column("fields", JSONB, nullable=False, server_default="{}"),
        sa.Column("link", sa.Integer, nullable=False, server_default="1"),
        sa.Column("link_until", INSTANT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("ix_dispatch_case_id", "dispatch", ["case_id", "id"])
    op.create_index("ix_dispatch_department_id", "dispatch", ["department_id", "id"])
    op.create_index(
        "uq_dispatch_open",
        "dispatch",
        ["case_id", "department_id", "step"],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )
