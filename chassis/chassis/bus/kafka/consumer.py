"""A member of a Kafka consumer group.

What aiokafka needs help with: a rebalance runs in the background, so progress is forgotten the moment it begins;
`getmany` waits without limit while one is going on; and nothing tells that a consumer is stuck.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError, UnknownMemberIdError
from aiokafka.structs import TopicPartition as KafkaPartition

from chassis.bus.kafka import client
from chassis.bus.kafka.address import KafkaAddress
from chassis.bus.port import BusUnavailable, OwnershipLost, Record, TopicPartition
from chassis.bus.progress import Progress
from chassis.telemetry.logs import get_logger

log = get_logger(__name__)

COMMIT_TIMEOUT = 5.0
REBALANCE_GRACE = 2.0
"""Seconds that a rebalance waits for a commit in flight, so that it does not cross into the next generation."""
FETCH_GRACE = 0.25
"""Seconds a fetch may take beyond its time-out: only when a rebalance is going on."""
STUCK_SECONDS = 30.0
"""Silence of the broker after which the client is replaced (aiokafka issue 1154)."""
FIRST_BACKOFF, LONGEST_BACKOFF = 0.1, 2.0


class KafkaConsumer(ConsumerRebalanceListener):
    """See `chassis.bus.port.Consumer`."""

    def __init__(self, group: str, topics: Sequence[str], member: str, address: KafkaAddress) -> None:
        self.group, self.member, self.topics = group, member, tuple(topics)
        self._address = address
        self._client: Any = None
        self._connecting: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()
        self._committing: asyncio.Task[None] | None = None
        self._progress = Progress()
        self._answered = time.monotonic()

    async def start(self) -> None:
        self._answered = time.monotonic()
        self._connecting = asyncio.create_task(self._connect())

    async def stop(self) -> None:
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
            self._connecting = None
        await self._disconnect(leave=True)

    async def fetch(self, max_records: int, timeout: float) -> Sequence[Record]:
        deadline = time.monotonic() + timeout
        while True:
            remaining = max(deadline - time.monotonic(), 0.0)
            try:
                async with asyncio.timeout(remaining + FETCH_GRACE):
                    await self._connected.wait()
                    found = await self._client.getmany(timeout_ms=int(remaining * 1000), max_records=max_records)
            except TimeoutError:
                found = {}
            except KafkaError as error:
                log.warning("replacing the Kafka consumer", group=self.group, error=repr(error))
                await self._reconnect()
                continue
            records = self._hand_out(found)
            if records or time.monotonic() >= deadline:
                await self._note_answer(bool(records))
                return records

    async def commit(self, records: Sequence[Record]) -> None:
        try:
            advanced = self._progress.to_commit(records)
            if advanced:
                await self._store({KafkaPartition(*where): position for where, position in advanced.items()})
        except OwnershipLost:
            await self.rewind()
            raise
        self._progress.committed(advanced)

    async def rewind(self) -> None:
        assigned = self._client.assignment() if self._client is not None else ()
        for where, position in self._progress.rewind().items():
            if where in assigned:
                self._client.seek(KafkaPartition(*where), position)

    def owned(self) -> frozenset[TopicPartition]:
        assigned = self._client.assignment() if self._client is not None else ()
        return frozenset(TopicPartition(where.topic, where.partition) for where in assigned)

    def lag(self) -> Mapping[TopicPartition, int]:
        lag = {}
        for where in self.owned():
            end = self._client.highwater(KafkaPartition(*where))
            span = self._progress.spans.get(where)
            # Nothing handed out yet: then the working position is the committed one.
            done = span.committed if span else client.working_position(self._client, KafkaPartition(*where))
            lag[where] = max(end - done, 0) if end is not None and done is not None else 0
        return lag

    def seconds_since_poll(self) -> float:
        return time.monotonic() - self._answered

    def look_for_topics(self) -> None:
        """Topics were made: ask for them now instead of at the next refresh."""
        if self._client is not None:
            client.refresh_topics(self._client)

    async def on_partitions_revoked(self, revoked: Any) -> None:
        """A rebalance begins. Called before the group is joined again: what was fetched is not ours to commit."""
        if self._committing is not None and not self._committing.done():
            await asyncio.wait([self._committing], timeout=REBALANCE_GRACE)
            self._committing.cancel()
        self._progress.lose(list(self._progress.spans))

    def on_partitions_assigned(self, assigned: Any) -> None:
        """A rebalance ended; positions start at the committed ones."""
        self._answered = time.monotonic()

    async def _store(self, offsets: Mapping[Any, int]) -> None:
        if self._client is None:
            raise OwnershipLost(f"{self.member} is not connected")
        self._committing = asyncio.create_task(self._client.commit(offsets))
        done, _ = await asyncio.wait([self._committing], timeout=COMMIT_TIMEOUT)
        if not done:
            self._committing.cancel()
            raise BusUnavailable(f"Kafka: no answer to a commit within {COMMIT_TIMEOUT} s")
        if self._committing.cancelled():
            raise OwnershipLost(f"group {self.group} was rebalanced during a commit")
        error = self._committing.exception()
        if isinstance(error, CommitFailedError | UnknownMemberIdError | IllegalStateError):
            raise OwnershipLost(f"{self.member} lost partitions of group {self.group}") from error
        if isinstance(error, KafkaError | OSError):
            raise BusUnavailable(f"Kafka: {error!r}") from error
        if error is not None:
            raise error

    async def _connect(self) -> None:
        backoff = FIRST_BACKOFF
        while self._client is None:
            member = client.new_member(self._address, self.group, self.member)
            try:
                await member.start()
            except (KafkaError, OSError) as error:
                log.warning("Kafka is away", group=self.group, error=repr(error), retry_in=backoff)
                await client.close_member(member, leave=False)
                await asyncio.sleep(backoff)
                backoff = min(backoff * 2, LONGEST_BACKOFF)
            except BaseException:
                await client.close_member(member, leave=False)
                raise
            else:
                # Subscribing only now, so that `start` does not wait for topics and partitions.
                member.subscribe(topics=list(self.topics), listener=self)
                self._client = member
                self._connected.set()

    async def _disconnect(self, *, leave: bool) -> None:
        member, self._client = self._client, None
        self._connected.clear()
        self._progress.lose(list(self._progress.spans))
        if member is not None:
            await client.close_member(member, leave=leave)

    async def _reconnect(self) -> None:
        await self._disconnect(leave=False)
        self._connecting = asyncio.create_task(self._connect())

    def _hand_out(self, found: Mapping[Any, Sequence[Any]]) -> list[Record]:
        handed: list[Record] = []
        for where, messages in found.items():
            records = [to_record(message) for message in messages]
            partition = TopicPartition(where.topic, where.partition)
            span = self._progress.spans.get(partition)
            if span is not None and records[0].position != span.working:
                missing = records[0].position - span.working
                log.error("positions skipped, records may have expired", topic=where.topic, count=missing)
            self._progress.hand_out(partition, records)
            handed += records
        return handed

    async def _note_answer(self, received: bool) -> None:
        """Remember when the broker last answered; replace a client that it does not answer any more."""
        if self._client is None:
            return
        if received:
            self._answered = time.monotonic()
        elif assigned := self._client.assignment():
            polled = max((self._client.last_poll_timestamp(where) or 0 for where in assigned), default=0) / 1000
            self._answered = max(self._answered, time.monotonic() - max(time.time() - polled, 0.0))
        elif client.knows_coordinator(self._client):
            self._answered = time.monotonic()  # a member without partitions has only its heartbeat
        if self.seconds_since_poll() > STUCK_SECONDS:
            log.error("no answer from Kafka, replacing the consumer", group=self.group)
            self._answered = time.monotonic()
            await self._reconnect()


def to_record(message: Any) -> Record:
    """A message of aiokafka as a record."""
    return Record(
        topic=message.topic,
        key=(message.key or b"").decode("utf-8", "replace"),
        value=message.value or b"",
        headers=dict(message.headers),
        partition=message.partition,
        position=message.offset,
        timestamp=datetime.fromtimestamp(message.timestamp / 1000, UTC),
    )
