"""Parcels that providers watch for us: what was asked of which provider, and when to ask again."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0004_provider_subscriptions"
down_revision = "0003_subscriptions"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "provider_subscription",
        sa.Column("waybill_no", sa.Text, primary_key=True),
        sa.Column("carrier", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reference", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("taken_at", ARRAY(INSTANT), nullable=False),
        sa.Column("next_at", INSTANT),
    )
    waiting = sa.text("next_at is not null")
    op.create_index("ix_provider_subscription_next_at", "provider_subscription", ["next_at"], postgresql_where=waiting)
