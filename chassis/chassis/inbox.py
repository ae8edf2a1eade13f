"""Consuming events: each effect is committed once, in order, whatever the bus redelivers.

A batch of records is handled in one transaction: their ids go into the inbox table (those already there are skipped),
the handlers run in order, the transaction commits, and only then the bus learns the positions: at once when there is
nothing more to do, every few batches when there is, since what is handled twice is skipped. If a batch fails, its
records are taken one by one; a record that keeps failing goes to the dead-letter topic. When too many records in a row
are dead, the consumer halts instead of emptying the topic into it: that is a bug of ours, not of the records.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from opentelemetry.trace import SpanKind
from pydantic import Field, ValidationError

from chassis.bus.port import Bus, BusUnavailable, Consumer, OutRecord, OwnershipLost, Record, TopicSpec
from chassis.db.database import Database, Tx
from chassis.db.errors import DatabaseUnavailable, is_retryable
from chassis.parameters import ParameterSet
from chassis.telemetry import metrics, traces
from chassis.telemetry.logs import get_logger
from contracts.catalogue import DEAD_LETTERS_SUFFIX
from contracts.event import Event, EventData, UnreadableEnvelope, event_of

log = get_logger(__name__)

Handler = Callable[[Tx, Any], Awaitable[None]]
"""`async def on_<event>(tx, event: Event[D])`; marked with `@batched`: `(tx, events: Sequence[Event[D]])`."""

Prepare = Callable[[Tx, Sequence[Event[Any]]], Awaitable[None]]
"""`async def prepare(tx, events)`: sees all events of a transaction before their handlers run, and takes the locks
they will need in the service's one order. Handlers take theirs event by event; without this, two batches could each
hold what the other wants next."""


class InboxParameters(ParameterSet):
    """How patient a consumer is."""

    version: int = 1
    batch_size: int = Field(default=500, description="records a transaction; measured: gains level off above 500")
    uncommitted_limit: int = Field(
        default=1000,
        description="handled records the bus has not been told of, under load; a crash hands them out again",
    )
    fetch_seconds: float = Field(default=5.0, description="how long an idle consumer waits for records; proposed")
    attempts: int = Field(default=5, description="tries of a failing record before it is dead; proposed")
    first_pause_seconds: float = Field(default=0.2, description="pause after the first failure, doubling; proposed")
    longest_pause_seconds: float = Field(default=5.0, description="longest pause between tries; proposed")
    dead_limit: int = Field(default=20, description="dead records among the last `dead_window` that halt; proposed")
    dead_window: int = Field(default=100, description="records over which dead ones are counted; proposed")


_number = attrgetter("int")

DEAD_LETTER_HOURS = 24 * 28
"""Dead letters are kept twice as long as the catalogue's topics, so that a fix has time."""


def batched(handler: Handler) -> Handler:
    """Mark a handler that takes a list of events of one type (neighbours in a batch) instead of one event."""
    handler.posthouse_batched = True  # type: ignore[attr-defined]
    return handler


class Poison(Exception):
    """The record can never be handled: it does not parse, or its payload breaks the schema."""


class ConsumerHalted(Exception):
    """Too many dead records. Fix the cause, restart the service, then replay with `posthouse dead-letters replay`."""


