"""A small world for service tests: a runtime on fresh databases, services started in it, events put in and read out."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import httpx

from chassis.bus.port import Bus, OutRecord
from chassis.clock import Clock
from chassis.db.migrate import migrate
from chassis.ids import uuid7
from chassis.runtime import Runtime
from chassis.service import Service
from contracts.event import EventData, cloudevent_headers
from tests.support.databases import DatabasePool
from tests.support.tokens import TestIssuer

D = TypeVar("D", bound=EventData)
T = TypeVar("T")


class World:
    """Everything a service test needs. Made by the fixture `world`; stops its services at the end of the test."""

    def __init__(self, runtime: Runtime, issuer: TestIssuer, databases: DatabasePool) -> None:
        self.runtime = runtime
        self.databases = databases
        self.issuer = issuer
        self._services: list[Service] = []

    @property
    def bus(self) -> Bus:
        """The message bus."""
        return self.runtime.bus

    @property
    def clock(self) -> Clock:
        """The clock of the services."""
        return self.runtime.clock

    async def start(self, build: Callable[..., Service], *arguments: Any, **options: Any) -> Service:
        """Build a service on its own fresh database and start it."""
        service = build(self.runtime, *arguments, **options)
        await self._prepare_database(service)
        await service.start()
        self._services.append(service)
        return service

    async def stop(self) -> None:
        """Stop all services and give their databases back."""
        self.runtime.draining.set()
        for service in reversed(self._services):
            await service.stop()

    def client(self, service: Service, *scopes: str, subject: str = "agent-1", **options: Any) -> httpx.AsyncClient:
        """An HTTP client of the service, signed in with these scopes (none: not signed in)."""
        headers = {"Authorization": f"Bearer {self.issuer.token(subject, scopes)}"} if scopes else {}
        transport = httpx.ASGITransport(app=service.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers, **options)

    async def publish(self, *events: EventData, event_ids: Iterable[UUID] | None = None, source: str = "test") -> None:
        """Put events on the bus as their producer would."""
        ids = list(event_ids) if event_ids else [uuid7() for _ in events]
        records = [
            OutRecord(
                topic=event.topic,
                key=event.key,
                value=event.model_dump_json().encode(),
                headers=cloudevent_headers(
                    id=event_id, type=event.event_type, source=source, time=self.clock.now(), key=event.key
                ),
            )
            for event, event_id in zip(events, ids, strict=True)
        ]
        await self.bus.publish(records)

    async def published(self, kind: type[D]) -> list[D]:
        """All events of this type on the bus, oldest first per partition."""
        found: list[tuple[datetime, D]] = []
        for partition, end in (await self.bus.end_positions(kind.topic)).items():
            position = 0
            while position < end:
                records = await self.bus.read(kind.topic, partition, position, 500)
                if not records:
                    break
                for record in records:
                    if record.headers.get("ce_type", b"").decode() == kind.event_type:
                        found.append((record.timestamp, kind.model_validate_json(record.value)))
                position = records[-1].position + 1
        return [event for _, event in sorted(found, key=lambda item: item[0])]

    async def wait_published(self, kind: type[D], count: int = 1, *, timeout: float = 20) -> list[D]:
        """Wait until at least `count` events of the type are on the bus."""
        return await eventually(lambda: self.published(kind), lambda events: len(events) >= count, timeout=timeout)

    async def _prepare_database(self, service: Service) -> None:
        async def fill(url: str) -> None:
            await migrate(url, service._migrations)

        name = self.runtime.database_name(service.name)
        template = f"template_{service.name.replace('-', '_')}"
        await self.databases.take(self.runtime.database_server_url, template, name, fill)


async def eventually(read: Callable[[], Awaitable[T]], holds: Callable[[T], bool] = bool, *, timeout: float = 20) -> T:
    """Read until the condition holds and return what was read; fail with the last value after `timeout` seconds."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout
    while True:
        value = await read()
        if holds(value):
            return value
        if loop.time() > deadline:
            shown = json.dumps(value, default=str)[:2000] if not isinstance(value, str) else value[:2000]
            raise AssertionError(f"condition did not hold within {timeout} s; last value: {shown}")
        await asyncio.sleep(0.02)
