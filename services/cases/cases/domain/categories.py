"""The tree of what cases are about: data, so that a company can grow its own."""

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from cases.domain.dictionary import Data, Label

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+){0,4}$", max_length=120)]
"""Path of a category from the root, such as `delivery.delay.transit`."""


class Category(Data):
    """A node of the tree."""

    code: Code
    label: Label

    @property
    def parent(self) -> str | None:
        """The code one level up."""
        head, _, _ = self.code.rpartition(".")
        return head or None


class Categories(Data):
    """The whole tree. A node's parent stands before it, and no code twice."""

    version: int = Field(ge=1)
    categories: tuple[Category, ...]

    @model_validator(mode="after")
    def _is_a_tree(self) -> Self:
        seen: set[str] = set()
        for category in self.categories:
            if category.code in seen:
                raise ValueError(f"category {category.code} is listed twice")
            if category.parent is not None and category.parent not in seen:
                raise ValueError(f"category {category.code} comes before its parent {category.parent}")
            seen.add(category.code)
        return self

    @cached_property
    def by_code(self) -> dict[str, Category]:
        """The nodes by their code."""
        return {category.code: category for category in self.categories}

    def path(self, code: str) -> Iterator[Category]:
        """The node and all above it, from the root down; `KeyError` for an unknown code."""
        parts = code.split(".")
        for length in range(1, len(parts) + 1):
            yield self.by_code[".".join(parts[:length])]
