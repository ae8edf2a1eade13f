"""The feed of case events for integrators: kept in the transaction of the change, numbered when somebody reads.

A transaction only adds to `feed_arrival`, so changes of different cases never wait for each other. Numbers are given
later, under the lock of `feed_head`, in one place and in the order of arrival: what a reader has not seen has a higher
number than what it has seen, whatever commits late. Events of one case arrive in order, since a change holds its case's
lock when it writes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from chassis.db import Database, Tx
from chassis.db.writes import PendingEvent
from contracts.cases import TOPIC

SIGNAL = "feed"
_MOVED_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """An event with its place in the feed. `id` is the one the event has on the bus."""

    position: int
    id: UUID
    type: str
    case_id: UUID
    data: Mapping[str, Any]
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Extent:
    """Which places the feed holds: from `oldest` to `newest`; `oldest` is one beyond `newest` when it is empty."""

    oldest: int
    newest: int


async def keep(tx: Tx, events: Sequence[PendingEvent]) -> None:
    """Keep the case events among those of a transaction that is about to commit."""
    ours = [event for event in events if event.data.topic == TOPIC]
    if not ours:
        return
    await tx.fetch(
        """insert into feed_arrival (id, type, case_id, data, recorded_at)
           select id, type, case_id, data::jsonb, $5
           from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[]) with ordinality
               as e (id, type, case_id, data, place) order by place""",
        [event.id for event in ours],
        [event.data.event_type for event in ours],
        [UUID(event.data.key) for event in ours],
        [event.data.model_dump_json(exclude_none=True) for event in ours],
        tx.now,
    )
    tx.notify_stream(SIGNAL)


async def number(db: Database) -> int:
    """Give what arrived its places in the feed. Returns how many events got one."""
    total = 0
    while True:
        async with db.read() as tx:
            rows = await tx.fetch("select exists (select 1 from feed_arrival) as any")
        if not rows[0]["any"]:
            return total
        moved = await _number_some(db)
        total += moved
        if moved < _MOVED_AT_ONCE:
            return total


async def _number_some(db: Database) -> int:
    async with db.transaction() as tx:
        head = (await tx.fetch("select last_position from feed_head for update"))[0]["last_position"]
        rows = await tx.fetch(
            """with gone as (
                   delete from feed_arrival where seq in (select seq from feed_arrival order by seq limit $2)
                   returning *),
               kept as (
                   insert into feed_event (position, id, type, case_id, data, recorded_at)
                   select $1 + row_number() over (order by seq), id, type, case_id, data, recorded_at from gone
                   returning position)
               select count(*) as n from kept""",
            head,
            _MOVED_AT_ONCE,
        )
        moved = int(rows[0]["n"])
        await tx.fetch("update feed_head set last_position = $1", head + moved)
    return moved


async def extent(tx: Tx) -> Extent:
    """Which places the feed holds now."""
    rows = await tx.fetch(
        """select h.last_position as newest, coalesce((select min(position) from feed_event), h.last_position + 1)
               as oldest from feed_head h"""
    )
    return Extent(rows[0]["oldest"], rows[0]["newest"])


async def page(tx: Tx, *, after: int, up_to: int, types: Sequence[str] | None, limit: int) -> Sequence[FeedEntry]:
    """Events between two places, in order."""
    rows = await tx.fetch(
        """select position, id, type, case_id, data::text as data, recorded_at from feed_event
           where position > $1 and position <= $2 and ($3::text[] is null or type = any($3))
           order by position limit $4""",
        after,
        up_to,
        list(types) if types else None,
        limit,
    )
    return [FeedEntry(**{**dict(row), "data": orjson.loads(row["data"])}) for row in rows]


async def people(tx: Tx, case_ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
    """Who the customers of these cases are, as they stand now: name and addresses."""
    rows = await tx.fetch(
        """select c.id, u.name, coalesce((select jsonb_agg(jsonb_build_object('kind', p.kind, 'address', p.address)
                                                           order by p.created_at, p.id)
                                          from contact_point p where p.customer_id = u.id), '[]')::text as points
           from service_case c join customer u on u.id = c.customer_id where c.id = any($1::uuid[])""",
        list(dict.fromkeys(case_ids)),
    )
    return {row["id"]: {"customer_name": row["name"], "contact_points": orjson.loads(row["points"])} for row in rows}


async def trim(db: Database, days: float) -> int:
    """Forget events that are older. Returns how many went."""
    await number(db)
    async with db.transaction() as tx:
        rows = await tx.fetch(
            """with gone as (delete from feed_event
                   where recorded_at < $1::timestamptz - make_interval(secs => $2) returning 1)
               select count(*) as n from gone""",
            tx.now,
            days * 86_400,
        )
    return int(rows[0]["n"])
