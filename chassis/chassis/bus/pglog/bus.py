"""The log as a bus."""

import asyncio
import zlib
from collections.abc import Iterable, Sequence
from weakref import WeakSet

from chassis.bus.pglog import store
from chassis.bus.pglog.consumer import LogConsumer
from chassis.bus.pglog.hub import Hub
from chassis.bus.pglog.link import Link, plain_url
from chassis.bus.pglog.session import Session
from chassis.bus.pglog.store import Topic
from chassis.bus.port import BusUnavailable, Consumer, OutRecord, Record, TopicSpec, UnknownTopic, require_publishable
from chassis.bus.publishing import GroupPublisher
from chassis.clock import Clock
from chassis.db.errors import is_unavailable

PUBLISH_TIMEOUT = 15.0
HEALTH_TIMEOUT = 1.5
HEALTH_AGE = 1.0


class PostgresLog:
    """See `chassis.bus.port.Bus`. Holds at most three connections, whatever the number of consumers."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._url = plain_url(url)
        self._clock = clock
        self._hub = Hub()
        self._appends = Link(self._url, name="append")
        # A commit of positions that is lost in a crash only means that records are handed out again.
        self._reads = Link(self._url, name="read", settings={"synchronous_commit": "off"})
        self._session = Session(self._url, self._hub, clock)
        self._publisher = GroupPublisher(self._append, timeout=PUBLISH_TIMEOUT)
        self._consumers: WeakSet[LogConsumer] = WeakSet()
        self._healthy_until = float("-inf")

    async def start(self) -> None:
        try:
            await store.create_database(self._url)
        except Exception as error:
            if is_unavailable(error) or isinstance(error, OSError):
                raise BusUnavailable(f"PostgreSQL: {error!r}") from error
            raise
        await self._load_topics()
        self._session.start()

    async def stop(self) -> None:
        for consumer in list(self._consumers):
            await consumer.stop()
        await self._publisher.close()
        await self._session.stop()
        await self._appends.close()
        await self._reads.close()

    async def ensure_topics(self, topics: Iterable[TopicSpec]) -> None:
        async with self._reads.use() as connection:
            await store.ensure_topics(connection, list(topics))
        await self._load_topics()

    async def publish(self, records: Sequence[OutRecord]) -> None:
        require_publishable(records)
        for topic in {record.topic for record in records}:
            await self._topic(topic)
        await self._publisher.publish(records)

    def consumer(self, group: str, topics: Sequence[str], *, member: str) -> Consumer:
        consumer = LogConsumer(group, topics, member, hub=self._hub, link=self._reads, presence=self._session)
        self._consumers.add(consumer)
        return consumer

    async def healthy(self) -> bool:
        now = asyncio.get_running_loop().time()
        if now < self._healthy_until or now < self._session.last_contact + HEALTH_AGE:
            return True
        try:
            async with self._reads.use(HEALTH_TIMEOUT) as connection:
                await connection.fetchval("select 1")
        except BusUnavailable:
            return False
        self._healthy_until = now + HEALTH_AGE
        return True

    async def end_positions(self, topic: str) -> dict[int, int]:
        known = await self._topic(topic)
        async with self._reads.use() as connection:
            return {part: end for _, part, end in await store.load_ends(connection, [known.id])}

    async def committed_positions(self, group: str, topic: str) -> dict[int, int]:
        async with self._reads.use() as connection:
            return await store.committed_positions(connection, group, topic)

    async def read(self, topic: str, partition: int, position: int, max_records: int) -> Sequence[Record]:
        known = await self._topic(topic)
        async with self._reads.use() as connection:
            rows = await store.read(connection, [(known.id, partition, position, max_records)])
        return [store.to_record(topic, row) for row in rows]

    async def trim(self) -> int:
        """Remove what is beyond its topic's retention now instead of within the minute; how many records."""
        return await self._session.trim()

    async def _append(self, records: Sequence[OutRecord]) -> None:
        rows = []
        for record in records:
            topic = self._hub.topics[record.topic]
            rows.append((topic, zlib.crc32(record.key.encode()) % topic.partitions, record))
        at = self._clock.now()
        async with self._appends.use() as connection:
            ends = await store.append(connection, [(topic.id, part, record) for topic, part, record in rows], at)
        self._hub.appended(rows, ends, at)

    async def _topic(self, name: str) -> Topic:
        if name not in self._hub.topics:
            await self._load_topics()
        try:
            return self._hub.topics[name]
        except KeyError:
            raise UnknownTopic(name) from None

    async def _load_topics(self) -> None:
        async with self._reads.use() as connection:
            self._hub.know(await store.load_topics(connection))
