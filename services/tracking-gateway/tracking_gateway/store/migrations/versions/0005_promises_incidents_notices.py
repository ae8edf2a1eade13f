"""Shipments and their promises, lane histories, incidents, followers, notices, corrected carriers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005_promises_incidents_notices"
down_revision = "0004_provider_subscriptions"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("parcel", sa.Column("shipment", JSONB))
    op.add_column("tracking_event", sa.Column("carried", sa.Text))
    op.create_table(
        "shipment_party",
        sa.Column("parcel_id", sa.Uuid, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("phone", sa.Text),
        sa.Column("address", sa.Text),
        sa.PrimaryKeyConstraint("parcel_id", "role", name="pk_shipment_party"),
    )
    op.create_table(
        "lane_sample",
        sa.Column("parcel_id", sa.Uuid, primary_key=True),
        sa.Column("lane", sa.Text, nullable=False),
        sa.Column("bucket", sa.SmallInteger, nullable=False),
    )
    op.create_table(
        "lane_bucket",
        sa.Column("lane", sa.Text, nullable=False),
        sa.Column("bucket", sa.SmallInteger, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("lane", "bucket", name="pk_lane_bucket"),
    )
    op.create_table(
        "trouble",
        sa.Column("parcel_id", sa.Uuid, nullable=False),
        sa.Column("family", sa.Text, nullable=False),
        sa.Column("waybill_no", sa.Text, nullable=False),
        sa.Column("carrier", sa.Text, nullable=False),
        sa.Column("exception", sa.Text, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT),
        sa.Column("node", sa.Text),
        sa.Column("node_kind", sa.Text),
        sa.Column("bag", sa.Text),
        sa.Column("vehicle", sa.Text),
        sa.Column("dirty", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("parcel_id", "family", name="pk_trouble"),
    )
    op.create_index("ix_trouble_dirty", "trouble", ["family"], postgresql_where=sa.text("dirty"))
    op.create_index(
        "ix_trouble_open", "trouble", ["family", "opened_at"], postgresql_where=sa.text("closed_at is null")
    )
    op.create_index("ix_trouble_closed_at", "trouble", ["closed_at"], postgresql_where=sa.text("closed_at is not null"))
    op.create_table(
        "incident",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("family", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("node", sa.Text),
        sa.Column("exception", sa.Text, nullable=False),
        sa.Column("severity", sa.SmallInteger, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT),
        sa.Column("closed_because", sa.Text),
        sa.Column("merged_into", sa.Uuid),
    )
    op.create_index(
        "uq_incident_open",
        "incident",
        ["family", "scope", "place"],
        unique=True,
        postgresql_where=sa.text("closed_at is null"),
    )
    op.create_table(
        "incident_parcel",
        sa.Column("incident_id", sa.Uuid, nullable=False),
        sa.Column("parcel_id", sa.Uuid, nullable=False),
        sa.Column("joined_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "parcel_id", name="pk_incident_parcel"),
    )
    op.create_index("ix_incident_parcel_parcel_id", "incident_parcel", ["parcel_id"])
    op.create_table(
        "follower",
        sa.Column("case_id", sa.Uuid, primary_key=True),
        sa.Column("customer_id", sa.Uuid, nullable=False),
        sa.Column("waybill_no", sa.Text, nullable=False),
        sa.Column("open", sa.Boolean, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("quote_at", INSTANT),
    )
    op.create_index("ix_follower_waybill_no", "follower", ["waybill_no"])
    op.create_index("ix_follower_quote_at", "follower", ["quote_at"], postgresql_where=sa.text("quote_at is not null"))
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("rules_version", sa.Text, nullable=False),
        sa.Column("parcel_id", sa.Uuid, nullable=False),
        sa.Column("waybill_no", sa.Text, nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("customer_id", sa.Uuid, nullable=False),
        sa.Column("exception", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("channel", sa.Text),
        sa.Column("planned_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("settled_at", INSTANT),
        sa.Column("contact_at", INSTANT),
    )
    op.create_index("ix_notice_due_at", "notice", ["due_at"], postgresql_where=sa.text("state = 'planned'"))
    op.create_index("ix_notice_customer_id_id", "notice", ["customer_id", "id"])
    op.create_index("ix_notice_waybill_no", "notice", ["waybill_no"])
    op.create_table(
        "carrier_change",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("waybill_no", sa.Text, nullable=False),
        sa.Column("from_carrier", sa.Text, nullable=False),
        sa.Column("to_carrier", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
    )
    op.create_index("ix_carrier_change_waybill_no_id", "carrier_change", ["waybill_no", "id"])


def downgrade() -> None:
    for table in (
        *("carrier_change", "notice", "follower", "incident_parcel", "incident", "trouble"),
        *("lane_bucket", "lane_sample", "shipment_party"),
    ):
        op.drop_table(table)
    op.drop_column("tracking_event", "carried")
    op.drop_column("parcel", "shipment")
