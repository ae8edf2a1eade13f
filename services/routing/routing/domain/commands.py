"""What the engine can be told. Each command carries the instant it was received at; they are applied in order."""

from dataclasses import dataclass, field
from uuid import UUID

from routing.domain.configuration import Configuration
from routing.domain.rules import QueueRules
from routing.domain.skills import Need
from routing.domain.values import Micros, Presence


@dataclass(frozen=True, slots=True)
class Command:
    """Base of all commands. `at` never runs backwards inside the engine: an earlier instant counts as the last one."""

    at: Micros


@dataclass(frozen=True, slots=True)
class WorkRequest:
    """The facts of a work item, as its requester gave them. `enqueued`: when the customer began to wait."""

    id: UUID
    case_id: UUID
    case_no: str
    interaction_id: UUID | None
    channel: str
    queue: str
    needs: tuple[Need, ...]
    language: str | None
    preferred_agent_id: str | None
    waybill_no: str | None
    enqueued: Micros
    customer_name: str | None = None
    preview: str | None = None
    excluded: tuple[str, ...] = ()
    """agents who must never have it, such as the one whose work it is to check"""
    callback: bool = False
    """the customer does not wait on the line: whoever has the item calls them back"""


@dataclass(frozen=True, slots=True)
class RequestWork(Command):
    """A person is needed. `priority` is 1 (first) to 9."""

    work: WorkRequest
    priority: int


@dataclass(frozen=True, slots=True)
class ChangePriority(Command):
    """Gives an item another priority, and with it another place."""

    work_id: UUID
    priority: int


@dataclass(frozen=True, slots=True)
class AdjustAge(Command):
    """Lets an item count as having waited `seconds` longer than it has; negative: less long."""

    work_id: UUID
    seconds: float


@dataclass(frozen=True, slots=True)
class RequestCallback(Command):
    """The customer would rather be called back: the item keeps its place, and hanging up no longer ends it.

    `not_before`: the item is out of sight until then. `channel`: the one it is offered on from now.
    """

    work_id: UUID
    not_before: Micros | None = None
    channel: str = "voice"


@dataclass(frozen=True, slots=True)
class FinishWork(Command):
    """The case needs nobody any more: the agent wraps up; an item nobody has yet ends without an agent."""

    work_id: UUID


@dataclass(frozen=True, slots=True)
class CancelWork(Command):
    """The work is not needed. `abandoned`: the customer left while waiting."""

    work_id: UUID
    reason: str
    abandoned: bool


@dataclass(frozen=True, slots=True)
class AcceptOffer(Command):
    """The agent takes the offered item."""

    offer_id: UUID
    agent_id: str


@dataclass(frozen=True, slots=True)
class DeclineOffer(Command):
    """The agent does not take it; the item keeps its place and goes to somebody else."""

    offer_id: UUID
    agent_id: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class CompleteWork(Command):
    """The agent is done, wrap-up included. `agent_id` None: a supervisor or the system says so."""

    work_id: UUID
    agent_id: str | None


@dataclass(frozen=True, slots=True)
class ReleaseWork(Command):
    """The item goes back unfinished, to its old place or to another queue (`queue`), and not to the same agent soon.

    `keep_age`: false starts the wait anew, as after a transfer to a team that owes its own answer time.
    """

    work_id: UUID
    agent_id: str | None
    reason: str
    queue: str | None = None
    keep_age: bool = True


@dataclass(frozen=True, slots=True)
class AssignWork(Command):
    """Gives a waiting or offered item to one agent outright: a supervisor's choice, or the agent's own pick.

    Order, skills and cool-down are passed over on purpose; presence and capacity are not.
    """

    work_id: UUID
    agent_id: str
    agent_name: str | None
    by: str


@dataclass(frozen=True, slots=True)
class SetPresence(Command):
    """The agent's own word on being available. An unknown agent is created, with the skills of new agents."""

    agent_id: str
    agent_name: str | None
    presence: Presence
    reason: str | None
    by: str | None = None
    """the supervisor who says so in the agent's place; the rules for breaks do not bind them"""


@dataclass(frozen=True, slots=True)
class EnrolAgent(Command):
    """Makes sure that an agent exists (first sign-in), and that the name shown to others is current."""

    agent_id: str
    agent_name: str | None


@dataclass(frozen=True, slots=True)
class AgentsSeen(Command):
    """These agents' desks are connected. Agents unheard of for the grace period go offline."""

    agent_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    """When a skill holds: from `start` on, and before `end`; None is open."""

    start: Micros | None
    end: Micros | None

    def holds(self, at: Micros) -> bool:
        """Whether the skill holds at this instant."""
        return (self.start is None or self.start <= at) and (self.end is None or at < self.end)


@dataclass(frozen=True, slots=True)
class AgentProfile:
    """What a supervisor sets for an agent. `at_most` overrides the channels' limits; `rank` serves the linear order.

    `certificates` limit skills in time. `utilisation` names the profile of the configuration that capacity and limits
    come from; own values in `at_most` go before its.
    """

    skills: dict[str, int]
    groups: frozenset[str]
    capacity: int
    at_most: dict[str, int]
    rank: int
    certificates: dict[str, Certificate] = field(default_factory=dict)
    utilisation: str | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """A stretch of an agent's plan: `work` means available, anything else (`break`, `training`) away."""

    start: Micros
    end: Micros
    kind: str


@dataclass(frozen=True, slots=True)
class SetShifts(Command):
    """Replaces an agent's plan: stretches in order, none overlapping. Outside them the agent should be offline."""

    agent_id: str
    shifts: tuple[Shift, ...]


@dataclass(frozen=True, slots=True)
class UpdateAgent(Command):
    """Replaces an agent's profile. `expected_version` None: whatever the version is; an unknown agent is created."""

    agent_id: str
    agent_name: str | None
    profile: AgentProfile
    expected_version: int | None


@dataclass(frozen=True, slots=True)
class ConfigureQueue(Command):
    """Creates a queue or replaces its rules. `expected_version` 0: it must not exist yet; None: whatever it is."""

    rules: QueueRules
    by: str
    expected_version: int | None


@dataclass(frozen=True, slots=True)
class Configure(Command):
    """Puts a whole configuration into force. `expected_version` None: whatever is in force."""

    configuration: Configuration
    by: str
    note: str | None
    expected_version: int | None


@dataclass(frozen=True, slots=True)
class TryConfiguration(Command):
    """A question: what would this configuration do to what waits and who is here? Changes nothing."""

    configuration: Configuration


@dataclass(frozen=True, slots=True)
class ExplainWork(Command):
    """A question: why does this item still wait? Changes nothing."""

    work_id: UUID


@dataclass(frozen=True, slots=True)
class ExplainAgent(Command):
    """A question: what keeps this agent from what waits? Changes nothing."""

    agent_id: str


@dataclass(frozen=True, slots=True)
class Tick(Command):
    """Nothing but time passed."""
