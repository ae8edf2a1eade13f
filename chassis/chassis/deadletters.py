"""Looking at dead letters and replaying them.

A replay publishes the record to the topic it came from, with its original event id: groups that handled it already
ignore it, the group that failed gets another chance. Positions of what was replayed are committed under a group of
its own, so nothing is replayed twice unless it died again.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from chassis.bus.port import Bus, OutRecord, Record, UnknownTopic
from chassis.inbox import dead_letter_topic
from contracts.event import text_headers

_PAGE = 200


@dataclass(frozen=True)
class DeadLetter:
    """A record that a group could not handle."""

    topic: str
    group: str
    event_id: str
    event_type: str
    key: str
    died_at: datetime
    attempts: int
    error: str


async def list_dead(bus: Bus, topic: str, group: str) -> AsyncIterator[DeadLetter]:
    """The dead letters of a group that were not replayed yet, oldest first."""
    async for record in _waiting(bus, topic, group):
        headers = text_headers(record.headers)
        yield DeadLetter(
            topic=topic,
            group=group,
            event_id=headers.get("ce_id", ""),
            event_type=headers.get("ce_type", ""),
            key=record.key,
            died_at=record.timestamp,
            attempts=int(headers.get("dead_attempts", "0")),
            error=headers.get("dead_error", ""),
        )


async def replay(bus: Bus, topic: str, group: str) -> int:
    """Publish every dead letter of the group to its topic again. Returns how many. Safe to repeat."""
    dead = dead_letter_topic(topic, group)
    remaining = sum([1 async for _ in _waiting(bus, topic, group)])
    consumer = bus.consumer(_replay_group(group), [dead], member="replay")
    await consumer.start()
    done = 0
    try:
        while done < remaining:
            records = await consumer.fetch(_PAGE, 10.0)
            if not records:
                break
            await bus.publish([_revived(topic, record) for record in records])
            await consumer.commit(records)
            done += len(records)
    finally:
        await consumer.stop()
    return done


async def _waiting(bus: Bus, topic: str, group: str) -> AsyncIterator[Record]:
    dead = dead_letter_topic(topic, group)
    try:
        ends = await bus.end_positions(dead)
    except UnknownTopic:
        return
    committed = await bus.committed_positions(_replay_group(group), dead)
    for partition, end in sorted(ends.items()):
        position = committed.get(partition, 0)
        while position < end:
            records = await bus.read(dead, partition, position, _PAGE)
            if not records:
                break
            for record in records:
                yield record
            position = records[-1].position + 1


def _revived(topic: str, record: Record) -> OutRecord:
    headers = {name: value for name, value in record.headers.items() if not name.startswith("dead_")}
    return OutRecord(topic, record.key, record.value, headers)


def _replay_group(group: str) -> str:
    return f"{group}.replay"
