"""The compensation calculator: each row of the parameter table with a worked example, and what always holds."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cases.actions.office import Office
from cases.domain.calculation import calculate
from cases.domain.compensation import Carriage, Facts, Finding, Harm
from cases.parameters import CaseParameters

RULES = Office.load(CaseParameters()).compensation


def facts(**given: Any) -> Facts:
    """A lost express parcel worth 800.00 with 12.00 freight, changed by what is given."""
    known: dict[str, Any] = {"carriage": "cn_express", "harm": "loss", "goods_value": 80_000, "freight": 1_200}
    return Facts.model_validate({**known, **given})


PROPORTIONAL = {"insured_plan": "proportional", "insured_amount": 50_000}
FULL = {"insured_plan": "full", "insured_amount": 50_000}
SDR = {"weight_kg": "2.5", "minor_per_sdr": "965.43", "sdr_rate_on": "2026-03-02"}
AIR = {"carriage": "international_air", "accepted_on": "2026-03-01", **SDR}
TABLE = [
    # insured: total loss pays the insured amount, never more than the value
    (PROPORTIONAL, "cn_insured", 50_000),
    ({"insured_plan": "proportional", "insured_amount": 90_000}, "cn_insured", 80_000),
    # insured, partial: proportional 500/800 of a loss of 320; or full cover up to the amount
    (
        {**PROPORTIONAL, "harm": "damage", "damage_share": "0.4"},
        "cn_insured",
        20_000,
    ),
    ({**FULL, "harm": "damage", "damage_share": "0.4"}, "cn_insured", 32_000),
    (
        {**FULL, "harm": "shortage", "damage_share": "0.9"},
        "cn_insured",
        50_000,
    ),
    # not insured, cap clause proven: 9 x freight of the damaged part, at most 1000
    ({"terms_notice_proven": True}, "cn_uninsured_capped", 10_800),
    ({"terms_notice_proven": True, "harm": "damage", "damage_share": "0.5"}, "cn_uninsured_capped", 5_400),
    ({"terms_notice_proven": True, "freight": 20_000, "goods_value": 900_000}, "cn_uninsured_capped", 100_000),
    ({"terms_notice_proven": True, "goods_value": 5_000}, "cn_uninsured_capped", 5_000),
    # no valid clause, or gross negligence: the market value
    ({}, "cn_uninsured_full", 80_000),
    ({"terms_notice_proven": True, "finding": "gross_negligence"}, "cn_uninsured_full", 80_000),
    # delay: freight back, and what is proven beyond
    ({"harm": "delay"}, "cn_delay", 1_200),
    ({"harm": "delay", "proven_delay_loss": 3_000}, "cn_delay", 4_200),
    # complete delay counts as a loss
    ({"harm": "complete_delay", "insured_plan": "full", "insured_amount": 70_000}, "cn_insured", 70_000),
    # the carrier is free
    *(({"finding": f.value}, "carrier_free", 0) for f in Finding if f.frees_carrier),
    # universal mail, three times the postage
    ({"carriage": "cn_universal_mail"}, "cn_mail_uninsured", 3_600),
    ({"carriage": "cn_universal_mail", "insured_plan": "full", "insured_amount": 60_000}, "cn_mail_insured", 60_000),
    ({"carriage": "cn_universal_mail", "harm": "delay"}, "cn_mail_delay", 0),
    # residual value left with the customer, and what was paid before
    ({"insured_plan": "full", "insured_amount": 80_000, "residual_value": 10_000}, "cn_insured", 70_000),
    ({"insured_plan": "full", "insured_amount": 80_000, "prior_paid": 90_000}, "cn_insured", 0),
    (
        {"insured_plan": "full", "insured_amount": 80_000, "residual_value": 10_000, "residual_taken_over": True},
        "cn_insured",
        80_000,
    ),
    # a gesture beside any claim: what is given, nothing deducted, whoever is at fault
    ({"harm": "goodwill", "goodwill": 1_500, "prior_paid": 9_000, "finding": "normal_wear"}, "goodwill", 1_500),
    # air: 26 SDR/kg x 2.5 kg x 9.6543 = 627.5295 -> 627.53; before 2024-12-28 22 SDR
    ({**AIR}, "air_convention", 62_753),
    ({"carriage": "international_air", "accepted_on": "2024-12-27", **SDR}, "air_convention", 53_099),
    (
        {**AIR, "declared_value": 75_000},
        "air_convention",
        75_000,
    ),
    (
        {
            "carriage": "international_air",
            "accepted_on": "2026-03-01",
            **SDR,
            "harm": "delay",
            "proven_delay_loss": 999,
        },
        "air_convention",
        999,
    ),
    # road: 8.33 SDR/kg x 2.5 kg x 9.6543 = 201.0508 -> 201.05; delay up to the carriage charge
    ({"carriage": "eu_road", **SDR}, "road_convention", 20_105),
    ({"carriage": "eu_road", **SDR, "harm": "delay", "proven_delay_loss": 9_999}, "road_delay", 1_200),
    # United States: the default declared value, or the declared one
    ({"carriage": "us_domestic", "currency": "USD"}, "us_declared", 10_000),
    ({"carriage": "us_domestic", "currency": "USD", "declared_value": 60_000}, "us_declared", 60_000),
    ({"carriage": "us_domestic", "currency": "USD", "harm": "delay"}, "us_delay", 1_200),
]


class TestTable:
    @pytest.mark.parametrize(("given", "rule", "amount"), TABLE)
    def test_row(self, given: dict[str, Any], rule: str, amount: int) -> None:
        result = calculate(RULES, facts(**given))
        assert (result.rule, result.amount) == (rule, amount), [line.formula for line in result.trace]
        assert result.rule_version == RULES.version
        assert result.trace[-1].value == str(amount)

    def test_half_a_minor_unit_is_rounded_up_and_only_at_the_end(self) -> None:
        halves = facts(insured_plan="proportional", insured_amount=1, goods_value=2, harm="damage", damage_share="0.5")
        assert calculate(RULES, halves).amount == 1
        thirds = facts(insured_plan="proportional", insured_amount=1, goods_value=3, harm="damage", damage_share="0.5")
        result = calculate(RULES, thirds)
        assert (result.amount, result.trace[-2].value) == (1, "0.5")

    def test_what_is_obsolete_is_no_rule(self) -> None:
        """The 2007 draft's amounts (letters twice the fee, parcels by the kilogram) are in no rule."""
        names = {calculate(RULES, facts(**given)).rule for given, _, _ in TABLE}
        assert not any("letter" in name or "kg" in name for name in names)
        assert "2007" not in RULES.model_dump_json()

    def test_a_gesture_needs_the_authority_of_its_amount(self) -> None:
        for minor, role in ((2_000, "front_desk"), (20_000, "supervisor"), (20_001, "approver")):
            assert calculate(RULES, facts(harm="goodwill", goodwill=minor)).authority == role

    def test_notices_go_with_conventions(self) -> None:
        result = calculate(RULES, facts(carriage="eu_road", **SDR))
        assert result.notices["hidden_damage"] == 7
        assert calculate(RULES, facts()).notices == {}


