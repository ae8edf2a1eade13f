"""Topic `assignments`: who does the work. Key: work item id (agent events: agent id). Producer: routing."""

from uuid import UUID

from pydantic import Field

from contracts.event import EventData, Instant
from contracts.values import Channel

TOPIC = "assignments"


class WorkOffered(EventData, type="posthouse.work.offered.v1", topic=TOPIC, key="work_item_id"):
    """The item was offered to an agent, who has until `expires_at` to accept."""

    work_item_id: UUID
    offer_id: UUID
    agent_id: str
    queue: str
    channel: Channel
    expires_at: Instant
    occurred_at: Instant


class WorkDeclined(EventData, type="posthouse.work.declined.v1", topic=TOPIC, key="work_item_id"):
    """The agent declined the offer; the item keeps its place."""

    work_item_id: UUID
    offer_id: UUID
    agent_id: str
    reason: str | None = None
    occurred_at: Instant


class WorkTimedOut(EventData, type="posthouse.work.timed_out.v1", topic=TOPIC, key="work_item_id"):
    """Nobody answered the offer in time (RONA); the item keeps its place."""

    work_item_id: UUID
    offer_id: UUID
    agent_id: str
    occurred_at: Instant


class WorkRescinded(EventData, type="posthouse.work.rescinded.v1", topic=TOPIC, key="work_item_id"):
    """The offer was taken back before an answer: the work was cancelled, or the agent went away."""

    work_item_id: UUID
    offer_id: UUID
    agent_id: str
    reason: str
    occurred_at: Instant


class WorkAccepted(EventData, type="posthouse.work.accepted.v1", topic=TOPIC, key="work_item_id"):
    """The agent has the item. `waited_seconds` counts from `enqueued_at` to the acceptance."""

    work_item_id: UUID
    case_id: UUID
    interaction_id: UUID | None = None
    offer_id: UUID
    agent_id: str
    agent_name: str | None = None
    queue: str
    channel: Channel
    enqueued_at: Instant
    waited_seconds: float = Field(ge=0)
    occurred_at: Instant


class WorkReleased(EventData, type="posthouse.work.released.v1", topic=TOPIC, key="work_item_id"):
    """The agent gave the item back unfinished (signed out, transferred); it waits again with its old place."""

    work_item_id: UUID
    agent_id: str
    reason: str
    occurred_at: Instant


class WorkCompleted(EventData, type="posthouse.work.completed.v1", topic=TOPIC, key="work_item_id"):
    """The assignment is over, wrap-up included; the agent's capacity is free again."""

    work_item_id: UUID
    agent_id: str
    queue: str
    channel: Channel
    handled_seconds: float = Field(ge=0, description="acceptance to the end of the work, wrap-up excluded")
    wrap_up_seconds: float = Field(default=0, ge=0)
    occurred_at: Instant


class AgentStateChanged(EventData, type="posthouse.agent.state_changed.v1", topic=TOPIC, key="agent_id"):
    """An agent's presence changed: `available`, `away` or `offline`, with the reason chosen."""

    agent_id: str
    agent_name: str | None = None
    presence: str = Field(pattern="^(available|away|offline)$")
    reason: str | None = None
    occurred_at: Instant
