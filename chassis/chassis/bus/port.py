"""The message bus as services see it: a partitioned log with consumer groups. Two adapters, one behaviour.

The adapters are `chassis.bus.pglog` (a log inside PostgreSQL, for one machine) and `chassis.bus.kafka` (Apache Kafka).
`tests/conformance` holds every promise of this page against both.

**Topics and partitions.** A topic has a fixed number of partitions. A record's partition is a stable hash of its key,
so all records of one key share a partition. Within a partition a record has a *position*: an integer that grows, starts
at 0 and may have gaps. A topic must be made with `ensure_topics` before it is published to; a consumer may name a topic
that does not exist yet and receives from it once it does.

**Publishing.** `publish` returns when every record is durable: it survives a kill of the bus at the next instant.
Records of one key are stored in the order in which they were given, and calls of one task never overtake each other.
When it raises `BusUnavailable`, none, some or all of the records may be durable; the caller publishes all of them
again, in the same order, so a consumer can see a record twice. Between two such tries a consumer may see
`a b a b`, never `b a` alone.

**Delivery: at least once.** A *group* reads each topic once, whatever the number of its *members*; groups know nothing
of each other. A group that never committed begins at the oldest record kept. Each partition is owned by at most one
member. Three positions exist per group and partition:

- *committed*: the next record to handle, as stored in the bus. Survives restarts; after a crash of the bus itself it
  may be what it was a second earlier.
- *working*: the next record `fetch` will hand out. Lives in the member. Starts at the committed position.
- *end*: where the next published record will go.

`fetch` moves working forward; `commit` moves committed forward; `rewind` puts working back to committed. A record that
was fetched and not committed is handed out again after a rewind, a restart or a change of owner. Records of a partition
are handed out in order of position; after going back they are handed out again in that order.

**Rebalance.** Members join by `start` and leave by `stop`, or by dying: a dead process's partitions move within
seconds. A rebalance may happen at any moment, also between `fetch` and `commit`. A member that lost a partition (even
if it owns it again by now) cannot commit what it fetched before: `commit` raises `OwnershipLost`, *nothing* of that
call is stored, and the member is rewound. The caller drops the batch: roll back, or rely on the inbox table if the
effect was committed already, since the records will be handled again, perhaps elsewhere. Nothing is ever skipped.
`member` names the member stably across restarts (for example a pod's name): who comes back under its name soon after a
crash gets its partitions back without a rebalance. Two living members of a group must have different names.

**Pausing.** Whoever does not call `fetch` is paused. A member keeps its partitions however long handling takes, as long
as its event loop runs. The bus does not bound handling: whoever drives a consumer does, and watches
`seconds_since_poll`.

**When the bus is away** `fetch` returns nothing at its time-out and the adapter reconnects with backoff; `publish`,
`commit` and the queries raise `BusUnavailable` within bounded time. Working positions may go back to the committed ones
after a reconnect.

**Retention.** Records older than the topic's retention are removed, committed or not. A group that fell behind that far
continues at the oldest record left.

A consumer is used by one task at a time; a bus by any number of tasks of one event loop.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

MAX_RECORD_BYTES = 1_000_000
"""Largest key + value of a record, in bytes. With full headers a record stays under Kafka's default
`message.max.bytes` of 1,048,588."""

MAX_HEADER_BYTES = 32_000
"""Largest sum of header names and values, in bytes. Apart from the value's limit, so that a record that was accepted
can always be published again with more headers, as a dead letter is."""


class BusError(Exception):
    """Base of everything the bus raises on purpose."""


class BusUnavailable(BusError):
    """The bus did not answer or is away. Try again later; what was asked may or may not have happened."""


class OwnershipLost(BusError):
    """The member no longer owns a partition of the batch: nothing was committed, drop the batch and fetch again."""


class UnknownTopic(BusError):
    """Nobody made this topic. Call `ensure_topics` first."""

    def __init__(self, topic: str) -> None:
        super().__init__(f"topic {topic!r} does not exist")
        self.topic = topic


class RecordTooLarge(BusError):
    """A record is over `MAX_RECORD_BYTES` or `MAX_HEADER_BYTES`. Nothing of the call was published; trying again cannot
    help."""

    def __init__(self, topic: str, part: str, size: int, limit: int) -> None:
        super().__init__(f"a record for topic {topic!r} has {size} bytes of {part}; the limit is {limit}")
        self.topic, self.part, self.size, self.limit = topic, part, size, limit


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """What a topic should be: `partitions` bounds the members of a group that can work at once, `retention_hours` how
    far back a replay can reach."""

    name: str
    partitions: int = 12
    retention_hours: int = 24 * 14


class TopicPartition(NamedTuple):
    """One partition of one topic."""

    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class OutRecord:
    """A record to publish. `key` (without NUL) decides partition and order; `headers` keep their order."""

    topic: str
    key: str
    value: bytes
    headers: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(OutRecord):
    """A record as stored. `timestamp` (aware, UTC) is when the bus took it, by the publisher's or the bus's clock."""

    partition: int
    position: int
    timestamp: datetime

    @property
    def topic_partition(self) -> TopicPartition:
        """Where the record is stored."""
        return TopicPartition(self.topic, self.partition)


def require_publishable(records: Iterable[OutRecord]) -> None:
    """Refuse a batch before any of it is sent. Raises `RecordTooLarge`, or `ValueError` for a key with NUL."""
    for record in records:
        if "\0" in record.key:
            raise ValueError("a record key must not contain NUL")
        if (size := len(record.value) + _bytes(record.key)) > MAX_RECORD_BYTES:
            raise RecordTooLarge(record.topic, "key and value", size, MAX_RECORD_BYTES)
        if (size := _bytes("".join(record.headers)) + sum(map(len, record.headers.values()))) > MAX_HEADER_BYTES:
            raise RecordTooLarge(record.topic, "headers", size, MAX_HEADER_BYTES)


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


class Consumer(Protocol):
    """One member of a group. See the module's page for what is promised."""

    async def start(self) -> None:
        """Join the group. Returns without waiting for partitions; works while the bus is away."""

    async def stop(self) -> None:
        """Leave the group so that others take over at once. Does not commit. Idempotent."""

    async def fetch(self, max_records: int, timeout: float) -> Sequence[Record]:
        """Up to `max_records` next records of the owned partitions, as soon as there is one.

        In order within a partition; partitions and topics may be mixed. Empty after `timeout` seconds without a record.
        """

    async def commit(self, records: Sequence[Record]) -> None:
        """Store that these records, and all before them in their partitions, are handled.

        `records` came from this member's `fetch` and were not rewound since. Raises `OwnershipLost` (nothing stored,
        the batch must be dropped) or `BusUnavailable` (perhaps stored: commit again, or rewind). Committing what is
        committed changes nothing.
        """

    async def rewind(self) -> None:
        """Hand out again, from the next `fetch` on, all that is not committed (after a batch that failed)."""

    def owned(self) -> frozenset[TopicPartition]:
        """The partitions owned now, as far as known without asking the bus."""

    def lag(self) -> Mapping[TopicPartition, int]:
        """Records after the committed position per owned partition, as last known. Costs no I/O."""

    def seconds_since_poll(self) -> float:
        """Seconds since the bus last answered a `fetch`, with records or with the word that there are none, or since
        `start`. Grows while the bus is away or hangs, and while the caller handles a batch."""