class EventConsumer:
    """Feeds the handlers of one service from the bus, as one member of the consumer group `group`."""

    def __init__(
        self,
        db: Database,
        bus: Bus,
        *,
        group: str,
        member: str,
        handlers: Mapping[type[EventData], Handler],
        parameters: InboxParameters | None = None,
        prepare: Prepare | None = None,
    ) -> None:
        self._db = db
        self._bus = bus
        self._group = group
        self._handlers = {data.event_type: (data, handler) for data, handler in handlers.items()}
        self._topics = sorted({data.topic for data in handlers})
        self._prepare = prepare
        self._member = member
        self._parameters = parameters or InboxParameters()
        self._recent: deque[bool] = deque(maxlen=self._parameters.dead_window)
        self._consumer: Consumer | None = None
        self._handled: list[Record] = []
        self.halted = False

    def seconds_since_poll(self) -> float:
        """How long the bus has been silent; 0 before the start."""
        return self._consumer.seconds_since_poll() if self._consumer else 0.0

    async def run(self) -> None:
        """Consume until cancelled, or until the dead-letter limit halts the consumer."""
        await wait_for_topics(self._bus, [dead_letter_topic(topic, self._group) for topic in self._topics])
        self._consumer = self._bus.consumer(self._group, self._topics, member=self._member)
        await self._consumer.start()
        try:
            while not self.halted:
                await self._round(self._consumer)
        finally:
            await self._consumer.stop()

    async def _round(self, consumer: Consumer) -> None:
        try:
            records = await self._fetch(consumer)
            if records:
                calm = await self._handle(records)
                self._handled += records
                # A record that was buried once must not be buried again after a crash.
                if not calm or len(self._handled) >= self._parameters.uncommitted_limit:
                    await self._commit(consumer)
        except OwnershipLost:
            self._handled.clear()
            log.info("partitions moved while a batch was handled; dropping it", group=self._group)
        except (DatabaseUnavailable, BusUnavailable) as error:
            log.warning("cannot work, trying again", group=self._group, error=repr(error))
            self._handled.clear()
            await self._db.clock.sleep(self._parameters.first_pause_seconds)
            await consumer.rewind()
        except ConsumerHalted:
            self.halted = True
            metrics.CONSUMER_HALTED.labels(self._group).set(1)
            log.error("consumer halted at its dead-letter limit", group=self._group, hint=str(ConsumerHalted.__doc__))
        metrics.CONSUMER_LAG.labels(self._group).set(sum(consumer.lag().values()))

    async def _fetch(self, consumer: Consumer) -> Sequence[Record]:
        """The next records. Before it waits for some, the bus learns how far we are."""
        records: Sequence[Record] = ()
        if self._handled:
            records = await consumer.fetch(self._parameters.batch_size, 0)
            if not records:
                await self._commit(consumer)
        if not records:
            records = await consumer.fetch(self._parameters.batch_size, self._parameters.fetch_seconds)
        metrics.CONSUMER_POLL_AGE.labels(self._group).set(consumer.seconds_since_poll())
        return records

    async def _commit(self, consumer: Consumer) -> None:
        handled, self._handled = self._handled, []
        await consumer.commit(handled)

    async def _handle(self, records: Sequence[Record]) -> bool:
        """Commit the effects of these records. Returns whether all went well at the first try."""
        try:
            await self._apply([event for record in records if (event := self._decode(record))])
            self._recent.extend(False for _ in records)
            return True
        except (DatabaseUnavailable, BusUnavailable):
            raise
        except Exception as error:
            log.warning("a batch failed, taking its records one by one", group=self._group, error=repr(error))
            for record in records:
                await self._handle_alone(record)
            return False

    async def _handle_alone(self, record: Record) -> None:
        pause = self._parameters.first_pause_seconds
        for attempt in range(1, self._parameters.attempts + 1):
            try:
                event = self._decode(record)
                await self._apply([event] if event else [])
                self._recent.append(False)
                return
            except (DatabaseUnavailable, BusUnavailable):
                raise
            except Exception as error:
                if isinstance(error, Poison) or attempt == self._parameters.attempts:
                    await self._bury(record, error, attempt)
                    return
                metrics.EVENTS_RETRIED.labels(self._group).inc()
                log.warning("handling failed, trying again", group=self._group, attempt=attempt, error=repr(error))
                await self._db.clock.sleep(0 if is_retryable(error) else pause)
                pause = min(pause * 2, self._parameters.longest_pause_seconds)

    async def _apply(self, batch: Sequence[Event[Any]]) -> None:
        if not batch:
            return
        with traces.span(f"handle {self._group}", traceparent=batch[0].traceparent, kind=SpanKind.CONSUMER):
            async with self._db.transaction() as tx:
                fresh = await self._claim(tx, [event.id for event in batch])
                events: list[Event[Any]] = []
                for event in batch:
                    if event.id in fresh:
                        fresh.discard(event.id)  # a duplicate within the batch counts once
                        events.append(event)
                if self._prepare is not None and events:
                    await self._prepare(tx, events)
                for type_name, group in groupby(events, key=lambda event: event.type):
                    await self._call(tx, type_name, list(group))
        metrics.EVENTS_DUPLICATE.labels(self._group).inc(len(batch) - len(events))
        for type_name, count in Counter(event.type for event in events).items():
            metrics.EVENTS_HANDLED.labels(self._group, type_name).inc(count)

    async def _call(self, tx: Tx, type_name: str, events: list[Event[Any]]) -> None:
        handler = self._handlers[type_name][1]
        if getattr(handler, "posthouse_batched", False):
            await handler(tx, events)
            return
        for event in events:
            await handler(tx, event)

    async def _claim(self, tx: Tx, ids: Sequence[UUID]) -> set[UUID]:
        """Sorted, so that two members that redeliver the same events cannot deadlock on each other's inbox rows."""
        rows = await tx.fetch(
            """insert into inbox (consumer, event_id, handled_at)
               select $1, id, $3 from unnest($2::uuid[]) as e (id) on conflict do nothing returning event_id""",
            self._group,
            sorted(set(ids), key=_number),
            tx.now,
        )
        return {row["event_id"] for row in rows}

    def _decode(self, record: Record) -> Event[Any] | None:
        """The event of a record; None for types this service does not handle; `Poison` if it is not readable."""
        type_name = record.headers.get("ce_type", b"").decode("utf-8", "replace")
        known = self._handlers.get(type_name)
        if known is None:
            return None
        try:
            return event_of(record.headers, key=record.key, data=known[0].model_validate_json(record.value))
        except (UnreadableEnvelope, ValidationError) as error:
            raise Poison(f"{type_name}: {error}") from error

    async def _bury(self, record: Record, error: Exception, attempts: int) -> None:
        self._recent.append(True)
        if sum(self._recent) > self._parameters.dead_limit:
            raise ConsumerHalted
        headers = {
            **record.headers,
            "dead_topic": record.topic.encode(),
            "dead_group": self._group.encode(),
            "dead_position": f"{record.partition}/{record.position}".encode(),
            "dead_attempts": str(attempts).encode(),
            "dead_error": repr(error)[:2000].encode(),
        }
        topic = dead_letter_topic(record.topic, self._group)
        await self._bus.publish([OutRecord(topic, record.key, record.value, headers)])
        metrics.EVENTS_DEAD.labels(self._group, record.topic).inc()
        log.error("event moved to the dead letters", group=self._group, topic=topic, error=repr(error))


def dead_letter_topic(topic: str, group: str) -> str:
    """Where records of `topic` go that `group` could not handle."""
    return f"{topic}.{group}{DEAD_LETTERS_SUFFIX}"


async def trim_inbox(db: Database, older_than_hours: float) -> int:
    """Forget handled ids older than the longest time a record can still be redelivered. Returns how many."""
    async with db.transaction() as tx:
        rows = await tx.fetch(
            """with gone as (delete from inbox where ctid = any(array(
                   select ctid from inbox where handled_at < $1::timestamptz - make_interval(secs => $2) limit 10000))
                 returning 1) select count(*) as n from gone""",
            tx.now,
            older_than_hours * 3600,
        )
    return int(rows[0]["n"])


async def wait_for_topics(bus: Bus, names: Sequence[str]) -> None:
    """Create dead-letter topics, however long the bus takes to come up. One partition: there should be few records."""
    while True:
        try:
            await bus.ensure_topics([TopicSpec(name, 1, DEAD_LETTER_HOURS) for name in names])
            return
        except BusUnavailable as error:
            log.warning("bus is away, cannot create topics yet", error=str(error))
            await asyncio.sleep(1)
