"""Texts that people read, in every language of the product, from `messages/<language>.json` in a package."""

from collections.abc import Mapping
from importlib import resources
from string import Formatter

import orjson

from contracts.values import Language

DEFAULT_LANGUAGE = Language.ZH_CN


class MissingText(KeyError):
    """A text is missing in a language, or the languages differ in their placeholders."""


class Catalogue:
    """The texts of one package. Loading refuses a catalogue whose languages do not match."""

    def __init__(self, texts: Mapping[Language, Mapping[str, str]]) -> None:
        self._texts = texts
        reference = texts[DEFAULT_LANGUAGE]
        for language, entries in texts.items():
            if differing := set(reference) ^ set(entries):
                raise MissingText(f"{language}: {', '.join(sorted(differing))}")
            for key, text in entries.items():
                if _placeholders(text) != _placeholders(reference[key]):
                    raise MissingText(f"{language}: placeholders of {key} differ")

    @classmethod
    def load(cls, package: str) -> "Catalogue":
        """The catalogue of a package."""
        folder = resources.files(package) / "messages"
        return cls({language: orjson.loads((folder / f"{language}.json").read_bytes()) for language in Language})

    def text(self, language: Language | str | None, key: str, **values: object) -> str:
        """The text in the language (the default one if unknown), with its placeholders filled."""
        entries = self._texts.get(_language(language), self._texts[DEFAULT_LANGUAGE])
        return entries[key].format(**values)

    def keys(self) -> frozenset[str]:
        """All text keys."""
        return frozenset(self._texts[DEFAULT_LANGUAGE])


def _language(value: Language | str | None) -> Language:
    """Maps `en-GB` to `en` and `zh`, `zh-Hans-CN` and so on to `zh-CN`."""
    text = (value or "").lower()
    if text.startswith("en"):
        return Language.EN
    return Language.ZH_CN if text.startswith("zh") else DEFAULT_LANGUAGE


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}
