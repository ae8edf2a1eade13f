"""A service: its HTTP app, its database, its event consumer, its timers and background tasks, started and drained."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI

from chassis import audit
from chassis.auth import api_keys
from chassis.auth.principal import Principal
from chassis.bus.port import BusUnavailable
from chassis.db.migrate import migrate
from chassis.http import health, openapi
from chassis.http.middleware import wrap
from chassis.http.problems import HANDLERS
from chassis.http.sse import StreamParameters, trim_streams
from chassis.inbox import EventConsumer, Handler, InboxParameters, Prepare, trim_inbox
from chassis.outbox import Relay
from chassis.runtime import Runtime
from chassis.tasks import Supervisor
from chassis.telemetry.logs import get_logger
from chassis.timers import TimerHandler, TimerParameters, TimerWheel
from contracts.event import EventData

log = get_logger(__name__)

_HEALTH_EVERY = 1.0
_TRIM_EVERY = 600.0
_INBOX_HOURS = 24.0 * 15  # a day longer than topics keep their records
_IDEMPOTENCY_HOURS = 24.0 * 2


class Service:
    """One service in this process. `build(runtime)` of each service makes one; the launcher starts and stops it."""

    def __init__(
        self,
        name: str,
        runtime: Runtime,
        *,
        title: str,
        description: str = "",
        migrations: Path | None,
        max_body_bytes: int | None = None,
        max_file_bytes: int | None = None,
    ) -> None:
        """`name` is the distribution's name (`tracking-gateway`); `migrations` the Alembic folder of its tables.
        `max_file_bytes` is for bodies that are a file (`application/octet-stream`), `max_body_bytes` for all others."""
        self.name = name
        self.runtime = runtime
        self.clock = runtime.clock
        self.db = runtime.database(name)
        self.started = False
        self._migrations = migrations
        self._handlers: dict[type[EventData], Handler] = {}
        self._prepare: Prepare | None = None
        self._timers: dict[str, TimerHandler] = {}
        self._tasks: list[tuple[str, Callable[[], Awaitable[None]]]] = []
        self._on_start: list[Callable[[], Awaitable[None]]] = []
        self._on_stop: list[Callable[[], Awaitable[None]]] = []
        self._supervisor = Supervisor(name)
        self._consumer: EventConsumer | None = None
        self._bus_answers = False
        self._database_answers = False
        self._api_keys = api_keys.ApiKeys(self.db)
        self.app = FastAPI(
            title=title,
            description=description,
            version="1",
            docs_url="/docs",
            redoc_url=None,
            telemetry={
                "tracing": False,
                "metrics": False,
                "logs": False,
            },  # `Observe` does it, at a fraction of the cost
        )
        for error, handler in HANDLERS.items():
            self.app.add_exception_handler(error, handler)
        wrap(
            self.app,
            service=name,
            max_body_bytes=max_body_bytes or runtime.settings.max_body_bytes,
            max_file_bytes=max_file_bytes,
        )
        self.app.state.service = self
        self.app.state.draining = runtime.draining
        self.app.include_router(health.router)
        self.include(api_keys.router(name))
        self.include(audit.router)
        openapi.install(self.app)

    def include(self, router: APIRouter) -> None:
        """Serve these routes."""
        self.app.include_router(router)

    def provide(self, name: str, value: Any) -> None:
        """Make `value` available to endpoints as `request.app.state.<name>`."""
        setattr(self.app.state, name, value)

    def consume(self, handlers: Mapping[type[EventData], Handler], *, prepare: Prepare | None = None) -> None:
        """Handle these event types. All of a service's handlers share one consumer group named after it.

        `prepare` runs before the handlers of each transaction, with all its events.
        """
        self._handlers.update(handlers)
        self._prepare = prepare or self._prepare

    def on_timer(self, kind: str, handler: TimerHandler) -> None:
        """Handle durable timers of this kind."""
        self._timers[kind] = handler

    def background(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Keep `run` going in the background while the service is up."""
        self._tasks.append((name, run))

    def on_start(self, callback: Callable[[], Awaitable[None]]) -> None:
        """Call once the database is ready, before anything is consumed."""
        self._on_start.append(callback)

    def on_stop(self, callback: Callable[[], Awaitable[None]]) -> None:
        """Call when the service stops, after its tasks ended and before the database closes."""
        self._on_stop.append(callback)

    async def authenticate(self, credential: str) -> Principal:
        """Who holds this bearer credential; 401 if nobody."""
        if credential.startswith(api_keys.PREFIX):
            return await self._api_keys.verify(credential)
        return await self.runtime.identity.verify(credential)

    def accepts_intake(self) -> bool:
        """Whether provider webhooks may be accepted now (see the setting `intake_without_broker`)."""
        return self._bus_answers or self.runtime.settings.intake_without_broker == "accept"

    def obstacles(self) -> list[str]:
        """What keeps the service from being ready; empty if nothing does."""
        found = []
        if not self.started:
            found.append("starting")
        if self.runtime.draining.is_set():
            found.append("draining")
        if not self._database_answers:
            found.append("database is away")
        if not self._bus_answers:
            found.append("message bus is away")
        if self._consumer and self._consumer.halted:
            found.append("event consumer halted at its dead-letter limit")
        return found

    async def migrate(self) -> None:
        """Create the database if need be and bring its schema up to date."""
        await self.runtime.ensure_database(self.name)
        await migrate(self.db.url, self._migrations)

    async def start(self) -> None:
        """Start everything. The bus must have been started. May be called again if it failed half-way."""
        if self.runtime.migrate_on_start:
            await self.migrate()
        await self._check_health()
        while self._on_start:
            await self._on_start[0]()
            del self._on_start[0]
        self._supervisor.start("health", self._watch_health)
        self._supervisor.start("relay", Relay(self.db, self.runtime.bus, source=self.name).run)
        self._supervisor.start("signals", self.db.signals.run)
        self._supervisor.start("trim", self._trim)
        if self._handlers:
            self._consumer = EventConsumer(
                self.db,
                self.runtime.bus,
                group=self.name,
                member=self.runtime.instance,
                handlers=self._handlers,
                parameters=InboxParameters.load(),
                prepare=self._prepare,
            )
            self._supervisor.start("consumer", self._consumer.run)
        if self._timers:
            self._supervisor.start("timers", TimerWheel(self.db, self._timers, TimerParameters.load()).run)
        for name, run in self._tasks:
            self._supervisor.start(name, run)
        self.started = True
        log.info("service started", service=self.name)

    async def stop(self) -> None:
        """Stop consuming, end the tasks, close the database. What was in flight is delivered again later."""
        self.started = False
        await self._supervisor.stop()
        for callback in reversed(self._on_stop):
            with suppress(Exception):
                await callback()
        await self.db.close()
        log.info("service stopped", service=self.name)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Service"]:
        """The service, started for the length of the block."""
        await self.start()
        try:
            yield self
        finally:
            await self.stop()

    async def _watch_health(self) -> None:
        while True:
            await asyncio.sleep(_HEALTH_EVERY)
            await self._check_health()

    async def _check_health(self) -> None:
        self._database_answers, self._bus_answers = await asyncio.gather(self.db.ping(), self._bus_healthy())

    async def _bus_healthy(self) -> bool:
        try:
            return await self.runtime.bus.healthy()
        except BusUnavailable:
            return False

    async def _trim(self) -> None:
        """Remove what nobody can ask for any more."""
        while True:
            await asyncio.sleep(_TRIM_EVERY)
            await trim_inbox(self.db, _INBOX_HOURS)
            await trim_streams(self.db, StreamParameters.load().retention_hours)
            async with self.db.transaction() as tx:
                await tx.fetch(
                    "delete from idempotency_key where created_at < $1::timestamptz - make_interval(secs => $2)",
                    tx.now,
                    _IDEMPOTENCY_HOURS * 3600,
                )
