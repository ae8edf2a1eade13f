"""What a transaction writes last: timers, audit entries, stream entries and outbox rows, each in one statement."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from opentelemetry import trace

from contracts.event import EventData

if TYPE_CHECKING:
    from chassis.db.database import Tx


@dataclass(frozen=True)
class PendingEvent:
    """An event that waits for the end of its transaction."""

    id: UUID
    data: EventData
    traceparent: str | None


@dataclass(frozen=True)
class PendingStreamEntry:
    """A stream entry that waits for the end of its transaction; `data` is JSON text."""

    channel: str
    type: str
    data: str


def shard_of(key: str, shards: int) -> int:
    """The outbox shard of an aggregate: stable across processes and versions."""
    return zlib.crc32(key.encode()) % shards


async def write_outbox(tx: "Tx", events: Sequence[PendingEvent], shards: int) -> None:
    """Insert the events in the order they were emitted."""
    await tx.fetch(
        """insert into outbox (shard, id, aggregatetype, aggregateid, type, payload, traceparent, created_at)
           select shard, id, aggregatetype, aggregateid, type, payload::jsonb, traceparent, $8
           from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
               with ordinality as e (shard, id, aggregatetype, aggregateid, type, payload, traceparent, position)
           order by position""",
        [shard_of(pending.data.key, shards) for pending in events],
        [pending.id for pending in events],
        [pending.data.topic for pending in events],
        [pending.data.key for pending in events],
        [pending.data.event_type for pending in events],
        [pending.data.model_dump_json() for pending in events],
        [pending.traceparent for pending in events],
        tx.now,
    )


async def write_streams(tx: "Tx", entries: Sequence[PendingStreamEntry]) -> None:
    """Number the entries per channel, without gaps and in commit order: the head row stays locked until COMMIT.

    Heads are locked in the order of their names, so two transactions that write several channels cannot deadlock.
    """
    counts: dict[str, int] = {}
    for entry in entries:
        counts[entry.channel] = counts.get(entry.channel, 0) + 1
    channels = sorted(counts)
    rows = await tx.fetch(
        """insert into stream_head as head (channel, last_seq)
           select channel, added from unnest($1::text[], $2::bigint[]) as c (channel, added) order by channel
           on conflict (channel) do update set last_seq = head.last_seq + excluded.last_seq
           returning channel, last_seq""",
        channels,
        [counts[channel] for channel in channels],
    )
    following = {row["channel"]: row["last_seq"] - counts[row["channel"]] + 1 for row in rows}
    numbers = []
    for entry in entries:
        numbers.append(following[entry.channel])
        following[entry.channel] += 1
    await tx.fetch(
        """insert into stream_entry (channel, seq, type, data, created_at)
           select channel, seq, type, data::jsonb, $5
           from unnest($1::text[], $2::bigint[], $3::text[], $4::text[]) as e (channel, seq, type, data)""",
        [entry.channel for entry in entries],
        numbers,
        [entry.type for entry in entries],
        [entry.data for entry in entries],
        tx.now,
    )


async def write_timers(tx: "Tx", timers: Mapping[tuple[str, str], tuple[datetime, str] | None]) -> None:
    """Set the timers that have a due time and payload, remove the others; in one order, so nobody deadlocks."""
    gone = sorted(name for name, timer in timers.items() if timer is None)
    kept = sorted((*name, *timer) for name, timer in timers.items() if timer is not None)
    if gone:
        await tx.fetch(
            """delete from timer t using unnest($1::text[], $2::text[]) as g (kind, key)
               where t.kind = g.kind and t.key = g.key""",
            [kind for kind, _ in gone],
            [key for _, key in gone],
        )
    if kept:
        await tx.fetch(
            """insert into timer (kind, key, due_at, payload)
               select kind, key, due_at, payload::jsonb
               from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[]) as k (kind, key, due_at, payload)
               on conflict (kind, key) do update set due_at = excluded.due_at, payload = excluded.payload,
                   attempts = 0, failed = false""",
            *(list(column) for column in zip(*kept, strict=True)),
        )


async def write_audit(tx: "Tx", entries: Sequence[tuple[str, str, str, str]]) -> None:
    """Insert audit entries with the trace they belong to."""
    context = trace.get_current_span().get_span_context()
    trace_id = trace.format_trace_id(context.trace_id) if context.is_valid else None
    actors, actions, resources, details = zip(*entries, strict=True)
    await tx.fetch(
        """insert into audit (at, actor, action, resource, detail, trace_id)
           select $5, actor, action, resource, detail::jsonb, $6
           from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as a (actor, action, resource, detail)""",
        list(actors),
        list(actions),
        list(resources),
        list(details),
        tx.now,
        trace_id,
    )
