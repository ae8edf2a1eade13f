"""One PostgreSQL database of one service, and the transaction everything happens in."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import CursorResult, Executable, Row, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from chassis.clock import Clock, SystemClock
from chassis.db.errors import DatabaseUnavailable, is_unavailable
from chassis.db.signals import Signals
from chassis.db.writes import PendingEvent, PendingStreamEntry, write_audit, write_outbox, write_streams, write_timers
from chassis.ids import uuid7
from chassis.telemetry import traces
from contracts.event import EventData

T = TypeVar("T")

OUTBOX_SIGNAL = "outbox"
TIMER_SIGNAL = "timer"


@dataclass
class Tx:
    """A running transaction: statements, and what goes with their commit.

    Events, stream entries and audit entries are collected and written last, immediately before COMMIT: by then the
    transaction holds the row locks of the aggregates it changed, so events of one aggregate are numbered in the order
    of its changes. Whoever emits an event must have updated or locked the aggregate's row in the same transaction.
    """

    connection: AsyncConnection
    driver: "asyncpg.Connection[Any]"
    now: datetime
    database: "Database"
    _events: list[PendingEvent] = field(default_factory=list)
    _entries: list[PendingStreamEntry] = field(default_factory=list)
    _audit: list[tuple[str, str, str, str]] = field(default_factory=list)
    _timers: dict[tuple[str, str], tuple[datetime, str] | None] = field(default_factory=dict)
    _signals: set[str] = field(default_factory=set)
    _callbacks: list[Callable[[], None]] = field(default_factory=list)

    async def execute(
        self, statement: Executable, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> CursorResult[Any]:
        """Run a SQLAlchemy Core statement."""
        return await self.connection.execute(statement, parameters)

    async def all(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        """All rows."""
        return (await self.connection.execute(statement, parameters)).all()

    async def first(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Row[Any] | None:
        """The first row, or None."""
        return (await self.connection.execute(statement, parameters)).first()

    async def one(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Row[Any]:
        """The only row; anything else is a programming error and raises."""
        return (await self.connection.execute(statement, parameters)).one()

    async def scalar(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Any:
        """The first column of the first row, or None."""
        return (await self.connection.execute(statement, parameters)).scalar()

    async def fetch(self, sql: str, *arguments: object) -> "list[asyncpg.Record]":
        """Run plain SQL with `$1` parameters straight on the driver, for hot paths; same transaction."""
        if not traces.recording():
            rows: list[asyncpg.Record] = await self.driver.fetch(sql, *arguments)
            return rows
        with traces.span("db.query", attributes=_span_attributes(sql)):
            rows = await self.driver.fetch(sql, *arguments)
        return rows

    def emit(self, data: EventData, *, event_id: UUID | None = None) -> UUID:
        """Record that something happened; the relay publishes it after the commit. Returns the event's id."""
        event_id = event_id or uuid7()
        self._events.append(PendingEvent(event_id, data, traces.current_traceparent()))
        self._signals.add(OUTBOX_SIGNAL)
        return event_id

    def append_stream(self, channel: str, type: str, data: Mapping[str, Any]) -> None:
        """Add an entry to a live stream; it gets the next number of its channel and wakes the channel's listeners."""
        self._entries.append(PendingStreamEntry(channel, type, orjson.dumps(data, default=str).decode()))
        self._signals.add(stream_signal(channel))

    def notify_stream(self, channel: str) -> None:
        """Wake the listeners of a channel after the commit, without a stream entry."""
        self._signals.add(stream_signal(channel))

    def audit(self, actor: str, action: str, resource: str, detail: Mapping[str, Any] | None = None) -> None:
        """Note who did or saw what. Detail holds identifiers and field names, never the personal data itself."""
        self._audit.append((actor, action, resource, json.dumps(detail or {}, default=str)))

    async def schedule(self, kind: str, key: str, due_at: datetime, payload: Mapping[str, Any] | None = None) -> None:
        """Set the durable timer (kind, key), replacing one that is pending. It is written at the end."""
        self._timers[kind, key] = (due_at, json.dumps(payload or {}, default=str))
        self._signals.add(TIMER_SIGNAL)

    async def cancel_timer(self, kind: str, key: str) -> None:
        """Remove a timer, at the end; nothing happens if it fired already."""
        self._timers[kind, key] = None

    @asynccontextmanager
    async def attempt(self) -> AsyncIterator[None]:
        """A part that may fail alone: if the block raises, its statements, its locks and all it collected (events,
        stream and audit entries, callbacks) are undone, and the transaction can go on."""
        lists: tuple[list[Any], ...] = (self._events, self._entries, self._audit, self._callbacks)
        lengths, timers = [len(collected) for collected in lists], dict(self._timers)
        begun = self.driver.transaction()
        await begun.start()
        try:
            yield
        except BaseException:
            for collected, length in zip(lists, lengths, strict=True):
                del collected[length:]
            self._timers = timers
            if not self.driver.is_closed():
                await begun.rollback()
            raise
        await begun.commit()

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call `callback` once the transaction is durable. It must not fail and must not block."""
        self._callbacks.append(callback)

    async def _flush(self) -> None:
        if self._timers:
            await write_timers(self, self._timers)
        if self._audit:
            await write_audit(self, self._audit)
        if self._entries:
            await write_streams(self, self._entries)
        if self._events:
            await write_outbox(self, self._events, self.database.outbox_shards)
            for observe in self.database.observers:
                await observe(self, self._events)

    def _committed(self) -> None:
        for name in self._signals:
            self.database.signals.notify(name)
        for callback in self._callbacks:
            callback()


class Database:
    """The database of one service. Errors that mean "away" surface as `DatabaseUnavailable`.

    The pool runs in autocommit mode and `transaction` issues BEGIN and COMMIT itself, so that Core statements and
    plain driver calls share one transaction.
    """

    def __init__(
        self,
        url: str,
        *,
        service: str,
        clock: Clock | None = None,
        pool: int = 5,
        overflow: int = 15,
        outbox_shards: int = 8,
        shared: bool = True,
    ) -> None:
        """`shared=False` promises that no other process works on this database: wake-ups then stay in the process."""
        self.url = url
        self.service = service
        self.clock = clock or SystemClock()
        self.outbox_shards = outbox_shards
        self.signals = Signals(url if shared else None)
        self.observers: list[Callable[[Tx, Sequence[PendingEvent]], Awaitable[None]]] = []
        """Each sees the events of a transaction right before its COMMIT, and may write in it what belongs to them."""
        self.engine: AsyncEngine = create_async_engine(
            url.replace("postgresql://", "postgresql+asyncpg://", 1),
            isolation_level="AUTOCOMMIT",
            pool_size=pool,
            max_overflow=overflow,
            pool_timeout=10,
            json_serializer=lambda value: orjson.dumps(value, default=str).decode(),
            json_deserializer=orjson.loads,
            connect_args={"timeout": 5, "server_settings": {"application_name": f"posthouse-{service}", "jit": "off"}},
        )
        _trace_statements(self.engine)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """Everything or nothing: commits at the end of the block, rolls back if it raises."""
        async with self._connection() as (connection, driver):
            tx = Tx(connection, driver, self.clock.now(), self)
            begun = driver.transaction()
            await begun.start()
            try:
                yield tx
                await tx._flush()
            except BaseException:
                if not driver.is_closed():
                    await begun.rollback()
                raise
            await begun.commit()
        tx._committed()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        """Statements that only read, outside a transaction: each sees the newest committed state."""
        async with self._connection() as (connection, driver):
            yield Tx(connection, driver, self.clock.now(), self)

    @asynccontextmanager
    async def _connection(self) -> "AsyncIterator[tuple[AsyncConnection, asyncpg.Connection[Any]]]":
        try:
            async with self.engine.connect() as connection:
                raw = await connection.get_raw_connection()
                driver = raw.driver_connection
                if driver is None or driver.is_closed():
                    await connection.invalidate()
                    raise DatabaseUnavailable(self.service)
                try:
                    yield connection, driver
                except BaseException:
                    if driver.is_closed():
                        await connection.invalidate()
                    raise
        except DatabaseUnavailable:
            raise
        except Exception as error:
            if is_unavailable(error):
                raise DatabaseUnavailable(self.service) from error
            raise

    async def ping(self) -> bool:
        """Whether the database answers."""
        try:
            async with self.read() as tx:
                await tx.fetch("select 1")
        except DatabaseUnavailable:
            return False
        return True

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


def stream_signal(channel: str) -> str:
    """The wake-up name of a stream channel."""
    return f"stream:{channel}"


def _span_attributes(sql: str) -> dict[str, str | int]:
    return {"db.system.name": "postgresql", "db.query.summary": " ".join(sql.split()[:3])}


def _trace_statements(engine: AsyncEngine) -> None:
    """A span for each Core statement, if the surrounding trace is sampled."""

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def before(_conn: Any, _cursor: Any, statement: str, _parameters: Any, context: Any, _many: Any) -> None:
        if traces.recording() and context is not None:
            context.posthouse_span = traces.tracer().start_span("db.query", attributes=_span_attributes(statement))

    @event.listens_for(engine.sync_engine, "after_cursor_execute")
    def after(_conn: Any, _cursor: Any, _statement: str, _parameters: Any, context: Any, _many: Any) -> None:
        span = getattr(context, "posthouse_span", None)
        if span is not None:
            span.end()

    @event.listens_for(engine.sync_engine, "handle_error")
    def failed(context: Any) -> None:
        span = getattr(context.execution_context, "posthouse_span", None)
        if span is not None:
            span.record_exception(context.original_exception)
            span.end()
