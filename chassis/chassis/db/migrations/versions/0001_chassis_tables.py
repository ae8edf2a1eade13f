"""The chassis's tables."""

from alembic import op

from chassis.db.tables import CHASSIS_TABLES

revision = "0001"
down_revision = None


def upgrade() -> None:
    for statement in CHASSIS_TABLES:
        op.execute(statement)
