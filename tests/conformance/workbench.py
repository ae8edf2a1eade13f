"""What the conformance tests work with: a broker that can be killed, and helpers that wait for conditions."""

import asyncio
import json
import sys
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from chassis.bus.factory import open_bus
from chassis.bus.port import Bus, BusUnavailable, Consumer, OutRecord, Record, TopicSpec
from chassis.clock import Clock, SystemClock

PATIENCE = 30.0
"""Seconds after which a condition that does not come true fails the test."""


class Broker(Protocol):
    """A bus server of its own kind, running."""

    kind: str
    url: str

    async def kill(self) -> None:
        """As a crash would."""

    async def start(self) -> None:
        """Return once it answers again, at the same address and with its data."""


class Workbench:
    """Makes buses, topics and consumers with names of this test's own, and stops them at its end."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self._buses: list[Bus] = []
        self._members: list[MemberProcess] = []

    async def bus(self, clock: Clock | None = None) -> Bus:
        bus = self.bus_not_started(clock)
        await bus.start()
        return bus

    def bus_not_started(self, clock: Clock | None = None) -> Bus:
        bus = open_bus(self.broker.url, clock or SystemClock())
        self._buses.append(bus)
        return bus

    def name(self, kind: str) -> str:
        return f"{kind}-{uuid.uuid4().hex[:10]}"

    async def topic(self, bus: Bus, partitions: int = 4) -> str:
        name = self.name("topic")
        await bus.ensure_topics([TopicSpec(name, partitions)])
        return name

    async def consumer(self, bus: Bus, group: str, *topics: str, member: str = "one", owning: int = 4) -> Consumer:
        """A started consumer that owns as many partitions as the test expects."""
        consumer = bus.consumer(group, topics, member=member)
        await consumer.start()
        await eventually(lambda: len(consumer.owned()) == owning, f"{member} owns {owning} partitions")
        return consumer

    async def member_process(self, group: str, topic: str, member: str, *, commit: bool) -> "MemberProcess":
        """A member in a process of its own, which can be killed."""
        process = MemberProcess(self.broker.url, group, topic, member, commit=commit)
        self._members.append(process)
        await process.start()
        return process

    async def close(self) -> None:
        for process in self._members:
            await process.kill()
        for bus in self._buses:
            await bus.stop()


class MemberProcess:
    """Runs `member.py`; collects what it reports."""

    def __init__(self, url: str, group: str, topic: str, member: str, *, commit: bool) -> None:
        self._arguments = [url, group, topic, member, "commit" if commit else "keep"]
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self.owned = 0
        self.values: list[str] = []

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, str(Path(__file__).with_name("member.py")), *self._arguments, stdout=asyncio.subprocess.PIPE
        )
        self._reader = asyncio.create_task(self._read(self._process.stdout))

    async def kill(self) -> None:
        """SIGKILL: the process gets no chance to leave its group."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        if self._reader is not None:
            await self._reader

    async def _read(self, output: asyncio.StreamReader | None) -> None:
        assert output is not None
        while line := await output.readline():
            report = json.loads(line)
            self.owned = report["owned"]
            self.values += report["values"]


def records(topic: str, count: int, *, keys: int = 10, start: int = 0) -> list[OutRecord]:
    """Records whose value is `key:sequence within the key`."""
    return [
        OutRecord(topic, f"key-{number % keys}", f"key-{number % keys}:{number // keys}".encode())
        for number in range(start, start + count)
    ]


def values(taken: Iterable[Record]) -> list[str]:
    return [record.value.decode() for record in taken]


async def take(consumer: Consumer, count: int, *, at_once: int = 500) -> list[Record]:
    """Exactly `count` records, without committing them."""
    taken: list[Record] = []
    deadline = time.monotonic() + PATIENCE
    while len(taken) < count:
        assert time.monotonic() < deadline, f"only {len(taken)} of {count} records came"
        taken += await consumer.fetch(min(at_once, count - len(taken)), 1.0)
    return taken


async def nothing_more(consumer: Consumer) -> bool:
    """Whether the consumer has nothing to hand out for a moment."""
    return not await consumer.fetch(10, 0.3)


async def publish_patiently(bus: Bus, batch: Sequence[OutRecord]) -> None:
    """As the relay does: again and again, until the bus has taken all."""
    deadline = time.monotonic() + 2 * PATIENCE
    while True:
        try:
            await bus.publish(batch)
            return
        except BusUnavailable:
            assert time.monotonic() < deadline, "the bus stayed away"
            await asyncio.sleep(0.1)


async def eventually(condition: Callable[[], bool], what: str, *, timeout: float = PATIENCE) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"never happened: {what}"
        await asyncio.sleep(0.02)


def assert_ordered_per_key(delivered: Iterable[str]) -> None:
    """First deliveries of each key come in sequence, without a gap. Values are `key:sequence`."""
    following: dict[str, int] = defaultdict(int)
    for value in delivered:
        key, _, sequence = value.rpartition(":")
        assert int(sequence) <= following[key], f"{value} came before {key}:{following[key]}"
        following[key] = max(following[key], int(sequence) + 1)


def assert_complete(delivered: Iterable[str], published: Iterable[OutRecord]) -> None:
    missing = {record.value.decode() for record in published} - set(delivered)
    assert not missing, f"{len(missing)} records were lost, for example {sorted(missing)[:5]}"
