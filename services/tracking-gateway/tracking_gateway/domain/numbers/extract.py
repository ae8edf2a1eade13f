"""Finding waybill numbers in free text: mails, chat, transcripts; with spaces, full-width and spoken digits."""

import re
import unicodedata
from dataclasses import dataclass, replace
from itertools import pairwise

from tracking_gateway.domain.numbers.formats import MAX_LENGTH, MIN_LENGTH
from tracking_gateway.domain.numbers.rank import NO_CONTEXT, Candidate, Context, Ranker, Ranking
from tracking_gateway.domain.numbers.spoken import digits_from_speech

_RUN = re.compile(r"[A-Z0-9]+")
_GAP = re.compile(r"(?: {1,2}|[-.·]| - )")
_MAX_RUNS = 9
"""An IMpb barcode printed in groups of four has up to nine groups."""
_GROUP = 5
"""Printed groups have up to five characters; longer runs side by side are separate numbers."""
_EVEN_COST, _GAP_COST, _CUT_COST = 0.3, 0.7, 1.5
"""Powers of ten that a reading pays: for even groups, for each other gap inside it, for cutting a row of groups."""
_MIN_DIGITS = 5


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch of text that reads as a waybill number."""

    text: str
    ranking: Ranking


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    text: str
    ranking: Ranking
    strength: float


def normalise(text: str) -> str:
    """Full-width forms to ASCII, spoken digits to digits, upper case."""
    return digits_from_speech(unicodedata.normalize("NFKC", text)).upper()


def number_of(text: str) -> str:
    """A single number as typed, in normal form: letters and digits only."""
    return "".join(_RUN.findall(normalise(text)))


def possible_numbers(text: str) -> set[str]:
    """Every stretch of the text that could be a waybill number by length, for a look-up in the store."""
    return {number for _, _, number, _ in _stretches(normalise(text)) if _has_digits(number)}


def mentioned_carriers(text: str, ranker: Ranker) -> frozenset[str]:
    """Carriers whose name stands in the text."""
    lowered = unicodedata.normalize("NFKC", text).lower()
    words = set(re.findall(r"[a-z0-9&]+", lowered))
    return frozenset(
        carrier
        for carrier, names in ranker.formats.brands.items()
        if any(name in words if name.isascii() and " " not in name else name in lowered for name in names)
    )


def extract(
    text: str,
    ranker: Ranker,
    context: Context = NO_CONTEXT,
    known: dict[str, frozenset[str]] | None = None,
) -> list[Found]:
    """Waybill numbers in the text, in order of appearance, each with its ranked candidates.

    `known` says which of the stretches are parcels in the store, with their carriers. Overlapping readings compete:
    the one that is hardest to explain by chance wins.
    """
    written = normalise(text)
    context = replace(context, mentioned=context.mentioned | mentioned_carriers(text, ranker))
    spans: list[_Span] = []
    for start, end, number, cost in _stretches(written):
        if not _has_digits(number):
            continue
        here = replace(context, known=known.get(number, frozenset())) if known else context
        ranking = ranker.rank(number, here)
        if ranking.candidates or ranking.rejected:
            spans.append(_Span(start, end, number, ranking, ranking.log_odds - cost))
    return [Found(span.text, span.ranking) for span in sorted(_without_overlaps(spans), key=lambda span: span.start)]


def best_per_number(found: list[Found]) -> list[Candidate]:
    """All candidates of all numbers, one list: numbers in order of appearance, candidates likeliest first."""
    unique: dict[tuple[str, str], Candidate] = {}
    for item in found:
        for candidate in item.ranking.candidates:
            unique.setdefault((candidate.waybill_no, candidate.carrier), candidate)
    return list(unique.values())


def _stretches(written: str) -> list[tuple[int, int, str, float]]:
    """Runs of letters and digits, and neighbouring runs joined over small gaps: (start, end, number, cost)."""
    runs = list(_RUN.finditer(written))
    joined = [bool(_GAP.fullmatch(written[left.end() : right.start()])) for left, right in pairwise(runs)]
    result: list[tuple[int, int, str, float]] = []
    for first in range(len(runs)):
        groups: list[str] = []
        for last in range(first, min(first + _MAX_RUNS, len(runs))):
            if last > first and not joined[last - 1]:
                break
            groups.append(runs[last][0])
            number = "".join(groups)
            if len(number) > MAX_LENGTH:
                break
            if len(number) >= MIN_LENGTH:
                cut = (first > 0 and joined[first - 1] and _is_group(runs[first - 1][0])) or (
                    last < len(joined) and joined[last] and _is_group(runs[last + 1][0])
                )
                cost = _spacing_cost(groups) + (_CUT_COST if cut else 0)
                result.append((runs[first].start(), runs[last].end(), number, cost))
    return result


def _spacing_cost(groups: list[str]) -> float:
    if len(groups) == 1:
        return 0
    size = len(groups[0])
    if size <= _GROUP and len(groups[-1]) <= size and all(len(group) == size for group in groups[1:-1]):
        return _EVEN_COST
    return _GAP_COST * (len(groups) - 1)


def _is_group(run: str) -> bool:
    return len(run) <= _GROUP and any(char.isdigit() for char in run)


def _has_digits(number: str) -> bool:
    return sum(char.isdigit() for char in number) >= _MIN_DIGITS


def _without_overlaps(spans: list[_Span]) -> list[_Span]:
    taken: list[_Span] = []
    for span in sorted(spans, key=lambda item: (-item.strength, item.start, item.end)):
        if all(span.end <= other.start or span.start >= other.end for other in taken):
            taken.append(span)
    return taken
