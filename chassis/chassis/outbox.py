"""The relay: moves committed events from the outbox to the bus, in order per aggregate, at least once.

One relay holds each shard (an advisory lock on its own session) and reads `ORDER BY seq`; rows are deleted once the
bus has them. A cursor on `seq`, a transaction-id watermark or SKIP LOCKED all lose or reorder events: see
docs/decisions. A crash between publishing and deleting publishes again; consumers dedupe on the event's id.
"""

import asyncio
from contextlib import suppress
from typing import Any

import asyncpg

from chassis.bus.port import Bus, BusUnavailable, OutRecord
from chassis.db.database import OUTBOX_SIGNAL, Database
from chassis.tasks import wait_for_event
from chassis.telemetry import metrics
from chassis.telemetry.logs import get_logger
from contracts.event import cloudevent_headers

log = get_logger(__name__)

BATCH = 500
SAFETY_POLL = 0.25
IDLE_POLL = 1.0
IDLE_AFTER_ROUNDS = 40
RETRY_PAUSE = 0.25
LONGEST_RETRY_PAUSE = 2.0
_LOCK_CLASS = 7_262  # first key of the advisory locks, the second is the shard


class Relay:
    """Publishes the outbox of one service database. Any number may run; each shard is served by one of them."""

    def __init__(self, db: Database, bus: Bus, *, source: str) -> None:
        self._db = db
        self._bus = bus
        self._source = source

    async def run(self) -> None:
        """Relay until cancelled. Raises when its database session is lost; the supervisor starts it again."""
        settings = {
            "application_name": f"posthouse-{self._source}-relay",
            # Only deletes are written here: one that a crash takes back means that its events are published again.
            "synchronous_commit": "off",
            # The rows wanted are the first ones by the primary key. On fresh statistics the planner would rather sort
            # the whole backlog for each batch: ten times the work.
            "enable_sort": "off",
        }
        session: asyncpg.Connection[Any] = await asyncpg.connect(self._db.url, timeout=5, server_settings=settings)
        try:
            await self._serve(session)
        finally:
            with suppress(Exception):
                await session.close(timeout=1)

    async def _serve(self, session: "asyncpg.Connection[Any]") -> None:
        held: set[int] = set()
        batch: list[asyncpg.Record] = []
        done: list[int] = []
        idle_rounds = 0
        with self._db.signals.listening(OUTBOX_SIGNAL) as woken:
            while True:
                if len(held) < self._db.outbox_shards:
                    held |= await self._take_shards(session, held)
                woken.clear()
                shards = sorted(held)
                if not batch:
                    batch, done = await self._next(session, shards, done, done), []
                if not batch:
                    idle_rounds += 1
                    await wait_for_event(woken, SAFETY_POLL if idle_rounds < IDLE_AFTER_ROUNDS else IDLE_POLL)
                    continue
                idle_rounds = 0
                following: list[asyncpg.Record] = []
                under_way = [row["seq"] for row in batch]
                if len(batch) < BATCH:
                    await self._publish(batch)
                else:
                    # There is a backlog: while the bus stores this batch, the database looks for the next one.
                    async with asyncio.TaskGroup() as both:
                        looking = both.create_task(self._next(session, shards, done, done + under_way))
                        both.create_task(self._publish(batch))
                    following = looking.result()
                batch, done = following, under_way

    async def _take_shards(self, session: "asyncpg.Connection[Any]", held: set[int]) -> set[int]:
        missing = [shard for shard in range(self._db.outbox_shards) if shard not in held]
        rows = await session.fetch(
            "select shard, pg_try_advisory_lock($1, shard) as got from unnest($2::int[]) as s (shard)",
            _LOCK_CLASS,
            missing,
        )
        return {row["shard"] for row in rows if row["got"]}

    async def _next(
        self, session: "asyncpg.Connection[Any]", shards: list[int], published: list[int], known: list[int]
    ) -> "list[asyncpg.Record]":
        """Delete what was published and give the next rows that are not known yet, in one round trip."""
        rows: list[asyncpg.Record] = await session.fetch(
            """with gone as (delete from outbox where seq = any($3::bigint[]))
               select seq, id, aggregatetype, aggregateid, type, payload::text as payload, traceparent, created_at
               from outbox where shard = any($1::smallint[]) and seq not in (select unnest($4::bigint[]))
               order by seq limit $2""",
            shards,
            BATCH,
            published,
            known,
        )
        lag = (self._db.clock.now() - rows[0]["created_at"]).total_seconds() if rows else 0.0
        metrics.OUTBOX_LAG.labels(self._source).set(lag)
        return rows

    async def _publish(self, rows: "list[asyncpg.Record]") -> None:
        """Publish until it succeeds: the events are committed facts, giving up is not an option."""
        records = [self._record(row) for row in rows]
        pause = RETRY_PAUSE
        while True:
            try:
                await self._bus.publish(records)
                metrics.OUTBOX_PUBLISHED.labels(self._source).inc(len(records))
                return
            except BusUnavailable as error:
                log.warning("outbox: the bus is away, trying again", service=self._source, error=str(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_RETRY_PAUSE)

    def _record(self, row: "asyncpg.Record") -> OutRecord:
        return OutRecord(
            topic=row["aggregatetype"],
            key=row["aggregateid"],
            value=row["payload"].encode(),
            headers=cloudevent_headers(
                id=row["id"],
                type=row["type"],
                source=self._source,
                time=row["created_at"],
                key=row["aggregateid"],
                traceparent=row["traceparent"],
            ),
        )
