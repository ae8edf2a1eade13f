"""The aiokafka clients, and the few places where its public surface does not reach.

aiokafka is only partly annotated, so its clients are `Any` here and beyond. Each function that touches a private
attribute says what for; the conformance suite notices when a new version moves one.
"""

import asyncio
import logging
import time
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.protocol.metadata import MetadataRequest

from chassis.bus.kafka.address import KafkaAddress
from chassis.bus.port import TopicSpec

REQUEST_TIMEOUT_MS = 10_000
BATCH_BYTES = 512 * 1024
"""Largest batch of one partition, under the broker's default `message.max.bytes`."""
FETCH_BYTES = 4 * 1024 * 1024
"""Most bytes of one partition per fetch."""
METADATA_AGE_MS = 10_000
"""How long a topic made by another process may stay unnoticed."""
HEARTBEAT_MS = 1_000
"""A member learns of a rebalance by its heartbeat: the default of 3 s would stall a group for as long."""
IDLE_WAKE_MS = 1_000
"""How often an idle consumer looks up without being told; the default of 200 ms only costs CPU."""
NEVER_MS = 2**31 - 1


QUIET_SECONDS = 30.0


class Dampener(logging.Filter):
    """Lets each message of a logger through once in a while: aiokafka repeats itself while a broker is away."""

    def __init__(self, seconds: float = QUIET_SECONDS) -> None:
        super().__init__()
        self._seconds = seconds
        self._last: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        due = now - self._last.get(str(record.msg), float("-inf")) >= self._seconds
        if due:
            self._last[str(record.msg)] = now
        return due


for _chatty in (
    "",
    ".conn",
    ".consumer.fetcher",
    ".consumer.group_coordinator",
    ".producer.producer",
    ".producer.sender",
):
    logging.getLogger(f"aiokafka{_chatty}").addFilter(Dampener())


def new_producer(address: KafkaAddress) -> Any:
    """An idempotent producer that waits for all in-sync replicas and sends at once."""
    return AIOKafkaProducer(  # type: ignore[no-untyped-call]
        **address.client,
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
        max_batch_size=BATCH_BYTES,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
    )


def new_member(address: KafkaAddress, group: str, member: str) -> Any:
    """A static member of a group that commits nothing by itself. It is not subscribed yet."""
    session_ms = int(address.session_seconds * 1000)
    # The assignor keeps its state on the class: consumers of one process would mix theirs up.
    own_assignor = type("OwnStickyAssignor", (StickyPartitionAssignor,), {})
    return AIOKafkaConsumer(  # type: ignore[no-untyped-call]
        **address.client,
        group_id=group,
        group_instance_id=member,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        partition_assignment_strategy=(own_assignor,),
        session_timeout_ms=session_ms,
        heartbeat_interval_ms=min(session_ms // 5, HEARTBEAT_MS),
        rebalance_timeout_ms=session_ms,
        # Not fetching is pausing; membership depends on the heartbeat alone.
        max_poll_interval_ms=NEVER_MS,
        max_partition_fetch_bytes=FETCH_BYTES,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        metadata_max_age_ms=METADATA_AGE_MS,
        consumer_timeout_ms=IDLE_WAKE_MS,
    )


def new_reader(address: KafkaAddress) -> Any:
    """A consumer outside any group."""
    return AIOKafkaConsumer(  # type: ignore[no-untyped-call]
        **address.client, request_timeout_ms=REQUEST_TIMEOUT_MS, enable_auto_commit=False
    )


def new_admin(address: KafkaAddress) -> Any:
    """A client for topics and offsets."""
    return AIOKafkaAdminClient(**address.client, request_timeout_ms=REQUEST_TIMEOUT_MS)


def new_topic(spec: TopicSpec, replicas: int) -> Any:
    """What the admin client wants to know to create a topic."""
    retention = {"retention.ms": str(spec.retention_hours * 3_600_000)}
    return NewTopic(spec.name, spec.partitions, replicas, topic_configs=retention)  # type: ignore[no-untyped-call]


async def abandon(producer: Any) -> None:
    """Close a producer without delivering what is pending: `stop` waits for the broker as long as it is away."""
    producer._closed = True
    with suppress(Exception):
        await producer.client.close()
    with suppress(Exception):
        async with asyncio.timeout(1):
            await producer._sender.close()


async def close_member(member: Any, *, leave: bool) -> None:
    """Close a group's consumer. A static member stays in its group until its session ends, which would stall its
    partitions for that long; with `leave` it tells the group that it goes."""
    if leave and member._coordinator is not None:
        member._coordinator._group_instance_id = None
    try:
        async with asyncio.timeout(3):
            await member.stop()
    except Exception:
        with suppress(Exception):
            await member._client.close()


def refresh_topics(member: Any) -> None:
    """Ask for the topics now instead of at the next refresh."""
    member._client.force_metadata_update()


def knows_coordinator(member: Any) -> bool:
    """Whether the member is in touch with its group's coordinator."""
    return member._coordinator is not None and member._coordinator.coordinator_id is not None


def working_position(member: Any, where: Any) -> int | None:
    """The position the next fetch starts at, without waiting for it to be known."""
    subscription = member._subscription.subscription
    if subscription is None or subscription.assignment is None:
        return None
    state = subscription.assignment.state_value(where)
    return int(state.position) if state is not None and state.has_valid_position else None


def broker_count(admin: Any) -> int:
    """Brokers in the cluster, as last known."""
    return len(admin._client.cluster.brokers())


async def ping(admin: Any) -> None:
    """Ask a broker for the list of brokers: the cheapest question there is. Raises `KafkaError`."""
    client = admin._client
    await client.send(client.get_random_node(), MetadataRequest([]))
