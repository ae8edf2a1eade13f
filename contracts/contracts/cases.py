"""Topic `cases`: the life of a case. Key: case id. Producer: cases."""

from uuid import UUID

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


class CaseDeadlineMissed(EventData, type="posthouse.case.deadline.missed.v1", topic=TOPIC, key="case_id"):
    """A time limit of the procedure passed without its step being completed."""

    case_id: UUID
    step: str
    limit: str
    due_at: Instant
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
