"""Masking of people in carriers' texts."""

import pytest

from tracking_gateway.domain.masking import mask_text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("快递员：张三，电话13812345678", "快递员：张*，电话138****5678"),
        ("派件员[欧阳小红 138-1234-5678]为您派送", "派件员[欧*** 138****5678]为您派送"),
        ("签收人：李四。感谢使用", "签收人：李*。感谢使用"),
        ("签收人: 本人", "签收人: 本人"),
        ("签收人：前台代收", "签收人：前台代收"),
        ("联系电话 010-62345678", "联系电话 010-*****678"),
        ("+86 13812345678", "138****5678"),
        ("call +1 415 555 0134", "call +1 *******134"),
        ("Signed for by: J SMITH", "Signed for by: J***"),
        ("Delivered, signed by: Smith John", "Delivered, signed by: S***"),
        ("mail bob.smith@example.org", "mail b***@example.org"),
        ("运单73123456789012已到达北京", "运单73123456789012已到达北京"),
        ("Arrived at Louisville, KY", "Arrived at Louisville, KY"),
    ],
)
def test_people_are_masked_and_facts_stay(text: str, masked: str) -> None:
    assert mask_text(text) == masked
