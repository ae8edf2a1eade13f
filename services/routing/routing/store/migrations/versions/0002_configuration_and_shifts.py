"""Configurations as documents, certificates, shifts and adherence, callbacks, agents who must not have an item."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002_configuration_and_shifts"
down_revision = "0001_first_tables"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    empty = sa.text("'[]'::jsonb")
    op.add_column("agent", sa.Column("utilisation", sa.Text))
    op.add_column("agent", sa.Column("lapsed", JSONB, nullable=False, server_default=empty))
    op.add_column("agent", sa.Column("astray_since", INSTANT))
    op.add_column("agent", sa.Column("astray", sa.Text))
    op.create_index("ix_agent_id", "agent", ["agent_id"])
    op.add_column("agent_skill", sa.Column("valid_from", INSTANT))
    op.add_column("agent_skill", sa.Column("valid_until", INSTANT))
    op.create_table(
        "agent_shift",
        sa.Column("domain", sa.Text, nullable=False),
        sa.Column("agent_id", sa.Text, nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("domain", "agent_id", "starts_at"),
    )
    op.add_column("work_item", sa.Column("excluded", JSONB, nullable=False, server_default=empty))
    op.add_column("work_item", sa.Column("callback", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("work_item", sa.Column("not_before", INSTANT))
    op.add_column("queue", sa.Column("removed", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "configuration",
        sa.Column("domain", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", JSONB, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("activated_at", INSTANT, nullable=False),
        sa.Column("activated_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("domain", "version"),
    )
    op.create_table(
        "configuration_draft",
        sa.Column("draft_id", sa.Uuid, primary_key=True),
        sa.Column("domain", sa.Text, nullable=False),
        sa.Column("base_version", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", JSONB, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("activated_version", sa.Integer),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
    )
    op.create_index("ix_configuration_draft_domain", "configuration_draft", ["domain", "changed_at"])
