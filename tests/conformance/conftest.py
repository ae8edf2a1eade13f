"""Every test of this folder runs on both adapters, against real servers.

Apache Kafka comes from Maven artefacts. Without Java or Maven its tests are skipped with the reason on a developer's
machine, and fail where `CI` is set.
"""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from chassis.kafka_server import KafkaServer, KafkaUnavailable
from tests.conformance.brokers import KafkaBroker, LogBroker
from tests.conformance.workbench import Broker, Workbench

CACHE = Path(__file__).parents[2] / "build" / "kafka"


@pytest.fixture(scope="session")
def kafka_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    """A Kafka of this test session's own."""
    server = KafkaServer(tmp_path_factory.mktemp("kafka"), cache=CACHE)
    try:
        server.start()
    except KafkaUnavailable as error:
        if os.environ.get("CI"):
            pytest.fail(f"no Kafka to test against: {error}")
        pytest.skip(f"no Kafka to test against: {error}")
    yield server
    server.kill()


@pytest.fixture(scope="session", params=["log", pytest.param("kafka", marks=pytest.mark.kafka)])
def broker(request: pytest.FixtureRequest) -> Broker:
    """Each adapter's server in turn."""
    if request.param == "log":
        return LogBroker(request.getfixturevalue("postgres_server"))
    return KafkaBroker(request.getfixturevalue("kafka_server"))


@pytest.fixture
async def bench(broker: Broker) -> AsyncIterator[Workbench]:
    """The workbench of one test."""
    made = Workbench(broker)
    yield made
    await made.close()
