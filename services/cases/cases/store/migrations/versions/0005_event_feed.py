"""Events of cases, kept for integrators who pull them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005_event_feed"
down_revision = "0004_search"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "feed_arrival",
        sa.Column("seq", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("data", JSONB, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        # Rows stay for moments only: without this, statistics would think of the table as large or never clean it.
        postgresql_with={"autovacuum_vacuum_scale_factor": "0.01", "autovacuum_vacuum_cost_delay": "1"},
    )
    op.execute("create table feed_head (last_position bigint not null)")
    op.execute("insert into feed_head values (0)")
    op.create_table(
        "feed_event",
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("data", JSONB, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
    )
    op.create_index("ix_feed_event_type_position", "feed_event", ["type", "position"])
    op.create_index("ix_feed_event_recorded_at", "feed_event", ["recorded_at"], postgresql_using="brin")