class TestAuthority:
    @pytest.mark.parametrize(
        ("minor", "currency", "role"),
        [
            (0, "CNY", "front_desk"),
            (2_000, "CNY", "front_desk"),
            (2_001, "CNY", "supervisor"),
            (20_000, "CNY", "supervisor"),
            (20_001, "CNY", "approver"),
            (1, "USD", "approver"),
        ],
    )
    def test_by_amount(self, minor: int, currency: str, role: str) -> None:
        assert RULES.authority.level(minor, currency) == role
        assert RULES.authority.may("approver", minor, currency)
        assert RULES.authority.may("front_desk", minor, currency) == (role == "front_desk")
        assert not RULES.authority.may("qa", minor, currency)


class TestBadFacts:
    @pytest.mark.parametrize(
        "given",
        [
            {"goods_value": 0},
            {"harm": "goodwill"},
            {"goods_value": -1},
            {"goods_value": 1.5},
            {"freight": 10**12},
            {"damage_share": "1.1"},
            {"damage_share": "-0.1"},
            {"insured_plan": "full"},
            {"insured_plan": "half", "insured_amount": 1},
            {"currency": "yuan"},
            {"carriage": "rocket"},
            {"carriage": "international_air", **SDR},
            {"carriage": "international_air", "accepted_on": "2026-03-01"},
            {"carriage": "eu_road", "weight_kg": 1},
            {"colour": "red"},
        ],
    )
    def test_are_refused(self, given: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            facts(**given)


minor = st.integers(0, 10**9)


class TestAlways:
    @given(
        st.sampled_from(list(Carriage)),
        st.sampled_from([harm for harm in Harm if harm is not Harm.GOODWILL]),
        st.sampled_from(list(Finding)),
        st.integers(1, 10**9),
        minor,
        st.decimals(0, 1, places=4),
        st.sampled_from(["none", "proportional", "full"]),
        st.integers(1, 10**9),
        st.booleans(),
        minor,
    )
    def test_never_more_than_the_loss_and_the_freight(
        self,
        carriage: Carriage,
        harm: Harm,
        finding: Finding,
        value: int,
        freight: int,
        share: Decimal,
        plan: str,
        insured: int,
        proven: bool,
        delay_loss: int,
    ) -> None:
        given_facts = facts(
            carriage=carriage,
            harm=harm,
            finding=finding,
            goods_value=value,
            freight=freight,
            damage_share=share,
            insured_plan=plan,
            insured_amount=insured,
            terms_notice_proven=proven,
            proven_delay_loss=delay_loss,
            accepted_on=date(2026, 1, 1),
            weight_kg="1",
            minor_per_sdr="900",
            sdr_rate_on=date(2026, 1, 1),
        )
        result = calculate(RULES, given_facts)
        assert 0 <= result.amount <= max(value, freight + delay_loss)
        assert result.trace and result.authority in {"front_desk", "supervisor", "approver"}
        if finding.frees_carrier:
            assert result.amount == 0
        less = calculate(RULES, given_facts.model_copy(update={"prior_paid": 1_000}))
        assert less.amount == max(result.amount - 1_000, 0)
