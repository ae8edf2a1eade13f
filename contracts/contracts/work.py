"""Topic `work`: what cases asks of routing. Key: work item id. Cases decides what is needed, routing decides who."""

from uuid import UUID

from pydantic import Field

from contracts.event import EventData, Instant, Payload, Personal
from contracts.values import Channel, Language, WaybillNo

TOPIC = "work"


class SkillNeed(Payload):
    """A skill the agent must have at `level` (1 to 5) or better."""

    skill: str
    level: int = Field(default=1, ge=1, le=5)


class WorkPersonal(Personal):
    """What an agent sees of the customer in the offer."""

    customer_name: str | None = None
    preview: str | None = None


class WorkRequested(EventData, type="posthouse.work.requested.v1", topic=TOPIC, key="work_item_id"):
    """A person is needed. `priority` is 1 (first) to 9; `enqueued_at` is when the customer began to wait."""

    work_item_id: UUID
    case_id: UUID
    case_no: str
    interaction_id: UUID | None = None
    channel: Channel
    queue: str
    skills: tuple[SkillNeed, ...] = ()
    language: Language | None = None
    priority: int = Field(default=5, ge=1, le=9)
    preferred_agent_id: str | None = None
    waybill_no: WaybillNo | None = None
    excluded_agent_ids: tuple[str, ...] = Field(
        default=(), description="agents who must never have it, such as the one whose work it is to check"
    )
    enqueued_at: Instant
    personal: WorkPersonal = WorkPersonal()


class WorkChanged(EventData, type="posthouse.work.changed.v1", topic=TOPIC, key="work_item_id"):
    """What changed about the work.

    `finished`: it is done from the case's point of view; the agent wraps up and the capacity comes back. `priority`:
    it is more or less urgent, and moves to the place that goes with it.
    """

    work_item_id: UUID
    change: str = Field(pattern="^(finished|priority)$")
    priority: int | None = Field(default=None, ge=1, le=9)
    occurred_at: Instant


class WorkCallbackRequested(EventData, type="posthouse.work.callback.requested.v1", topic=TOPIC, key="work_item_id"):
    """The customer would rather be called back than wait (asked for on the telephone menu, in the chat).

    The item keeps its place, is offered as a call from now on, not before `not_before`, and the customer leaving no
    longer ends it: a cancellation as abandoned is not heeded until an agent has the item. Routing answers with
    `work.callback_promised`, and `work.accepted` says `callback` when an agent takes it.
    """

    work_item_id: UUID
    not_before: Instant | None = Field(default=None, description="the time the customer asked for, if any")
    occurred_at: Instant


class WorkCancelled(EventData, type="posthouse.work.cancelled.v1", topic=TOPIC, key="work_item_id"):
    """Nobody is needed any more. `abandoned` is true when the customer left while waiting for a first agent."""

    work_item_id: UUID
    reason: str
    abandoned: bool = False
    occurred_at: Instant
