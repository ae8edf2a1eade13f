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
    callback: bool = Field(default=False, description="the customer is not on the line and waits to be called back")
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
    """The agent has the item. `waited_seconds` counts from `enqueued_at` to the acceptance.

    With `callback` the customer is not on the line: the agent, or the channel for them, calls the customer back.
    """

    work_item_id: UUID
    case_id: UUID
    interaction_id: UUID | None = None
    offer_id: UUID
    agent_id: str
    agent_name: str | None = None
    queue: str
    channel: Channel
    callback: bool = False
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


class WorkOverflowed(EventData, type="posthouse.work.overflowed.v1", topic=TOPIC, key="work_item_id"):
    """The item moved to another queue by a rule, with its old place.

    `rule` is `waited`, `length`, `expected_wait`, `unstaffed`, `closed`, `no_such_queue` or `queue_removed`.
    """

    work_item_id: UUID
    case_id: UUID
    queue: str
    rule: str
    occurred_at: Instant


class WorkCallbackPromised(EventData, type="posthouse.work.callback_promised.v1", topic=TOPIC, key="work_item_id"):
    """The customer will be called back and may leave: the item has kept its place.

    `ahead` items of its queue come before it. `expected_wait_seconds` is missing while the queue has no pace.
    """

    work_item_id: UUID
    case_id: UUID
    interaction_id: UUID | None = None
    queue: str
    not_before: Instant | None = None
    ahead: int = Field(ge=0)
    expected_wait_seconds: float | None = Field(default=None, ge=0)
    occurred_at: Instant


class AgentSkillsChanged(EventData, type="posthouse.agent.skills_changed.v1", topic=TOPIC, key="agent_id"):
    """Certificates of an agent began or ran out, at the instant their dates say."""

    agent_id: str
    agent_name: str | None = None
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    occurred_at: Instant


class AgentAdherenceChanged(EventData, type="posthouse.agent.adherence_changed.v1", topic=TOPIC, key="agent_id"):
    """An agent's presence left what is planned for longer than tolerated, or came back to it.

    `cause` is `not_as_planned`, `break_too_long`, or missing when all is well again. `expected` is the planned
    presence, missing if nothing is planned. `began_at` is when it went astray.
    """

    agent_id: str
    agent_name: str | None = None
    cause: str | None = None
    expected: str | None = Field(default=None, pattern="^(available|away|offline)$")
    presence: str = Field(pattern="^(available|away|offline)$")
    reason: str | None = None
    began_at: Instant
    occurred_at: Instant


class AgentStateChanged(EventData, type="posthouse.agent.state_changed.v1", topic=TOPIC, key="agent_id"):
    """An agent's presence changed: `available`, `away` or `offline`, with the reason chosen."""

    agent_id: str
    agent_name: str | None = None
    presence: str = Field(pattern="^(available|away|offline)$")
    reason: str | None = None
    occurred_at: Instant
