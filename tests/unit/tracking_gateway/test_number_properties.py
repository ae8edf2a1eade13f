"""Every format of the data file: composed numbers are recognised, spoilt ones are not, however they are written."""

import json
import os
import random
import re
from collections.abc import Iterator
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.tracking_gateway.numbers import CARRIER_OF, compose
from tracking_gateway.domain.numbers.checks import ALPHABET
from tracking_gateway.domain.numbers.extract import best_per_number, extract
from tracking_gateway.domain.numbers.formats import Format
from tracking_gateway.domain.numbers.rank import Context, Reason
from tracking_gateway.knowledge import Knowledge
from tracking_gateway.parameters import TrackingParameters

KNOWLEDGE = Knowledge(TrackingParameters(), own_carrier="posthouse", own_pattern=r"PH\d{10,13}")
RANKER = KNOWLEDGE.ranker
FORMATS = {entry.id: entry for entry in RANKER.formats.formats if entry.id not in ("own", "s10")}
LARGE = os.environ.get("POSTHOUSE_FUZZ") == "large"
EXAMPLES = 3000 if LARGE else 200

COURIERS = frozenset(
    "amazon canada_post canpar dhl dpd fedex gofo landmark lasership old_dominion ontrac purolator speedee ups usps "  # noqa: SIM905
    "yodel yunexpress".split()
)
"""The couriers of the public definitions beside S10."""
REFERENCE = "sf yto zto sto yunda jt jd deppon ems cainiao".split()  # noqa: SIM905


def accepted(entry: Format, chance: random.Random) -> str:
    """A number the format accepts: a random match of its pattern, its check digit put right."""
    while True:
        number = _random_match(entry.pattern.pattern, chance)
        match = entry.pattern.fullmatch(number)
        if match is None:
            continue
        if entry.check is None:
            return number
        start, end = match.span("check")
        for candidate in ALPHABET:
            repaired = number[:start] + candidate + number[end:]
            if (again := entry.pattern.fullmatch(repaired)) and entry.check_passes(again):
                return repaired


def _random_match(pattern: str, chance: random.Random) -> str:
    """A text that probably matches: the pattern's own parser drives random choices."""
    from re import _constants as codes  # type: ignore[attr-defined]
    from re import _parser as parser  # type: ignore[attr-defined]

    def text(items: object) -> str:
        return "".join(one(item) for item in items)  # type: ignore[attr-defined]

    def one(item: tuple[object, object]) -> str:
        operator, argument = item
        if operator is codes.LITERAL:
            return chr(int(str(argument)))
        if operator is codes.IN:
            return chance.choice([char for char in ALPHABET + "-" if re.fullmatch(_set(argument), char)])
        if operator in (codes.MAX_REPEAT, codes.MIN_REPEAT):
            least, most, inner = argument  # type: ignore[misc]
            return "".join(text(inner) for _ in range(chance.randint(least, most)))
        if operator is codes.SUBPATTERN:
            return text(argument[-1])  # type: ignore[index]
        if operator is codes.BRANCH:
            return text(chance.choice(argument[1]))  # type: ignore[index]
        return ""  # assertions: the whole is checked afterwards

    def _set(argument: object) -> str:
        parts = []
        for kind, value in argument:  # type: ignore[attr-defined]
            if kind is codes.LITERAL:
                parts.append(re.escape(chr(value)))
            elif kind is codes.RANGE:
                parts.append(f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}")
            elif kind is codes.CATEGORY:
                parts.append(r"\d")
        return f"[{''.join(parts)}]"

    return text(parser.parse(pattern))


def test_all_couriers_of_the_definitions_and_of_the_reference_have_formats() -> None:
    carriers = {entry.carrier for entry in RANKER.formats.formats}
    assert {*COURIERS, *REFERENCE, "@s10"} <= carriers


def test_no_list_of_test_numbers_came_with_the_definitions() -> None:
    data = json.loads((files("tracking_gateway") / "data" / "number_formats.json").read_text("utf-8"))
    assert {key for entry in data["formats"] for key in entry} <= {
        *("id", "carrier", "lengths", "pattern", "chance", "check", "check_space", "distinctive", "source", "weight"),
        *("serial_prefix", "alternatives"),
    }


