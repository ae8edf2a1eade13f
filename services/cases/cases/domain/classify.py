"""What a contact is probably about: a first guess from words, so that routing can begin. The agent decides."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cached_property

from pydantic import Field

from cases.domain.dictionary import Data

_LONGEST_TEXT = 5_000


class ClassHints(Data):
    """The hint words of one contact class."""

    class_: str = Field(alias="class")
    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()

    @cached_property
    def _whole(self) -> re.Pattern[str]:
        """Latin words and numbers count only when they stand alone: 12345 is a hot line, but not within a waybill."""
        words = [*self.en, *(word for word in self.zh if word.isascii())]
        if not words:
            return _NEVER
        return re.compile(r"(?<![a-z0-9])(?:" + "|".join(re.escape(word) for word in words) + r")(?![a-z0-9])")

    def match(self, folded: str) -> bool:
        """Whether one of the words is in the text (given in lower case)."""
        parts = (word for word in self.zh if not word.isascii())
        return any(word in folded for word in parts) or self._whole.search(folded) is not None


_NEVER = re.compile(r"(?!)")


class Hints(Data):
    """Hint words of all classes, strongest class first."""

    version: int
    classes: tuple[ClassHints, ...]


def contact_class(hints: Hints, texts: Sequence[str], *, waybill_no: str | None, default: str) -> str:
    """The strongest class that a word hints at; tracking if there is a waybill number; else `default`."""
    folded = unicodedata.normalize("NFKC", "\n".join(texts))[:_LONGEST_TEXT].lower()
    for entry in hints.classes:
        if entry.match(folded) or (entry.class_ == "tracking" and waybill_no is not None):
            return entry.class_
    return default


def guess_language(texts: Sequence[str]) -> str | None:
    """`zh-CN` if the text holds Chinese characters, `en` if it holds Latin letters, else None."""
    joined = "".join(texts)[:_LONGEST_TEXT]
    if any("\u4e00" <= letter <= "\u9fff" for letter in joined):
        return "zh-CN"
    return "en" if any(letter.isascii() and letter.isalpha() for letter in joined) else None
