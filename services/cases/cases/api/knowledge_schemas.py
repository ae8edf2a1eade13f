"""Bodies and answers of the knowledge API."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from cases.api.schemas import Body, Reason
from cases.domain.knowledge import ArticleContent, ArticleState, ArticleVersion, Tag

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=80)]
Tags = Annotated[list[Tag], Field(max_length=40)]

EXAMPLE_ARTICLE = {
    "kind": "rule",
    "zh": {"title": "充电宝怎么寄", "body": "额定能量不超过 100 Wh 的充电宝可走陆运，每票不超过两个。"},
    "en": {"title": "Sending power banks", "body": "Power banks up to 100 Wh go by road, two per parcel at most."},
    "keywords": ["锂电池", "power bank"],
    "laws": [{"law": "快递暂行条例", "article": "31"}],
    "company_rules": ["收寄规范 4.2"],
    "public_terms": False,
}


class PutDraft(Body):
    """A draft: what it says, and where it is shown by itself."""

    content: ArticleContent = Field(examples=[EXAMPLE_ARTICLE])
    case_types: Tags = Field(default=[], description="contact classes or procedures", examples=[["order_taking"]])
    steps: Tags = Field(default=[], description="steps, alone or as procedure/step", examples=[["complaint/rules"]])


class NewArticle(PutDraft):
    """A new article."""

    slug: Slug = Field(description="its short name in references, such as `power-banks@3`", examples=["power-banks"])


class Publish(Body):
    """From when the draft counts."""

    valid_from: AwareDatetime | None = Field(default=None, description="unset: now")
    valid_to: AwareDatetime | None = Field(default=None, description="unset: until a newer version")


class Retire(Body):
    """Why it no longer counts."""

    reason: Reason


class Feedback(Body):
    """Did it help?"""

    number: int = Field(ge=1, le=1_000_000, description="the version that was read")
    useful: bool
    comment: Reason | None = None
    case_id: UUID | None = None


class UseArticle(Body):
    """The article that an answer on the case relies on."""

    article_id: UUID


class VersionView(BaseModel):
    """A version of an article."""

    article_id: UUID
    slug: str
    number: int
    reference: str = Field(description="for the field kb_article_version", examples=["power-banks@3"])
    state: ArticleState
    content: ArticleContent
    case_types: list[str]
    steps: list[str]
    valid_from: datetime | None
    valid_to: datetime | None
    author: str
    edited_at: datetime
    published_by: str | None
    published_at: datetime | None
    retired_by: str | None
    retired_at: datetime | None
    reason: str | None


class ArticleView(BaseModel):
    """An article: the version that counts now and the draft, where there are such."""

    id: UUID
    slug: str
    version: int = Field(description="over all its versions; the ETag")
    current: VersionView | None
    draft: VersionView | None
    created_at: datetime
    updated_at: datetime


class FoundView(BaseModel):
    """An article that answers a question."""

    article: VersionView
    coverage: float = Field(description="share of the question's words that it has", examples=[0.8])


class KnowledgeSearchView(BaseModel):
    """What was found; nothing found is counted in the gap report under `question`."""

    question: str = Field(description="the question as it is counted")
    items: list[FoundView]


class CaseKnowledgeView(BaseModel):
    """What to know for a case: made for its present step, for its kind, and by what its customer asked."""

    step: list[VersionView]
    case_type: list[VersionView]
    question: list[FoundView]


class GapView(BaseModel):
    """A question that found nothing."""

    query: str
    searches: int
    first_at: datetime
    last_at: datetime
    case_type: str | None


class FeedbackView(BaseModel):
    """What a reader thought."""

    number: int
    actor: str
    useful: bool
    comment: str | None
    case_id: UUID | None
    at: datetime


class FeedbackReport(BaseModel):
    """What readers thought of an article."""

    useful: int
    not_useful: int
    items: list[FeedbackView]


def version_view(version: ArticleVersion) -> VersionView:
    """A version as callers see it."""
    return VersionView.model_validate({**version._asdict(), "reference": version.reference})
