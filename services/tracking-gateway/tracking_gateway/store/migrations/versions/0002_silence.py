"""When a parcel's silence becomes an exception: the next moment to look at it."""

import sqlalchemy as sa
from alembic import op

revision = "0002_silence"
down_revision = "0001_first_tables"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("parcel", sa.Column("check_at", sa.DateTime(timezone=True)))
    op.create_index("ix_parcel_check_at", "parcel", ["check_at"], postgresql_where=sa.text("check_at is not null"))


def downgrade() -> None:
    op.drop_index("ix_parcel_check_at", "parcel")
    op.drop_column("parcel", "check_at")
