"""The chassis's own tables, present in every service's database, and the base of a service's tables.

Statements on the chassis tables are plain SQL beside the code that needs them (outbox, inbox, timers, streams,
idempotency, audit, API keys); this module only declares them, so that tests and tools can see the whole schema.
"""

from sqlalchemy import MetaData
from sqlalchemy.orm import registry

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def table_registry() -> registry:
    """A fresh table registry. Services in one process must not share one, or equal table names would collide::

    class Base(SQLModel, registry=table_registry()): ...
    """
    return registry(metadata=MetaData(naming_convention=NAMING))


CHASSIS_TABLES: tuple[str, ...] = (
    # Written last in each transaction. Column names as Debezium's outbox event router expects them.
    """
    create table outbox (
        seq bigint generated always as identity primary key,
        shard smallint not null,
        id uuid not null,
        aggregatetype text not null,
        aggregateid text not null,
        type text not null,
        payload jsonb not null,
        traceparent text,
        created_at timestamptz not null
    ) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 1)
    """,
    """
    create table inbox (
        consumer text not null,
        event_id uuid not null,
        handled_at timestamptz not null,
        primary key (consumer, event_id)
    )
    """,
    "create index ix_inbox_handled_at on inbox using brin (handled_at)",
    """
    create table idempotency_key (
        scope text not null,
        key text not null,
        fingerprint text not null,
        status smallint,
        headers jsonb,
        body text,
        created_at timestamptz not null,
        primary key (scope, key)
    )
    """,
    "create index ix_idempotency_key_created_at on idempotency_key (created_at)",
    """
    create table timer (
        kind text not null,
        key text not null,
        due_at timestamptz not null,
        payload jsonb not null,
        attempts smallint not null default 0,
        failed boolean not null default false,
        primary key (kind, key)
    )
    """,
    "create index ix_timer_due_at on timer (due_at) where not failed",
    "create table stream_head (channel text primary key, last_seq bigint not null)",
    """
    create table stream_entry (
        channel text not null,
        seq bigint not null,
        type text not null,
        data jsonb not null,
        created_at timestamptz not null,
        primary key (channel, seq)
    )
    """,
    "create index ix_stream_entry_created_at on stream_entry using brin (created_at)",
    """
    create table api_key (
        id text primary key,
        name text not null,
        scopes text[] not null,
        secret_hash bytea not null,
        previous_hash bytea,
        previous_until timestamptz,
        created_by text not null,
        created_at timestamptz not null,
        expires_at timestamptz,
        revoked_at timestamptz
    )
    """,
    """
    create table audit (
        id bigint generated always as identity primary key,
        at timestamptz not null,
        actor text not null,
        action text not null,
        resource text not null,
        detail jsonb not null,
        trace_id text
    )
    """,
    "create index ix_audit_resource on audit (resource, id)",
)
