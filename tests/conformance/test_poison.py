"""Events that cannot be handled, on both adapters: dead letters, the halting limit, and replay."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from chassis.bus.port import Bus, OutRecord, TopicSpec
from chassis.db.database import Database, Tx
from chassis.db.migrate import ensure_database, migrate
from chassis.db.server import PostgresServer
from chassis.deadletters import list_dead, replay
from chassis.ids import uuid7
from chassis.inbox import EventConsumer, InboxParameters
from chassis.settings import database_of
from contracts.event import Event, EventData, cloudevent_headers
from tests.conformance.workbench import Workbench, eventually

DATABASE = "conformance_inbox"
IMPATIENT = InboxParameters(attempts=2, first_pause_seconds=0.01, longest_pause_seconds=0.01)


class Weighed(EventData, type="posthouse.parcel.weighed.v1", topic="set by the fixture", key="parcel_id"):
    """An event of these tests."""

    parcel_id: str
    grams: int


@dataclass
class Scales:
    """A service that weighs parcels: notes what it handled, and breaks on what it is told to."""

    bus: Bus
    db: Database
    topic: str
    group: str
    breaks_on: set[str] = field(default_factory=set)
    weighed: list[tuple[str, int]] = field(default_factory=list)
    tries: int = 0
    consumer: EventConsumer | None = None
    task: "asyncio.Task[None] | None" = None

    def run(self, parameters: InboxParameters = IMPATIENT) -> None:
        self.consumer = EventConsumer(
            self.db, self.bus, group=self.group, member="m", handlers={Weighed: self.handle}, parameters=parameters
        )
        self.task = asyncio.create_task(self.consumer.run())

    async def handle(self, tx: Tx, event: Event[Weighed]) -> None:
        self.tries += 1
        if event.data.parcel_id in self.breaks_on:
            raise LookupError(f"no shelf for {event.data.parcel_id}")
        tx.after_commit(lambda: self.weighed.append((event.data.parcel_id, event.data.grams)))

    async def stop(self) -> None:
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)

    def record(self, parcel: str, grams: int, *, value: bytes | None = None) -> OutRecord:
        data = Weighed(parcel_id=parcel, grams=grams)
        headers = cloudevent_headers(
            id=uuid7(), type=data.event_type, source="test", time=self.db.clock.now(), key=parcel
        )
        return OutRecord(self.topic, parcel, value or data.model_dump_json().encode(), headers)

    async def dead(self) -> list[str]:
        return sorted([letter.key async for letter in list_dead(self.bus, self.topic, self.group)])


@pytest.fixture
async def scales(
    bench: Workbench, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Scales]:
    url = database_of(postgres_server.url, DATABASE)
    await ensure_database(postgres_server.url, DATABASE)
    await migrate(url, None)
    db = Database(url, service="conformance")
    bus = await bench.bus()
    topic = bench.name("weighings")
    monkeypatch.setattr(Weighed, "topic", topic)
    await bus.ensure_topics([TopicSpec(topic, 3)])
    made = Scales(bus, db, topic, bench.name("scales"))
    yield made
    await made.stop()
    await db.close()


async def until(read: Callable[[], Awaitable[Any]], expected: object) -> None:
    async with asyncio.timeout(20):
        while await read() != expected:
            await asyncio.sleep(0.05)


async def test_poison_goes_to_the_dead_letters_and_the_rest_flows(scales: Scales) -> None:
    scales.breaks_on = {"cursed"}
    scales.run()
    good = [(f"p{number}", number) for number in range(30)]
    batch = [scales.record(parcel, grams) for parcel, grams in good]
    unreadable = scales.record("garbled", 1, value=b"{not json")
    await scales.bus.publish([*batch[:10], scales.record("cursed", 1), *batch[10:20], unreadable, *batch[20:]])

    await eventually(lambda: len(scales.weighed) == 30, "everything else is handled")

    assert sorted(scales.weighed) == sorted(good)
    await until(scales.dead, ["cursed", "garbled"])
    letters = {letter.key: letter async for letter in list_dead(scales.bus, scales.topic, scales.group)}
    assert "no shelf for cursed" in letters["cursed"].error
    assert letters["cursed"].attempts == IMPATIENT.attempts
    assert letters["garbled"].attempts == 1
    assert letters["cursed"].event_type == Weighed.event_type
    ends = await scales.bus.end_positions(scales.topic)
    await until(
        lambda: scales.bus.committed_positions(scales.group, scales.topic),
        {partition: end for partition, end in ends.items() if end},
    )


async def test_a_record_that_recovers_is_not_dead(scales: Scales) -> None:
    scales.breaks_on = {"late"}
    scales.run(InboxParameters(attempts=200, first_pause_seconds=0.01, longest_pause_seconds=0.01))
    await scales.bus.publish([scales.record("late", 7)])
    await eventually(lambda: scales.tries > 2, "it is tried several times")
    scales.breaks_on = set()

    await eventually(lambda: scales.weighed == [("late", 7)], "it is handled in the end")

    assert await scales.dead() == []


async def test_too_many_dead_records_halt_the_consumer_instead_of_emptying_the_topic(scales: Scales) -> None:
    scales.breaks_on = {f"p{number}" for number in range(50)}
    scales.run(IMPATIENT.model_copy(update={"dead_limit": 5}))
    await scales.bus.publish([scales.record(f"p{number}", number) for number in range(50)])

    await eventually(lambda: scales.consumer is not None and scales.consumer.halted, "the consumer halts")

    assert len(await scales.dead()) == 5
    assert scales.weighed == []
    # The cause is fixed and the service starts again. Nothing of the batch was committed, so it handles all of it, and
    # a replay of the dead ones has no second effect.
    scales.breaks_on = set()
    scales.run()
    await eventually(lambda: len(scales.weighed) == 50, "all are handled after the fix")
    assert await replay(scales.bus, scales.topic, scales.group) == 5
    await scales.bus.publish([scales.record("last", 1)])
    await eventually(lambda: ("last", 1) in scales.weighed, "the stream goes on")
    assert sorted(scales.weighed) == sorted([("last", 1), *((f"p{number}", number) for number in range(50))])


async def test_replay_gives_dead_records_another_chance_and_others_no_second_one(scales: Scales) -> None:
    scales.breaks_on = {"cursed", "hexed"}
    scales.run()
    await scales.bus.publish([scales.record(parcel, 1) for parcel in ("a", "cursed", "b", "hexed")])
    await until(scales.dead, ["cursed", "hexed"])
    assert sorted(scales.weighed) == [("a", 1), ("b", 1)]

    scales.breaks_on = {"hexed"}
    assert await replay(scales.bus, scales.topic, scales.group) == 2

    await eventually(lambda: ("cursed", 1) in scales.weighed, "the fixed one is handled")
    await until(scales.dead, ["hexed"])
    scales.breaks_on = set()
    assert await replay(scales.bus, scales.topic, scales.group) == 1
    await eventually(lambda: len(scales.weighed) == 4, "and the other after its fix")
    assert sorted(scales.weighed) == [("a", 1), ("b", 1), ("cursed", 1), ("hexed", 1)]
    assert await scales.dead() == []
    assert await replay(scales.bus, scales.topic, scales.group) == 0


async def test_a_redelivered_event_takes_effect_once(scales: Scales) -> None:
    twice = scales.record("p1", 1)
    await scales.bus.publish([twice, scales.record("p2", 2), twice])
    scales.run()
    await eventually(lambda: len(scales.weighed) == 2, "both are handled")
    await scales.bus.publish([twice, scales.record("p3", 3)])

    await eventually(lambda: ("p3", 3) in scales.weighed, "the next one is handled")

    assert sorted(scales.weighed) == [("p1", 1), ("p2", 2), ("p3", 3)]
