"""Encoded words in header values (RFC 2047), as real clients write them."""

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator

from channel_email.domain.charset import decode

_WORD = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?]*)\?=")
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")


def decode_words(value: str) -> str:
    """The value with its encoded words decoded; text that is not one stays as it is. Never raises.

    Neighbouring words of one charset are joined as bytes before decoding, because Chinese clients cut a character in
    two at the word boundary. White space between two words is not part of the text.
    """
    if "=?" not in value:
        return value
    text: list[str] = []
    pending, charset = b"", ""
    for between, word_charset, content in _pieces(value):
        joins = not between.strip() and word_charset == charset and pending
        if not joins:
            text.append(decode(pending, charset) if pending else "")
            text.append("" if pending and not between.strip() and word_charset else between)
            pending = b""
        pending, charset = pending + content, word_charset
    return "".join(text)


def _pieces(value: str) -> Iterator[tuple[str, str, bytes]]:
    """(text before the word, charset, bytes of the word), closed by one piece without a word."""
    position = 0
    for match in _WORD.finditer(value):
        content = _bytes(match[2], match[3])
        if content is None:
            continue
        yield value[position : match.start()], match[1].lower(), content
        position = match.end()
    yield value[position:], "", b""


def _bytes(encoding: str, content: str) -> bytes | None:
    raw = content.encode("ascii", "ignore")
    if encoding in "qQ":
        return _HEX.sub(lambda match: bytes([int(match[1], 16)]), raw.replace(b"_", b" "))
    try:
        raw = b"".join(raw.split()).rstrip(b"=")
        return b64decode(raw + b"=" * (-len(raw) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
