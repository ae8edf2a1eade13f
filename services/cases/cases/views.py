"""How cases, entries and customers look from outside: the same in the API and on the live streams."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from cases.actions.office import Office
from cases.domain.dictionary import Label
from cases.domain.model import Case, Entry, EntryKind
from cases.domain.next_action import WaitsFor, next_action
from cases.wording import Wording, wording
from chassis.i18n import DEFAULT_LANGUAGE
from contracts.values import Channel, Language


class AttachmentView(BaseModel):
    """A file that came with a message. `url` belongs to the channel that keeps it, and needs a token there."""

    attachment_id: str
    name: str
    content_type: str
    size: int = Field(description="bytes")
    url: str


class EntryView(BaseModel):
    """One entry of a timeline.

    What the system wrote has a `code` and its details in `data`; `texts` is the wording in every language, and `text`
    the one asked for with Accept-Language. Of what people wrote, `text` is what they wrote.
    """

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
    code: str | None = Field(default=None, description="what happened, for entries of the system: `case.opened`, …")
    text: str | None = None
    texts: Mapping[str, str] | None = None
    attachments: list[AttachmentView] = []
    data: Mapping[str, Any] = {}


class LabelView(BaseModel):
    """A name in both languages."""

    zh: str
    en: str

    @classmethod
    def of(cls, label: Label) -> "LabelView":
        """From a label of the dictionary."""
        return cls(zh=label.zh, en=label.en)


class NextActionView(BaseModel):
    """The one thing that comes next on an open case."""

    step: str
    label: LabelView
    actor: str = Field(description="role that does it")
    actor_label: LabelView
    waits_for: WaitsFor = Field(description="whose turn it is; `customer`: an answer is awaited")
    procedure: str | None = Field(description="the sub-procedure whose end is awaited")
    due_at: datetime | None


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
    category: str | None = None
    tags: list[str] = []
    watchers: list[str] = Field(default=[], description="agents who are told of every change")
    level: int = Field(default=1, description="2: second level of service, where reopened cases go")
    incident: bool = Field(default=False, description="whether it gathers the cases of one incident")
    incident_id: UUID | None = None
    merged_into: UUID | None = Field(default=None, description="the case that this one's matter went over to")
    awaiting_since: datetime | None = Field(default=None, description="since when the customer owes an answer")
    next_action: NextActionView | None = Field(default=None, description="unset when the case is closed")


def summary(case: Case, office: Office) -> CaseSummary:
    """The summary of a case."""
    values = {name: getattr(case, name) for name in CaseSummary.model_fields if name != "next_action"}
    return CaseSummary.model_validate({**values, "next_action": _next_action(case, office)})


def _next_action(case: Case, office: Office) -> NextActionView | None:
    found = next_action(office.engine(case), case)
    if found is None:
        return None
    return NextActionView(
        step=found.step,
        label=LabelView.of(found.label),
        actor=found.actor,
        actor_label=LabelView.of(found.actor_label),
        waits_for=found.waits_for,
        procedure=found.procedure,
        due_at=found.due_at,
    )


# The sender of a mail is an address: readers find it, masked by their rights, on the interaction.
_INSIDE = frozenset({"text", "texts", "attachments", "sender"})


def entry_view(entry: Entry, *, words: Wording | None = None, language: Language | None = None) -> EntryView:
    """An entry as readers see it. `words` renders what the system wrote; unset: on the packaged calendar's clock."""
    written = entry.data.get("text")
    texts = (words or wording()).entry(entry.data)
    if written is None and texts is not None:
        written = texts[language or DEFAULT_LANGUAGE]
    code = entry.data.get("code")
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
        code=code if isinstance(code, str) else None,
        text=written,
        texts=texts,
        attachments=[AttachmentView.model_validate(item) for item in entry.data.get("attachments", [])],
        data={key: value for key, value in entry.data.items() if key not in _INSIDE},
    )
