"""Finding numbers in what people write and say."""

import pytest

from tests.unit.tracking_gateway.numbers import compose
from tracking_gateway.domain.numbers.extract import best_per_number, extract, number_of, possible_numbers
from tracking_gateway.domain.numbers.spoken import digits_from_speech
from tracking_gateway.knowledge import Knowledge

SF, ZTO, UPS, USPS, EMS = (compose(form, 11) for form in ("sf", "zto", "ups_1z", "usps_22", "ems_s10"))


def numbers(knowledge: Knowledge, text: str) -> list[str]:
    return [found.text for found in extract(text, knowledge.ranker)]


def spaced(number: str, size: int = 4, gap: str = " ") -> str:
    return gap.join(number[index : index + size] for index in range(0, len(number), size))


@pytest.mark.parametrize(
    "text",
    [
        f"我的快递{ZTO}到哪里了",
        f"单号:{ZTO}，谢谢",
        f"please check {ZTO}.",
        f"<{ZTO}>",
        f"tracking#{ZTO}?",
        f"单号{spaced(ZTO)} 麻烦看下",
        f"单号{spaced(ZTO, gap='-')}",
    ],
)
def test_one_number_in_a_sentence(knowledge: Knowledge, text: str) -> None:
    assert numbers(knowledge, text) == [ZTO]


def test_several_numbers_in_a_mail_keep_their_order(knowledge: Knowledge) -> None:
    text = f"您好：\n1) {UPS}\n2) {ZTO} 和 {SF}\n还有EMS {EMS}，都没收到。电话13912345678"
    assert numbers(knowledge, text) == [UPS, ZTO, SF, EMS]


def test_numbers_side_by_side_are_not_glued(knowledge: Knowledge) -> None:
    other = compose("zto", 12)
    assert numbers(knowledge, f"{ZTO} {other}") == [ZTO, other]


def test_a_barcode_printed_in_groups_is_one_number(knowledge: Knowledge) -> None:
    assert numbers(knowledge, f"USPS {spaced(USPS)}") == [USPS]


def test_full_width_characters(knowledge: Knowledge) -> None:
    wide = "".join(chr(ord(char) + 0xFEE0) for char in SF)
    assert numbers(knowledge, f"单号{wide}") == [SF]


def test_lower_case(knowledge: Knowledge) -> None:
    assert numbers(knowledge, f"it is {UPS.lower()}") == [UPS]


def test_spoken_chinese(knowledge: Knowledge) -> None:
    said = ZTO.translate(str.maketrans("0123456789", "零幺二三四五六七八九"))
    assert numbers(knowledge, f"我的单号是{said[:5]} {said[5:]}，帮我查一下") == [ZTO]


def test_spoken_english(knowledge: Knowledge) -> None:
    names = "oh one two three four five six seven eight nine".split()  # noqa: SIM905
    words = dict(zip("0123456789", names, strict=True))
    said = " ".join(words.get(char, char) for char in SF)
    assert numbers(knowledge, f"my number is {said} thank you") == [SF]


@pytest.mark.parametrize("after", ["一直没有更新", "一个都没到", "两天没动了", "三次都没送到", "，一共两件"])
def test_what_follows_a_spoken_number_is_not_part_of_it(knowledge: Knowledge, after: str) -> None:
    said = ZTO.translate(str.maketrans("0123456789", "零幺二三四五六七八九"))
    assert numbers(knowledge, f"单号{said}{after}") == [ZTO]


def test_double_and_triple() -> None:
    assert digits_from_speech("five double six triple seven nine") == "5667779"


@pytest.mark.parametrize("text", ["一二三开始", "one or two parcels", "三个工作日内", "I said no", "two three days"])
def test_ordinary_words_stay_words(text: str) -> None:
    assert digits_from_speech(text) == text


@pytest.mark.parametrize(
    "text", ["", "你好", "我的手机是13912345678", "hello, where is my parcel?", "a" * 300, "-" * 50]
)
def test_texts_without_a_number(knowledge: Knowledge, text: str) -> None:
    assert numbers(knowledge, text) == []


def test_a_carrier_named_in_the_text_ranks_first(knowledge: Knowledge) -> None:
    number = compose("fedex_12", 5)
    assert best_per_number(extract(f"联邦快递 {number}", knowledge.ranker))[0].carrier == "fedex"
    assert best_per_number(extract(f"顺丰 {number}", knowledge.ranker))[0].carrier == "sf"


def test_a_number_of_the_store_is_found_whatever_its_form(knowledge: Knowledge) -> None:
    found = extract("about AB12345 please", knowledge.ranker, known={"AB12345": frozenset({"posthouse"})})
    assert [candidate.carrier for candidate in best_per_number(found)] == ["posthouse"]
    assert "AB12345" in possible_numbers("about AB12345 please")


def test_a_typed_number_in_normal_form() -> None:
    assert number_of(" sf-139 0012 ３４５６ ") == "SF13900123456"
