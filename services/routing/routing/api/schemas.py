"""Bodies of requests and answers."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from contracts.values import Channel
from routing.domain.rules import Level, Name, QueueRules, SkillName
from routing.domain.values import Presence
from routing.views import AssignmentView, OfferView

AgentId = Annotated[str, Field(min_length=1, max_length=200)]
Reason = Annotated[str, Field(min_length=1, max_length=200)]


class Body(BaseModel):
    """Base of request bodies: a field we do not know is refused, because it would be ignored silently."""

    model_config = ConfigDict(extra="forbid")


class PresenceChange(Body):
    """What the agent chooses."""

    presence: Presence
    reason: Reason | None = Field(default=None, description="why away, for example `break`, `meal`, `meeting`")


class Validity(BaseModel):
    """When a skill holds."""

    model_config = ConfigDict(extra="forbid")

    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = Field(default=None, description="the first instant at which it holds no more")

    @model_validator(mode="after")
    def _forward(self) -> "Validity":
        if self.valid_from is not None and self.valid_until is not None and self.valid_from >= self.valid_until:
            raise ValueError("valid_until: must be after `valid_from`")
        return self


class AgentView(BaseModel):
    """An agent: who, where, what they can and what they hold."""

    agent_id: str
    name: str | None
    presence: Presence
    reason: str | None
    since: datetime = Field(description="when the presence last changed")
    version: int
    skills: dict[str, int]
    groups: list[str]
    capacity: int
    used: int = Field(description="units of capacity in use: open offers, work in hand, wrap-up")
    at_most: dict[str, int] = Field(description="own limits per channel; channels not named have the usual one")
    holding: dict[str, int] = Field(description="items by channel")
    rank: int
    utilisation: str | None = Field(default=None, description="the utilisation profile that capacity comes from")
    certificates: dict[str, Validity] = Field(default={}, description="when skills hold, for those that do not always")
    lapsed: list[str] = Field(default=[], description="skills whose certificates do not hold at this moment")
    astray: str | None = Field(default=None, description="why out of adherence: `not_as_planned`, `break_too_long`")
    astray_since: datetime | None = Field(default=None, description="since when presence is not as planned")
    domain: str = "default"


class MyWork(BaseModel):
    """Open offers and work in hand."""

    offers: list[OfferView]
    assignments: list[AssignmentView]
    stream_seq: int = Field(description="resume `/v1/events` after this number to miss nothing")


class Decline(Body):
    """Why not."""

    reason: Reason | None = None


class OfferAnswer(BaseModel):
    """What became of an offer."""

    offer_id: UUID
    work_item_id: UUID
    case_id: UUID
    state: str


class WorkState(BaseModel):
    """A work item, without personal data."""

    work_item_id: UUID
    case_id: UUID
    case_no: str
    interaction_id: UUID | None
    channel: str
    queue: str
    requested_queue: str
    needs: list[dict[str, Any]]
    language: str | None
    preferred_agent_id: str | None
    priority: int
    state: str
    stage: int = Field(description="steps of relaxation taken")
    enqueued_at: datetime
    entered_at: datetime = Field(description="when it entered its present queue")
    ended_at: datetime | None
    end_reason: str | None
    agent_id: str | None = Field(description="who has it, or had it last")
    accepted_at: datetime | None
    finished_at: datetime | None
    outcome: str | None


class WaitingItem(BaseModel):
    """An item in a queue, in the order in which it is served."""

    work_item_id: UUID
    case_id: UUID
    case_no: str
    channel: str
    queue: str
    priority: int
    state: str
    stage: int
    enqueued_at: datetime
    entered_at: datetime


class Release(Body):
    """Why the work goes back, and where to."""

    reason: Reason
    queue: Name | None = Field(default=None, description="another queue; unset: its old place")
    keep_age: bool = Field(default=True, description="false: the wait begins anew, as after a transfer")


class Assign(Body):
    """Who shall have it."""

    agent_id: AgentId


class Prioritise(Body):
    """How urgent it is now."""

    priority: int = Field(ge=1, le=9, description="1 first")


class AgentProfileBody(Body):
    """What a supervisor sets for an agent."""

    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    skills: dict[SkillName, Level] = Field(default_factory=dict, max_length=500)
    groups: list[Name] = Field(default_factory=list, max_length=50)
    capacity: int = Field(default=100, ge=1, le=10_000)
    at_most: dict[Channel, Annotated[int, Field(ge=0, le=100)]] = Field(default_factory=dict)
    rank: int = Field(default=0, ge=-1_000_000, le=1_000_000, description="place in the linear order; least first")
    certificates: dict[SkillName, Validity] = Field(
        default_factory=dict, description="when skills hold; those not named hold as long as the agent has them"
    )
    utilisation: Name | None = Field(
        default=None, description="a utilisation profile of the configuration: capacity and limits come from there"
    )
    domain: Name | None = Field(
        default=None, description="routing domain of an agent not seen before; agents do not change domains"
    )

    @model_validator(mode="after")
    def _certificates_of_skills(self) -> "AgentProfileBody":
        stray = sorted(self.certificates.keys() - self.skills.keys())
        if stray:
            raise ValueError(f"certificates: {stray[0]} is not among the skills")
        return self


class ShiftView(Body):
    """A stretch of an agent's plan."""

    starts_at: AwareDatetime
    ends_at: AwareDatetime
    kind: Annotated[str, Field(min_length=1, max_length=60)] = Field(
        default="work", description="`work`: to be available; anything else, such as `break` or `training`: to be away"
    )


