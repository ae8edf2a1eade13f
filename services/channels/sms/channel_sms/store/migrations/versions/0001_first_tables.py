"""The first tables of the SMS channel."""

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
        "interaction",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("inbound_seq", sa.Integer, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("last_message_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("ended_by", sa.Text),
    )
    open_only = sa.text("ended_at is null")
    op.create_index(
        "uq_interaction_open", "interaction", ["account", "address"], unique=True, postgresql_where=open_only
    )
    op.create_index("ix_interaction_idle", "interaction", ["last_message_at"], postgresql_where=open_only)

    op.create_table(
        "inbound_message",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("interaction_id", sa.Uuid, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("sid", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("media", JSONB, nullable=False),
        sa.Column("fields", JSONB, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.UniqueConstraint("interaction_id", "seq", name="uq_inbound_message_interaction_id_seq"),
    )

    op.create_table(
        "outbound_message",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("position", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("interaction_id", sa.Uuid, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("encoding", sa.Text, nullable=False),
        sa.Column("segments", sa.SmallInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("attempts", sa.SmallInteger, nullable=False),
        sa.Column("lookups", sa.SmallInteger, nullable=False),
        sa.Column("next_attempt_at", INSTANT, nullable=False),
        sa.Column("called_at", INSTANT),
        sa.Column("sid", sa.Text),
        sa.Column("provider_status", sa.Text),
        sa.Column("error_code", sa.Text),
        sa.Column("error_text", sa.Text),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.UniqueConstraint("sid", name="uq_outbound_message_sid"),
    )
    unfinished = sa.text("state <> 'done'")
    op.create_index("ix_outbound_message_due", "outbound_message", ["next_attempt_at"], postgresql_where=unfinished)
    op.create_index(
        "ix_outbound_message_unfinished",
        "outbound_message",
        ["account", "address", "position"],
        postgresql_where=unfinished,
    )
    op.create_index("ix_outbound_message_address", "outbound_message", ["account", "address", "position"])

    op.create_table(
        "delivery_event",
        sa.Column("sid", sa.Text, primary_key=True),
        sa.Column("status", sa.Text, primary_key=True),
        sa.Column("error_code", sa.Text),
        sa.Column("fields", JSONB, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
    )
    op.create_table(
        "suppression",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("address", sa.Text, primary_key=True),
        sa.Column("category", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("parameters_version", sa.Integer, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("lifted_at", INSTANT),
    )


def downgrade() -> None:
    for table in ("suppression", "delivery_event", "outbound_message", "inbound_message", "interaction"):
        op.drop_table(table)
