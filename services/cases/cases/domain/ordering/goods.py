"""The list of goods that may not be sent, or only under conditions, as data; and the verdict on a description."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from cases.domain.dictionary import Data, Label, Name

Measure = Literal["wh", "ml", "percent", "count"]
"""What descriptions give numbers for: watt hours, millilitres, percent of alcohol, pieces."""


class Ruling(StrEnum):
    """May it be sent? Ascending in severity."""

    ALLOWED = "allowed"
    RESTRICTED = "restricted"
    FORBIDDEN = "forbidden"


class Bound(Data):
    """A bound of a measure."""

    over: float | None = None
    at_most: float | None = None

    def holds(self, value: float) -> bool:
        """Whether the value is within the bound."""
        return (self.over is None or value > self.over) and (self.at_most is None or value <= self.at_most)


class Rule(Data):
    """What holds when the measures are within bounds; without `when`, always. `ask` names what we would have to know
    to say more."""

    when: Mapping[Measure, Bound] = Field(default_factory=dict)
    verdict: Ruling
    conditions: tuple[Name, ...] = ()
    not_by_air: bool = False
    ask: Name | None = None


class Entry(Data):
    """Goods that are called by any of these words. Either `rules`, the first that applies counts, or one ruling."""

    id: Name
    category: Name
    label: Label
    source: Name
    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()
    verdict: Ruling | None = None
    conditions: tuple[Name, ...] = ()
    not_by_air: bool = False
    rules: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.verdict is None) == (not self.rules):
            raise ValueError(f"{self.id} has either a verdict or rules")
        if self.rules and self.rules[-1].when:
            raise ValueError(f"the last rule of {self.id} must hold always")
        return self

    def rule(self, measures: Mapping[Measure, float]) -> Rule:
        """The rule that applies to goods with these measures."""
        for rule in self.rules:
            if all(name in measures and bound.holds(measures[name]) for name, bound in rule.when.items()):
                return rule
        ruling = self.verdict or Ruling.FORBIDDEN
        return Rule(verdict=ruling, conditions=self.conditions, not_by_air=self.not_by_air)


class Category(Data):
    """A head of the directory, or a group beside it."""

    id: Name
    label: Label
    head: int | None = Field(default=None, ge=1, le=18)


class Source(Data):
    """Where a rule comes from, and how sure that is."""

    kind: str
    text: str


class Negations(Data):
    """Words around a listed word that say it is not there."""

    zh: tuple[str, ...]
    zh_fillers: tuple[str, ...]
    zh_undone_by: tuple[str, ...]
    zh_after: tuple[str, ...]
    zh_links: tuple[str, ...]
    en: tuple[str, ...]
    en_fillers: tuple[str, ...]
    en_undone_by: tuple[str, ...]
    en_after: tuple[str, ...]
    en_links: tuple[str, ...]


class Words(Data):
    """Words in both languages."""

    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()


class GoodsList(Data):
    """One version of the list."""

    version: str
    fold: Mapping[Annotated[str, Field(min_length=1, max_length=1)], str]
    negations: Negations
    vague: Words
    harmless: Words
    questions: Mapping[Name, Label]
    conditions: Mapping[Name, Label]
    categories: tuple[Category, ...]
    sources: Mapping[Name, Source]
    entries: tuple[Entry, ...]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        categories = {category.id for category in self.categories}
        for entry in self.entries:
            rules = [*entry.rules, entry.rule({})]
            conditions = {name for rule in rules for name in rule.conditions}
            asked = {rule.ask for rule in rules if rule.ask}
            unknown = (conditions - set(self.conditions)) | (asked - set(self.questions))
            unknown |= {entry.category} - categories | {entry.source} - set(self.sources)
            if unknown:
                raise ValueError(f"{entry.id} names what the list does not have: {', '.join(sorted(unknown))}")
        return self


class Coded(Data):
    """A condition or a question, with its words."""

    code: Name
    text: Label


class Finding(Data):
    """A listed word in a description. A `negated` one is only mentioned ("without battery") and decides nothing."""

    word: str
    entry: Name
    label: Label
    category: Name
    category_label: Label
    head: int | None
    negated: bool
    verdict: Ruling
    not_by_air: bool
    reason: Label
    source_kind: str
    source: str


class Verdict(Data):
    """May it be sent? `not_by_air` is no refusal: products by road take it."""

    verdict: Ruling
    not_by_air: bool
    findings: tuple[Finding, ...]
    conditions: tuple[Coded, ...]
    questions: tuple[Coded, ...]
    measures: Mapping[Measure, float]
    list_version: str
