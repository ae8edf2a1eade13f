"""First tables."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(
        """create table work (
            work_item_id uuid primary key,
            case_id uuid,
            interaction_id uuid,
            channel text,
            queue text,
            enqueued_at timestamptz,
            accepted_at timestamptz,
            agent_id text,
            cancelled_at timestamptz,
            abandoned boolean not null default false,
            completed_at timestamptz,
            handled_seconds double precision,
            wrap_up_seconds double precision)"""
    )
    op.execute("create index ix_work_enqueued_at on work (enqueued_at)")
    op.execute("create index ix_work_interaction_id on work (interaction_id)")
    op.execute("create table call_answer (interaction_id uuid primary key, at timestamptz not null)")
    op.execute(
        """create table message (
            message_id uuid primary key,
            interaction_id uuid not null,
            inbound boolean not null,
            at timestamptz not null)"""
    )
    op.execute("create index ix_message_interaction_id on message (interaction_id, at)")
    op.execute(
        """create table agent (
            agent_id text primary key,
            name text,
            presence text not null,
            reason text,
            since timestamptz not null)"""
    )
