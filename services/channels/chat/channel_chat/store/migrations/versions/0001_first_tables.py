"""The first tables of the chat channels."""

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
        "conversation",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("display_name", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("verified", sa.Boolean, nullable=False),
        sa.Column("last_seq", sa.BigInteger, nullable=False),
        sa.Column("received_seq", sa.BigInteger, nullable=False),
        sa.Column("read_seq", sa.BigInteger, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.UniqueConstraint("channel", "account", "address", name="uq_conversation_channel_account_address"),
    )
    op.create_table(
        "interaction",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("conversation_id", sa.Uuid, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("inbound_seq", sa.Integer, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("last_message_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("ended_by", sa.Text),
    )
    open_only = sa.text("ended_at is null")
    op.create_index("uq_interaction_open", "interaction", ["conversation_id"], unique=True, postgresql_where=open_only)
    op.create_index("ix_interaction_idle", "interaction", ["channel", "last_message_at"], postgresql_where=open_only)
    op.create_table(
        "entry",
        sa.Column("conversation_id", sa.Uuid, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("interaction_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("client_msg_id", sa.Text),
        sa.Column("at", INSTANT, nullable=False),
        sa.UniqueConstraint("id", name="uq_entry_id"),
    )
    op.create_index(
        "uq_entry_client_msg_id",
        "entry",
        ["conversation_id", "client_msg_id"],
        unique=True,
        postgresql_where=sa.text("client_msg_id is not null"),
    )
    op.create_table(
        "token_key",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
    )
    op.create_table(
        "telegram_update",
        sa.Column("bot", sa.Text, primary_key=True),
        sa.Column("update_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("payload", JSONB, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
    )
    op.create_table(
        "telegram_send",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("position", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("interaction_id", sa.Uuid),
        sa.Column("bot", sa.Text, nullable=False),
        sa.Column("chat_id", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("attempts", sa.SmallInteger, nullable=False),
        sa.Column("next_attempt_at", INSTANT, nullable=False),
        sa.Column("telegram_message_id", sa.BigInteger),
        sa.Column("error_code", sa.Text),
        sa.Column("error_text", sa.Text),
        sa.Column("requested_at", INSTANT, nullable=False),
    )
    unfinished = sa.text("state <> 'done'")
    op.create_index("ix_telegram_send_due", "telegram_send", ["next_attempt_at"], postgresql_where=unfinished)
    op.create_index(
        "ix_telegram_send_unfinished", "telegram_send", ["bot", "chat_id", "position"], postgresql_where=unfinished
    )


def downgrade() -> None:
    for table in ("telegram_send", "telegram_update", "token_key", "entry", "interaction", "conversation"):
        op.drop_table(table)
