"""Profiles of customers, what they consented to, and merges that can be undone."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0002_customer_profiles"
down_revision = "0001_first_tables"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    for name in ("employer", "address", "tier"):
        op.add_column("customer", sa.Column(name, sa.Text))
    op.add_column("customer", sa.Column("tags", ARRAY(sa.Text), nullable=False, server_default="{}"))
    op.add_column("customer", sa.Column("do_not_contact", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "customer_merge",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("survivor_id", sa.Uuid, nullable=False),
        sa.Column("merged_id", sa.Uuid, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("merged_at", INSTANT, nullable=False),
        sa.Column("moved", JSONB, nullable=False),
        sa.Column("undone_at", INSTANT),
        sa.Column("undone_by", sa.Text),
    )
    op.create_index("ix_customer_merge_survivor_id", "customer_merge", ["survivor_id"])
    op.create_index(
        "uq_customer_merge_merged_id",
        "customer_merge",
        ["merged_id"],
        unique=True,
        postgresql_where=sa.text("undone_at is null"),
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("customer_id", sa.Uuid, sa.ForeignKey("customer.id"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("granted", sa.Boolean, nullable=False),
        sa.Column("waybill_no", sa.Text),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("given_at", INSTANT, nullable=False),
    )
    op.create_index("ix_consent_customer_id_id", "consent", ["customer_id", "id"])
    op.create_index(
        "ix_consent_waybill_no", "consent", ["waybill_no"], postgresql_where=sa.text("waybill_no is not null")
    )
