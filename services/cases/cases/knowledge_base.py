"""The first articles of the knowledge base, written by us, and the thresholds of searching it."""

from functools import cache
from importlib import resources
from typing import Any

import yaml
from pydantic import Field

from cases.domain.dictionary import Data
from cases.domain.knowledge import ArticleContent, Tag
from cases.store import knowledge as store
from chassis.db import Database
from chassis.parameters import ParameterSet

SEED_AUTHOR = "posthouse"


class KnowledgeParameters(ParameterSet):
    """What a company may tune about knowledge."""

    version: int = 1
    seed: bool = Field(default=True, description="put the packaged articles into an empty knowledge base")
    coverage: float = Field(
        default=0.55, gt=0, le=1, description="share of a question's words an article must have to answer it; proposed"
    )
    title_coverage: float = Field(
        default=0.3,
        gt=0,
        le=1,
        description="the same where several of the words are of the title or keywords; proposed",
    )
    results: int = Field(default=10, ge=1, le=50, description="articles shown for a case or a question; proposed")
    announce_days: int = Field(
        default=10, ge=0, description="days before which changed public terms are announced; 快递市场管理办法 art 22"
    )

    @property
    def enough(self) -> store.Coverage:
        """How much of a question an answer has at least."""
        return store.Coverage(self.coverage, self.title_coverage)


class SeedArticle(Data):
    """An article of the package."""

    slug: str
    case_types: tuple[Tag, ...] = ()
    steps: tuple[Tag, ...] = ()
    content: ArticleContent


@cache
def packaged() -> tuple[SeedArticle, ...]:
    """The articles of the package."""
    folder = resources.files("cases.data") / "articles"
    files = sorted(item.name for item in folder.iterdir() if item.name.endswith(".yaml"))
    found: list[Any] = []
    for name in files:
        found += yaml.load((folder / name).read_text("utf-8"), Loader=_Loader)  # noqa: S506 - a safe loader
    return tuple(SeedArticle.model_validate(item) for item in found)


_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same safe loader, in C where the library has it: the articles are read at each start."""


async def plant(db: Database, parameters: KnowledgeParameters) -> None:
    """Put the packaged articles into a knowledge base that has none."""
    if not parameters.seed:
        return
    async with db.transaction() as tx:
        if await store.is_empty(tx):
            articles = [(item.slug, item.content, item.case_types, item.steps) for item in packaged()]
            await store.seed(tx, articles, by=SEED_AUTHOR)
