"""What only the log in PostgreSQL has to show: its connections, its retention, its fencing."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from chassis.bus.pglog import PostgresLog
from chassis.bus.port import BusUnavailable, OutRecord, OwnershipLost, TopicSpec
from chassis.clock import ManualClock, SystemClock
from chassis.db.server import PostgresServer
from chassis.settings import database_of
from tests.conformance.workbench import eventually, publish_patiently, records, take, values

DATABASE = "posthouse_bus_log_only"


@pytest.fixture
def url(postgres_server: PostgresServer) -> str:
    return database_of(postgres_server.url, DATABASE)


async def backends(url: str) -> list[int]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "select pid from pg_stat_activity where application_name like 'posthouse-bus-%' and datname = $1", DATABASE
        )
    finally:
        await connection.close()
    return [row["pid"] for row in rows]


async def execute(url: str, statement: str, *arguments: object) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement, *arguments)
    finally:
        await connection.close()


async def test_fifteen_consumers_share_three_connections(url: str, unique: str) -> None:
    bus = PostgresLog(url, SystemClock())
    await bus.start()
    topics = [f"{unique}-{number}" for number in range(3)]
    await bus.ensure_topics([TopicSpec(topic, 12) for topic in topics])
    consumers = [bus.consumer(f"{unique}-{number}", topics, member="m") for number in range(15)]
    for consumer in consumers:
        await consumer.start()
    await bus.publish([record for topic in topics for record in records(topic, 50)])

    taken = await asyncio.gather(*(take(consumer, 150) for consumer in consumers))
    await asyncio.gather(*(one.commit(batch) for one, batch in zip(consumers, taken, strict=True)))

    assert all(len(consumer.owned()) == 36 for consumer in consumers)
    assert len(await backends(url)) == 3
    await bus.stop()
    assert await backends(url) == []


async def test_expired_records_are_removed_and_a_group_goes_on_behind_them(url: str, unique: str) -> None:
    clock = ManualClock()
    bus = PostgresLog(url, clock)
    await bus.start()
    await bus.ensure_topics([TopicSpec(unique, 1, retention_hours=24)])
    await bus.publish(records(unique, 5, keys=1))
    await clock.advance(timedelta(hours=23).total_seconds())
    await bus.publish(records(unique, 3, keys=1, start=5))
    assert await bus.trim() == 0
    await clock.advance(timedelta(hours=2).total_seconds())

    assert await bus.trim() == 5

    assert [record.position for record in await bus.read(unique, 0, 0, 100)] == [5, 6, 7]
    late = bus.consumer(f"{unique}-late", [unique], member="m")
    await late.start()
    assert values(await take(late, 3)) == ["key-0:5", "key-0:6", "key-0:7"]
    await clock.advance(timedelta(hours=48).total_seconds())
    assert await bus.trim() == 3
    assert await bus.end_positions(unique) == {0: 8}
    empty = bus.consumer(f"{unique}-empty", [unique], member="m")
    await empty.start()
    assert await empty.fetch(10, 0.2) == []
    await bus.publish([OutRecord(unique, "k", b"new")])
    assert [record.position for record in await take(empty, 1)] == [8]
    await bus.stop()


async def test_a_changed_retention_is_taken_over(url: str, unique: str) -> None:
    clock = ManualClock()
    bus = PostgresLog(url, clock)
    await bus.start()
    await bus.ensure_topics([TopicSpec(unique, 1, retention_hours=24)])
    await bus.publish(records(unique, 5))
    await clock.advance(timedelta(hours=30).total_seconds())

    await bus.ensure_topics([TopicSpec(unique, 1, retention_hours=48)])

    assert await bus.trim() == 0
    await bus.stop()


async def test_cut_connections_are_replaced_and_ownership_survives(url: str, unique: str) -> None:
    bus = PostgresLog(url, SystemClock())
    await bus.start()
    await bus.ensure_topics([TopicSpec(unique, 4)])
    consumer = bus.consumer(unique, [unique], member="m")
    await consumer.start()
    await bus.publish(records(unique, 10))
    fetched = await take(consumer, 10)
    before = set(await backends(url))

    await execute(url, "select pg_terminate_backend(pid) from unnest($1::integer[]) as p (pid)", list(before))
    await publish_patiently(bus, records(unique, 10, start=10))
    rest = []
    while len(rest) < 10:
        rest += await consumer.fetch(100, 1.0)
    while True:  # nobody else took over, so the batch from before still counts
        try:
            await consumer.commit([*fetched, *rest])
            break
        except BusUnavailable:  # this one found its connection cut
            continue

    assert not before & set(await backends(url))
    assert sum((await bus.committed_positions(unique, unique)).values()) == 20
    await bus.stop()


async def test_a_member_cut_off_long_enough_is_replaced_and_fenced(url: str, unique: str) -> None:
    """Another process declares it dead while its connection is gone; when it is back it is an ordinary new member."""
    cut_off, other = PostgresLog(url, SystemClock()), PostgresLog(url, SystemClock())
    await cut_off.start()
    await other.start()
    await cut_off.ensure_topics([TopicSpec(unique, 4)])
    loser = cut_off.consumer(unique, [unique], member="loser")
    await loser.start()
    await other.publish(records(unique, 40, keys=40))
    fetched = await take(loser, 40)
    # As if the process had been frozen: its membership names a session that nobody holds.
    await execute(url, "update bus_member set session = -1 where group_name = $1", unique)
    winner = other.consumer(unique, [unique], member="winner")
    await winner.start()
    await eventually(lambda: len(winner.owned()) >= 2, "the winner takes over")

    with pytest.raises(OwnershipLost):
        await loser.commit(fetched)

    await eventually(lambda: len(loser.owned()) == 2 and len(winner.owned()) == 2, "the loser joins again")
    again = [*await loser.fetch(100, 5.0), *await winner.fetch(100, 5.0)]
    assert set(values(again)) == set(values(fetched))
    await cut_off.stop()
    await other.stop()


async def test_records_beyond_memory_come_from_the_database_in_order(url: str, unique: str) -> None:
    bus = PostgresLog(url, SystemClock())
    await bus.start()
    await bus.ensure_topics([TopicSpec(unique, 2)])
    consumer = bus.consumer(unique, [unique], member="m")
    await consumer.start()
    large = [OutRecord(unique, f"k{number % 4}", b"x" * 20_000 + str(number // 4).encode()) for number in range(400)]
    for start in range(0, 400, 40):
        await bus.publish(large[start : start + 40])

    following: dict[str, int] = {}
    for record in await take(consumer, 400, at_once=33):
        assert int(record.value.lstrip(b"x")) == following.get(record.key, 0)
        following[record.key] = following.get(record.key, 0) + 1

    assert set(following.values()) == {100}
    await bus.stop()


async def test_concurrent_appends_of_two_processes_are_never_missed(url: str, unique: str) -> None:
    """Readers go by position; without the lock per topic they would pass positions that commit late."""
    one, two = PostgresLog(url, SystemClock()), PostgresLog(url, SystemClock())
    await one.start()
    await two.start()
    await one.ensure_topics([TopicSpec(unique, 3)])
    consumer = one.consumer(unique, [unique], member="m")
    await consumer.start()

    async def publish(bus: PostgresLog, name: str) -> None:
        for sequence in range(150):
            await bus.publish([OutRecord(unique, f"{name}-{n}", f"{name}-{n}:{sequence}".encode()) for n in range(3)])

    publishing = asyncio.gather(publish(one, "a"), publish(two, "b"))
    taken = await take(consumer, 900, at_once=17)
    await publishing

    seen: dict[str, int] = {}
    for value in values(taken):
        key, _, sequence = value.rpartition(":")
        assert int(sequence) == seen.get(key, 0)
        seen[key] = seen.get(key, 0) + 1
    assert await consumer.fetch(10, 0.3) == []
    await one.stop()
    await two.stop()
