"""The process's presence in the log: memberships, ownership, news of appends, retention. One connection."""

import asyncio
from contextlib import suppress
from typing import Any

from chassis.bus.pglog import memberships, store
from chassis.bus.pglog.consumer import LogConsumer
from chassis.bus.pglog.hub import Hub
from chassis.bus.pglog.link import Connection, Link
from chassis.bus.port import BusUnavailable
from chassis.clock import Clock
from chassis.telemetry.logs import get_logger

log = get_logger(__name__)

SAFETY_POLL = 0.25
"""Seconds between looks at the ends of the topics, in case a NOTIFY was lost. News normally arrive without it."""
GROUP_CHECK = 1.0
"""Seconds between looks for members whose process died."""
RECONNECT_GRACE = 2.0
"""Seconds after a reconnect in which nobody is declared dead: after a restart of PostgreSQL all come back."""
TRIM_INTERVAL = 60.0
FIRST_BACKOFF, LONGEST_BACKOFF = 0.1, 2.0


class Session:
    """Keeps the consumers of one process members of their groups and tells them what they own."""

    def __init__(self, url: str, hub: Hub, clock: Clock) -> None:
        self._hub = hub
        self._clock = clock
        self._link = Link(url, name="session", prepare=self._prepare)
        self._session = 0
        self._consumers: dict[LogConsumer, bool] = {}  # whether it has joined
        self._generations: dict[str, int] = {}
        self._news = asyncio.Event()
        self._groups_changed = False
        self._task: asyncio.Task[None] | None = None
        self._next_check = self._next_trim = self._no_deaths_before = 0.0
        self.last_contact = float("-inf")

    def start(self) -> None:
        """Begin to watch."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End the memberships and close the connection."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._link.close()

    async def enter(self, consumer: LogConsumer) -> None:
        """Make the consumer a member now, or as soon as the database is back."""
        self._hub.listeners.add(consumer)
        try:
            async with self._link.use() as connection:
                await self._join(connection, consumer)
        except BusUnavailable as error:
            self._consumers[consumer] = False
            log.warning("bus is away, joining later", group=consumer.group, error=str(error))
        self._news.set()

    async def exit(self, consumer: LogConsumer) -> None:
        """End the consumer's membership. If the database is away, the end of this session ends it."""
        self._hub.listeners.discard(consumer)
        if consumer in self._consumers:
            with suppress(BusUnavailable):
                async with self._link.use() as connection:  # joins happen under the same lock
                    if self._consumers.pop(consumer, False):
                        await memberships.leave(connection, consumer.group, consumer.member, self._session)
            self._consumers.pop(consumer, None)
        consumer.apply({})

    async def refresh(self, consumer: LogConsumer) -> None:
        """Ask what the consumer owns, because a commit was refused."""
        async with self._link.use() as connection:
            await self._load(connection, consumer)

    async def trim(self) -> int:
        """Remove what is beyond its topic's retention; how many records."""
        removed = 0
        while True:
            async with self._link.use() as connection:
                batch = await store.trim(connection, self._clock.now())
            removed += batch
            if batch < store.TRIM_BATCH:
                return removed

    async def _run(self) -> None:
        backoff = FIRST_BACKOFF
        loop = asyncio.get_running_loop()
        while True:
            self._news.clear()
            try:
                if self._consumers:
                    async with self._link.use() as connection:
                        await self._look(connection, loop.time())
                    if loop.time() >= self._next_trim:
                        self._next_trim = loop.time() + TRIM_INTERVAL
                        await self.trim()
                    backoff = FIRST_BACKOFF
            except BusUnavailable as error:
                log.warning("bus is away", error=str(error), retry_in=backoff)
                await asyncio.sleep(backoff)
                backoff = min(backoff * 2, LONGEST_BACKOFF)
                continue
            # Not `wait_for`: before Python 3.12 it can swallow a cancellation that arrives together with the news.
            with suppress(TimeoutError):
                async with asyncio.timeout(SAFETY_POLL if self._consumers else None):
                    await self._news.wait()

    async def _look(self, connection: Connection, now: float) -> None:
        for consumer, joined in list(self._consumers.items()):
            if not joined and consumer in self._consumers:
                await self._join(connection, consumer)
        groups = sorted({consumer.group for consumer in self._consumers})
        if self._groups_changed or now >= self._next_check:
            self._groups_changed = False
            self._next_check = now + GROUP_CHECK
            if now >= self._no_deaths_before:
                await memberships.share_if_needed(connection, groups)
            for group, generation in (await memberships.generations(connection, groups)).items():
                if self._generations.get(group) != generation:
                    self._generations[group] = generation
                    for consumer in [one for one in self._consumers if one.group == group]:
                        await self._load(connection, consumer)
        await self._load_ends(connection)
        self.last_contact = asyncio.get_running_loop().time()

    async def _join(self, connection: Connection, consumer: LogConsumer) -> None:
        await memberships.join(connection, consumer.group, consumer.member, consumer.topics, self._session)
        self._consumers[consumer] = True
        await self._load(connection, consumer)
        await self._load_ends(connection)

    async def _load(self, connection: Connection, consumer: LogConsumer) -> None:
        owned = await memberships.load_owned(connection, consumer.group, consumer.member, self._session)
        if owned is None and self._consumers.get(consumer):
            if await memberships.replaced(connection, consumer.group, consumer.member, self._session):
                log.error("another process uses this member's name", group=consumer.group, member=consumer.member)
            else:
                self._consumers[consumer] = False  # declared dead while away: join again
        consumer.apply(owned or {})

    async def _load_ends(self, connection: Connection) -> None:
        topics = {topic_id for consumer in self._consumers for topic_id in consumer.topic_ids()}
        if topics:
            self._hub.advance(await store.load_ends(connection, sorted(topics)))

    async def _prepare(self, connection: Connection) -> None:
        """After every (re)connect: listen, be alive, keep the memberships that nobody ended meanwhile."""
        await connection.add_listener(store.APPEND_CHANNEL, self._on_append)
        await connection.add_listener(store.GROUP_CHANNEL, self._on_group)
        loop = asyncio.get_running_loop()
        old, self._session = self._session, await memberships.open_session(connection)
        if old:
            self._no_deaths_before = loop.time() + RECONNECT_GRACE
            for consumer in [one for one, joined in self._consumers.items() if joined]:
                await memberships.move_session(connection, consumer.group, consumer.member, old, self._session)
                await self._load(connection, consumer)
        self._groups_changed = True

    def _on_append(self, _connection: Any, _pid: int, _channel: str, payload: Any) -> None:
        if payload:
            self._hub.advance(store.parse_ends(str(payload)))
        else:
            self._news.set()

    def _on_group(self, _connection: Any, _pid: int, _channel: str, _payload: Any) -> None:
        self._groups_changed = True
        self._news.set()
