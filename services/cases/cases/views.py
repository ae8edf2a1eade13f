"""How cases, entries and customers look from outside: the same in the API and on the live streams."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from cases.domain.dictionary import Label
from cases.domain.model import Case, Entry, EntryKind
from contracts.values import Channel


class AttachmentView(BaseModel):
    """A file that came with a message. `url` belongs to the channel that keeps it, and needs a token there."""

    attachment_id: str
    name: str
    content_type: str
    size: int = Field(description="bytes")
    url: str


class EntryView(BaseModel):
    """One entry of a timeline. `texts` holds the wording of what the system wrote, per language; `data` the details."""

    case_id: UUID
    seq: int = Field(description="position in the case's timeline: 1, 2, 3 … without gaps")
    kind: EntryKind
    occurred_at: datetime
    recorded_at: datetime
    actor: str = Field(description="agent id, `customer` or `system`")
    interaction_id: UUID | None = None
    channel: Channel | None = None
    message_id: UUID | None = None
    status: str | None = Field(default=None, description="of a message we sent: pending, sent, delivered, …")
    text: str | None = None
    texts: Mapping[str, str] | None = None
    attachments: list[AttachmentView] = []
    data: Mapping[str, Any] = {}


class CaseSummary(BaseModel):
    """A case as lists and live streams show it."""

    id: UUID
    case_no: str
    customer_id: UUID
    case_type: str
    state: str = Field(pattern="^(open|closed)$")
    step: str
    channel: Channel
    language: str | None
    severity: str | None
    priority: int
    queue: str
    owner: str | None
    owner_name: str | None
    waybill_no: str | None
    parent_id: UUID | None
    version: int
    last_seq: int
    last_customer_seq: int = Field(description="number of the customer's newest message")
    next_due_at: datetime | None
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    resolution: str | None


class LabelView(BaseModel):
    """A name in both languages."""

    zh: str
    en: str

    @classmethod
    def of(cls, label: Label) -> "LabelView":
        """From a label of the dictionary."""
        return cls(zh=label.zh, en=label.en)


def summary(case: Case) -> CaseSummary:
    """The summary of a case."""
    return CaseSummary.model_validate({name: getattr(case, name) for name in CaseSummary.model_fields})


# The sender of a mail is an address: readers find it, masked by their rights, on the interaction.
_INSIDE = frozenset({"text", "texts", "attachments", "sender"})


def entry_view(entry: Entry) -> EntryView:
    """An entry as readers see it."""
    return EntryView(
        case_id=entry.case_id,
        seq=entry.seq,
        kind=entry.kind,
        occurred_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
        actor=entry.actor,
        interaction_id=entry.interaction_id,
        channel=entry.channel,
        message_id=entry.message_id,
        status=entry.status,
        text=entry.data.get("text"),
        texts=entry.data.get("texts"),
        attachments=[AttachmentView.model_validate(item) for item in entry.data.get("attachments", [])],
        data={key: value for key, value in entry.data.items() if key not in _INSIDE},
    )
