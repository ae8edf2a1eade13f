"""Customers who asked to be called back instead of waiting."""

import sqlalchemy as sa
from alembic import op

revision = "0014_callbacks"
down_revision = "0013_parcel_incidents"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("work_item", sa.Column("callback", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("work_item", "callback")
