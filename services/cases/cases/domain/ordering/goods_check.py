"""Reading a description of goods against the list: which listed words it has, which of them are denied, what follows.

The longest word wins where words overlap, so 酒精棉片 is no 酒精 and a glue gun is no gun. A word is denied only by a
negation right before or after it in its clause, or by one that reaches it over a list (不含锂电池和液体).
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from cases.domain.dictionary import Label
from cases.domain.ordering.goods import (
    Category,
    Coded,
    Entry,
    Finding,
    GoodsList,
    Measure,
    Rule,
    Ruling,
    Verdict,
)
from cases.domain.ordering.measures import measures

LONGEST_DESCRIPTION = 1000
"""Longest description, in characters."""

_CLAUSE_END = re.compile(r"[。；;！!？?\n]|[，,](?!\d{3}(?!\d))|\.(?!\d)|但|只有|而是|\bbut\b|\bonly\b")
_ORDER = list(Ruling)
_REACH = 80
"""How far a negation may stand from a word, over a list of others, in characters."""


@dataclass(frozen=True, slots=True)
class _Hit:
    start: int
    end: int
    entry: Entry


class GoodsCheck:
    """The list, ready to be asked."""

    def __init__(self, goods: GoodsList) -> None:
        self.goods = goods
        self._fold = str.maketrans(dict(goods.fold))
        self._categories: Mapping[str, Category] = {category.id: category for category in goods.categories}

    def check(self, description: str, given: Mapping[Measure, float] | None = None) -> Verdict:
        """The verdict on a description. `given` measures count more than those in the text."""
        text = self._folded(description)
        found = {**measures(text), **(given or {})}
        findings: dict[tuple[str, bool], Finding] = {}
        rules: list[Rule] = []
        for clause in _clauses(text):
            local = {**found, **measures(clause), **(given or {})}
            for hit in self._hits(clause):
                denied = self._denied(clause, hit)
                rule = hit.entry.rule(local)
                word = clause[hit.start : hit.end]
                findings.setdefault((word, denied), self._finding(word, hit.entry, rule, denied))
                if not denied:
                    rules.append(rule)
        if not findings and self._is_vague(text):
            rules.append(Rule(verdict=Ruling.RESTRICTED, conditions=("inspect",), ask="name_goods"))
        return Verdict(
            verdict=max((rule.verdict for rule in rules), key=_ORDER.index, default=Ruling.ALLOWED),
            not_by_air=any(rule.not_by_air for rule in rules),
            findings=tuple(findings.values()),
            conditions=_coded([name for rule in rules for name in rule.conditions], self.goods.conditions),
            questions=_coded([rule.ask for rule in rules if rule.ask], self.goods.questions),
            measures=found,
            list_version=self.goods.version,
        )

    def _folded(self, text: str) -> str:
        return unicodedata.normalize("NFKC", text[:LONGEST_DESCRIPTION]).lower().translate(self._fold)

    @cached_property
    def _words(self) -> Mapping[str, Entry | None]:
        """Every word of the list, folded; None for those that are harmless."""
        words: dict[str, Entry | None] = {}
        for entry in self.goods.entries:
            words |= {self._folded(word): entry for word in (*entry.zh, *entry.en)}
        return words | {self._folded(word): None for word in (*self.goods.harmless.zh, *self.goods.harmless.en)}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self._words, key=len, reverse=True)
        return re.compile("|".join(_matcher(word) for word in longest_first))

    def _hits(self, text: str) -> list[_Hit]:
        hits = []
        for match in self._pattern.finditer(text):
            entry = self._words[_singular(match.group(), self._words)]
            if entry is not None:
                hits.append(_Hit(match.start(), match.end(), entry))
        return hits

    def _is_vague(self, text: str) -> bool:
        bare = re.sub(r"[\W\d_]+", " ", text).strip()
        return not bare or bare in self.goods.vague.zh or bare in self.goods.vague.en

    def _denied(self, clause: str, hit: _Hit) -> bool:
        before = clause[max(hit.start - _REACH, 0) : hit.start]
        after = clause[hit.end : hit.end + _REACH]
        return bool(self._negation_before.search(before) or self._negation_after.match(after))

    @cached_property
    def _negation_before(self) -> re.Pattern[str]:
        """A negation at the end of what stands before a word, over fillers and over other listed words in a row."""
        words = self.goods.negations
        listed = f"(?:{self._pattern.pattern})"
        zh = (
            f"{_not_after(words.zh_undone_by)}{_any(words.zh)}{_any(words.zh_fillers)}*"
            f"(?:{listed}{_any(words.zh_links)}{_any(words.zh_fillers)}*)*$"
        )
        en = (
            rf"{_not_after([f'{word} ' for word in words.en_undone_by])}\b{_any(words.en)}[\s-]+"
            rf"(?:{_any(words.en_fillers)}\s+)*"
            rf"(?:{listed}\s+{_any(words.en_links)}\s+(?:{_any(words.en_fillers)}\s+)*)*$"
        )
        return re.compile(f"(?:{zh})|(?:{en})")

    @cached_property
    def _negation_after(self) -> re.Pattern[str]:
        words = self.goods.negations
        return re.compile(rf"\s*(?:{_any(words.zh_after)}|[\s-]*{_any(words.en_after)}\b)")

    def _finding(self, word: str, entry: Entry, rule: Rule, denied: bool) -> Finding:
        category = self._categories[entry.category]
        source = self.goods.sources[entry.source]
        return Finding(
            word=word,
            entry=entry.id,
            label=entry.label,
            category=category.id,
            category_label=category.label,
            head=category.head,
            negated=denied,
            verdict=rule.verdict,
            not_by_air=rule.not_by_air,
            reason=_reason(entry, category, rule),
            source_kind=source.kind,
            source=source.text,
        )


_SAYS = {
    Ruling.FORBIDDEN: ("禁止寄递", "must not be sent"),
    Ruling.RESTRICTED: ("有条件收寄", "is taken under conditions"),
    Ruling.ALLOWED: ("可以寄递", "may be sent"),
}


def _reason(entry: Entry, category: Category, rule: Rule) -> Label:
    zh, en = _SAYS[rule.verdict]
    air = ("，不可航空运输", ", not by air") if rule.not_by_air else ("", "")
    return Label(
        zh=f"{entry.label.zh}（{category.label.zh}）{zh}{air[0]}",
        en=f"{entry.label.en} ({category.label.en}): {en}{air[1]}",
    )


def _clauses(text: str) -> list[str]:
    """The clauses of a text; a negation and a number reach no further than its clause."""
    parts, start = [], 0
    for match in _CLAUSE_END.finditer(text):
        parts.append(text[start : match.start()])
        start = match.end()
    return [*parts, text[start:]]


def _coded(codes: Sequence[str], texts: Mapping[str, Label]) -> tuple[Coded, ...]:
    return tuple(Coded(code=code, text=texts[code]) for code in dict.fromkeys(codes))


def _matcher(word: str) -> str:
    """Chinese anywhere; other words whole, in singular or plural."""
    if any(char >= "\u3400" for char in word):
        return re.escape(word)
    return rf"(?<![a-z0-9]){_plural(word)}(?![a-z0-9])"


def _plural(word: str) -> str:
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{re.escape(word[:-1])}(?:y|ies)"
    return f"{re.escape(word)}(?:s|es)?" if word[-1:].isalpha() and not word.endswith("s") else re.escape(word)


def _singular(word: str, known: Mapping[str, Entry | None]) -> str:
    forms = (word, word.removesuffix("s"), word.removesuffix("es"), f"{word.removesuffix('ies')}y")
    return next(form for form in forms if form in known)


def _any(words: Sequence[str]) -> str:
    return "(?:" + "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) + ")"


def _not_after(words: Sequence[str]) -> str:
    """A look back for each word: their lengths differ."""
    return "".join(f"(?<!{re.escape(word)})" for word in words)
