"""Texts with variables, in both languages. A variable without a value is an error, never a hole in a message."""

import re
from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

_VARIABLE = re.compile(r"\{\{\s*([a-z][a-z0-9_]*)\s*\}\}")
_BRACES = re.compile(r"\{\{|\}\}")

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5_000)]


class MissingVariables(Exception):
    """The text names variables that have no value."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(f"No value for: {', '.join(names)}.")
        self.names = names


class Wordings(BaseModel):
    """One text in both languages, with `{{variable}}` places; both use the same variables."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: Words = Field(examples=["您好，{{customer_name}}！您的快件 {{waybill_no}} 已安排派送。"])
    en: Words = Field(examples=["Hello {{customer_name}}, your parcel {{waybill_no}} is out for delivery."])

    @model_validator(mode="after")
    def _well_formed(self) -> Self:
        for name, text in (("zh", self.zh), ("en", self.en)):
            if _BRACES.search(_VARIABLE.sub("", text)):
                raise ValueError(f"{name}: a variable is written {{{{name}}}}: small letters, digits, underscores")
        if set(variables(self.zh)) != set(variables(self.en)):
            raise ValueError("both languages must use the same variables")
        return self

    def text(self, language: str | None) -> str:
        """The text in the language; Chinese for every `zh…` and for none, English otherwise."""
        return self.zh if language is None or language.lower().startswith("zh") else self.en


def variables(text: str) -> tuple[str, ...]:
    """The variables of a text, each once, in order of appearance."""
    return tuple(dict.fromkeys(_VARIABLE.findall(text)))


def render(wordings: Wordings, language: str | None, values: Mapping[str, str | None]) -> str:
    """The text with its variables filled; values are put in as they are and never read as variables again.

    Raises `MissingVariables` naming every variable without a value.
    """
    text = wordings.text(language)
    missing = tuple(name for name in variables(text) if not values.get(name))
    if missing:
        raise MissingVariables(missing)
    return _VARIABLE.sub(lambda match: values[match.group(1)] or "", text)


def known_values(facts: Mapping[str, object]) -> dict[str, str | None]:
    """Facts of a case as values of variables; what is no text or number has no place in a message."""
    found: dict[str, str | None] = {}
    for name, value in facts.items():
        if isinstance(value, str) and value.strip():
            found[name] = value.strip()
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[name] = str(value)
    return found
