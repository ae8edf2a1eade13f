"""What all tests share: one private PostgreSQL per run, and a small world of runtime, bus and services per test."""

import uuid
from collections.abc import AsyncIterator, Iterator

import pytest

from chassis.auth.tokens import TokenVerifier
from chassis.bus.factory import open_bus
from chassis.bus.pglog.store import create_database
from chassis.clock import ManualClock, SystemClock
from chassis.db.server import PostgresServer
from chassis.runtime import Runtime
from chassis.settings import ChassisSettings, database_of
from tests.support.databases import DatabasePool
from tests.support.folders import database_folder
from tests.support.tokens import AUDIENCE, ISSUER, TestIssuer
from tests.support.world import World

_FOLDERS_WITH_SERVERS = {"conformance", "e2e", "fuzz", "web"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of a file run on one worker; where a folder shares servers (Kafka, a whole house), those of the folder."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            shares = any(part in _FOLDERS_WITH_SERVERS for part in item.path.parts)
            item.add_marker(pytest.mark.xdist_group(str(item.path.parent if shares else item.path)))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL of this test process's own; `kill()` and `start()` it as you like, but put it back."""
    with database_folder() as folder:
        server = PostgresServer(folder, survives_power_loss=False)
        server.start()
        yield server
        server.stop()


@pytest.fixture
def unique() -> str:
    """A name part that no other test uses."""
    return uuid.uuid4().hex[:12]


@pytest.fixture(scope="session")
def issuer() -> TestIssuer:
    """Signs access tokens that the world's services accept."""
    return TestIssuer()


@pytest.fixture(scope="session")
def databases() -> DatabasePool:
    """Databases of `postgres_server` that wait to be used again."""
    return DatabasePool()


@pytest.fixture
async def world(
    postgres_server: PostgresServer, issuer: TestIssuer, databases: DatabasePool, unique: str
) -> AsyncIterator[World]:
    """Runtime, bus and databases of this test alone, on the system clock."""
    async for made in _world(postgres_server, issuer, databases, unique, SystemClock()):
        yield made


@pytest.fixture
async def manual_world(
    postgres_server: PostgresServer, issuer: TestIssuer, databases: DatabasePool, unique: str
) -> AsyncIterator[World]:
    """As `world`, on a clock that stands still until the test advances it."""
    async for made in _world(postgres_server, issuer, databases, unique, ManualClock()):
        yield made


async def _world(
    server: PostgresServer,
    issuer: TestIssuer,
    databases: DatabasePool,
    unique: str,
    clock: SystemClock | ManualClock,
) -> AsyncIterator[World]:
    prefix = f"t{unique}_"
    settings = ChassisSettings(
        database_prefix=prefix, public_base_url="https://posthouse.test", database_pool=3, trace_ratio=0
    )
    await databases.take(server.url, "template_bus", f"{prefix}bus", create_database)
    bus = open_bus(database_of(server.url, f"{prefix}bus"), clock=SystemClock())
    runtime = Runtime(
        settings=settings,
        bus=bus,
        database_server_url=server.url,
        identity=TokenVerifier(issuer=ISSUER, audience=AUDIENCE, keys=issuer.keys),
        clock=clock,
        single_process=True,
        migrate_on_start=False,
        instance="test",
    )
    await bus.start()
    await runtime.ensure_topics()
    made = World(runtime, issuer, databases)
    try:
        yield made
    finally:
        await made.stop()
        await bus.stop()
        await databases.give_back(server.url, prefix)
