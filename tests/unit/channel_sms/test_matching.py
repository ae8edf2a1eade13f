"""Recognising an ambiguous send in Twilio's list."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from channel_sms.domain.sending import Listed, find_sent

CALLED = datetime(2026, 11, 1, 9, tzinfo=UTC)
WINDOW = timedelta(minutes=5)
OURS = Listed("SM1", "queued", "+86100", "+86138", "您的快件已到", CALLED + timedelta(seconds=2))


def find(*listed: Listed, taken: frozenset[str] = frozenset()) -> Listed | None:
    return find_sent(
        listed, account="+86100", address="+86138", text="您的快件已到", called_at=CALLED, window=WINDOW, taken=taken
    )


def test_same_ends_text_and_time() -> None:
    assert find(OURS) is OURS
    assert find(replace(OURS, text=" 您的快件已到\n")) is not None


def test_anything_else_is_not_ours() -> None:
    assert find() is None
    assert find(replace(OURS, text="您的快件已到!")) is None
    assert find(replace(OURS, address="+86139")) is None
    assert find(replace(OURS, account="+86101")) is None
    assert find(replace(OURS, created_at=CALLED - timedelta(minutes=6))) is None
    assert find(OURS, taken=frozenset({"SM1"})) is None


def test_clocks_may_differ_a_little() -> None:
    assert find(replace(OURS, created_at=CALLED - timedelta(minutes=4))) is not None


def test_of_several_the_oldest() -> None:
    later = replace(OURS, sid="SM2", created_at=OURS.created_at + timedelta(seconds=1))
    assert find(later, OURS) is OURS
    assert find(later, OURS, taken=frozenset({"SM1"})) is later
