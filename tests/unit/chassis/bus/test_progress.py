from datetime import UTC, datetime

import pytest

from chassis.bus.port import OwnershipLost, Record, TopicPartition
from chassis.bus.progress import Progress

HERE = TopicPartition("t", 0)
THERE = TopicPartition("t", 1)


def made(where: TopicPartition, *positions: int) -> list[Record]:
    return [
        Record(
            topic=where.topic,
            key="k",
            value=b"",
            partition=where.partition,
            position=position,
            timestamp=datetime(2026, 1, 5, tzinfo=UTC),
        )
        for position in positions
    ]


def test_commits_the_position_after_the_last_record_of_each_partition() -> None:
    progress = Progress()
    progress.take(HERE, 3)
    progress.take(THERE, 0)
    progress.hand_out(HERE, made(HERE, 3, 4, 5))
    progress.hand_out(THERE, made(THERE, 0))

    assert progress.to_commit([*made(HERE, 3, 4), *made(THERE, 0)]) == {HERE: 5, THERE: 1}


def test_what_is_committed_is_not_committed_again() -> None:
    progress = Progress()
    progress.take(HERE, 0)
    progress.hand_out(HERE, made(HERE, 0, 1, 2))
    progress.committed(progress.to_commit(made(HERE, 0, 1)))

    assert progress.to_commit(made(HERE, 0)) == {}
    assert progress.to_commit(made(HERE, 0, 1, 2)) == {HERE: 3}


def test_a_lost_partition_refuses_the_whole_batch() -> None:
    progress = Progress()
    progress.take(HERE, 0)
    progress.take(THERE, 0)
    progress.hand_out(HERE, made(HERE, 0))
    progress.hand_out(THERE, made(THERE, 0))
    progress.lose([THERE])

    with pytest.raises(OwnershipLost):
        progress.to_commit([*made(HERE, 0), *made(THERE, 0)])


@pytest.mark.parametrize("committed_elsewhere", [0, 1, 2])
def test_a_partition_taken_over_again_refuses_what_was_handed_out_before(committed_elsewhere: int) -> None:
    progress = Progress()
    progress.take(HERE, 0)
    progress.hand_out(HERE, made(HERE, 0, 1))
    progress.lose([HERE])
    progress.take(HERE, committed_elsewhere)

    with pytest.raises(OwnershipLost):
        progress.to_commit(made(HERE, 0, 1))


def test_rewind_goes_back_to_what_is_committed_and_tells_what_moved() -> None:
    progress = Progress()
    progress.take(HERE, 0)
    progress.take(THERE, 7)
    progress.hand_out(HERE, made(HERE, 0, 1, 2))
    progress.committed({HERE: 1})

    assert progress.rewind() == {HERE: 1}
    assert progress.rewind() == {}
    with pytest.raises(OwnershipLost):
        progress.to_commit(made(HERE, 1))


def test_a_partition_whose_committed_position_is_unknown_starts_at_its_first_record() -> None:
    progress = Progress()
    progress.hand_out(HERE, made(HERE, 40, 41))

    assert progress.rewind() == {HERE: 40}
