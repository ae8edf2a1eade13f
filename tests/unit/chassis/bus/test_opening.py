"""URLs, and what is said when a bus or a local Kafka cannot be had."""

import logging
from pathlib import Path

import pytest

from chassis.bus.factory import open_bus
from chassis.bus.kafka.address import KafkaAddress
from chassis.bus.kafka.client import Dampener
from chassis.bus.port import BusUnavailable
from chassis.clock import SystemClock
from chassis.kafka_server import KafkaUnavailable
from chassis.kafka_server.artefacts import classpath


def test_a_plain_kafka_url() -> None:
    address = KafkaAddress.from_url("kafka://a:9092,b:9093")

    assert address.client == {"bootstrap_servers": ["a:9092", "b:9093"], "security_protocol": "PLAINTEXT"}
    assert address.session_seconds == 10


def test_a_kafka_url_with_login_encryption_and_session() -> None:
    address = KafkaAddress.from_url("kafkas://posthouse:p%40ss@a:9092?session_seconds=6")

    assert address.client["security_protocol"] == "SASL_SSL"
    assert address.client["sasl_mechanism"] == "SCRAM-SHA-512"
    assert address.client["sasl_plain_password"] == "p@ss"
    assert address.client["ssl_context"].check_hostname
    assert address.session_seconds == 6
    assert "p@ss" not in repr(address)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("kafka://", "at least one host"),
        ("kafka://a:9092?sesion_seconds=6", "sesion_seconds"),
        ("kafka://a:9092?nonsense", "bad query field"),
        ("amqp://a", "no bus speaks amqp"),
        ("", "no bus speaks"),
    ],
)
def test_a_url_that_makes_no_sense_is_refused(url: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        open_bus(url, SystemClock())


@pytest.mark.parametrize("url", ["postgresql://x:y@127.0.0.1:1/bus", "kafka://127.0.0.1:1"])
async def test_a_server_that_is_not_there_is_unavailable_and_stopping_is_clean(url: str) -> None:
    bus = open_bus(url, SystemClock())

    with pytest.raises(BusUnavailable):
        await bus.start()

    assert not await bus.healthy()
    await bus.stop()
    await bus.stop()


def test_without_java_or_maven_the_reason_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(KafkaUnavailable, match="not found: java, mvn"):
        classpath(tmp_path)


def test_a_repeated_complaint_is_logged_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("chassis.bus.kafka.client.time.monotonic", lambda: now)
    dampener = Dampener(seconds=30)

    def passes(message: str) -> bool:
        return dampener.filter(logging.LogRecord("aiokafka", logging.ERROR, "", 0, message, ("x",), None))

    assert passes("no broker %s")
    assert passes("something else %s")
    assert not passes("no broker %s")
    now = 131.0
    assert passes("no broker %s")
