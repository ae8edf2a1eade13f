"""The first tables of routing."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001_first_tables"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
LIVE_WORK = sa.text("state in ('waiting', 'offered', 'assigned', 'wrapping')")
PENDING = sa.text("state = 'pending'")
OPEN = sa.text("ended_at is null")


def text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=null)


def instant(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, INSTANT, nullable=null)


def json(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, JSONB, nullable=null)


def big(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def small(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def upgrade() -> None:
    op.create_table(
        "routing_domain",
        sa.Column("domain", sa.Text, primary_key=True),
        big("epoch"),
        big("batch"),
        text("owner", null=True),
        instant("owned_since", null=True),
    )
    for name, key in (("queue", ("domain", "name")), ("queue_version", ("domain", "name", "version"))):
        op.create_table(
            name,
            text("domain"),
            text("name"),
            small("version"),
            json("rules"),
            instant("changed_at"),
            text("changed_by"),
            sa.PrimaryKeyConstraint(*key),
        )
    op.create_table(
        "agent",
        text("domain"),
        text("agent_id"),
        big("seq"),
        text("name", null=True),
        small("version"),
        small("capacity"),
        json("at_most"),
        json("groups"),
        small("rank"),
        text("presence"),
        text("reason", null=True),
        instant("since"),
        instant("idle_since"),
        instant("last_offered_at"),
        small("misses"),
        big("handled"),
        sa.PrimaryKeyConstraint("domain", "agent_id"),
    )
    op.create_table(
        "agent_skill",
        text("domain"),
        text("agent_id"),
        text("skill"),
        small("level"),
        sa.PrimaryKeyConstraint("domain", "agent_id", "skill"),
    )
    op.create_table(
        "work_item",
        sa.Column("work_item_id", sa.Uuid, primary_key=True),
        text("domain"),
        big("seq"),
        sa.Column("case_id", sa.Uuid, nullable=False),
        text("case_no"),
        sa.Column("interaction_id", sa.Uuid),
        text("channel"),
        text("requested_queue"),
        json("needs"),
        text("language", null=True),
        text("preferred_agent_id", null=True),
        text("waybill_no", null=True),
        json("personal"),
        instant("enqueued_at"),
        small("priority"),
        instant("age_from"),
        text("queue"),
        big("key"),
        instant("entered_at"),
        text("state"),
        small("stage"),
        instant("preferred_until", null=True),
        json("barred"),
        instant("ended_at", null=True),
        text("end_reason", null=True),
    )
    op.create_index("ix_work_item_live", "work_item", ["domain", "queue", "key"], postgresql_where=LIVE_WORK)
    op.create_index("ix_work_item_seq", "work_item", ["domain", "seq"])
    op.create_index("ix_work_item_ended", "work_item", ["ended_at"], postgresql_where=sa.text("ended_at is not null"))
    op.create_table(
        "offer",
        sa.Column("offer_id", sa.Uuid, primary_key=True),
        text("domain"),
        sa.Column("work_item_id", sa.Uuid, nullable=False),
        text("agent_id"),
        text("queue"),
        small("cost"),
        instant("offered_at"),
        instant("expires_at"),
        text("state"),
        instant("ended_at", null=True),
        text("reason", null=True),
    )
    op.create_index("uq_offer_pending", "offer", ["work_item_id", "agent_id"], unique=True, postgresql_where=PENDING)
    op.create_index("ix_offer_agent", "offer", ["agent_id"], postgresql_where=PENDING)
    op.create_index("ix_offer_work_item_id", "offer", ["work_item_id"])
    op.create_table(
        "assignment",
        sa.Column("offer_id", sa.Uuid, primary_key=True),
        text("domain"),
        sa.Column("work_item_id", sa.Uuid, nullable=False),
        text("queue"),
        text("agent_id"),
        small("cost"),
        instant("accepted_at"),
        text("assigned_by", null=True),
        instant("finished_at", null=True),
        instant("wrap_until", null=True),
        instant("ended_at", null=True),
        text("outcome", null=True),
    )
    op.create_index("uq_assignment_open", "assignment", ["work_item_id"], unique=True, postgresql_where=OPEN)
    op.create_index("ix_assignment_agent", "assignment", ["agent_id"], postgresql_where=OPEN)
    op.create_index("ix_assignment_pace", "assignment", ["domain", "queue", "accepted_at"])
    op.create_index("ix_assignment_work_item_id", "assignment", ["work_item_id"])
    op.create_table(
        "decision_log",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        text("domain"),
        big("epoch"),
        instant("at"),
        text("kind"),
        sa.Column("work_item_id", sa.Uuid),
        text("agent_id", null=True),
        text("queue", null=True),
        json("detail"),
    )
    op.create_index("ix_decision_log_work", "decision_log", ["work_item_id", "id"])
    op.create_index("ix_decision_log_agent", "decision_log", ["agent_id", "id"])
    op.create_index("ix_decision_log_at", "decision_log", ["at"], postgresql_using="brin")
    op.create_table(
        "command",
        sa.Column("seq", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        text("domain"),
        sa.Column("id", sa.Uuid, nullable=False),
        text("kind"),
        json("payload"),
        text("reply_to", null=True),
        instant("created_at"),
        text("failed", null=True),
    )
    op.create_index("ix_command_queue", "command", ["domain", "seq"], postgresql_where=sa.text("failed is null"))
    op.create_table(
        "command_reply",
        sa.Column("id", sa.Uuid, primary_key=True),
        text("code"),
        json("detail", null=True),
        instant("created_at"),
    )
