"""Decisions that are asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0003_approvals"
down_revision = "0002_customer_profiles"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "approval",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("step", sa.Text),
        sa.Column("amount_minor", sa.BigInteger),
        sa.Column("currency", sa.Text),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("authority", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("requested_by", sa.Text, nullable=False),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("decided_by", sa.Text),
        sa.Column("decided_at", INSTANT),
        sa.Column("reason", sa.Text),
    )
    pending = sa.text("state = 'pending'")
    op.create_index("uq_approval_pending", "approval", ["case_id"], unique=True, postgresql_where=pending)
    op.create_index("ix_approval_case_id_id", "approval", ["case_id", "id"])
    op.create_index("ix_approval_pending_id", "approval", ["id"], postgresql_where=pending)
