"""The first tables of the case service."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001_first_tables"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
# The row is updated in place with every message: room on its page keeps such updates away from the indexes.
CASE_FILL = {"fillfactor": "70"}


def upgrade() -> None:
    op.create_table(
        "customer",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("merged_into", sa.Uuid),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
    )
    op.create_table(
        "contact_point",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("customer_id", sa.Uuid, sa.ForeignKey("customer.id"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("display_name", sa.Text),
        sa.Column("verification", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.UniqueConstraint("kind", "address", name="uq_contact_point_kind_address"),
    )
    op.create_index("ix_contact_point_customer_id", "contact_point", ["customer_id"])
    op.create_table(
        "interaction",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("customer_id", sa.Uuid, sa.ForeignKey("customer.id"), nullable=False),
        sa.Column("contact_point_id", sa.Uuid, sa.ForeignKey("contact_point.id")),
        sa.Column("case_id", sa.Uuid),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("direction", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("self_served", sa.Boolean, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("queued_at", INSTANT),
        sa.Column("answered_at", INSTANT),
        sa.Column("ended_at", INSTANT),
        sa.Column("ended_by", sa.Text),
    )
    op.create_index(
        "ix_interaction_case_id", "interaction", ["case_id"], postgresql_where=sa.text("case_id is not null")
    )
    op.create_index("ix_interaction_customer_id_id", "interaction", ["customer_id", "id"])
    _cases()
    _timeline()
    _work()


def _cases() -> None:
    op.execute("create sequence case_no_seq")
    op.create_table(
        "service_case",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("case_no", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Uuid, sa.ForeignKey("customer.id"), nullable=False),
        sa.Column("case_type", sa.Text, nullable=False),
        sa.Column("procedure", sa.Text, nullable=False),
        sa.Column("procedure_version", sa.Integer, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("severity", sa.Text),
        sa.Column("priority", sa.SmallInteger, nullable=False),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("owner_name", sa.Text),
        sa.Column("thread_key", sa.Text, nullable=False),
        sa.Column("threading", sa.Boolean, nullable=False),
        sa.Column("waybill_no", sa.Text),
        sa.Column("parent_id", sa.Uuid),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("last_seq", sa.BigInteger, nullable=False),
        sa.Column("last_customer_seq", sa.BigInteger, nullable=False),
        sa.Column("next_due_at", INSTANT),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT),
        sa.Column("resolution", sa.Text),
        sa.UniqueConstraint("case_no", name="uq_service_case_case_no"),
        postgresql_with=CASE_FILL,
    )
    op.create_index(
        "uq_service_case_open_thread",
        "service_case",
        ["customer_id", "thread_key"],
        unique=True,
        postgresql_where=sa.text("closed_at is null and threading"),
    )
    op.create_index("ix_service_case_customer_id_id", "service_case", ["customer_id", "id"])
    op.create_index(
        "ix_service_case_owner_id", "service_case", ["owner", "id"], postgresql_where=sa.text("closed_at is null")
    )
    op.create_index("ix_service_case_open", "service_case", ["id"], postgresql_where=sa.text("closed_at is null"))
    for column in ("waybill_no", "parent_id"):
        op.create_index(
            f"ix_service_case_{column}", "service_case", [column], postgresql_where=sa.text(f"{column} is not null")
        )
    op.create_table(
        "case_run",
        sa.Column("case_id", sa.Uuid, primary_key=True),
        sa.Column("run", JSONB, nullable=False),
    )
    op.create_table(
        "case_agent",
        sa.Column("case_id", sa.Uuid, primary_key=True),
        sa.Column("agent_id", sa.Text, primary_key=True),
        sa.Column("since", INSTANT, nullable=False),
    )
    op.create_index("ix_case_agent_agent_id_case_id", "case_agent", ["agent_id", "case_id"])


def _timeline() -> None:
    op.create_table(
        "timeline_entry",
        sa.Column("case_id", sa.Uuid, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("interaction_id", sa.Uuid),
        sa.Column("channel", sa.Text),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("message_id", sa.Uuid),
        sa.Column("status", sa.Text),
        sa.Column("data", JSONB, nullable=False),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
    )
    op.create_index(
        "uq_timeline_entry_message_id",
        "timeline_entry",
        ["message_id"],
        unique=True,
        postgresql_where=sa.text("message_id is not null"),
    )
    op.create_table(
        "pending_entry",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("interaction_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("channel", sa.Text),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("message_id", sa.Uuid),
        sa.Column("data", JSONB, nullable=False),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
    )
    op.create_index("ix_pending_entry_interaction_id_id", "pending_entry", ["interaction_id", "id"])


def _work() -> None:
    op.create_table(
        "work_item",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("interaction_id", sa.Uuid),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("agent_id", sa.Text),
        sa.Column("enqueued_at", INSTANT, nullable=False),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("accepted_at", INSTANT),
        sa.Column("ended_at", INSTANT),
        sa.Column("end_reason", sa.Text),
    )
    for name, column, channel in (("case", "case_id", "<>"), ("call", "interaction_id", "=")):
        op.create_index(
            f"uq_work_item_live_{name}",
            "work_item",
            [column],
            unique=True,
            postgresql_where=sa.text(f"state <> 'ended' and channel {channel} 'voice'"),
        )
    op.create_index("ix_work_item_case_id", "work_item", ["case_id"])
