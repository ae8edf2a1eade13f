"""One spelling for texts: NFKC, lower case, simplified characters, single spaces."""

import re
import unicodedata

_SPACES = re.compile(r"\s+")
_BRACKETS = str.maketrans(dict.fromkeys("[]【】「」()《》", " "))
_PLACEHOLDERS = frozenset({"", "-", "--", "null", "none", "n/a", "na", "unknown", "暂无", "无"})


def plain(text: str) -> str:
    """For comparing: NFKC, lower case, single spaces."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", text).lower()).strip()


def readable(text: str, simplify: dict[int, str]) -> str:
    """For reading rules: `plain`, simplified, brackets as spaces, no spaces between Chinese characters."""
    folded = plain(text).translate(simplify).translate(_BRACKETS)
    return _CJK_GAP.sub("", _SPACES.sub(" ", folded)).strip()


_CJK = r"[\u4e00-\u9fff]"
_CJK_GAP = re.compile(f"(?<={_CJK}) (?={_CJK})")


def place(text: str | None) -> str | None:
    """A location, or `None` for the placeholders that stand for "not known"."""
    if text is None:
        return None
    cleaned = _SPACES.sub(" ", text).strip(" ,;，；\u3000")
    return None if plain(cleaned) in _PLACEHOLDERS else cleaned
