"""Shipping orders, what happened to them, and who is told by webhook."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0006_orders"
down_revision = "0005_event_feed"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute("create sequence order_no_seq")
    op.create_table(
        "shipping_order",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("order_no", sa.Text),
        sa.UniqueConstraint("order_no", name="uq_shipping_order_order_no"),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("creator", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Uuid),
        sa.Column("case_id", sa.Uuid),
        sa.Column("interaction_id", sa.Uuid),
        sa.Column("content", JSONB, nullable=False),
        sa.Column("quote", JSONB),
        sa.Column("goods", JSONB),
        sa.Column("entrust", JSONB),
        sa.Column("offers", JSONB, nullable=False, server_default="[]"),
        sa.Column("sender_phone", sa.Text),
        sa.Column("pickup_area", sa.Text),
        sa.Column("pickup_from", INSTANT),
        sa.Column("pickup_to", INSTANT),
        sa.Column("pickups_missed", sa.Integer, nullable=False, server_default="0"),
        sa.Column("branch_id", sa.Text),
        sa.Column("waybill_no", sa.Text),
        sa.Column("end_reason", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("placed_at", INSTANT),
        sa.Column("ended_at", INSTANT),
    )
    op.create_index("ix_shipping_order_creator_id", "shipping_order", ["creator", "id"])
    for column in ("customer_id", "case_id", "sender_phone", "waybill_no"):
        present = sa.text(f"{column} is not null")
        op.create_index(f"ix_shipping_order_{column}", "shipping_order", [column, "id"], postgresql_where=present)
    op.create_index(
        "ix_shipping_order_pickup",
        "shipping_order",
        ["pickup_area", "pickup_from"],
        postgresql_where=sa.text("state in ('placed', 'accepted')"),
    )
    op.create_table(
        "order_change",
        sa.Column("order_id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("change", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("detail", JSONB, nullable=False),
    )
    op.create_table(
        "order_subscription",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("events", ARRAY(sa.Text), nullable=False),
        sa.Column("every_order", sa.Boolean, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("ended_because", sa.Text),
    )
    op.create_index("ix_order_subscription_owner_id", "order_subscription", ["owner", "id"])
    op.create_table(
        "order_delivery",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("subscription_id", sa.Uuid, sa.ForeignKey("order_subscription.id"), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", INSTANT),
        sa.Column("delivered_at", INSTANT),
        sa.Column("last_result", sa.Text),
        sa.Column("created_at", INSTANT, nullable=False),
    )
    op.create_index("ix_order_delivery_subscription_id", "order_delivery", ["subscription_id", "id"])
    due = sa.text("next_at is not null")
    op.create_index("ix_order_delivery_due", "order_delivery", ["next_at"], postgresql_where=due)