@pytest.mark.parametrize("name", FORMATS)
def test_what_a_format_accepts_is_a_candidate_and_a_wrong_check_digit_is_not(name: str) -> None:
    entry, chance = FORMATS[name], random.Random(name)
    context = Context(mentioned=frozenset({entry.carrier}), asked=entry.carrier)
    for _ in range(100 if LARGE else 12):
        number = accepted(entry, chance)
        match = entry.pattern.fullmatch(number)
        assert match is not None
        waybill = match.groupdict().get("number") or number
        found = {(item.carrier, item.waybill_no) for item in RANKER.rank(number.replace("-", ""), context).candidates}
        assert (entry.carrier, waybill.replace("-", "")) in found, number
        if entry.check is None:
            continue
        for spoilt in spoilt_check_digits(entry, number):
            formats = [item.format for item in RANKER.rank(spoilt, context).candidates]
            assert name not in formats, spoilt


def spoilt_check_digits(entry: Format, number: str) -> Iterator[str]:
    match = entry.pattern.fullmatch(number)
    assert match is not None
    start, end = match.span("check")
    for char in "0123456789":
        spoilt = number[:start] + char + number[end:]
        again = entry.pattern.fullmatch(spoilt)
        if again and char != number[start:end] and not entry.check_passes(again):
            yield spoilt


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    country=st.sampled_from(sorted(RANKER.formats.posts)), serial=st.integers(0, 99_999_999), wrong=st.integers(1, 9)
)
def test_s10_of_every_post(country: str, serial: int, wrong: int) -> None:
    from tracking_gateway.domain.numbers.checks import s10

    digits = f"{serial:08d}"
    check = s10(digits)
    ranking = RANKER.rank(f"RR{digits}{check}{country}")
    assert "s10" in [item.format for item in ranking.candidates]
    spoilt = RANKER.rank(f"RR{digits}{(int(check) + wrong) % 10}{country}")
    assert "s10" not in [item.format for item in spoilt.candidates]
    assert Reason.CHECK_DIGIT_WRONG in [item.reasons[0].reason for item in spoilt.rejected]


WIDE = str.maketrans({char: chr(ord(char) + 0xFEE0) for char in ALPHABET})
ZH = str.maketrans("0123456789", "零幺二三四五六七八九")
EN = dict(zip("0123456789", "zero one two three four five six seven eight nine".split(), strict=True))  # noqa: SIM905
MANNERS = {
    "plain": lambda number: number,
    "lower": str.lower,
    "wide": lambda number: number.translate(WIDE),
    "grouped": lambda number: " ".join(number[index : index + 4] for index in range(0, len(number), 4)),
    "dashed": lambda number: "-".join(number[index : index + 4] for index in range(0, len(number), 4)),
    "spoken zh": lambda number: number.translate(ZH),
    "spoken en": lambda number: " ".join(EN.get(char, char) for char in number),
}
TEXTS = (
    "您好，我的单号{}一直没有更新，麻烦查一下",
    "Hello, parcel {} has not arrived. Thanks",
    "单号：{}。",
    "[{}]",
    "订单已付款 {} 请核实",
    "tracking number {}; call me",
)
FORMS = [form for form in CARRIER_OF if form not in ("fedex_12", "usps_20", "dhl_10", "dhl_11", "fedex_20")]
"""Bare digits that are as likely a phone or an order number need a word of context; the others stand for themselves."""


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    form=st.sampled_from(FORMS),
    seed=st.integers(0, 10_000),
    manner=st.sampled_from(sorted(MANNERS)),
    text=st.sampled_from(TEXTS),
)
def test_a_number_is_found_however_it_is_written(form: str, seed: int, manner: str, text: str) -> None:
    number = compose(form, seed)
    if manner.startswith("spoken") and not number.isdigit():
        return  # letters are spelt in too many ways; test_extraction has the usual ones
    context = Context(asked=CARRIER_OF[form])
    found = best_per_number(extract(text.format(MANNERS[manner](number)), RANKER, context))
    assert any(number.endswith(item.waybill_no) for item in found), found


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(
    seeds=st.lists(st.integers(0, 10_000), min_size=2, max_size=6, unique=True),
    forms=st.lists(st.sampled_from(["sf", "yto", "zto", "jt", "ups_1z", "ems_s10", "usps_22"]), min_size=6, max_size=6),
    gap=st.sampled_from(["\n", "，", "; ", " 和 ", " and ", "\n- ", "、"]),
)
def test_several_numbers_of_a_mail_are_found_in_their_order(seeds: list[int], forms: list[str], gap: str) -> None:
    numbers = [compose(form, seed) for seed, form in zip(seeds, forms, strict=False)]
    text = f"以下快件没有收到：{gap.join(numbers)}{gap}电话 13800138000"
    assert [found.text for found in extract(text, RANKER)] == numbers
