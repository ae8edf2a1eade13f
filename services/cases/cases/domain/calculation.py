"""What a loss is worth: one rule per kind of carriage and case, each with its formula on record.

Calculations are exact fractions; the result alone is rounded, half up, to a minor unit.
"""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cases.domain.compensation import Carriage, Facts, Finding, Harm, Result, Rules, TraceLine


class _Sheet:
    """A calculation in progress."""

    def __init__(self) -> None:
        self.lines: list[TraceLine] = []

    def note(self, code: str, formula: str, value: Fraction | int, source: str = "") -> Fraction:
        """Write a line down and hand its value on."""
        exact = Fraction(value)
        self.lines.append(TraceLine(code=code, formula=formula, value=_shown(exact), source=source))
        return exact


def calculate(rules: Rules, facts: Facts) -> Result:
    """The compensation for the facts under the rules."""
    sheet = _Sheet()
    if facts.harm is Harm.GOODWILL:
        rule, owed = "goodwill", sheet.note("goodwill", "a gesture, within the authority", facts.goodwill, "proposed")
    elif facts.finding.frees_carrier:
        rule, owed = "carrier_free", sheet.note("carrier_free", facts.finding, 0, "民法典 832")
    else:
        rule, owed = _by_carriage(rules, facts, sheet)
    due = _deductions(facts, owed, sheet)
    amount = _round_half_up(due)
    sheet.note("result", "rounded half up to a minor unit", amount)
    return Result(
        rule=rule,
        rule_version=rules.version,
        amount=amount,
        currency=facts.currency,
        authority=rules.authority.level(amount, facts.currency),
        trace=tuple(sheet.lines),
        notices=_notices(rules, facts),
    )


def _by_carriage(rules: Rules, facts: Facts, sheet: _Sheet) -> tuple[str, Fraction]:
    match facts.carriage:
        case Carriage.CN_EXPRESS:
            return _cn_express(rules, facts, sheet)
        case Carriage.CN_UNIVERSAL_MAIL:
            return _universal_mail(rules, facts, sheet)
        case Carriage.INTERNATIONAL_AIR:
            return _air(rules, facts, sheet)
        case Carriage.EU_ROAD:
            return _road(rules, facts, sheet)
        case Carriage.US_DOMESTIC:
            return _us(rules, facts, sheet)


def _cn_express(rules: Rules, facts: Facts, sheet: _Sheet) -> tuple[str, Fraction]:
    if facts.harm is Harm.DELAY:
        refund = sheet.note("freight_refund", "freight without surcharges", facts.freight, "national standard")
        extra = sheet.note("proven_delay_loss", "proven loss beyond the freight", facts.proven_delay_loss, "民法典")
        return "cn_delay", sheet.note("delay", f"{_shown(refund)} + {_shown(extra)}", refund + extra)
    loss = _actual_loss(facts, sheet)
    if facts.insured_plan != "none":
        return "cn_insured", _insured(facts, loss, sheet)
    clause = rules.cap_clause
    holds = facts.terms_notice_proven and facts.finding is not Finding.GROSS_NEGLIGENCE
    if not holds or facts.currency != clause.currency:
        why = "gross negligence" if facts.finding is Finding.GROSS_NEGLIGENCE else "notice of the clause is not proven"
        return "cn_uninsured_full", sheet.note("market_value", f"actual loss; {why}", loss, "民法典 832, 833, 496")
    part = Fraction(facts.freight) * Fraction(facts.damage_share)
    by_freight = sheet.note(
        "freight_cap", f"{clause.factor} x freight of the part {_shown(part)}", clause.factor * part
    )
    capped = min(loss, by_freight, Fraction(clause.max_minor))
    formula = f"min({_shown(loss)}, {_shown(by_freight)}, {clause.max_minor})"
    return "cn_uninsured_capped", sheet.note("capped", formula, capped, clause.source)


def _insured(facts: Facts, loss: Fraction, sheet: _Sheet) -> Fraction:
    insured, value = Fraction(facts.insured_amount), Fraction(facts.goods_value)
    if loss == value:
        return sheet.note("insured_total", f"min({insured}, {value})", min(insured, value), "条例 28")
    if facts.insured_plan == "full":
        return sheet.note("insured_full", f"min({_shown(loss)}, {insured})", min(loss, insured), "条例 28, contract")
    share = min(insured / value, Fraction(1))
    formula = f"min({insured}/{value}, 1) x {_shown(loss)}"
    return sheet.note("insured_proportional", formula, share * loss, "条例 28; 邮政法 47(1) shows the form")


