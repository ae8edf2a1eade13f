"""Segments as the network counts them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_sms.domain.segments import count_segments


@pytest.mark.parametrize(
    ("text", "encoding", "count"),
    [
        ("", "GSM-7", 1),
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("a" * 306, "GSM-7", 2),
        ("a" * 307, "GSM-7", 3),
        ("€" * 80, "GSM-7", 1),
        ("€" * 81, "GSM-7", 2),
        ("a" * 152 + "€" + "a" * 10, "GSM-7", 2),  # the escaped sign moves on as a whole
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 3),
        ("Ç", "GSM-7", 1),
        ("ç", "UCS-2", 1),
        ("a\tb", "UCS-2", 1),
        ("快" * 70, "UCS-2", 1),
        ("快" * 71, "UCS-2", 2),
        ("快" * 134, "UCS-2", 2),
        ("快" * 135, "UCS-2", 3),
        ("😀" * 35, "UCS-2", 1),
        ("快" * 66 + "😀" + "快" * 67, "UCS-2", 3),  # a pair of surrogates is not split
        ("快" * 63 + "👍🏽" + "快" * 67, "UCS-2", 2),
        ("快" * 66 + "👍🏽" + "快" * 64, "UCS-2", 3),
    ],
)
def test_counts(text: str, encoding: str, count: int) -> None:
    segments = count_segments(text)
    assert (segments.encoding, segments.count) == (encoding, count)


@given(st.text(max_size=600))
def test_parts_hold_all_units_and_waste_little(text: str) -> None:
    segments = count_segments(text)
    single, part = (160, 153) if segments.encoding == "GSM-7" else (70, 67)
    if segments.units <= single:
        assert segments.count == 1
    else:
        assert segments.units <= segments.count * part
    if segments.encoding == "UCS-2":
        assert segments.units == len(text.encode("utf-16-le", "surrogatepass")) // 2


@given(st.text(max_size=300), st.text(max_size=300))
def test_more_text_never_costs_less(one: str, other: str) -> None:
    assert count_segments(one + other).count >= max(count_segments(one).count, 1)
