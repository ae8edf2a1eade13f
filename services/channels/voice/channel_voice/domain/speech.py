"""What is said: catalogue texts by key, and names of places as the carrier wrote them."""

from dataclasses import dataclass, field

from contracts.values import Language

FIRST_CJK = "\u2e80"


@dataclass(frozen=True)
class Line:
    """A text of the catalogue, said in a language. `values` fill its placeholders."""

    language: Language
    key: str
    values: dict[str, str] = field(default_factory=dict)


def language_of(text: str, otherwise: Language) -> Language:
    """The language whose voice can read a name: Chinese characters need the Chinese one."""
    return Language.ZH_CN if any(character >= FIRST_CJK for character in text) else otherwise
