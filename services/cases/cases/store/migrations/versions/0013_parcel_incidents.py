"""Which case stands for an incident that the tracking gateway found."""

import sqlalchemy as sa
from alembic import op

revision = "0013_parcel_incidents"
down_revision = "0012_money_and_lessons"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "parcel_incident",
        sa.Column("incident_id", sa.Uuid, primary_key=True),
        sa.Column("case_id", sa.Uuid, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("parcel_incident")
