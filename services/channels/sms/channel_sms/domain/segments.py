"""How many segments a text is billed as, and in which alphabet it travels (3GPP TS 23.038, 23.040)."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = "\f^{}\\[~]|€"
_SEPTETS = {**dict.fromkeys(_BASIC, 1), **dict.fromkeys(_EXTENSION, 2)}

_GSM_SINGLE, _GSM_PART = 160, 153
_UCS2_SINGLE, _UCS2_PART = 70, 67

_ZWJ = "\u200d"


@dataclass(frozen=True)
class Segments:
    """`encoding` is `GSM-7` or `UCS-2`; `units` are septets or UTF-16 units before splitting; `count` is billed."""

    encoding: str
    units: int
    count: int


def count_segments(text: str) -> Segments:
    """Segments of `text`. An empty text still travels as one segment.

    A character is never split between segments: neither an escaped GSM-7 character, nor a surrogate pair, nor what a
    reader sees as one sign (emoji with modifiers, letters with combining marks), so a part may end with unused room.
    """
    if all(character in _SEPTETS for character in text):
        sizes = [_SEPTETS[character] for character in text]
        return Segments("GSM-7", sum(sizes), _parts(sizes, _GSM_SINGLE, _GSM_PART))
    sizes = list(_cluster_sizes(text))
    return Segments("UCS-2", sum(sizes), _parts(sizes, _UCS2_SINGLE, _UCS2_PART))


def _parts(sizes: list[int], single: int, part: int) -> int:
    if sum(sizes) <= single:
        return 1
    count, used = 1, 0
    for size in sizes:
        if used + size > part:
            count, used = count + 1, 0
        used += size
        while used > part:  # one sign larger than a whole part has to be split after all
            count, used = count + 1, used - part
    return count


def _units(character: str) -> int:
    return 2 if ord(character) > 0xFFFF else 1


def _cluster_sizes(text: str) -> Iterator[int]:
    """UTF-16 sizes of the signs of `text`: a close approximation of Unicode's extended grapheme clusters."""
    size = 0
    previous = ""
    flags_open = False
    for character in text:
        flag = "\U0001f1e6" <= character <= "\U0001f1ff"
        joins = (
            size > 0
            and previous not in "\r\n\f"
            and (_extends(character) or _glued(previous, character) or (flag and flags_open))
        )
        if size and not joins:
            yield size
            size = 0
        flags_open = flag and not (joins and flags_open)
        size += _units(character)
        previous = character
    if size:
        yield size


def _glued(previous: str, character: str) -> bool:
    """Whether a joiner ties the pictograph `character` to the one before it (families, professions)."""
    return previous == _ZWJ and unicodedata.category(character) == "So"


def _extends(character: str) -> bool:
    """Whether `character` belongs to the sign before it: a mark, a joiner, a variation selector or a skin tone."""
    return (
        character == _ZWJ
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
        or unicodedata.category(character) in ("Mn", "Me", "Mc")
    )
