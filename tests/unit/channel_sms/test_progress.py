"""A message's status only moves up, whatever order reports come in."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from channel_sms.domain.sending import Progress, moves_up, pause_before_retry
from channel_sms.domain.status import RANK, advances, meaning
from contracts.values import MessageStatus

REPORTS = st.lists(st.tuples(st.sampled_from([*RANK, "teleported"]), st.sampled_from([None, "30003"])), max_size=12)


def run(reports: list[tuple[str, str | None]]) -> list[Progress]:
    steps = [Progress(MessageStatus.PENDING, None, None)]
    for status, code in reports:
        steps.append(steps[-1].after(status, code))
    return steps


@given(REPORTS)
def test_never_moves_down(reports: list[tuple[str, str | None]]) -> None:
    steps = run(reports)
    order = list(MessageStatus)
    for before, after in pairwise(steps):
        assert order.index(after.status) >= order.index(before.status)
        assert RANK.get(after.provider_status or "", -1) >= RANK.get(before.provider_status or "", -1)
        assert before.error_code is None or after.error_code == before.error_code


@given(REPORTS, st.randoms())
def test_the_end_does_not_depend_on_the_order_unless_final_states_contradict(reports, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(reports)
    random.shuffle(shuffled)
    one, other = run(reports)[-1], run(shuffled)[-1]
    finals = {status for status, _ in reports if RANK.get(status) == RANK["delivered"]}
    if len(finals) <= 1:
        assert one.provider_status == other.provider_status
        assert one.status is other.status


@given(st.sampled_from(sorted(RANK)), st.sampled_from(sorted(RANK)))
def test_one_of_two_final_states_stays(one: str, other: str) -> None:
    assert not (advances(one, other) and advances(other, one))
    if RANK[one] == RANK[other]:
        assert not advances(one, other)


def test_a_late_report_settles_what_was_unknown() -> None:
    assert moves_up(MessageStatus.UNKNOWN, meaning("sent"))
    assert not moves_up(MessageStatus.UNKNOWN, meaning("queued"))
    assert not moves_up(MessageStatus.FAILED, meaning("delivered"))


def test_pauses_double_up_to_the_longest() -> None:
    assert [pause_before_retry(n, first=1, longest=10) for n in (1, 2, 3, 4, 5, 500)] == [1, 2, 4, 8, 10, 10]
