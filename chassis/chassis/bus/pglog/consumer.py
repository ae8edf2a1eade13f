"""A member of a group reading the log."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Protocol

from chassis.bus.pglog import memberships, store
from chassis.bus.pglog.hub import Hub
from chassis.bus.pglog.link import Link
from chassis.bus.pglog.memberships import Ownership
from chassis.bus.port import BusUnavailable, OwnershipLost, Record, TopicPartition
from chassis.bus.progress import Progress, Span
from chassis.telemetry.logs import get_logger

log = get_logger(__name__)

RETRY_PAUSE = 0.2
"""Seconds before a fetch looks again while the database is away."""


class Presence(Protocol):
    """What the consumer asks of the process's session."""

    last_contact: float

    async def enter(self, consumer: "LogConsumer") -> None: ...
    async def exit(self, consumer: "LogConsumer") -> None: ...
    async def refresh(self, consumer: "LogConsumer") -> None: ...


class LogConsumer:
    """See `chassis.bus.port.Consumer`. Reads from memory what this process appended, the rest from the database."""

    def __init__(
        self, group: str, topics: Sequence[str], member: str, *, hub: Hub, link: Link, presence: Presence
    ) -> None:
        self.group, self.member, self.topics = group, member, tuple(topics)
        self._hub = hub
        self._link = link
        self._presence = presence
        self._progress = Progress()
        self._owned: Mapping[TopicPartition, Ownership] = {}
        self._keys: frozenset[tuple[int, int]] = frozenset()
        self._woken = asyncio.Event()
        self._turn = 0
        self._answered = asyncio.get_running_loop().time()

    async def start(self) -> None:
        await self._presence.enter(self)

    async def stop(self) -> None:
        await self._presence.exit(self)

    async def fetch(self, max_records: int, timeout: float) -> Sequence[Record]:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while True:
            self._woken.clear()
            remaining = deadline - loop.time()
            try:
                if records := await self._next(max_records):
                    self._answered = loop.time()
                    return records
            except BusUnavailable:
                remaining = min(remaining, RETRY_PAUSE)
            if deadline <= loop.time():
                self._answered = max(self._answered, self._presence.last_contact)
                return []
            with suppress(TimeoutError):
                async with asyncio.timeout(remaining):
                    await self._woken.wait()

    async def commit(self, records: Sequence[Record]) -> None:
        try:
            advanced = self._progress.to_commit(records)
        except OwnershipLost:
            await self.rewind()
            raise
        if not advanced:
            return
        rows = [
            (self._owned[where].topic_id, where.partition, self._owned[where].generation, position)
            for where, position in advanced.items()
        ]
        async with self._link.use() as connection:
            stored = await memberships.commit(connection, self.group, self.member, rows)
        if not stored:
            await self._presence.refresh(self)
            await self.rewind()
            raise OwnershipLost(f"{self.member} lost partitions of group {self.group}")
        self._progress.committed(advanced)

    async def rewind(self) -> None:
        self._progress.rewind()
        self.wake()

    def owned(self) -> frozenset[TopicPartition]:
        return frozenset(self._owned)

    def lag(self) -> Mapping[TopicPartition, int]:
        spans = self._progress.spans
        return {where: max(self._end(where) - spans[where].committed, 0) for where in self._owned if where in spans}

    def seconds_since_poll(self) -> float:
        return asyncio.get_running_loop().time() - self._answered

    def apply(self, owned: Mapping[TopicPartition, Ownership]) -> None:
        """The session learned what this member owns. Partitions of an unchanged generation go on where they are."""
        lost = [
            where
            for where, before in self._owned.items()
            if where not in owned or owned[where].generation != before.generation
        ]
        self._progress.lose(lost)
        for where, ownership in owned.items():
            if where not in self._progress.spans:
                self._progress.take(where, ownership.committed)
        self._owned = dict(owned)
        self._keys = frozenset((ownership.topic_id, where.partition) for where, ownership in owned.items())
        self.wake()

    def topic_ids(self) -> set[int]:
        """The topics of the owned partitions."""
        return {topic_id for topic_id, _ in self._keys}

    def reads(self, key: tuple[int, int]) -> bool:
        return key in self._keys

    def wake(self) -> None:
        self._woken.set()

    def _end(self, where: TopicPartition) -> int:
        return self._hub.ends.get((self._owned[where].topic_id, where.partition), 0)

    async def _next(self, max_records: int) -> list[Record]:
        """The next records, from memory and database; partitions take turns at being first."""
        handed: list[Record] = []
        elsewhere: list[tuple[TopicPartition, Span, int]] = []
        for where, span, count in self._plan(max_records):
            key = (self._owned[where].topic_id, where.partition)
            if records := self._hub.tails.take(key, span.working, count):
                self._progress.hand_out(where, records)
                handed += records
            else:
                elsewhere.append((where, span, count))
        if not elsewhere:
            return handed
        try:
            return handed + await self._read(elsewhere)
        except BusUnavailable:
            if handed:
                return handed
            raise

    def _plan(self, room: int) -> list[tuple[TopicPartition, Span, int]]:
        plan = []
        waiting = [
            (where, span, behind)
            for where, span in self._progress.spans.items()
            if (behind := self._end(where) - span.working) > 0
        ]
        self._turn += 1
        for place in range(len(waiting)):
            where, span, behind = waiting[(place + self._turn) % len(waiting)]
            plan.append((where, span, min(behind, room)))
            room -= min(behind, room)
            if room == 0:
                break
        return plan

    async def _read(self, wanted: Sequence[tuple[TopicPartition, Span, int]]) -> list[Record]:
        starts = [(where, span, span.working) for where, span, _ in wanted]
        ends = {where: self._end(where) for where, _, _ in wanted}
        async with self._link.use() as connection:
            rows = await store.read(
                connection,
                [(self._owned[where].topic_id, where.partition, span.working, count) for where, span, count in wanted],
            )
        found: dict[tuple[int, int], list[Record]] = {}
        names = {self._owned[where].topic_id: where.topic for where, _, _ in wanted if where in self._owned}
        for row in rows:
            if row["topic_id"] in names:
                found.setdefault((row["topic_id"], row["partition"]), []).append(
                    store.to_record(names[row["topic_id"]], row)
                )
        handed: list[Record] = []
        for where, span, start in starts:
            if self._progress.spans.get(where) is not span or span.working != start:
                continue  # lost or rewound while we were reading
            records = found.get((self._owned[where].topic_id, where.partition), [])
            if not records or records[0].position > start:
                span.working = records[0].position if records else ends[where]
                log.error("records expired unread", group=self.group, topic=where.topic, count=span.working - start)
            if records:
                self._progress.hand_out(where, records)
                handed += records
        return handed
