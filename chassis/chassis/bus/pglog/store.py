"""Every SQL statement on topics and records. Memberships are in `memberships`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import orjson

from chassis.bus.pglog.link import Connection
from chassis.bus.port import OutRecord, Record, TopicSpec
from chassis.db.migrate import ensure_database

SCHEMA = Path(__file__).with_name("schema.sql")
GROUP_CHANNEL = "posthouse_bus_group"
APPEND_CHANNEL = "posthouse_bus_append"

READ_BYTES = 4_000_000
"""One read returns at most this many bytes of values per partition (always at least one record)."""

TRIM_BATCH = 10_000
"""Expired records removed per transaction: keeps each one short."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as stored."""

    id: int
    name: str
    partitions: int


End = tuple[int, int, int]
"""Topic id, partition, next position."""


async def create_database(url: str) -> None:
    """Create the database that `url` names if the server does not have it, and the tables in it."""
    parts = urlsplit(url)
    try:
        connection: Connection = await asyncpg.connect(url, timeout=5)
    except asyncpg.InvalidCatalogNameError:
        await ensure_database(urlunsplit(parts._replace(path="/postgres")), parts.path.lstrip("/"))
        connection = await asyncpg.connect(url, timeout=5)
    try:
        async with connection.transaction():
            await connection.execute("select pg_advisory_xact_lock(7266, 0)")
            await connection.execute(SCHEMA.read_text())
    finally:
        await connection.close(timeout=1)


async def load_topics(connection: Connection) -> list[Topic]:
    """All topics."""
    rows = await connection.fetch("select id, name, partitions from bus_topic")
    return [Topic(row["id"], row["name"], row["partitions"]) for row in rows]


async def ensure_topics(connection: Connection, specs: Iterable[TopicSpec]) -> None:
    """Create missing topics, bring retention up to date, and make groups that wait for a new topic share again."""
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(7266, 1)")
        for spec in specs:
            topic_id = await connection.fetchval(
                "insert into bus_topic (name, partitions, retention_hours) values ($1, $2, $3)"
                " on conflict (name) do nothing returning id",
                spec.name,
                spec.partitions,
                spec.retention_hours,
            )
            if topic_id is None:
                await connection.execute(
                    "update bus_topic set retention_hours = $2 where name = $1 and retention_hours <> $2",
                    spec.name,
                    spec.retention_hours,
                )
                continue
            await connection.execute(
                "insert into bus_partition (topic_id, partition) select $1, generate_series(0, $2 - 1)",
                topic_id,
                spec.partitions,
            )
            await connection.execute(
                "update bus_group set stale = true where name in"
                " (select group_name from bus_member where $1 = any(topics))",
                spec.name,
            )
        await connection.execute("select pg_notify($1, '')", GROUP_CHANNEL)


async def append(connection: Connection, rows: Sequence[tuple[int, int, OutRecord]], at: datetime) -> list[End]:
    """Append `(topic id, partition, record)` in order, durably; the new end of every partition concerned."""
    ends: str = await connection.fetchval(
        "select bus_append($1, $2, $3, $4, $5, $6)",
        [topic for topic, _, _ in rows],
        [partition for _, partition, _ in rows],
        [record.key for _, _, record in rows],
        [pack_headers(record.headers) for _, _, record in rows],
        [record.value for _, _, record in rows],
        at,
    )
    return parse_ends(ends)


def parse_ends(text: str) -> list[End]:
    """The ends that `bus_append` returns and announces."""
    return [(int(topic), int(part), int(end)) for topic, part, end in (item.split(":") for item in text.split())]


async def load_ends(connection: Connection, topic_ids: Sequence[int] | None = None) -> list[End]:
    """The end of every partition, or of those of some topics."""
    if topic_ids is None:
        rows = await connection.fetch("select topic_id, partition, next_position from bus_partition")
    else:
        rows = await connection.fetch(
            "select topic_id, partition, next_position from bus_partition where topic_id = any($1)", topic_ids
        )
    return [(row[0], row[1], row[2]) for row in rows]


async def read(connection: Connection, wanted: Sequence[tuple[int, int, int, int]]) -> list[asyncpg.Record]:
    """Records of each `(topic id, partition, from position, at most)`, ordered by partition and position."""
    rows: list[asyncpg.Record] = await connection.fetch(
        """select w.t as topic_id, w.p as partition, r.position, r.appended_at, r.key, r.headers, r.value
           from unnest($1::integer[], $2::integer[], $3::bigint[], $4::integer[]) as w (t, p, s, most)
           cross join lateral (
               select n.*, sum(octet_length(n.value)) over (order by n.position) - octet_length(n.value) as before
               from (select * from bus_record b
                     where b.topic_id = w.t and b.partition = w.p and b.position >= w.s
                     order by b.position limit w.most) n
           ) r
           where r.before < $5
           order by w.t, w.p, r.position""",
        [topic for topic, _, _, _ in wanted],
        [partition for _, partition, _, _ in wanted],
        [position for _, _, position, _ in wanted],
        [most for _, _, _, most in wanted],
        READ_BYTES,
    )
    return rows


async def committed_positions(connection: Connection, group: str, topic: str) -> dict[int, int]:
    """Partition and committed position, where the group has one."""
    rows = await connection.fetch(
        "select c.partition, c.position from bus_cursor c join bus_topic t on t.id = c.topic_id"
        " where c.group_name = $1 and t.name = $2 and c.position is not null",
        group,
        topic,
    )
    return {row["partition"]: row["position"] for row in rows}


async def trim(connection: Connection, now: datetime) -> int:
    """Remove one batch of records beyond their topic's retention; how many. 0 also when another process trims."""
    async with connection.transaction():
        if not await connection.fetchval("select pg_try_advisory_xact_lock(7266, 2)"):
            return 0
        # The oldest record of each partition tells at the cost of one index look-up whether there is anything to do.
        removed: int = await connection.fetchval(
            """with expiring as (
                   select t.id, p.partition, $1::timestamptz - make_interval(hours => t.retention_hours) as until
                   from bus_topic t join bus_partition p on p.topic_id = t.id
                   cross join lateral (select appended_at from bus_record r
                       where r.topic_id = t.id and r.partition = p.partition order by r.position limit 1) oldest
                   where oldest.appended_at < $1::timestamptz - make_interval(hours => t.retention_hours)
               ), doomed as (
                   select r.topic_id, r.partition, r.position from expiring e
                   cross join lateral (select * from bus_record b where b.topic_id = e.id and b.partition = e.partition
                       order by b.position limit $2) r
                   where r.appended_at < e.until limit $2
               ), gone as (
                   delete from bus_record b using doomed d
                   where b.topic_id = d.topic_id and b.partition = d.partition and b.position = d.position returning 1
               ) select count(*) from gone""",
            now,
            TRIM_BATCH,
        )
    return removed


def to_record(topic: str, row: asyncpg.Record) -> Record:
    """A row of `read` as a record."""
    return Record(
        topic=topic,
        key=row["key"],
        value=row["value"],
        headers=unpack_headers(row["headers"]),
        partition=row["partition"],
        position=row["position"],
        timestamp=row["appended_at"],
    )


def pack_headers(headers: Mapping[str, bytes]) -> str:
    """Headers as JSON; Latin-1 maps every byte to one character and back, so any value survives."""
    return orjson.dumps({name: value.decode("latin-1") for name, value in headers.items()}).decode()


def unpack_headers(text: str) -> dict[str, bytes]:
    """The inverse of `pack_headers`."""
    return {name: value.encode("latin-1") for name, value in orjson.loads(text).items()}
