"""What one member handed out and committed, per owned partition: the rules of the port that both adapters share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from chassis.bus.port import OwnershipLost, Record, TopicPartition


@dataclass(slots=True)
class Span:
    """Positions of one partition since it was taken over at `start`: `start <= committed <= working`."""

    start: int
    committed: int
    working: int


class Progress:
    """Forgets a partition when it is lost, so that what was fetched before cannot be committed after."""

    def __init__(self) -> None:
        self.spans: dict[TopicPartition, Span] = {}

    def take(self, partition: TopicPartition, committed: int) -> None:
        """The partition is ours, beginning at its committed position."""
        self.spans[partition] = Span(committed, committed, committed)

    def lose(self, partitions: Iterable[TopicPartition]) -> None:
        """The partitions are no longer ours."""
        for partition in partitions:
            self.spans.pop(partition, None)

    def hand_out(self, partition: TopicPartition, records: Sequence[Record]) -> None:
        """`records` of this partition, in order, go to the caller."""
        span = self.spans.get(partition)
        if span is None:
            span = self.spans[partition] = Span(*(records[0].position,) * 3)
        span.working = records[-1].position + 1

    def to_commit(self, records: Iterable[Record]) -> dict[TopicPartition, int]:
        """The positions to store for handled `records`; without partitions that are there already.

        Raises `OwnershipLost` when one of them was not handed out since its partition was taken over.
        """
        ends: dict[TopicPartition, int] = {}
        for record in records:
            partition = record.topic_partition
            span = self.spans.get(partition)
            if span is None or not span.start <= record.position < span.working:
                raise OwnershipLost(f"{partition.topic}/{partition.partition} moved after its records were fetched")
            ends[partition] = max(record.position + 1, ends.get(partition, 0))
        return {partition: end for partition, end in ends.items() if end > self.spans[partition].committed}

    def committed(self, positions: Mapping[TopicPartition, int]) -> None:
        """The bus stored these positions."""
        for partition, position in positions.items():
            if span := self.spans.get(partition):
                span.committed = max(span.committed, position)

    def rewind(self) -> dict[TopicPartition, int]:
        """Put working back to committed; the partitions for which that changed something, with their new position."""
        moved = {}
        for partition, span in self.spans.items():
            if span.working != span.committed:
                span.working = moved[partition] = span.committed
        return moved
