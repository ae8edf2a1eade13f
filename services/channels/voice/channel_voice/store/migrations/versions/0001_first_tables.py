"""The first tables of the voice channel."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001_first_tables"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "call",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("call_sid", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("caller", sa.Text, nullable=False),
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("dialogue", JSONB, nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("closing_by", sa.Text),
        sa.Column("closing_reason", sa.Text),
        sa.Column("fields", JSONB, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("queued_at", INSTANT),
        sa.Column("answered_at", INSTANT),
        sa.Column("ended_at", INSTANT),
        sa.Column("ended_by", sa.Text),
        sa.Column("end_reason", sa.Text),
        sa.UniqueConstraint("call_sid", name="uq_call_call_sid"),
    )
    op.create_table(
        "leg",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("call_id", sa.Uuid, nullable=False),
        sa.Column("call_request_id", sa.Uuid, nullable=False),
        sa.Column("agent_id", sa.Text, nullable=False),
        sa.Column("work_item_id", sa.Uuid, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("call_sid", sa.Text),
        sa.Column("failure", sa.Text),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("dialled_at", INSTANT),
        sa.Column("joined_at", INSTANT),
        sa.Column("over_at", INSTANT),
        sa.UniqueConstraint("call_request_id", name="uq_leg_call_request_id"),
        sa.UniqueConstraint("call_sid", name="uq_leg_call_sid"),
    )
    op.create_index("uq_leg_live", "leg", ["call_id"], unique=True, postgresql_where=sa.text("state <> 'over'"))
    op.create_index("ix_leg_call_id", "leg", ["call_id"])

    op.create_table(
        "answer",
        sa.Column("call_id", sa.Uuid, primary_key=True),
        sa.Column("turn", sa.Integer, primary_key=True),
        sa.Column("twiml", sa.Text, nullable=False),
    )
    op.create_table(
        "callback",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("received_at", INSTANT, nullable=False),
    )
    op.create_index("ix_callback_received_at", "callback", ["received_at"], postgresql_using="brin")
    op.create_table(
        "command",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("call_id", sa.Uuid, nullable=False),
        sa.Column("leg_id", sa.Uuid),
        sa.Column("asked", sa.Boolean, nullable=False),
        sa.Column("attempts", sa.SmallInteger, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
    )
    op.create_index("ix_command_due_at", "command", ["due_at"])


def downgrade() -> None:
    for table in ("command", "callback", "answer", "leg", "call"):
        op.drop_table(table)
