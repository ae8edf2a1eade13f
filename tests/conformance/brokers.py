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
        for tries_left in (2, 1, 0):
            try:
                await asyncio.to_thread(self._server.start)
                return
            except RuntimeError:  # its port may have been lent to somebody's outgoing connection meanwhile
                if not tries_left:
                    raise
                await asyncio.sleep(2)


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
