"""Topic `cases`: the life of a case. Key: case id. Producer: cases."""

from uuid import UUID

from pydantic import Field

from contracts.event import EventData, Instant
from contracts.values import Channel, WaybillNo

TOPIC = "cases"


class CaseOpened(EventData, type="posthouse.case.opened.v1", topic=TOPIC, key="case_id"):
    """A new piece of work for a customer began, following `procedure` at `procedure_version`."""

    case_id: UUID
    case_no: str
    customer_id: UUID
    case_type: str
    procedure: str
    procedure_version: int
    channel: Channel
    interaction_id: UUID | None = None
    waybill_no: WaybillNo | None = None
    occurred_at: Instant


class CaseClassified(EventData, type="posthouse.case.classified.v1", topic=TOPIC, key="case_id"):
    """The case turned out to be about something else: it follows another procedure from now on."""

    case_id: UUID
    case_type: str
    procedure: str
    procedure_version: int
    previous_case_type: str
    previous_procedure: str
    actor: str
    reason: str
    occurred_at: Instant


class CaseStepCompleted(EventData, type="posthouse.case.step.completed.v1", topic=TOPIC, key="case_id"):
    """The procedure moved on from `step` to `next_step`."""

    case_id: UUID
    step: str
    next_step: str
    actor: str
    occurred_at: Instant


class CaseDeviationRecorded(EventData, type="posthouse.case.deviation.recorded.v1", topic=TOPIC, key="case_id"):
    """A step was taken out of the procedure's order, or closed without a mandatory field, and someone said why."""

    case_id: UUID
    step: str
    deviation: str
    reason: str
    actor: str
    occurred_at: Instant


class CaseDeadlineApproaching(EventData, type="posthouse.case.deadline.approaching.v1", topic=TOPIC, key="case_id"):
    """`percent` of a time limit is used up, and what it waits for is not done. `due_at` is the end of the limit."""

    case_id: UUID
    step: str
    limit: str
    percent: int = Field(ge=1, le=99)
    due_at: Instant
    occurred_at: Instant


class CaseDeadlineMissed(EventData, type="posthouse.case.deadline.missed.v1", topic=TOPIC, key="case_id"):
    """A time limit of the procedure passed without its step being completed."""

    case_id: UUID
    step: str
    limit: str
    due_at: Instant
    occurred_at: Instant


class CaseEscalated(EventData, type="posthouse.case.escalated.v1", topic=TOPIC, key="case_id"):
    """Somebody with `role` must look at the case. `cause` is the limit that ran late, or `manual`; `reason` is what the
    person wrote who escalated it by hand."""

    case_id: UUID
    step: str
    role: str
    cause: str
    actor: str
    reason: str | None = None
    occurred_at: Instant


class CaseApprovalRequested(EventData, type="posthouse.case.approval.requested.v1", topic=TOPIC, key="case_id"):
    """A decision is asked for. `authority` is the lowest role that may take it; amounts are in minor units."""

    case_id: UUID
    approval_id: UUID
    kind: str
    step: str | None = None
    amount_minor: int | None = Field(default=None, ge=0)
    currency: str | None = None
    authority: str
    requested_by: str
    occurred_at: Instant


class CaseApprovalDecided(EventData, type="posthouse.case.approval.decided.v1", topic=TOPIC, key="case_id"):
    """A decision was taken: `approved` or `returned`. It is taken once."""

    case_id: UUID
    approval_id: UUID
    kind: str
    decision: str = Field(pattern="^(approved|returned)$")
    amount_minor: int | None = Field(default=None, ge=0)
    currency: str | None = None
    requested_by: str
    decided_by: str
    reason: str
    occurred_at: Instant


class CaseClosed(EventData, type="posthouse.case.closed.v1", topic=TOPIC, key="case_id"):
    """The case reached an end of its procedure. `interaction_ids` are the interactions that belonged to it."""

    case_id: UUID
    customer_id: UUID
    resolution: str
    actor: str
    interaction_ids: tuple[UUID, ...] = ()
    occurred_at: Instant


class CaseReopened(EventData, type="posthouse.case.reopened.v1", topic=TOPIC, key="case_id"):
    """A closed case came back: the customer answered within the reopening window."""

    case_id: UUID
    actor: str
    reason: str
    occurred_at: Instant


class CaseWaybillNamed(EventData, type="posthouse.case.waybill.named.v1", topic=TOPIC, key="case_id"):
    """The case turned out to be about a parcel: the customer named it after the case was opened."""

    case_id: UUID
    customer_id: UUID
    waybill_no: WaybillNo
    occurred_at: Instant


class CaseNoticeSettled(EventData, type="posthouse.case.notice.settled.v1", topic=TOPIC, key="case_id"):
    """What became of a requested notice: `sent` on `channel`, `refused` by the customer's wish, or `unreachable`."""

    case_id: UUID
    notice_id: UUID
    outcome: str = Field(pattern="^(sent|refused|unreachable)$")
    channel: Channel | None = None
    reason: str | None = None
    occurred_at: Instant


class CaseMerged(EventData, type="posthouse.case.merged.v1", topic=TOPIC, key="case_id"):
    """Another case turned out to be about the same matter. Its contacts, messages, threads belong to `case_id` now."""

    case_id: UUID
    merged_case_id: UUID
    customer_id: UUID
    merge_id: UUID
    reason: str
    actor: str
    occurred_at: Instant


class CaseUnmerged(EventData, type="posthouse.case.unmerged.v1", topic=TOPIC, key="case_id"):
    """A merge was a mistake: `unmerged_case_id` is a case of its own again, with what it had brought."""

    case_id: UUID
    unmerged_case_id: UUID
    customer_id: UUID
    merge_id: UUID
    reason: str
    actor: str
    occurred_at: Instant


class CaseSplit(EventData, type="posthouse.case.split.v1", topic=TOPIC, key="case_id"):
    """Part of a case became a case of its own. `interaction_ids` are the interactions that went with it."""

    case_id: UUID
    new_case_id: UUID
    customer_id: UUID
    interaction_ids: tuple[UUID, ...] = ()
    reason: str
    actor: str
    occurred_at: Instant
