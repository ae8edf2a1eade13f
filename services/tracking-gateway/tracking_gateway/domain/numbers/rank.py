"""Whose number may this be? Ranked candidates with reasons, never one guess.

Ranking is Bayesian: a format is likelier the fewer random numbers it accepts (a right check digit counts tenfold)
and the more parcels its carrier moves in the market at hand; what the context says multiplies. "Not a waybill at all"
competes as a hypothesis of its own, so a phone number does not become somebody's parcel.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tracking_gateway.domain.numbers.formats import Format, Formats


class Reason(StrEnum):
    """Why a candidate is on the list, or why it is not. Texts are in the message catalogue under `reason.<value>`."""

    PATTERN = "pattern"
    CHECK_DIGIT = "check_digit"
    NO_CHECK_DIGIT = "no_check_digit"
    POST = "post"
    ROUTING_PREFIX = "routing_prefix"
    MARKET = "market"
    MENTIONED = "mentioned"
    ASKED = "asked"
    HISTORY = "history"
    KNOWN = "known"
    CHECK_DIGIT_WRONG = "check_digit_wrong"
    UNKNOWN_POST = "unknown_post"


@dataclass(frozen=True, slots=True)
class Because:
    """One reason with what it refers to (a format id, a country, a carrier's name)."""

    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A carrier that may have issued the number. `confidence` is the share of belief, over all candidates below 1."""

    waybill_no: str
    carrier: str
    format: str | None
    confidence: float
    reasons: tuple[Because, ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates, likeliest first, and forms that match but for a wrong check digit or country.

    `log_odds` compares "some carrier's waybill" with "something else", in powers of ten.
    """

    number: str
    candidates: tuple[Candidate, ...]
    rejected: tuple[Candidate, ...]
    log_odds: float


@dataclass(frozen=True, slots=True)
class Context:
    """What else is known: countries involved, carriers named nearby, the one asked for, shipments so far, our store."""

    countries: tuple[str, ...] = ()
    mentioned: frozenset[str] = frozenset()
    asked: str | None = None
    history: Mapping[str, float] = field(default_factory=dict)
    known: frozenset[str] = frozenset()


NO_CONTEXT = Context()


@dataclass(frozen=True, slots=True)
class Weights:
    """How strongly each piece of context counts; values come from the service's parameters."""

    not_a_waybill: float
    own_share: float
    mentioned: float
    asked: float
    history: float
    known: float
    floor: float


def _chance_of_length(number: str) -> float:
    """How often a number that is no waybill has this length: about twenty lengths are usual, more than 19 digits
    (the longest bank card) are rare."""
    return 1 / 20 if len(number) <= 19 else 1 / 200


def _likelihood(entry: Format) -> float:
    """How much likelier the format makes this very number than chance would."""
    lengths = 1 if entry.id == "own" else len(entry.lengths)
    return entry.weight / lengths / entry.chance


class Ranker:
    """Ranks numbers against a set of formats."""

    def __init__(self, formats: Formats, weights: Weights, *, own: str | None, home: str) -> None:
        self.formats = formats
        self._weights = weights
        self._own = own
        self._home = home
        totals: dict[str, float] = {}
        for entry in formats.formats:
            totals[entry.carrier] = totals.get(entry.carrier, 0) + entry.weight
        self._format_totals = totals
        self._market_cache: dict[tuple[str, ...], Mapping[str, float]] = {}

    def rank(self, number: str, context: Context = NO_CONTEXT) -> Ranking:
        """Candidates for a normalised number (upper case, no separators)."""
        scores: dict[str, tuple[float, Format, str, list[Because]]] = {}
        rejected: list[Candidate] = []
        other = self._weights.not_a_waybill * _chance_of_length(number)
        for entry in self.formats.by_length.get(len(number), ()):
            match = entry.match(number)
            if match is None:
                continue
            if entry in self.formats.not_parcels:
                other += self._weights.not_a_waybill * _likelihood(entry)
                continue
            carrier, waybill, reasons, refused = self._read(entry, match)
            if refused:
                if entry.distinctive:
                    rejected.append(Candidate(waybill, carrier, entry.id, 0.0, (refused,)))
                continue
            score = self._prior(entry, carrier, context, reasons) * _likelihood(entry)
            if carrier not in scores or score > scores[carrier][0]:
                scores[carrier] = (score, entry, waybill, reasons)
        return self._normalise(number, scores, rejected, other, context)

    def _read(self, entry: Format, match: re.Match[str]) -> tuple[str, str, list[Because], Because | None]:
        groups = match.groupdict()
        number = match.string
        waybill = groups.get("number") or number
        reasons = [Because(Reason.PATTERN, entry.id)]
        if waybill != number:
            reasons.append(Because(Reason.ROUTING_PREFIX, number.removesuffix(waybill)))
        carrier = entry.carrier
        if carrier == "@s10":
            named = self.formats.s10_carrier(groups["service"], groups["country"])
            if named is None:
                return "s10", waybill, reasons, Because(Reason.UNKNOWN_POST, groups["country"])
            carrier = named
            reasons.append(Because(Reason.POST, self.formats.posts[groups["country"]].name))
        if not entry.check_passes(match):
            return carrier, waybill, reasons, Because(Reason.CHECK_DIGIT_WRONG, entry.id)
        reasons.append(Because(Reason.CHECK_DIGIT if entry.check else Reason.NO_CHECK_DIGIT))
        return carrier, waybill, reasons, None

    def _prior(self, entry: Format, carrier: str, context: Context, reasons: list[Because]) -> float:
        countries = context.countries or (self._home,)
        market = self._market(countries)
        share = market.get(carrier, market["*"])
        if context.countries and carrier in market:
            reasons.append(Because(Reason.MARKET, ", ".join(countries)))
        if carrier == self._own:
            share = self._weights.own_share
        total = self._format_totals.get(entry.carrier, 1.0)
        return share / total * self._context_factor(carrier, context, reasons)

    def _context_factor(self, carrier: str, context: Context, reasons: list[Because]) -> float:
        factor = 1.0
        if carrier in context.mentioned:
            factor *= self._weights.mentioned
            reasons.append(Because(Reason.MENTIONED, carrier))
        if carrier == context.asked:
            factor *= self._weights.asked
            reasons.append(Because(Reason.ASKED, carrier))
        if shipments := context.history.get(carrier, 0):
            factor *= 1 + self._weights.history * shipments
            reasons.append(Because(Reason.HISTORY, carrier))
        if carrier in context.known:
            factor *= self._weights.known
            reasons.append(Because(Reason.KNOWN, carrier))
        return factor

    def _market(self, countries: tuple[str, ...]) -> Mapping[str, float]:
        """Each carrier's share of the parcels in these countries; `*` is the share of one that is not listed."""
        if countries not in self._market_cache:
            floor = self.formats.market_floor
            weights: dict[str, float] = {}
            for country in countries:
                for carrier, weight in self.formats.markets.get(country, {}).items():
                    weights[carrier] = weights.get(carrier, 0) + weight
            carriers = {entry.carrier for entry in self.formats.formats} | set(weights)
            total = sum(weights.get(carrier, floor) for carrier in carriers)
            self._market_cache[countries] = {name: weight / total for name, weight in weights.items()} | {
                "*": floor / total
            }
        return self._market_cache[countries]

    def _normalise(
        self,
        number: str,
        scores: Mapping[str, tuple[float, Format, str, list[Because]]],
        rejected: Iterable[Candidate],
        other: float,
        context: Context,
    ) -> Ranking:
        waybill_scores = sum(score for score, *_ in scores.values())
        extra = [carrier for carrier in sorted(context.known) if carrier not in scores]
        # A number in our store is a waybill whatever its form: it outweighs everything but a known one that also fits.
        known = (waybill_scores + other) * self._weights.known
        total = waybill_scores + other + known * len(extra)
        candidates = [
            Candidate(waybill, carrier, entry.id, score / total, tuple(reasons))
            for carrier, (score, entry, waybill, reasons) in scores.items()
        ]
        candidates += [
            Candidate(number, carrier, None, known / total, (Because(Reason.KNOWN, carrier),)) for carrier in extra
        ]
        kept = [item for item in candidates if item.confidence >= self._weights.floor]
        return Ranking(
            number=number,
            candidates=tuple(sorted(kept, key=lambda item: (-item.confidence, item.carrier))),
            rejected=tuple(rejected),
            log_odds=math.log10((total - other) / other) if total > other else -math.inf,
        )
