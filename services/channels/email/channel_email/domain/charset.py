"""Bytes of a mail to text, whatever the declared charset is worth."""

import codecs
import re

from charset_normalizer import from_bytes

_SUPERSETS = {
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "ms936": "gb18030",
    "big5": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "iso-8859-1": "windows-1252",
    "latin-1": "windows-1252",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
}
"""Declared name → the superset senders really use (GBK text labelled gb2312, windows-1252 labelled latin-1)."""

_NOT_CHARSETS = frozenset({"punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})
"""Python codecs that turn bytes into text but are no charset a mail may name; some take quadratic time."""

_GB2312_RUN = re.compile(rb"(?:[\x00-\x7f]|[\xa1-\xa9\xb0-\xf7][\xa1-\xfe])+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_REPLACEMENT = "�"
_SAMPLE_BYTES = 65_536
_ENOUGH_TO_GUESS = 32
"""High bytes below which a statistical guess is worse than windows-1252 (it reads a lone "é" as Chinese)."""
_TOLERATED_DAMAGE = 0.02


def decode(data: bytes, declared: str | None = None) -> str:
    """Text of `data`; never raises, never contains NUL.

    Order: the declared charset (or its superset), UTF-8, GB2312 when every high byte pairs up as it would in Chinese
    text, a statistical guess, and at last windows-1252. A declared charset that fits but for a few damaged bytes is
    believed, with the damage replaced.
    """
    return storable(_decode(data, declared))


def storable(text: str) -> str:
    """The text without what a database cannot hold: NUL, and half surrogate pairs (as UTF-7 yields)."""
    text = text.replace("\x00", "")
    return text.encode("utf-8", "replace").decode() if _SURROGATE.search(text) else text


def _decode(data: bytes, declared: str | None) -> str:
    codec = _codec(declared)
    if codec is not None:
        damaged = _try(data, codec, errors="replace")
        if damaged is not None and damaged.count(_REPLACEMENT) <= len(damaged) * _TOLERATED_DAMAGE:
            return damaged
    for guess in (_utf8, _gb2312, _statistical):
        text = _try(data, guess(data), errors="strict")
        if text is not None:
            return text
    return data.decode("windows-1252", "replace")


def _utf8(_data: bytes) -> str:
    return "utf-8"


def _gb2312(data: bytes) -> str | None:
    return "gb18030" if _GB2312_RUN.fullmatch(data) else None


def _codec(declared: str | None) -> str | None:
    """The Python codec for a declared charset; None for a name that is unknown or no charset."""
    name = (declared or "").strip().strip("\"'").lower()
    if not name or len(name) > 40:
        return None
    try:
        found = codecs.lookup(_SUPERSETS.get(name, name)).name
    except (LookupError, ValueError):
        return None
    return None if found.replace("-", "_") in _NOT_CHARSETS else _SUPERSETS.get(found, found)


def _try(data: bytes, codec: str | None, *, errors: str) -> str | None:
    if codec is None:
        return None
    try:
        return data.decode(codec, errors)
    except (UnicodeError, LookupError, ValueError):
        return None


def _statistical(data: bytes) -> str | None:
    sample = data[:_SAMPLE_BYTES]
    if sum(byte > 0x7F for byte in sample) < _ENOUGH_TO_GUESS:
        return None
    best = from_bytes(sample).best()
    return best.encoding if best is not None else None
