"""Events per second through outbox → bus → inbox, beside bare aiokafka.

Counted, ours: events that stand committed in a producing service's outbox when the clock starts; the clock stops when
the consuming service has committed the last one. In between the relay selects, publishes durably and deletes them, and
the consumer fetches, validates each payload with its contract class, claims the event ids in the inbox table and calls
a handler that inserts a row per event: with one statement per batch, or with one per event. "Writing included" also
counts the producing transactions, ten events each, which run at the same time.

Counted, baseline: a bare aiokafka producer (idempotent, acks=all) sends the same keys, values and headers to the same
broker, in chunks of 500; a bare consumer takes them with getmany(500), parses the JSON and commits once per batch.
No database. Both sides of each pipeline share one process and one event loop. Rounds alternate; medians are compared.
"Own CPU" is the processor time of that process per event: it depends less on the machine's other work than rates do.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from chassis import memory
from chassis.bus.factory import open_bus
from chassis.bus.port import Bus, TopicSpec
from chassis.clock import SystemClock
from chassis.db.database import Database, Tx
from chassis.db.migrate import ensure_database, migrate
from chassis.inbox import EventConsumer, InboxParameters, batched
from chassis.kafka_server import KafkaServer
from chassis.outbox import Relay
from chassis.settings import database_of
from contracts.event import Event, cloudevent_headers
from contracts.interactions import MessageReceived
from tests.bench.events import message
from tests.bench.report import Report, median, progress
from tests.bench.servers import ROOT, postgres

KEYS = 500
"""Aggregates that the events belong to."""
PARTITIONS = 12
WRITERS = 8
EVENTS_A_TRANSACTION = 10
WARM_UP = 500
PATIENCE = 120.0


async def run(*, quick: bool) -> Report:
    """Alternate rounds of both buses, with both handlers, and of the baseline."""
    return await asyncio.to_thread(_run, 1_000 if quick else 5_000, 1 if quick else 7)


def _run(events: int, rounds: int) -> Report:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, postgres(Path(folder)) as server:
        kafka = KafkaServer(Path(folder) / "kafka", cache=ROOT / "build" / "kafka")
        kafka.start()
        try:
            return uvloop.run(_measure(server.url, kafka.url, events, rounds))
        finally:
            kafka.stop()


async def _measure(server_url: str, kafka_url: str, events: int, rounds: int) -> Report:
    await ensure_database(server_url, "bench_bus")
    rounds_of: dict[str, list[Round]] = {}
    async with (
        _pipeline(server_url, database_of(server_url, "bench_bus"), "log") as on_log,
        _pipeline(server_url, kafka_url, "kafka") as on_kafka,
        _bare(kafka_url) as bare,
    ):
        kinds: dict[str, Callable[[], Awaitable[Round]]] = {
            "bare": lambda: bare.round(events),
            "log batch": lambda: on_log.drain(events, each=False),
            "kafka batch": lambda: on_kafka.drain(events, each=False),
            "log each": lambda: on_log.drain(events, each=True),
            "kafka each": lambda: on_kafka.drain(events, each=True),
            "log written": lambda: on_log.write_and_drain(events),
            "kafka written": lambda: on_kafka.write_and_drain(events),
        }
        with memory.settled():  # as in a serving process
            for number in range(rounds):
                progress(f"round {number + 1} of {rounds}")
                for kind, one in kinds.items():
                    rounds_of.setdefault(kind, []).append(await one())
    rate = {kind: median([one.rate for one in done]) for kind, done in rounds_of.items()}
    cpu = {kind: median([one.cpu_us for one in done]) for kind, done in rounds_of.items()}
    report = Report("pipeline")
    for name, label in (("kafka", "Kafka"), ("log", "embedded log")):
        for kind, what, aim in (
            ("batch", "one insert per batch", "ratio ≥ 0.5"),
            ("each", "one insert per event", None),
            ("written", "per batch, writing included", None),
        ):
            report.add(f"{label}: {what}", rate[f"{name} {kind}"], "events/s", baseline=rate["bare"], aim=aim)
        report.add(f"{label}: own CPU, one insert per batch", cpu[f"{name} batch"], "µs/event", baseline=cpu["bare"])
    return report


@dataclass(frozen=True)
class Round:
    """What one round took."""

    rate: float
    cpu_us: float

    @classmethod
    def since(cls, began: tuple[float, float], events: int) -> "Round":
        """The round that began at that `now()` and ends at this moment."""
        elapsed, cpu = (after - before for after, before in zip(now(), began, strict=True))
        return cls(events / elapsed, cpu / events * 1e6)


def now() -> tuple[float, float]:
    """Wall clock and processor time of this process, in seconds."""
    return time.perf_counter(), time.process_time()


@dataclass
class Pipeline:
    """A producing and a consuming service, as far as their events go."""

    producing: Database
    consuming: Database
    bus: Bus
    each: bool = False
    seen: int = 0
    target: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def drain(self, events: int, *, each: bool) -> Round:
        """From the start of the relay until the last one is committed at the consumer."""
        self.each = each
        await self._write(events)
        return await self._timed(events, writing=False)

    async def write_and_drain(self, events: int) -> Round:
        """The same with transactions that write the events meanwhile."""
        self.each = False
        return await self._timed(events, writing=True)

    @batched
    async def on_batch(self, tx: Tx, batch: list[Event[MessageReceived]]) -> None:
        """Insert a row per event."""
        statement = """insert into effect (message_id, seq)
                       select * from unnest($1::uuid[], $2::int[]) on conflict do nothing"""
        if self.each:
            for event in batch:
                await tx.fetch(statement, [event.data.message_id], [event.data.seq])
        else:
            await tx.fetch(statement, [event.data.message_id for event in batch], [event.data.seq for event in batch])
        tx.after_commit(lambda: self._committed(len(batch)))

    def _committed(self, count: int) -> None:
        self.seen += count
        if self.seen >= self.target:
            self.done.set()

    async def _timed(self, events: int, *, writing: bool) -> Round:
        self.seen, self.target = 0, events
        self.done.clear()
        began = now()
        relay = asyncio.create_task(Relay(self.producing, self.bus, source="bench").run())
        try:
            if writing:
                await self._write(events)
            async with asyncio.timeout(PATIENCE):
                await self.done.wait()
            return Round.since(began, events)
        finally:
            relay.cancel()
            await asyncio.gather(relay, return_exceptions=True)

    async def _write(self, events: int) -> None:
        waiting = iter(range(0, events, EVENTS_A_TRANSACTION))

        async def writer() -> None:
            for first in waiting:
                async with self.producing.transaction() as tx:
                    for index in range(first, min(first + EVENTS_A_TRANSACTION, events)):
                        tx.emit(message(index % KEYS, index // KEYS + 1))

        await asyncio.gather(*(writer() for _ in range(WRITERS)))


@asynccontextmanager
async def _pipeline(server_url: str, bus_url: str, name: str) -> AsyncIterator[Pipeline]:
    databases = []
    for role in ("producing", "consuming"):
        await ensure_database(server_url, f"bench_{name}_{role}")
        url = database_of(server_url, f"bench_{name}_{role}")
        await migrate(url, None)
        databases.append(Database(url, service=role, shared=False))
    async with databases[1].transaction() as tx:
        await tx.fetch("create table effect (message_id uuid primary key, seq int not null)")
    bus = open_bus(bus_url, SystemClock())
    await bus.start()
    await bus.ensure_topics([TopicSpec(MessageReceived.topic, PARTITIONS)])
    pipeline = Pipeline(*databases, bus)
    handlers = {MessageReceived: pipeline.on_batch}
    consumer = EventConsumer(
        databases[1], bus, group="bench", member="bench", handlers=handlers, parameters=InboxParameters()
    )
    consuming = asyncio.create_task(consumer.run())
    try:
        await pipeline.drain(WARM_UP, each=False)
        yield pipeline
    finally:
        consuming.cancel()
        await asyncio.gather(consuming, return_exceptions=True)
        await bus.stop()
        for database in databases:
            await database.close()


@dataclass
class Bare:
    """The baseline."""

    producer: Any
    consumer: Any
    topic: str

    async def round(self, events: int) -> Round:
        """From the first send until the last commit."""
        records = [_record(index) for index in range(events)]
        began = now()
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as both:
            both.create_task(self._send(records))
            both.create_task(self._take(events))
        return Round.since(began, events)

    async def _send(self, records: list[tuple[bytes, bytes, list[tuple[str, bytes]]]]) -> None:
        for first in range(0, len(records), 500):
            sent = [
                await self.producer.send(self.topic, value, key=key, headers=headers)
                for key, value, headers in records[first : first + 500]
            ]
            await asyncio.gather(*sent)

    async def _take(self, events: int) -> None:
        seen = 0
        while seen < events:
            for messages in (await self.consumer.getmany(timeout_ms=1000, max_records=500)).values():
                for taken in messages:
                    json.loads(taken.value)
                seen += len(messages)
            await self.consumer.commit()


@asynccontextmanager
async def _bare(kafka_url: str) -> AsyncIterator[Bare]:
    bus = open_bus(kafka_url, SystemClock())
    await bus.start()
    await bus.ensure_topics([TopicSpec("bare", PARTITIONS)])
    await bus.stop()
    servers = kafka_url.removeprefix("kafka://")
    new: Callable[..., Any] = AIOKafkaProducer
    producer = new(bootstrap_servers=servers, acks="all", enable_idempotence=True)
    new = AIOKafkaConsumer
    consumer = new(
        "bare", bootstrap_servers=servers, group_id="bare", enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await producer.start()
    await consumer.start()
    try:
        bare = Bare(producer, consumer, "bare")
        await bare.round(WARM_UP)
        yield bare
    finally:
        await consumer.stop()
        await producer.stop()


def _record(index: int) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    data = message(index % KEYS, index // KEYS + 1)
    headers = cloudevent_headers(
        id=UUID(int=index), type=data.event_type, source="bench", time=data.occurred_at, key=data.key
    )
    return data.key.encode(), data.model_dump_json().encode(), list(headers.items())
