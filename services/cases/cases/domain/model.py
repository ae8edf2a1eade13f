"""What the service remembers, as plain records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from contracts.values import Channel, Language

REACHABLE_AFTER_END = frozenset({Channel.SMS, Channel.EMAIL, Channel.TELEGRAM})
"""Channels whose address stays good when an exchange ended; a chat visitor is gone, a call has no text."""


class EntryKind(StrEnum):
    """Kinds of timeline entries."""

    MESSAGE_IN = "message_in"
    MESSAGE_OUT = "message_out"
    CALL = "call"
    SELF_SERVICE = "self_service"
    NOTE = "note"
    STATUS = "status"
    STEP = "step"
    PARCEL = "parcel"


class WorkState(StrEnum):
    """Where a work item stands, seen from here."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Case:
    """A case as stored. `version` is its ETag, `last_seq` the number of its newest timeline entry.

    `level` 2 is the second level of service, where reopened cases go. `incident` cases gather others, which name them
    in `incident_id`. `waiting_for` is the sub-procedure whose end it waits for; `awaiting_since` and `awaiting_due` say
    since when the customer owes an answer and when to ask again. `untold` counts notices that did not reach them.
    """

    id: UUID
    case_no: str
    customer_id: UUID
    case_type: str
    procedure: str
    procedure_version: int
    step: str
    channel: str
    language: str | None
    severity: str | None
    priority: int
    queue: str
    owner: str | None
    owner_name: str | None
    thread_key: str
    threading: bool
    waybill_no: str | None
    parent_id: UUID | None
    version: int
    last_seq: int
    last_customer_seq: int
    next_due_at: datetime | None
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    resolution: str | None
    category: str | None = None
    tags: Sequence[str] = ()
    watchers: Sequence[str] = ()
    level: int = 1
    incident: bool = False
    incident_id: UUID | None = None
    merged_into: UUID | None = None
    waiting_for: str | None = None
    awaiting_since: datetime | None = None
    awaiting_due: datetime | None = None
    untold: int = 0

    @property
    def state(self) -> str:
        """`open` or `closed`."""
        return "open" if self.closed_at is None else "closed"


@dataclass(frozen=True, slots=True)
class Interaction:
    """An interaction as stored."""

    id: UUID
    customer_id: UUID
    contact_point_id: UUID | None
    case_id: UUID | None
    channel: Channel
    direction: str
    account: str
    language: Language | None
    self_served: bool
    started_at: datetime
    queued_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    erased_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A work item as stored. With `callback` the customer need not wait: they are called back."""

    id: UUID
    case_id: UUID
    interaction_id: UUID | None
    channel: Channel
    queue: str
    state: WorkState
    agent_id: str | None
    enqueued_at: datetime
    callback: bool = False


@dataclass(frozen=True, slots=True)
class Approval:
    """A decision asked for, as stored. `authority` is the lowest role that may take it."""

    id: UUID
    case_id: UUID
    kind: str
    step: str | None
    amount_minor: int | None
    currency: str | None
    summary: str
    authority: str
    state: str
    requested_by: str
    requested_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A timeline entry about to be written; it gets its number when it is."""

    kind: EntryKind
    actor: str
    occurred_at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)
    interaction_id: UUID | None = None
    channel: Channel | None = None
    message_id: UUID | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Entry(NewEntry):
    """A timeline entry as stored."""

    case_id: UUID = field(kw_only=True)
    seq: int = field(kw_only=True)
    recorded_at: datetime = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class ContactPoint:
    """An address of a customer as stored."""

    id: UUID
    customer_id: UUID
    kind: str
    address: str
    display_name: str | None
    verification: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer as stored."""

    id: UUID
    name: str | None
    language: str | None
    employer: str | None
    address: str | None
    tier: str | None
    tags: Sequence[str]
    do_not_contact: bool
    merged_into: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime
    erased_at: datetime | None = None
