"""Publishing to Kafka: an idempotent producer with acks=all, replaced when it is stuck or its sequence broke."""

import asyncio
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2

from chassis.bus.kafka.address import KafkaAddress
from chassis.bus.kafka.client import abandon, new_producer
from chassis.bus.port import BusUnavailable, OutRecord, TopicPartition
from chassis.telemetry.logs import get_logger

log = get_logger(__name__)

KEYS_REMEMBERED = 16_384
"""aiokafka hashes in Python; aggregates have several events in a row."""
STUCK_SECONDS = 30.0
"""An idempotent producer retries without end; after this long it is replaced (aiokafka issue 1017)."""

_hash: Callable[[bytes], int] = lru_cache(KEYS_REMEMBERED)(murmur2)

Batches = list[tuple[TopicPartition, Any]]


class Publisher:
    """Sends batches built by ourselves: a batch is stored whole or not at all, and the next one of its partition only
    after it, so a record never appears without those before it, even when a send fails half way."""

    def __init__(self, address: KafkaAddress) -> None:
        self._address = address
        self._producer: Any = None

    async def start(self) -> None:
        """Connect. Raises `KafkaError`."""
        if self._producer is not None:
            return
        producer = new_producer(self._address)
        try:
            await producer.start()
        except BaseException:
            await abandon(producer)
            raise
        self._producer = producer

    async def stop(self) -> None:
        """Give up what is in flight."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await abandon(producer)

    async def send(self, records: Sequence[OutRecord]) -> None:
        """Return when all are durable; else `BusUnavailable`, and the next call begins with a new producer."""
        try:
            async with asyncio.timeout(STUCK_SECONDS):
                await self.start()
                for batches in await self._rounds(records):
                    await self._send_round(batches)
        except (KafkaError, TimeoutError, OSError) as error:
            log.warning("replacing the Kafka producer", error=repr(error))
            await self.stop()
            raise BusUnavailable(f"Kafka: {error!r}") from error

    async def _send_round(self, batches: Batches) -> None:
        sent = [
            await self._producer.send_batch(batch, where.topic, partition=where.partition) for where, batch in batches
        ]
        for result in await asyncio.gather(*sent, return_exceptions=True):
            if isinstance(result, BaseException):
                raise result

    async def _rounds(self, records: Sequence[OutRecord]) -> list[Batches]:
        """Batches to send together: at most one of each partition."""
        counts: dict[str, int] = {}
        batches: dict[TopicPartition, list[Any]] = {}
        for record in records:
            if record.topic not in counts:
                counts[record.topic] = len(await self._producer.partitions_for(record.topic))
            key = record.key.encode()
            # As every Kafka client places keys, so that other producers of the topic agree.
            where = TopicPartition(record.topic, (_hash(key) & 0x7FFFFFFF) % counts[record.topic])
            headers = list(record.headers.items())
            built = batches.get(where)
            if built is None:
                built = batches[where] = [self._producer.create_batch()]
            if built[-1].append(key=key, value=record.value, timestamp=None, headers=headers) is None:
                built.append(self._producer.create_batch())
                built[-1].append(key=key, value=record.value, timestamp=None, headers=headers)
        columns = [[(where, batch) for batch in built] for where, built in batches.items()]
        return [[entry for entry in row if entry is not None] for row in zip_longest(*columns)]
