"""What one member handed out and committed, per owned partition: the rules of the port that both adapters share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from chassis.bus.port import OwnershipLost, Record, TopicPartition


@dataclass(slots=True)
class Span:
    """Positions of one partition since it was taken over: `committed <= working`."""

    committed: int
    working: int


class Progress:
    """Forgets a partition when it is lost, so that what was fetched before cannot be committed after."""

    def __init__(self) -> None:
        self.spans: dict[TopicPartition, Span] = {}

    def take(self, partition: TopicPartition, committed: int) -> None:
        """The partition is ours, beginning at its committed position."""
        self.spans[partition] = Span(committed, committed)

    def lose(self, partitions: Iterable[TopicPartition]) -> None:
        """The partitions are no longer ours."""
        for partition in partitions:
            self.spans.pop(partition, None)

    def hand_out(self, partition: TopicPartition, records: Sequence[Record]) -> None:
        """`records` of this partition, in order, go to the caller."""
        span = self.spans.get(partition)
        if span is None:
            span = self.spans[partition] = Span(records[0].position, records[0].position)
        span.working = records[-1].position + 1

    def to_commit(self, records: Iterable[Record]) -> dict[TopicPartition, int]:
        """The positions to store for handled `records`; without partitions that are there already.

        Raises `OwnershipLost` when one of them was not handed out since its partition was taken over.
        """
        ends: dict[TopicPartition, int] = {}
        for record in records:
            partition = record.topic_partition
            ends[partition] = max(record.position + 1, ends.get(partition, 0))
        advanced = {}
        for partition, end in ends.items():
            span = self.spans.get(partition)
            if span is None or end > span.working:
                raise OwnershipLost(f"{partition.topic}/{partition.partition} moved after its records were fetched")
            if end > span.committed:
                advanced[partition] = end
        return advanced

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
