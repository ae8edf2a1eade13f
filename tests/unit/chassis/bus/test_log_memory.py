"""The parts of the log that need no database: tails, hub, header coding."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from chassis.bus.pglog.hub import Hub
from chassis.bus.pglog.store import Topic, pack_headers, parse_ends, unpack_headers
from chassis.bus.pglog.tails import Tails
from chassis.bus.port import OutRecord, Record

KEY = (1, 0)
AT = datetime(2026, 1, 5, tzinfo=UTC)


def made(first: int, count: int, size: int = 1) -> list[Record]:
    return [
        Record(topic="t", key="k", value=b"x" * size, partition=0, position=position, timestamp=AT)
        for position in range(first, first + count)
    ]


def positions(records: list[Record]) -> list[int]:
    return [record.position for record in records]


def test_tails_give_what_follows_a_position() -> None:
    tails = Tails()
    tails.add(KEY, made(5, 3))
    tails.add(KEY, made(8, 2))

    assert positions(tails.take(KEY, 6, 3)) == [6, 7, 8]
    assert positions(tails.take(KEY, 9, 10)) == [9]
    assert tails.take(KEY, 4, 10) == []
    assert tails.take(KEY, 10, 10) == []
    assert tails.take((1, 1), 0, 10) == []


def test_tails_start_anew_after_a_gap() -> None:
    tails = Tails()
    tails.add(KEY, made(0, 3))
    tails.add(KEY, made(7, 1))

    assert tails.take(KEY, 2, 10) == []
    assert positions(tails.take(KEY, 7, 10)) == [7]


@given(st.lists(st.tuples(st.sampled_from([(1, 0), (1, 1), (2, 0)]), st.integers(1, 4), st.booleans()), max_size=60))
def test_tails_never_hand_out_a_gap_or_forget_their_budget(
    appends: list[tuple[tuple[int, int], int, bool]],
) -> None:
    tails, ends = Tails(budget=8_000), dict.fromkeys([(1, 0), (1, 1), (2, 0)], 0)
    for key, count, elsewhere in appends:
        ends[key] += 3 if elsewhere else 0
        tails.add(key, made(ends[key], count, size=100))
        ends[key] += count
        kept = 0
        for each, end in ends.items():
            for start in range(end):
                taken = positions(tails.take(each, start, 1000))
                assert taken in ([], list(range(start, end)))
                if taken and start == end - len(taken):
                    kept = max(kept, len(taken))
        assert kept <= 10


class Reader:
    def __init__(self, *keys: tuple[int, int]) -> None:
        self.keys = keys
        self.woken = 0

    def reads(self, key: tuple[int, int]) -> bool:
        return key in self.keys

    def wake(self) -> None:
        self.woken += 1


def test_the_hub_wakes_only_those_whose_partition_moved_forward() -> None:
    hub, here, there = Hub(), Reader((1, 0)), Reader((1, 1))
    hub.listeners |= {here, there}

    hub.advance([(1, 0, 5), (9, 9, 1)])
    hub.advance([(1, 0, 5)])
    hub.advance([(1, 0, 4)])

    assert (here.woken, there.woken) == (1, 0)
    assert hub.ends[1, 0] == 5


def test_the_hub_numbers_what_this_process_appended() -> None:
    hub, reader = Hub(), Reader((1, 0))
    hub.listeners.add(reader)
    topic = Topic(1, "t", 2)
    rows = [
        (topic, 0, OutRecord("t", "a", b"1")),
        (topic, 1, OutRecord("t", "b", b"2")),
        (topic, 0, OutRecord("t", "a", b"3")),
    ]

    hub.appended(rows, [(1, 0, 12), (1, 1, 4)], AT)

    assert [(record.position, record.value) for record in hub.tails.take(KEY, 10, 9)] == [(10, b"1"), (11, b"3")]
    assert hub.tails.take((1, 1), 3, 9) == []  # nobody here reads it
    assert hub.ends == {(1, 0): 12, (1, 1): 4}


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), st.binary(), max_size=8))
def test_headers_survive_their_coding(headers: dict[str, bytes]) -> None:
    assert unpack_headers(pack_headers(headers)) == headers


def test_ends_are_read_as_the_database_writes_them() -> None:
    assert parse_ends("3:0:17 4:11:1") == [(3, 0, 17), (4, 11, 1)]
    assert parse_ends("") == []