class Bus(Protocol):
    """The connection of one process to the message bus. See the module's page for what is promised."""

    async def start(self) -> None:
        """Connect. Raises `BusUnavailable` when the bus cannot be reached; may then be called again."""

    async def stop(self) -> None:
        """Stop all consumers and close the connections. Idempotent."""

    async def ensure_topics(self, topics: Iterable[TopicSpec]) -> None:
        """Create what is missing; safe to call by many at once. An existing topic keeps its number of partitions, since
        changing it would move keys. Its retention is brought up to date in the log; in Kafka its operators own it."""

    async def publish(self, records: Sequence[OutRecord]) -> None:
        """Return when all records are durable, in order per topic and key.

        Raises `BusUnavailable` (publish all again), `RecordTooLarge` or `UnknownTopic` (nothing was published).
        """

    def consumer(self, group: str, topics: Sequence[str], *, member: str) -> Consumer:
        """A member of `group` for `topics`, not yet started. All members of a group must name the same topics."""

    async def healthy(self) -> bool:
        """Whether the bus answers now. Cheap: the answer is kept for up to a second, asking takes at most two."""

    async def end_positions(self, topic: str) -> dict[int, int]:
        """Per partition the position the next record will get. Raises `UnknownTopic`, `BusUnavailable`."""

    async def committed_positions(self, group: str, topic: str) -> dict[int, int]:
        """Per partition the committed position; a partition the group never committed is absent."""

    async def read(self, topic: str, partition: int, position: int, max_records: int) -> Sequence[Record]:
        """Records from `position` on, without a group and without any effect (looking at dead letters).

        Empty at the end of the partition. Begins at the oldest record when `position` is no longer kept.
        """
