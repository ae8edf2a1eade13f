"""Words to search by, the same for what is stored and what is asked: Chinese in pairs of characters, the rest in words.

PostgreSQL's own parsers see a run of Chinese characters as one word. Pairs of neighbours (bigrams) find every phrase of
two characters or more without a dictionary; single characters are kept too, so that a lone one can be found.
"""

import re
import unicodedata
from collections.abc import Sequence

LONGEST_QUERY = 500
"""Longest search text, in characters."""

_LONGEST_TEXT = 20_000
_MOST_TOKENS = 4_000
_RUNS = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+|[a-z0-9]+")


def tokens(text: str) -> list[str]:
    """The words to store for a text, each once, in order of appearance."""
    found: dict[str, None] = {}
    for run in _runs(text[:_LONGEST_TEXT]):
        for token in _stored(run):
            found.setdefault(token)
            if len(found) >= _MOST_TOKENS:
                return list(found)
    return list(found)


def query_tokens(text: str) -> list[str]:
    """The words that a match must have: pairs for two Chinese characters or more, the character itself for one."""
    found: dict[str, None] = {}
    for run in _runs(text[:LONGEST_QUERY]):
        for token in _pairs(run) if _is_chinese(run) and len(run) > 1 else [run]:
            found.setdefault(token)
    return list(found)


def snippet(text: str, words: Sequence[str], length: int) -> str:
    """The part of a text in which the words stand, at most `length` characters, with … where something is left out.

    Positions are those of the folded text, which differ from the text's own only where folding changes its length.
    """
    if len(text) <= length:
        return text
    folded = unicodedata.normalize("NFKC", text).lower()
    places = [place for word in words if (place := folded.find(word)) >= 0]
    start = max(min(places, default=0) - length // 4, 0)
    start = min(start, len(text) - length)
    cut = text[start : start + length]
    return f"{'…' if start else ''}{cut.strip()}{'…' if start + length < len(text) else ''}"


def _runs(text: str) -> list[str]:
    return _RUNS.findall(unicodedata.normalize("NFKC", text).lower())


def _stored(run: str) -> list[str]:
    return [*run, *_pairs(run)] if _is_chinese(run) else [run]


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)]


def _is_chinese(run: str) -> bool:
    return run[0] >= "\u3400"
