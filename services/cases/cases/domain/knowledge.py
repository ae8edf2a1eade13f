"""Knowledge articles: what they hold, when a version counts, and how questions find them."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple
from uuid import UUID

from pydantic import Field, StringConstraints

from cases.domain.dictionary import Data
from cases.domain.search import LONGEST_QUERY, query_tokens, tokens

LONGEST_GAP = 100
"""Longest query that the gap report keeps, in characters."""

_STOP_ZH = (
    "能不能|可不可以|可以|是不是|是否|怎么样|怎么办|怎么|怎样|如何|为什么|什么时候|什么|多少|多久|哪些|哪里|请问|请|你们|我们|我|您|你"
    "|一下|有没有|需要|应该|想要|想|吗|呢|吧|啊|的|了|要|在|和|与|把|被|会|能|是|有"
)
_STOP_EN_WORDS = """
a an and any are as at be can could do does for from get go got how i if in into is it may me my of on or our please
shall should that the their there they this to us was we went what when where which who why will with would you your
"""
_STOP_EN = frozenset(_STOP_EN_WORDS.split())
_STOP_ZH_PATTERN = re.compile(_STOP_ZH)
_PLURAL = re.compile(r"(?<=[a-z]{3})(?<!s)s$")
_LONG_NUMBER = re.compile(r"[a-z]{0,4}\d{5,}[a-z]{0,2}")


class ArticleState(StrEnum):
    """Where a version of an article stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class ArticleText(Data):
    """An article in one language."""

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    body: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]


class LawRef(Data):
    """A law or standard that the article rests on, and how sure its wording is."""

    law: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    article: Annotated[str, StringConstraints(min_length=1, max_length=60)] | None = None
    certainty: Literal["read", "secondary", "general_knowledge"] = "read"

    @property
    def text(self) -> str:
        """The reference in one line."""
        return f"{self.law} art {self.article}" if self.article else self.law


Tag = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(/[a-z][a-z0-9_]*)?$", max_length=120)]


class ArticleContent(Data):
    """What an article says. `public_terms`: it tells customers of prices, areas, times or terms, whose changes are
    announced beforehand (快递市场管理办法 art 22)."""

    kind: Literal["rule", "product", "process", "faq"]
    zh: ArticleText
    en: ArticleText
    keywords: tuple[Annotated[str, StringConstraints(min_length=1, max_length=60)], ...] = Field(
        default=(), max_length=40
    )
    laws: tuple[LawRef, ...] = Field(default=(), max_length=20)
    company_rules: tuple[Annotated[str, StringConstraints(min_length=1, max_length=300)], ...] = Field(
        default=(), max_length=20
    )
    public_terms: bool = False

    def words(self) -> list[str]:
        """All words it is found by."""
        laws = [law.text for law in self.laws]
        parts = [self.zh.title, self.en.title, *self.keywords, self.zh.body, self.en.body, *laws]
        return _stems(tokens("\n".join(parts)))

    def title_words(self) -> list[str]:
        """The words of titles and keywords, which count more."""
        return _stems(tokens("\n".join((self.zh.title, self.en.title, *self.keywords))))


class ArticleVersion(NamedTuple):
    """A version of an article as stored."""

    article_id: UUID
    slug: str
    number: int
    state: str
    content: ArticleContent
    case_types: list[str]
    steps: list[str]
    valid_from: datetime | None
    valid_to: datetime | None
    author: str
    edited_at: datetime
    published_by: str | None
    published_at: datetime | None
    retired_by: str | None
    retired_at: datetime | None
    reason: str | None

    @property
    def reference(self) -> str:
        """How a case names the version it relied on."""
        return f"{self.slug}@{self.number}"


def question_tokens(text: str) -> list[tuple[str, int]]:
    """The words of a question that carry meaning, with their weights: a lone Chinese character tells less."""
    bare = _STOP_ZH_PATTERN.sub(" ", _folded(text[:LONGEST_QUERY]))
    words = _stems([word for word in query_tokens(bare) if word not in _STOP_EN])
    return [(word, 1 if len(word) == 1 else 2) for word in words]


def normalised_query(text: str) -> str:
    """The form under which the gap report counts questions: folded, without punctuation, long numbers hidden, because
    waybills and phone numbers are nobody's knowledge."""
    folded = _LONG_NUMBER.sub("#", _folded(text))
    return " ".join(re.sub(r"[^\w#]+", " ", folded).split())[:LONGEST_GAP].strip()


def first_matching(steps: Sequence[str], procedure: str, step: str) -> bool:
    """Whether one of an article's step tags (`rules`, `complaint/rules`) names the step of the procedure."""
    return step in steps or f"{procedure}/{step}" in steps


def _stems(words: Sequence[str]) -> list[str]:
    """The words, English ones without the ending of a plural, so that one parcel finds many."""
    return list(dict.fromkeys(_PLURAL.sub("", word) for word in words))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()
