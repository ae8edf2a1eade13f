"""What a process gives to each service it hosts: settings, clock, bus, identity, databases."""

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from chassis.auth.tokens import TokenVerifier
from chassis.bus.port import Bus, TopicSpec
from chassis.clock import Clock, SystemClock
from chassis.db.database import Database
from chassis.db.migrate import ensure_database
from chassis.settings import ChassisSettings, database_of
from contracts.catalogue import TOPICS


class ServiceTokens(Protocol):
    """Where a service gets the bearer token for calls to another service."""

    async def bearer(self) -> str:
        """A token that is valid for at least the next minute."""


@dataclass
class Runtime:
    """The surroundings of the services of one process.

    `single_process` promises that no other process works on the databases (all-in-one): wake-ups stay in the process.
    `draining` is set when the process was asked to stop; long-lived streams end themselves then.
    """

    settings: ChassisSettings
    bus: Bus
    database_server_url: str
    identity: TokenVerifier
    tokens: ServiceTokens | None = None
    clock: Clock = field(default_factory=SystemClock)
    single_process: bool = False
    migrate_on_start: bool = True
    instance: str = field(default_factory=socket.gethostname)
    draining: asyncio.Event = field(default_factory=asyncio.Event)
    extra: Mapping[str, Any] = field(default_factory=dict)

    def database_name(self, service: str) -> str:
        """The database of a service."""
        return f"{self.settings.database_prefix}{service.replace('-', '_')}"

    def database(self, service: str) -> Database:
        """A handle on the service's database; the caller closes it."""
        return Database(
            database_of(self.database_server_url, self.database_name(service)),
            service=service,
            clock=self.clock,
            pool=self.settings.database_pool,
            overflow=self.settings.database_pool_overflow,
            shared=not self.single_process,
        )

    async def ensure_database(self, service: str) -> None:
        """Create the service's database if it is missing."""
        await ensure_database(self.database_server_url, self.database_name(service))

    async def ensure_topics(self) -> None:
        """Create the catalogue's topics."""
        await self.bus.ensure_topics(topic_specs())


def topic_specs() -> list[TopicSpec]:
    """Every topic that must exist before services start; consumers add their dead-letter topics themselves."""
    return [TopicSpec(topic.name, topic.partitions, topic.retention_hours) for topic in TOPICS]
