"""A first guess at the language a customer writes."""

import re

from contracts.values import Language

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LATIN = re.compile(r"[A-Za-z]")
_SAMPLE_CHARS = 2_000
_LETTERS_PER_HAN = 4
"""A Chinese character says about as much as four Latin letters; waybill numbers and addresses add Latin to any mail."""


def language_of(text: str) -> Language | None:
    """The language of the text; None when it has too few letters to tell."""
    sample = text[:_SAMPLE_CHARS]
    han, latin = len(_HAN.findall(sample)), len(_LATIN.findall(sample))
    if han and han * _LETTERS_PER_HAN >= latin:
        return Language.ZH_CN
    return Language.EN if latin >= 2 * _LETTERS_PER_HAN and not han else None
