"""The first tables of the tracking gateway."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0001_first_tables"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "parcel",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("waybill_no", sa.Text, nullable=False),
        sa.Column("carrier", sa.Text, nullable=False),
        sa.Column("generation", sa.SmallInteger, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("direction", sa.Text, nullable=False),
        sa.Column("tracking_state", sa.Text, nullable=False),
        sa.Column("open_exceptions", ARRAY(sa.Text), nullable=False),
        sa.Column("first_event_at", INSTANT),
        sa.Column("last_event_at", INSTANT),
        sa.Column("state", JSONB),
        sa.Column("rules", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.UniqueConstraint("waybill_no", "carrier", "generation", name="uq_parcel_waybill_no_carrier_generation"),
        # Room for heap-only updates: a parcel row changes with every scan, its indexed columns do not.
        postgresql_with={"fillfactor": "70"},
    )
    op.create_table(
        "tracking_event",
        sa.Column("parcel_id", sa.Uuid, nullable=False),
        sa.Column("key", sa.Uuid, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("local_time", sa.Text, nullable=False),
        sa.Column("offset_minutes", sa.SmallInteger, nullable=False),
        sa.Column("tz_source", sa.Text, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("location", sa.Text),
        sa.Column("node", sa.Text),
        sa.Column("raw", JSONB),
        sa.Column("delivery_id", sa.Uuid),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("parcel_id", "key", name="pk_tracking_event"),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("carrier", sa.Text, nullable=False),
        sa.Column("waybill_no", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
    )
    op.create_index("ix_delivery_received_at", "delivery", ["received_at"], postgresql_using="brin")
    op.create_table(
        "unreadable_item",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("carrier", sa.Text, nullable=False),
        sa.Column("waybill_no", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("raw", sa.Text, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
    )
    op.create_index("ix_unreadable_item_received_at", "unreadable_item", ["received_at"], postgresql_using="brin")
    op.create_table(
        "unmapped_code",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("sample_text", sa.Text, nullable=False),
        sa.Column("sample_carrier", sa.Text, nullable=False),
        sa.Column("sample_waybill_no", sa.Text, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("first_seen_at", INSTANT, nullable=False),
        sa.Column("last_seen_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("source", "code", name="pk_unmapped_code"),
    )
    op.create_table(
        "source_query",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("carrier", sa.Text, nullable=False),
        sa.Column("waybill_no", sa.Text, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("answered_at", INSTANT),
        sa.Column("outcome", sa.Text),
        sa.PrimaryKeyConstraint("source", "carrier", "waybill_no", name="pk_source_query"),
    )


def downgrade() -> None:
    for table in ("source_query", "unmapped_code", "unreadable_item", "delivery", "tracking_event", "parcel"):
        op.drop_table(table)
