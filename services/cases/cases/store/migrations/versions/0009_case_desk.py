"""Cases as a desk works them: details, relations, merges, incidents, bulk commands, templates, macros, views."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0009_case_desk"
down_revision = "0008_knowledge"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
TEXTS = ARRAY(sa.Text)


def upgrade() -> None:
    _case_columns()
    _relations_and_merges()
    _jobs()
    _texts_and_views()


def _case_columns() -> None:
    for column in (
        sa.Column("category", sa.Text),
        sa.Column("tags", TEXTS, nullable=False, server_default="{}"),
        sa.Column("watchers", TEXTS, nullable=False, server_default="{}"),
        sa.Column("level", sa.SmallInteger, nullable=False, server_default="1"),
        sa.Column("incident", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("incident_id", sa.Uuid),
        sa.Column("merged_into", sa.Uuid),
        sa.Column("waiting_for", sa.Text),
        sa.Column("awaiting_since", INSTANT),
        sa.Column("awaiting_due", INSTANT),
    ):
        op.add_column("service_case", column)
    op.create_index("ix_service_case_tags", "service_case", ["tags"], postgresql_using="gin")
    op.create_index("ix_service_case_watchers", "service_case", ["watchers"], postgresql_using="gin")
    for name, columns, where in (
        ("ix_service_case_incident_id_id", ["incident_id", "id"], "incident_id is not null"),
        ("ix_service_case_incident", ["id"], "incident"),
        ("ix_service_case_merged_into", ["merged_into"], "merged_into is not null"),
        ("ix_service_case_merged_customer_id", ["customer_id"], "merged_into is not null"),
        ("ix_service_case_next_due_at_id", ["next_due_at", "id"], "closed_at is null"),
        ("ix_service_case_priority_id", ["priority", "id"], "closed_at is null"),
        ("ix_service_case_category_id", ["category", "id"], "category is not null"),
    ):
        op.create_index(name, "service_case", columns, postgresql_where=sa.text(where))
    op.execute(
        """update service_case c set waiting_for = r.run->>'waiting_for' from case_run r
           where r.case_id = c.id and c.closed_at is null and r.run->>'waiting_for' is not null"""
    )


def _relations_and_merges() -> None:
    op.create_table(
        "case_relation",
        sa.Column("case_id", sa.Uuid, primary_key=True),
        sa.Column("other_id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
    )
    op.create_index("ix_case_relation_other_id", "case_relation", ["other_id"])
    op.create_table(
        "case_merge",
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
    op.create_index("ix_case_merge_survivor_id", "case_merge", ["survivor_id"])
    op.create_index(
        "uq_case_merge_merged_id",
        "case_merge",
        ["merged_id"],
        unique=True,
        postgresql_where=sa.text("undone_at is null"),
    )


def _jobs() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("case_id", sa.Uuid),
        sa.Column("command", JSONB, nullable=False),
        sa.Column("actor", JSONB, nullable=False),
        sa.Column("actor_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("done", sa.Integer, nullable=False, server_default="0"),
        sa.Column("failed", sa.Integer, nullable=False, server_default="0"),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT),
    )
    op.create_index("ix_job_running", "job", ["id"], postgresql_where=sa.text("state = 'running'"))
    op.create_index("ix_job_actor_id_id", "job", ["actor_id", "id"])
    op.create_table(
        "job_item",
        sa.Column("job_id", sa.Uuid, sa.ForeignKey("job.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="pending"),
        sa.Column("detail", sa.Text),
    )
    pending = sa.text("state = 'pending'")
    op.create_index("ix_job_item_pending", "job_item", ["job_id", "position"], postgresql_where=pending)


def _texts_and_views() -> None:
    for name, own in (
        ("template", [sa.Column("purpose", sa.Text, nullable=False), sa.Column("texts", JSONB, nullable=False)]),
        ("macro", [sa.Column("actions", JSONB, nullable=False)]),
        ("saved_view", [sa.Column("filters", JSONB, nullable=False), sa.Column("sort", sa.Text, nullable=False)]),
    ):
        op.create_table(
            name,
            sa.Column("id", sa.Uuid, primary_key=True),
            sa.Column("owner", sa.Text, nullable=False),
            sa.Column("shared", sa.Boolean, nullable=False),
            sa.Column("name", sa.Text, nullable=False),
            *([] if name == "saved_view" else [sa.Column("case_types", TEXTS, nullable=False, server_default="{}")]),
            *own,
            sa.Column("version", sa.Integer, nullable=False),
            sa.Column("created_at", INSTANT, nullable=False),
            sa.Column("updated_at", INSTANT, nullable=False),
        )
        op.create_index(f"uq_{name}_shared_name", name, ["name"], unique=True, postgresql_where=sa.text("shared"))
        op.create_index(f"uq_{name}_owner_name", name, ["owner", "name"], unique=True)
