"""Ranked candidates: the right carrier is always among them, context moves it up, and nothing is a single guess."""

import random

import pytest

from tests.unit.tracking_gateway.numbers import CARRIER_OF, compose
from tracking_gateway.domain.numbers.checks import weighted_mod10
from tracking_gateway.domain.numbers.rank import Context, Ranking, Reason
from tracking_gateway.knowledge import Knowledge

SEEDS = range(20)
DISTINCTIVE = [
    *("ups_1z", "fedex_96_22", "usps_22", "usps_26", "usps_30", "usps_34", "s10_cn", "ems_s10", "s10_us"),
    *("sf", "yto", "zto", "yunda", "jt", "deppon", "jd", "cainiao", "yunexpress"),
]


def carriers(ranking: Ranking) -> list[str]:
    return [candidate.carrier for candidate in ranking.candidates]


@pytest.mark.parametrize("form", CARRIER_OF)
def test_the_issuer_is_a_candidate_once_it_is_named(knowledge: Knowledge, form: str) -> None:
    context = Context(mentioned=frozenset({CARRIER_OF[form]}))
    for seed in SEEDS:
        assert CARRIER_OF[form] in carriers(knowledge.ranker.rank(compose(form, seed), context)), compose(form, seed)


@pytest.mark.parametrize("form", DISTINCTIVE)
def test_a_distinctive_form_leads_without_any_context(knowledge: Knowledge, form: str) -> None:
    for seed in SEEDS:
        assert carriers(knowledge.ranker.rank(compose(form, seed)))[0] == CARRIER_OF[form]


@pytest.mark.parametrize("form", ["ups_1z", "fedex_96_22", "usps_22", "s10_cn", "s10_us"])
def test_a_wrong_check_digit_is_rejected_with_the_reason(knowledge: Knowledge, form: str) -> None:
    number = compose(form, 1)
    index = len(number) - (3 if form.startswith("s10") else 1)
    wrong = number[:index] + str((int(number[index]) + 1) % 10) + number[index + 1 :]
    ranking = knowledge.ranker.rank(wrong)
    assert CARRIER_OF[form] not in carriers(ranking)
    assert [item.reasons[0].reason for item in ranking.rejected] == [Reason.CHECK_DIGIT_WRONG]


def test_s10_of_a_country_without_a_post_is_rejected(knowledge: Knowledge) -> None:
    number = compose("s10_cn", 3)[:-2] + "XX"
    ranking = knowledge.ranker.rank(number)
    assert not ranking.candidates
    assert ranking.rejected[0].reasons[0].reason is Reason.UNKNOWN_POST


def test_twelve_digits_stay_open_between_carriers(knowledge: Knowledge) -> None:
    ranking = knowledge.ranker.rank(compose("fedex_12", 1))
    assert {"fedex", "sf"} <= set(carriers(ranking))
    assert all(candidate.confidence < 0.9 for candidate in ranking.candidates)


def test_country_brand_history_and_store_move_a_carrier_up(knowledge: Knowledge) -> None:
    number = compose("fedex_12", 1)
    alone = _confidence(knowledge, number, "fedex", Context())
    for context, reason in [
        (Context(countries=("US",)), Reason.MARKET),
        (Context(mentioned=frozenset({"fedex"})), Reason.MENTIONED),
        (Context(asked="fedex"), Reason.ASKED),
        (Context(history={"fedex": 5}), Reason.HISTORY),
        (Context(known=frozenset({"fedex"})), Reason.KNOWN),
    ]:
        assert _confidence(knowledge, number, "fedex", context) > alone, reason
        first = knowledge.ranker.rank(number, context).candidates[0]
        assert first.carrier == "fedex"
        assert reason in [because.reason for because in first.reasons]


def test_a_stored_parcel_of_any_form_is_a_candidate(knowledge: Knowledge) -> None:
    ranking = knowledge.ranker.rank("ODDFORM77", Context(known=frozenset({"posthouse"})))
    assert carriers(ranking) == ["posthouse"]
    assert ranking.candidates[0].format is None


def test_a_routing_prefix_is_not_part_of_the_number(knowledge: Knowledge) -> None:
    number = compose("usps_30", 4)
    assert knowledge.ranker.rank(number).candidates[0].waybill_no == number[8:]


def test_of_two_readings_of_a_routing_prefix_the_one_with_the_right_check_digit_counts(knowledge: Knowledge) -> None:
    for seed in range(200):
        number = compose("usps_34", seed)
        short = number[8:]
        if weighted_mod10(short[:-1], (3, 1)) == short[-1]:
            continue  # both readings are right, nobody can tell
        assert knowledge.ranker.rank(number).candidates[0].waybill_no == number[12:], number


def test_an_sto_number_that_passes_fedex_ground_keeps_both(knowledge: Knowledge) -> None:
    fitting = next(
        number
        for number in (compose("sto", seed) for seed in range(500))
        if "fedex" in carriers(knowledge.ranker.rank(number, Context(countries=("CN", "US"))))
    )
    assert carriers(knowledge.ranker.rank(fitting))[0] == "sto"


def test_confidence_never_adds_up_to_certainty(knowledge: Knowledge) -> None:
    chance = random.Random(7)
    for _ in range(500):
        number = "".join(chance.choices("0123456789", k=chance.randint(8, 34)))
        assert sum(item.confidence for item in knowledge.ranker.rank(number).candidates) < 1


@pytest.mark.parametrize("number", ["13812345678", "8613912345678", "20261105123456", "110101199003071234"])
def test_phones_dates_and_identity_numbers_are_not_parcels(knowledge: Knowledge, number: str) -> None:
    assert all(item.confidence < 0.05 for item in knowledge.ranker.rank(number).candidates)


def test_every_format_names_its_source(knowledge: Knowledge) -> None:
    assert all(entry.source for entry in knowledge.ranker.formats.formats)


def _confidence(knowledge: Knowledge, number: str, carrier: str, context: Context) -> float:
    found = [item for item in knowledge.ranker.rank(number, context).candidates if item.carrier == carrier]
    return found[0].confidence if found else 0.0
