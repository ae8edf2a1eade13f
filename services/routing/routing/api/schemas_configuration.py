"""Bodies and answers about configurations."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.http.problems import FieldError
from routing.api.schemas import Body

Note = Annotated[str, Field(min_length=1, max_length=500)]
Document = Annotated[
    dict[str, Any],
    Field(description="`queues`, `skills`, `profiles`, `calendars`, `breaks`, `adherence_tolerance_seconds`"),
]


class ConfigurationSummary(BaseModel):
    """A configuration that is or was in force."""

    domain: str
    version: int
    note: str | None
    activated_at: datetime
    activated_by: str


class ConfigurationView(ConfigurationSummary):
    """A configuration with its document."""

    body: Document


class DraftBody(Body):
    """What a draft says. It may be wrong or unfinished; `validate` tells."""

    body: Document | None = Field(default=None, description="absent in a new draft: what is in force")
    note: Note | None = Field(default=None, description="what is changed, and why; kept in the history")
    domain: str | None = Field(default=None, max_length=60, description="of a new draft; absent: the default domain")
    base_version: int | None = Field(
        default=None, ge=0, description="the version in force that the change was made from; absent: as it was, or now"
    )


class DraftView(BaseModel):
    """A draft. It can be activated while `base_version` is the version in force."""

    draft_id: UUID
    domain: str
    base_version: int
    version: int
    body: Document
    note: str | None
    state: Literal["open", "activated", "discarded"]
    activated_version: int | None
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str


class Validation(BaseModel):
    """Whether a draft could take effect."""

    valid: bool
    errors: list[FieldError]
    version_in_force: int
    outdated: bool = Field(description="another configuration took effect since the draft was begun")


class Counted(BaseModel):
    """Some of the things, and how many there are."""

    number: int


class CountedItems(Counted):
    """Work items."""

    work_item_ids: list[UUID] = Field(description="at most 100 of them")


class CountedAgents(Counted):
    """Agents."""

    agent_ids: list[str] = Field(description="at most 100 of them")


class DryRun(Validation):
    """What a draft would do if it took effect now. `words` says it; nothing is changed by asking."""

    words: list[str]
    queues_added: list[str] = []
    queues_changed: dict[str, list[str]] = Field(default={}, description="queue to the rules of it that differ")
    queues_removed: list[str] = []
    floor_changed: list[str] = Field(default=[], description="parts of the document beside the queues that differ")
    items_replanned: dict[str, int] = Field(
        default={}, description="waiting items that would follow new rules, by queue"
    )
    items_moved: CountedItems | None = Field(default=None, description="would go to the default queue")
    items_stranded: CountedItems | None = Field(default=None, description="no agent at all could have them any more")
    items_without_staff: CountedItems | None = Field(
        default=None, description="no agent who is signed in could have them any more"
    )
    items_asking_for_removed_skills: CountedItems | None = None
    agents_without_queue: CountedAgents | None = Field(default=None, description="would serve no queue any more")
    agents_with_removed_skills: CountedAgents | None = None
