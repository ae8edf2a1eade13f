"""The servers under the two adapters, as the tests handle them."""

import asyncio

from chassis.db.server import PostgresServer
from chassis.kafka_server import KafkaServer
from chassis.settings import database_of


class LogBroker:
    """The PostgreSQL server under the embedded log."""

    kind = "log"

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self.url = database_of(server.url, "posthouse_bus_conformance")

    async def kill(self) -> None:
        await asyncio.to_thread(self._server.kill)

    async def start(self) -> None:
        # PostgreSQL does not run as root, and every pytest that starts on the machine closes pytest's folder to others.
        for folder in self._server.directory.parents[:3]:
            if folder != folder.parent and folder.owner() == self._server.directory.parent.owner():
                folder.chmod(folder.stat().st_mode | 0o011)
        await asyncio.to_thread(self._server.start)


class KafkaBroker:
    """A real Apache Kafka. Sessions are short, so that tests of dead members do not take ten seconds each."""

    kind = "kafka"

    def __init__(self, server: KafkaServer) -> None:
        self._server = server
        self.url = f"{server.url}?session_seconds=2"

    async def kill(self) -> None:
        await asyncio.to_thread(self._server.kill)

    async def start(self) -> None:
        await asyncio.to_thread(self._server.start)
