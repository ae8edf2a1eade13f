"""What one process knows about the log without asking the database."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from chassis.bus.pglog.store import End, Topic
from chassis.bus.pglog.tails import Tails
from chassis.bus.port import OutRecord, Record


class Listener(Protocol):
    """A consumer, as far as the hub is concerned."""

    def reads(self, key: tuple[int, int]) -> bool:
        """Whether the consumer owns this partition (topic id, partition)."""

    def wake(self) -> None:
        """There may be something to fetch."""


class Hub:
    """Topics, ends and tails; wakes the consumers concerned when an end moves."""

    def __init__(self) -> None:
        self.topics: dict[str, Topic] = {}
        self.ends: dict[tuple[int, int], int] = {}
        self.tails = Tails()
        self.listeners: set[Listener] = set()

    def know(self, topics: Iterable[Topic]) -> None:
        """These topics exist."""
        self.topics.update({topic.name: topic for topic in topics})

    def advance(self, ends: Iterable[End]) -> None:
        """The log was seen to reach these ends."""
        moved = [(topic, part) for topic, part, end in ends if self.ends.get((topic, part), -1) < end]
        self.ends.update({(topic, part): end for topic, part, end in ends if (topic, part) in set(moved)})
        for listener in self.listeners:
            if any(listener.reads(key) for key in moved):
                listener.wake()

    def appended(self, rows: Sequence[tuple[Topic, int, OutRecord]], ends: Sequence[End], at: datetime) -> None:
        """This process appended `rows`, after which the partitions concerned have these ends."""
        by_key: dict[tuple[int, int], list[tuple[Topic, OutRecord]]] = {}
        for topic, partition, record in rows:
            by_key.setdefault((topic.id, partition), []).append((topic, record))
        for topic_id, partition, end in ends:
            key = (topic_id, partition)
            if not any(listener.reads(key) for listener in self.listeners):
                continue
            entries = by_key[key]
            self.tails.add(
                key,
                [
                    Record(
                        topic=topic.name,
                        key=record.key,
                        value=record.value,
                        headers=record.headers,
                        partition=partition,
                        position=position,
                        timestamp=at,
                    )
                    for position, (topic, record) in enumerate(entries, end - len(entries))
                ],
            )
        self.advance(ends)