class Shifts(Body):
    """An agent's plan: stretches in order, none overlapping. Outside them the agent should be offline."""

    shifts: list[ShiftView] = Field(max_length=500)


class CallbackWish(Body):
    """When."""

    not_before: AwareDatetime | None = Field(default=None, description="a time appointed; absent: when the turn comes")


class CallbackPromise(BaseModel):
    """The customer will be called back."""

    work_item_id: UUID
    not_before: datetime | None
    ahead: int | None = Field(description="items of the queue with an earlier place; absent if it was promised before")


class QueueView(BaseModel):
    """A queue's rules in force."""

    name: str
    version: int
    rules: QueueRules
    changed_at: datetime
    changed_by: str


class QueueStats(BaseModel):
    """A queue at this moment."""

    name: str
    waiting: int
    offered: int
    assigned: int
    wrapping: int
    longest_wait_seconds: float = Field(description="since the oldest item that waits was enqueued; 0 if none waits")
    by_channel: dict[str, dict[str, int]]
    agents_signed_in: int = Field(description="agents with the queue's own skills, whatever their presence but offline")
    agents_available: int
    accepted_recently: int = Field(description="acceptances in the last 15 minutes")
    mean_wait_seconds: float | None = Field(description="of those acceptances")


class AgeShift(Body):
    """By how much."""

    seconds: float = Field(ge=-604_800, le=604_800, description="positive: as if it had waited longer")


class WorkExplanation(BaseModel):
    """Why an item waits. `words` says it; the rest are the figures behind the words."""

    words: list[str]
    state: str
    queue: str
    waited_seconds: float
    stage: int
    agent_id: str | None = Field(default=None, description="who has it; then only the choice of them is explained")
    chosen: dict[str, Any] | None = Field(default=None, description="the figures behind the choice, as logged")
    hold: dict[str, Any] | None = None
    callback: bool = Field(default=False, description="the customer is not on the line and will be called back")
    asks: list[dict[str, Any]] = []
    agents: dict[str, int] = Field(default={}, description="agents who meet what is asked for, by what keeps them")
    on_offer_to: list[str] = []
    ahead: int | None = Field(default=None, description="items of the queue with an earlier place")
    queue_expected_wait_seconds: float | None = Field(
        default=None, description="of an item entering now, at the pace of the last acceptances"
    )
    next: dict[str, Any] | None = Field(default=None, description="the next step that time brings")


class AgentExplanation(BaseModel):
    """What an agent could take and what keeps the rest from them."""

    words: list[str]
    presence: Presence
    reason: str | None
    used: int
    capacity: int
    idle_seconds: float | None
    channels_with_room: list[str]
    would_get: UUID | None
    waiting: dict[str, int] = Field(description="items that wait, by what keeps them from this agent")


class DecisionView(BaseModel):
    """One decision, as the log keeps it."""

    at: datetime
    kind: str
    agent_id: str | None
    queue: str | None
    detail: dict[str, Any]
    words: str = Field(description="the same in a sentence, in the caller's language")
