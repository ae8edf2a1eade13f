"""Files of cases, and what procedures owe the customer to be told."""

import sqlalchemy as sa
from alembic import op

revision = "0010_files_and_notices"
down_revision = "0009_case_desk"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("finding", sa.Text),
        sa.Column("uploaded_by", sa.Text, nullable=False),
        sa.Column("uploaded_at", INSTANT, nullable=False),
    )
    op.create_index("ix_attachment_case_id_id", "attachment", ["case_id", "id"])
    op.create_index("ix_attachment_sha256", "attachment", ["sha256"])
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("notice", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("visit", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("interaction_id", sa.Uuid),
        sa.Column("message_id", sa.Uuid),
        sa.Column("owed_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT),
        sa.Column("settled_at", INSTANT),
        sa.Column("settled_by", sa.Text),
        sa.UniqueConstraint("case_id", "notice", "step", "visit", name="uq_notice_case_id_notice_step_visit"),
    )
    op.add_column("service_case", sa.Column("untold", sa.SmallInteger, nullable=False, server_default="0"))
    op.create_index(
        "ix_notice_message_id", "notice", ["message_id"], postgresql_where=sa.text("message_id is not null")
    )
