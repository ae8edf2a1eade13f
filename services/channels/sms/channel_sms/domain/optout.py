"""Opt-out, opt-in and help words: what an inbound text asks of the channel itself."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Wish(StrEnum):
    """What a keyword asks for."""

    STOP = "stop"
    START = "start"
    HELP = "help"


@dataclass(frozen=True)
class Words:
    """The word lists, folded with `fold`.

    `letters` stop only as the answer to a promotion that offered that letter. `ambiguous` are those of the stop words
    that may as well mean something else (取消: cancel my pick-up), so that a person has to see them too.
    """

    stop: frozenset[str]
    start: frozenset[str]
    help: frozenset[str]
    letters: frozenset[str]
    ambiguous: frozenset[str]
    offers: tuple[str, ...]


def fold(text: str) -> str:
    """Compatibility-normalised, case folded, no spaces, punctuation or symbols: `【ＳＴＯＰ】 !` becomes `stop`."""
    normal = unicodedata.normalize("NFKC", text)
    return "".join(c for c in normal if unicodedata.category(c)[0] not in "ZPSC").casefold()


LONGEST_WORD = 24
"""Texts longer than this, in characters, are never looked up: no keyword with its decoration is that long."""


def wish_of(text: str, words: Words) -> Wish | None:
    """What `text` asks for, if it is exactly one of the words; a sentence that contains one is for a person to read."""
    if len(text) > LONGEST_WORD:
        return None
    folded = fold(text)
    if folded in words.stop:
        return Wish.STOP
    if folded in words.start:
        return Wish.START
    return Wish.HELP if folded in words.help else None


def needs_person(text: str, wish: Wish | None, words: Words) -> bool:
    """Whether somebody has to read `text` although the channel does what it wishes."""
    return wish is None or wish is Wish.HELP or fold(text) in words.ambiguous


def is_letter(text: str, words: Words) -> bool:
    """Whether `text` is one of the letters that stop only as the answer to a promotion offering it."""
    return len(text) <= LONGEST_WORD and fold(text) in words.letters


def offered(text: str, promotion: str, words: Words) -> bool:
    """Whether `promotion` told its reader to answer with the letter `text` to opt out."""
    letter, told = fold(text), fold(promotion)
    return any(f"{offer}{letter}" in told for offer in words.offers)
