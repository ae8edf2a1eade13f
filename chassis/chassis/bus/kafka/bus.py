"""Kafka as a bus."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakSet

from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code
from aiokafka.structs import TopicPartition as KafkaPartition

from chassis.bus.kafka import client
from chassis.bus.kafka.address import KafkaAddress
from chassis.bus.kafka.consumer import KafkaConsumer, to_record
from chassis.bus.kafka.producer import Publisher
from chassis.bus.port import BusUnavailable, Consumer, OutRecord, Record, TopicSpec, UnknownTopic, require_publishable
from chassis.bus.publishing import GroupPublisher
from chassis.clock import Clock

PUBLISH_TIMEOUT = 15.0
QUERY_TIMEOUT = 5.0
HEALTH_TIMEOUT = 1.5
HEALTH_AGE = 1.0
MOST_REPLICAS = 3
READ_TIMEOUT_MS = 1_000


class KafkaBus:
    """See `chassis.bus.port.Bus`. Timestamps are Kafka's own, so the clock is not asked."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._address = KafkaAddress.from_url(url)
        self._producer = Publisher(self._address)
        self._publisher = GroupPublisher(self._producer.send, timeout=PUBLISH_TIMEOUT)
        self._admin: Any = None
        self._topics: set[str] = set()
        self._listing: asyncio.Task[set[str]] | None = None
        self._consumers: WeakSet[KafkaConsumer] = WeakSet()
        self._healthy_until = float("-inf")

    async def start(self) -> None:
        async with _translated():
            await self._producer.start()
            if self._admin is None:
                admin = client.new_admin(self._address)
                try:
                    await admin.start()
                except BaseException:
                    await admin.close()
                    raise
                self._admin = admin

    async def stop(self) -> None:
        await asyncio.gather(*(consumer.stop() for consumer in list(self._consumers)))
        await self._publisher.close()
        await self._producer.stop()
        admin, self._admin = self._admin, None
        if admin is not None:
            await admin.close()

    async def ensure_topics(self, topics: Iterable[TopicSpec]) -> None:
        async with self._asking() as admin:
            existing = set(await admin.list_topics())
            missing = [spec for spec in topics if spec.name not in existing]
            if missing:
                replicas = min(MOST_REPLICAS, client.broker_count(admin))
                answer = await admin.create_topics([client.new_topic(spec, replicas) for spec in missing])
                for name, code, *_ in answer.topic_errors:
                    error = for_code(code)
                    if code and error is not TopicAlreadyExistsError:
                        raise error(name)
                await _wait_until_led(admin, [spec.name for spec in missing])
        for consumer in list(self._consumers):
            consumer.look_for_topics()

    async def publish(self, records: Sequence[OutRecord]) -> None:
        require_publishable(records)
        for topic in {record.topic for record in records} - self._topics:
            await self._require(topic)
        await self._publisher.publish(records)

    def consumer(self, group: str, topics: Sequence[str], *, member: str) -> Consumer:
        consumer = KafkaConsumer(group, topics, member, self._address)
        self._consumers.add(consumer)
        return consumer

    async def healthy(self) -> bool:
        now = time.monotonic()
        if now < self._healthy_until:
            return True
        if self._admin is None:
            return False
        try:
            async with asyncio.timeout(HEALTH_TIMEOUT):
                await client.ping(self._admin)
        except (KafkaError, TimeoutError, OSError):
            return False
        self._healthy_until = now + HEALTH_AGE
        return True

    async def end_positions(self, topic: str) -> dict[int, int]:
        await self._require(topic)
        async with self._asking() as admin, self._reader() as reader:
            (described,) = await admin.describe_topics([topic])
            ends = await reader.end_offsets(
                [KafkaPartition(topic, part["partition"]) for part in described["partitions"]]
            )
            return {where.partition: end for where, end in ends.items()}

    async def committed_positions(self, group: str, topic: str) -> dict[int, int]:
        async with self._asking() as admin:
            offsets = await admin.list_consumer_group_offsets(group)
        return {where.partition: at.offset for where, at in offsets.items() if where.topic == topic and at.offset >= 0}

    async def read(self, topic: str, partition: int, position: int, max_records: int) -> Sequence[Record]:
        await self._require(topic)
        where = KafkaPartition(topic, partition)
        async with self._reader() as reader:
            reader.assign([where])
            end = (await reader.end_offsets([where]))[where]
            first = (await reader.beginning_offsets([where]))[where]
            if max(position, first) >= end:
                return []
            reader.seek(where, max(position, first))
            found = await reader.getmany(timeout_ms=READ_TIMEOUT_MS, max_records=max_records)
            return [to_record(message) for messages in found.values() for message in messages]

    async def _require(self, topic: str) -> None:
        for _ in range(2):  # an answer that others waited for already may be older than the topic
            if topic in self._topics:
                return
            if self._listing is None or self._listing.done():
                self._listing = asyncio.create_task(self._list_topics())
            self._topics = await asyncio.shield(self._listing)
        if topic not in self._topics:
            raise UnknownTopic(topic)

    async def _list_topics(self) -> set[str]:
        async with self._asking() as admin:
            return set(await admin.list_topics())

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[Any]:
        async with _translated():
            if self._admin is None:
                raise BusUnavailable("the bus is not started")
            yield self._admin

    @asynccontextmanager
    async def _reader(self) -> AsyncIterator[Any]:
        async with _translated():
            reader = client.new_reader(self._address)
            try:
                await reader.start()
                yield reader
            finally:
                await reader.stop()


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    """What goes wrong with Kafka in the port's words, in bounded time."""
    try:
        async with asyncio.timeout(QUERY_TIMEOUT):
            yield
    except (KafkaError, TimeoutError, OSError) as error:
        raise BusUnavailable(f"Kafka: {error!r}") from error


async def _wait_until_led(admin: Any, topics: Sequence[str]) -> None:
    """A topic exists before its partitions have leaders; publishing earlier would only be retried."""
    while True:
        described = await admin.describe_topics(list(topics))
        if all(
            not topic["error_code"] and all(part["leader"] >= 0 for part in topic["partitions"]) for topic in described
        ):
            return
        await asyncio.sleep(0.05)
