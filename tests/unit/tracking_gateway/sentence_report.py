"""How well exceptions are read from sentences: the figures, and the page that states them.

`python -m tests.unit.tracking_gateway.sentence_report` writes the page anew.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from tracking_gateway.domain.model import ExceptionCode
from tracking_gateway.knowledge import KUAIDI100, Knowledge
from tracking_gateway.parameters import TrackingParameters

FOLDER = Path(__file__).parent
PAGE = FOLDER.parents[2] / "docs" / "guides" / "exception-reading.md"

SETTLED, HELD_OUT, FRESH, BLIND = "exception_sentences", "held_out_sentences", "fresh_sentences", "blind_sentences"
TITLES = {
    SETTLED: "the sentences on which the reading rules were settled",
    HELD_OUT: "written after those rules; what it taught went into them later",
    FRESH: "written after the first two; read first with precision 0.94 and recall 0.84, then learnt from",
    BLIND: "held out: written last, read once, never used to settle a rule; the figures to rely on",
}


@dataclass(frozen=True)
class Labelled:
    """A sentence with the exceptions it states."""

    text: str
    stated: frozenset[ExceptionCode]

    @property
    def chinese(self) -> bool:
        """Whether it is written in Chinese."""
        return any("\u4e00" <= char <= "\u9fff" for char in self.text)


@dataclass
class Score:
    """Of some sentences: what was read rightly, read though not stated, and missed, per code; and each misreading."""

    hits: Counter[ExceptionCode] = field(default_factory=Counter)
    alarms: Counter[ExceptionCode] = field(default_factory=Counter)
    misses: Counter[ExceptionCode] = field(default_factory=Counter)
    misread: list[str] = field(default_factory=list)

    def precision(self, code: ExceptionCode | None = None) -> float | None:
        """The share of what was read that was stated; None if nothing was read."""
        return _share(_of(self.hits, code), _of(self.alarms, code))

    def recall(self, code: ExceptionCode | None = None) -> float | None:
        """The share of what was stated that was read; None if nothing was stated."""
        return _share(_of(self.hits, code), _of(self.misses, code))

    def stated(self, code: ExceptionCode | None = None) -> int:
        """How often it is stated."""
        return _of(self.hits, code) + _of(self.misses, code)


def labelled(name: str) -> list[Labelled]:
    """The sentences of a set."""
    data = yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))
    found = [
        Labelled(text, frozenset({ExceptionCode(code)}))
        for code, languages in data["single"].items()
        for texts in languages.values()
        for text in texts
    ]
    found += [Labelled(entry["text"], frozenset(map(ExceptionCode, entry["exceptions"]))) for entry in data["several"]]
    return found + [Labelled(text, frozenset()) for texts in data["none"].values() for text in texts]


def score(knowledge: Knowledge, sentences: Iterable[Labelled]) -> Score:
    """Read the sentences without a code, as a source that gives none would deliver them."""
    result = Score()
    for sentence in sentences:
        read = frozenset(knowledge.meaning(KUAIDI100, "", sentence.text).exceptions)
        result.hits.update(sentence.stated & read)
        result.alarms.update(read - sentence.stated)
        result.misses.update(sentence.stated - read)
        if read != sentence.stated:
            result.misread.append(f"“{sentence.text}” states {_codes(sentence.stated)}, was read as {_codes(read)}")
    return result


def page(knowledge: Knowledge) -> str:
    """The page, in Markdown."""
    lines = [
        "# How well exceptions are read from texts",
        "",
        "Where a carrier's code says too little, exceptions are read from its sentence (`data/text_rules.yaml`). These",
        "figures are for sentences of our own in Chinese and English, each labelled with what it states; negated ones,",
        "conditions, advice and ordinary scans are among them and state nothing. A test keeps this page current;",
        "`python -m tests.unit.tracking_gateway.sentence_report` writes it anew.",
    ]
    for name, title in TITLES.items():
        lines += _section(knowledge, name, title)
    return "\n".join(lines) + "\n"


def _section(knowledge: Knowledge, name: str, title: str) -> list[str]:
    sentences = labelled(name)
    chinese, english = [s for s in sentences if s.chinese], [s for s in sentences if not s.chinese]
    whole, zh, en = (score(knowledge, part) for part in (sentences, chinese, english))
    silent = sum(not sentence.stated for sentence in sentences)
    lines = [
        "",
        f"## `{name}.yaml`",
        "",
        f"{title[0].upper()}{title[1:]}.",
        f"{len(sentences)} sentences, {len(chinese)} Chinese and {len(english)} English; {silent} state no exception.",
        "",
        "| exception | stated | precision | recall | zh: precision | recall | en: precision | recall |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    codes = [code for code in ExceptionCode if whole.stated(code) or whole.alarms[code]]
    for code in [*codes, None]:
        figures = [part for found in (whole, zh, en) for part in (found.precision(code), found.recall(code))]
        cells = " | ".join("–" if figure is None else f"{figure:.2f}" for figure in figures)
        lines.append(f"| {code.value if code else '**all**'} | {whole.stated(code)} | {cells} |")
    if whole.misread:
        lines += ["", "Misread:", "", *(f"- {line}" for line in whole.misread)]
    return lines


def _of(counter: Counter[ExceptionCode], code: ExceptionCode | None) -> int:
    return sum(counter.values()) if code is None else counter[code]


def _share(right: int, wrong: int) -> float | None:
    return right / (right + wrong) if right + wrong else None


def _codes(codes: frozenset[ExceptionCode]) -> str:
    return ", ".join(sorted(code.value for code in codes)) or "nothing"


def shipped() -> Knowledge:
    """The rules as shipped."""
    return Knowledge(TrackingParameters(), own_carrier="posthouse", own_pattern=r"PH\d{10,13}")


if __name__ == "__main__":
    PAGE.write_text(page(shipped()), encoding="utf-8")
    print(f"written: {PAGE}")
