"""Orders that have no waybill yet: what was agreed waits here until the parcel is picked up."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007_orders"
down_revision = "0006_age_of_parties"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agreed_order",
        sa.Column("order_id", sa.Uuid, primary_key=True),
        sa.Column("agreed", JSONB, nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_agreed_order_agreed_at", "agreed_order", ["agreed_at"], postgresql_using="brin")


def downgrade() -> None:
    op.drop_table("agreed_order")
