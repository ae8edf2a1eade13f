"""What lives on the floor: agents, work items, offers. Mutable, and changed only by the engine's own modules."""

from dataclasses import dataclass, field
from uuid import UUID

from routing.domain.commands import AgentProfile, Shift, WorkRequest
from routing.domain.plans import STEADY, UNPLANNED, Plan
from routing.domain.values import AgentOrder, Micros, OfferState, Presence, WorkState


@dataclass(slots=True, eq=False)
class Offer:
    """An item held out to one agent. Holds `cost` units of the agent's capacity while pending."""

    id: UUID
    work: "Work"
    agent: "Agent"
    queue: str
    cost: int
    created: Micros
    expires: Micros
    state: OfferState = OfferState.PENDING
    ended: Micros | None = None
    reason: str | None = None


@dataclass(slots=True, eq=False)
class Assignment:
    """Who has an item since when. `finished` starts the wrap-up, which lasts until `wrap_until` at most."""

    work_id: UUID
    queue: str
    agent: "Agent"
    offer_id: UUID
    cost: int
    accepted: Micros
    by: str | None
    finished: Micros | None = None
    wrap_until: Micros | None = None
    ended: Micros | None = None
    outcome: str | None = None


class Bucket:
    """Items that wait for the same: one requirement, channel, queue and slope; or one agent, channel and slope."""

    __slots__ = ("channel", "heap", "live", "queue", "slope")

    def __init__(self, channel: str, queue: str, slope: int) -> None:
        self.channel = channel
        self.queue = queue
        self.slope = slope
        self.heap: list[Entry] = []
        self.live = 0


class AgentGroup:
    """All agents with one signature, the buckets they may serve by channel, and who of them is free (`idle`)."""

    __slots__ = ("buckets", "heaps", "mask", "members", "signed_in")

    def __init__(self, mask: int) -> None:
        self.mask = mask
        self.members: dict[str, Agent] = {}
        self.signed_in = 0
        self.buckets: dict[str, list[Bucket]] = {}
        self.heaps: dict[tuple[str, AgentOrder], list[IdleEntry]] = {}


NO_GROUP = AgentGroup(0)
"""The group of an agent who has not joined the floor yet."""


@dataclass(slots=True, eq=False)
class Work:
    """A live work item.

    `key` orders the items that wait (least first) and never changes while time merely passes; items with another
    `slope` than the steady one are compared by `plans.standing`. `entered` is when it entered its present queue:
    delays, relaxation and overflow count from there. `stage` is the step of its plan it has reached; `not_before` the
    time appointed for a callback; `barred` maps agents to the instant until which they are not offered the item.
    """

    request: WorkRequest
    seq: int
    priority: int
    age_from: Micros
    queue: str = ""
    key: Micros = 0
    slope: int = STEADY
    entered: Micros = 0
    plan: Plan = UNPLANNED
    state: WorkState = WorkState.WAITING
    stage: int = 0
    preferred_until: Micros | None = None
    not_before: Micros | None = None
    barred: dict[str, Micros] = field(default_factory=dict)
    offers: dict[UUID, Offer] = field(default_factory=dict)
    held: Assignment | None = None
    ended: Micros | None = None
    end_reason: str | None = None
    # derived, never stored: the place in the waiting index (`ticket` 0: in none), and the timer of the next stage
    ticket: int = 0
    bucket: Bucket | None = None
    stage_due: Micros | None = None


@dataclass(slots=True, eq=False)
class Agent:
    """An agent.

    `used` is the sum of the costs of pending offers, assignments and wrap-ups, `counts` their number by channel.
    `limits` maps channels to (cost of one more item, most items), `least_cost` is the least of the costs. `own`
    holds the items kept for this agent. `lapsed`: skills of the profile whose certificates do not hold now.
    `astray_since`: since when presence is not as planned; `astray`: the cause reported, once that lasted.
    `ticket` is the place in the index of the free; 0: in none.
    """

    id: str
    seq: int
    name: str | None
    profile: AgentProfile
    since: Micros
    idle_since: Micros
    presence: Presence = Presence.OFFLINE
    reason: str | None = None
    version: int = 1
    lapsed: frozenset[str] = frozenset()
    shifts: tuple[Shift, ...] = ()
    astray_since: Micros | None = None
    astray: str | None = None
    misses: int = 0
    handled: int = 0
    last_offered: Micros = 0
    # derived, never stored
    used: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    offers: dict[UUID, Offer] = field(default_factory=dict)
    held: dict[UUID, Work] = field(default_factory=dict)
    group: AgentGroup = NO_GROUP
    own: dict[tuple[str, int], Bucket] = field(default_factory=dict)
    ticket: int = 0
    limits: dict[str, tuple[int, int]] = field(default_factory=dict)
    least_cost: int = 0
    last_seen: Micros = 0
    gone_due: Micros | None = None
    skills_due: Micros | None = None
    plan_due: Micros | None = None


Entry = tuple[Micros, int, int, Work]
"""A place in a bucket: key, sequence number (the older of two equal keys first), ticket, item."""

IdleEntry = tuple[int, Micros, int, int, Agent]
"""A place among the free: order key, idle since, sequence number, ticket, agent."""
