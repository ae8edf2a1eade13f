"""The pure rules: buckets, marks, resuming, frames."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_chat.domain.buckets import Bucket, Buckets
from channel_chat.domain.frames import InvalidField, read_client_msg_id, read_hello, read_number, read_text
from channel_chat.domain.marks import Marks
from channel_chat.domain.resume import resume

COUNTS = st.integers(0, 1000)


class TestBucket:
    def test_so_many_at_once_then_so_many_a_second(self) -> None:
        bucket = Bucket(3, 2, 3, 0)
        assert [bucket.wait(0) for _ in range(4)] == [0, 0, 0, 0.5]
        assert bucket.wait(0.5) == 0
        assert bucket.wait(0.5) == 0.5

    @given(st.lists(st.floats(0, 10), min_size=1, max_size=60), st.integers(1, 10), st.floats(0.1, 5))
    def test_never_more_than_burst_and_rate_allow(self, pauses: list[float], burst: int, rate: float) -> None:
        bucket, now, allowed = Bucket(burst, rate, burst, 0), 0.0, 0
        for pause in pauses:
            now += pause
            wait = bucket.wait(now)
            allowed += wait == 0
            assert wait <= 1 / rate + 1e-9
            assert allowed <= burst + now * rate + 1e-6

    @given(st.integers(1, 5), st.floats(0.1, 5))
    def test_waiting_as_told_is_enough(self, burst: int, rate: float) -> None:
        bucket = Bucket(burst, rate, burst, 0)
        while not (wait := bucket.wait(0)):
            pass
        assert bucket.wait(wait + 1e-9) == 0

    def test_keys_do_not_share(self) -> None:
        buckets = Buckets(1, 1)
        assert buckets.wait("a", 0) == 0
        assert buckets.wait("b", 0) == 0
        assert buckets.wait("a", 0) == 1


class TestMarks:
    @given(st.lists(st.tuples(COUNTS, COUNTS), max_size=20), COUNTS)
    def test_only_move_up_and_stay_within(self, claims: list[tuple[int, int]], last_seq: int) -> None:
        marks = Marks()
        for received, read in claims:
            moved = marks.moved(received=received, read=read, last_seq=last_seq)
            assert marks.received <= moved.received <= last_seq
            assert marks.read <= moved.read <= moved.received
            marks = moved


class TestResume:
    @given(COUNTS, COUNTS, st.booleans(), st.integers(1, 100))
    def test_leaves_no_gap_and_is_bounded(self, claimed: int, last_seq: int, ours: bool, limit: int) -> None:
        place = resume(claimed=claimed, interaction_is_ours=ours, last_seq=last_seq, limit=limit)
        assert 0 <= place.after <= last_seq
        assert last_seq - place.after <= limit
        if place.reason is None:
            assert place.after == claimed

    def test_continues_where_it_can(self) -> None:
        assert resume(claimed=7, interaction_is_ours=True, last_seq=9, limit=5).reason is None
        assert resume(claimed=3, interaction_is_ours=True, last_seq=9, limit=5).reason == "too_far_behind"
        assert resume(claimed=10, interaction_is_ours=True, last_seq=9, limit=5).reason == "ahead"
        assert resume(claimed=9, interaction_is_ours=False, last_seq=9, limit=5).reason == "unknown_interaction"
        assert resume(claimed=0, interaction_is_ours=True, last_seq=0, limit=5).reason is None


class TestFrames:
    @pytest.mark.parametrize("value", [True, -1, 1.5, "1", None, 2**53, []])
    def test_numbers_are_numbers(self, value: object) -> None:
        with pytest.raises(InvalidField) as refused:
            read_number({"seq": value}, "seq")
        assert refused.value.field == "seq"

    @pytest.mark.parametrize(
        "value", ["short", "x" * 65, "with space", "快递快递快递快递", 12345678, None, "line\nfeed1"]
    )
    def test_ids_of_clients(self, value: object) -> None:
        with pytest.raises(InvalidField):
            read_client_msg_id(value)

    def test_texts(self) -> None:
        assert read_text("x" * 10, 10) == "x" * 10
        with pytest.raises(InvalidField) as refused:
            read_text("x" * 11, 10)
        assert refused.value.too_long
        with pytest.raises(InvalidField):
            read_text("\u3000\n", 10)

    def test_hello(self) -> None:
        hello = read_hello({"token": "t", "last_seq": 4, "interaction": None, "new": 1})
        assert (hello.token, hello.last_seq, hello.interaction) == ("t", 4, None)
