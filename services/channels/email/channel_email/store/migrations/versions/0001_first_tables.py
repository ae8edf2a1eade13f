"""The first tables of the email channel."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0001_first_tables"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
TEXTS = ARRAY(sa.Text)


def upgrade() -> None:
    op.create_table(
        "interaction",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("thread_id", sa.Uuid, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("case_id", sa.Uuid),
        sa.Column("case_no", sa.Text),
        sa.Column("inbound_seq", sa.Integer, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("last_message_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("ended_by", sa.Text),
    )
    op.create_index(
        "uq_interaction_open",
        "interaction",
        ["thread_id", "address"],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_index("ix_interaction_thread_id", "interaction", ["thread_id"])
    op.create_index(
        "ix_interaction_case_no",
        "interaction",
        ["account", "case_no", "address"],
        postgresql_where=sa.text("case_no is not null"),
    )

    op.create_table(
        "inbound_message",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("interaction_id", sa.Uuid),
        sa.Column("seq", sa.Integer),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("mail_id", sa.Text),
        sa.Column("reference_ids", TEXTS, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("return_path", sa.Text),
        sa.Column("recipients", TEXTS, nullable=False),
        sa.Column("via", sa.Text, nullable=False),
        sa.Column("automatic", sa.Text),
        sa.Column("problems", TEXTS, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("full_text", sa.Text, nullable=False),
        sa.Column("html", sa.Text),
        sa.Column("raw", sa.Text, nullable=False),
        sa.Column("raw_size", sa.Integer, nullable=False),
        sa.Column("sent_at", INSTANT),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.UniqueConstraint("interaction_id", "seq", name="uq_inbound_message_interaction_id_seq"),
    )
    op.create_index(
        "ix_inbound_message_mail_id",
        "inbound_message",
        [sa.text("account"), sa.text("md5(mail_id)")],
        postgresql_where=sa.text("mail_id is not null"),
    )

    op.create_table(
        "attachment",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("message_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.SmallInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("content_id", sa.Text),
        sa.UniqueConstraint("message_id", "position", name="uq_attachment_message_id_position"),
    )

    op.create_table(
        "outbound_message",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("position", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("interaction_id", sa.Uuid, nullable=False),
        sa.Column("mail_id", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("author_name", sa.Text),
        sa.Column("attachment_ids", ARRAY(sa.Uuid), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("attempts", sa.SmallInteger, nullable=False),
        sa.Column("next_attempt_at", INSTANT, nullable=False),
        sa.Column("claimed_by", sa.Text),
        sa.Column("error_code", sa.Text),
        sa.Column("error_text", sa.Text),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("sent_at", INSTANT),
    )
    op.create_index(
        "ix_outbound_message_due",
        "outbound_message",
        ["next_attempt_at"],
        postgresql_where=sa.text("state <> 'done'"),
    )
    op.create_index("ix_outbound_message_interaction_id", "outbound_message", ["interaction_id", "position"])

    op.create_table(
        "imap_mark",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("folder", sa.Text, primary_key=True),
        sa.Column("uid_validity", sa.BigInteger, nullable=False),
        sa.Column("last_uid", sa.BigInteger, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
    )


def downgrade() -> None:
    for table in ("imap_mark", "outbound_message", "attachment", "inbound_message", "interaction"):
        op.drop_table(table)
