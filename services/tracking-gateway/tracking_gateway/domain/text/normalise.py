"""One spelling for texts: NFKC, lower case, simplified characters, single spaces."""

import re
import unicodedata
from functools import lru_cache

_CACHED_TEXTS = 8192
"""Carriers repeat themselves: codes, places and most sentences come again and again."""
_SPACES = re.compile(r"\s+")
_BRACKETS = str.maketrans(dict.fromkeys("[]【】「」()《》", " "))
_PLACEHOLDERS = frozenset({"", "-", "--", "null", "none", "n/a", "na", "unknown", "暂无", "无"})


@lru_cache(_CACHED_TEXTS)
def plain(text: str) -> str:
    """For comparing: NFKC, lower case, single spaces."""
    folded = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return " ".join(folded.lower().split())


def readable(text: str, simplify: dict[int, str]) -> str:
    """For reading rules: `plain`, simplified, brackets as spaces, no spaces between Chinese characters."""
    folded = plain(text).translate(simplify).translate(_BRACKETS)
    return _CJK_GAP.sub("", _SPACES.sub(" ", folded)).strip()


_CJK = r"[\u4e00-\u9fff]"
_CJK_GAP = re.compile(f"(?<={_CJK}) (?={_CJK})")


@lru_cache(_CACHED_TEXTS)
def place(text: str | None) -> str | None:
    """A location, or `None` for the placeholders that stand for "not known"."""
    if text is None:
        return None
    cleaned = _SPACES.sub(" ", text).strip(" ,;，；\u3000")
    return None if plain(cleaned) in _PLACEHOLDERS else cleaned
