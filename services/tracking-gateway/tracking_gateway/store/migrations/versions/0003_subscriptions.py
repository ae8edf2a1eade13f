"""Who wants to be told about a parcel: subscriptions, their webhook deliveries, and watches that are polled."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0003_subscriptions"
down_revision = "0002_silence"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "subscription",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("waybill_no", sa.Text, nullable=False),
        sa.Column("carrier", sa.Text),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("events", ARRAY(sa.Text), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("ended_because", sa.Text),
    )
    active = sa.text("ended_at is null")
    op.create_index("ix_subscription_waybill_no", "subscription", ["waybill_no"], postgresql_where=active)
    op.create_index("ix_subscription_owner", "subscription", ["owner", "id"])
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("subscription_id", sa.Uuid, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("attempts", sa.SmallInteger, nullable=False),
        sa.Column("next_at", INSTANT),
        sa.Column("delivered_at", INSTANT),
        sa.Column("last_result", sa.Text),
        sa.Column("created_at", INSTANT, nullable=False),
    )
    op.create_index(
        "ix_webhook_delivery_next_at", "webhook_delivery", ["next_at"], postgresql_where=sa.text("next_at is not null")
    )
    op.create_index("ix_webhook_delivery_subscription_id", "webhook_delivery", ["subscription_id", "id"])
    op.create_table(
        "watch",
        sa.Column("waybill_no", sa.Text, nullable=False),
        sa.Column("carrier", sa.Text, nullable=False),
        sa.Column("phone_suffix", sa.Text),
        sa.Column("poll_at", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("waybill_no", "carrier", name="pk_watch"),
    )
    op.create_index("ix_watch_poll_at", "watch", ["poll_at"])


def downgrade() -> None:
    for table in ("watch", "webhook_delivery", "subscription"):
        op.drop_table(table)