def _universal_mail(rules: Rules, facts: Facts, sheet: _Sheet) -> tuple[str, Fraction]:
    if facts.harm is Harm.DELAY:
        return "cn_mail_delay", sheet.note("mail_delay", "no compensation for delay", 0, "邮政法 47")
    loss = _actual_loss(facts, sheet)
    if facts.insured_plan != "none":
        return "cn_mail_insured", _insured(facts, loss, sheet)
    rule = rules.universal_mail
    cap = sheet.note("postage_cap", f"{rule.factor} x {facts.freight}", rule.factor * facts.freight, rule.source)
    return "cn_mail_uninsured", sheet.note("capped", f"min({_shown(loss)}, {_shown(cap)})", min(loss, cap))


def _air(rules: Rules, facts: Facts, sheet: _Sheet) -> tuple[str, Fraction]:
    day = facts.accepted_on or date.min
    limits = [limit for limit in rules.air.sdr_per_kg if limit.from_ <= day]
    hundredths = (limits or rules.air.sdr_per_kg[-1:])[0].hundredths
    return "air_convention", _sdr_capped(facts, hundredths, rules.air.source, sheet)


def _road(rules: Rules, facts: Facts, sheet: _Sheet) -> tuple[str, Fraction]:
    if facts.harm is Harm.DELAY:
        formula = f"min({facts.proven_delay_loss}, carriage charge {facts.freight})"
        owed = min(facts.proven_delay_loss, facts.freight)
        return "road_delay", sheet.note("road_delay", formula, owed, rules.road.source)
    return "road_convention", _sdr_capped(facts, rules.road.hundredths_sdr_per_kg, rules.road.source, sheet)


def _sdr_capped(facts: Facts, hundredths: int, source: str, sheet: _Sheet) -> Fraction:
    harm = facts.harm is Harm.DELAY
    loss = Fraction(facts.proven_delay_loss) if harm else _actual_loss(facts, sheet)
    weight, rate = Fraction(facts.weight_kg or 0), Fraction(facts.minor_per_sdr or 0)
    cap = Fraction(hundredths, 100) * weight * rate
    formula = (
        f"{_shown(Fraction(hundredths, 100))} SDR x {facts.weight_kg} kg x {facts.minor_per_sdr} ({facts.sdr_rate_on})"
    )
    sheet.note("sdr_limit", formula, cap, source)
    if facts.declared_value is not None and facts.declared_value > cap:
        cap = sheet.note("declared_value", "special declaration of value", facts.declared_value)
    return sheet.note("capped", f"min({_shown(loss)}, {_shown(cap)})", min(loss, cap))


def _us(rules: Rules, facts: Facts, sheet: _Sheet) -> tuple[str, Fraction]:
    rule = rules.us_domestic
    if facts.harm is Harm.DELAY:
        return "us_delay", sheet.note("freight_refund", "freight", facts.freight, rule.source)
    loss = _actual_loss(facts, sheet)
    declared = Fraction(facts.declared_value if facts.declared_value is not None else rule.default_minor)
    return "us_declared", sheet.note("capped", f"min({_shown(loss)}, {declared})", min(loss, declared), rule.source)


def _actual_loss(facts: Facts, sheet: _Sheet) -> Fraction:
    share = _share(facts)
    proof = "" if facts.goods_value_proven else "value as stated, not proven"
    return sheet.note("actual_loss", f"{facts.goods_value} x {_shown(share)}", facts.goods_value * share, proof)


def _share(facts: Facts) -> Fraction:
    """The lost part of the value; what is lost, or counts as lost, is lost whole."""
    whole = facts.harm in (Harm.LOSS, Harm.COMPLETE_DELAY)
    return Fraction(1) if whole else Fraction(facts.damage_share)


def _deductions(facts: Facts, owed: Fraction, sheet: _Sheet) -> Fraction:
    due = owed
    residual = 0 if facts.residual_taken_over else facts.residual_value
    if facts.residual_value and facts.residual_taken_over:
        sheet.note("residual_taken_over", "the carrier keeps what is left", 0)
    if facts.harm is Harm.GOODWILL:  # a gesture is given beside what is owed
        return due
    for code, minus in (("residual_value", residual), ("prior_paid", facts.prior_paid)):
        if minus and due:
            left = due - minus
            due = sheet.note(code, f"max({_shown(due)} - {minus}, 0)", left if left > 0 else 0)
    return due


def _notices(rules: Rules, facts: Facts) -> dict[str, Any]:
    key = {Carriage.INTERNATIONAL_AIR: "air", Carriage.EU_ROAD: "road"}.get(facts.carriage)
    found = rules.notices.get(key) if key else None
    return dict(found) if found else {}


def _round_half_up(value: Fraction) -> int:
    return int((value * 2 + 1) // 2)


def _shown(value: Fraction) -> str:
    """A fraction as people write it: a whole number, a short decimal, or numerator and denominator."""
    if value.denominator == 1:
        return str(value.numerator)
    scaled = value * 10_000
    if scaled.denominator == 1:
        return format(Decimal(scaled.numerator) / 10_000, "f").rstrip("0")
    return f"{value.numerator}/{value.denominator}"
