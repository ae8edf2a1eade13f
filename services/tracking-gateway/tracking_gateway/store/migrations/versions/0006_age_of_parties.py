"""Since when sender and recipient are known, so that they can be forgotten in time."""

import sqlalchemy as sa
from alembic import op

revision = "0006_age_of_parties"
down_revision = "0005_promises_incidents_notices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "shipment_party",
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.alter_column("shipment_party", "declared_at", server_default=None)
    op.create_index("ix_shipment_party_declared_at", "shipment_party", ["declared_at"], postgresql_using="brin")
    op.create_index("ix_notice_planned_at", "notice", ["planned_at"], postgresql_using="brin")
    op.create_index("ix_follower_until", "follower", ["until"])


def downgrade() -> None:
    op.drop_index("ix_follower_until", "follower")
    op.drop_index("ix_notice_planned_at", "notice")
    op.drop_column("shipment_party", "declared_at")
