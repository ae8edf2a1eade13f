"""Proof of addresses, addresses a channel vouches for, and erasure with what the law keeps."""

import sqlalchemy as sa
from alembic import op

revision = "0011_rights_of_persons"
down_revision = "0010_files_and_notices"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "contact_verification",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("contact_point_id", sa.Uuid, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("verified_at", INSTANT, nullable=False),
    )
    op.create_index("ix_contact_verification_contact_point_id", "contact_verification", ["contact_point_id"])
    op.create_table(
        "contact_code",
        sa.Column("contact_point_id", sa.Uuid, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("attempts", sa.SmallInteger, nullable=False),
        sa.Column("sent_by", sa.Text, nullable=False),
        sa.Column("sent_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
    )
    op.create_table(
        "contact_claim",
        sa.Column("contact_point_id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("address", sa.Text, primary_key=True),
        sa.Column("claimed_at", INSTANT, nullable=False),
    )
    op.create_index("ix_contact_claim_address", "contact_claim", ["address"])
    op.add_column("customer", sa.Column("erased_at", INSTANT))
    op.add_column("interaction", sa.Column("erased_at", INSTANT))
    op.create_table(
        "erasure",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("customer_id", sa.Uuid, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("erased_at", INSTANT, nullable=False),
    )
    op.create_index("ix_erasure_customer_id", "erasure", ["customer_id"])
    op.create_table(
        "retained_record",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("customer_id", sa.Uuid, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
    )
    op.create_index("ix_retained_record_customer_id", "retained_record", ["customer_id"])
    op.create_table(
        "erased_address",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("customer_id", sa.Uuid, nullable=False),
        sa.Column("erased_at", INSTANT, nullable=False),
    )
