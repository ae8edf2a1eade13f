"""What the engine decided. Plain records; the service turns them into events, stream entries and log rows."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from routing.domain.commands import WorkRequest
from routing.domain.configuration import Configuration
from routing.domain.rules import QueueRules
from routing.domain.values import Code, Micros, Presence


@dataclass(slots=True)
class Decision:
    """Base of all decisions; never changed once made (not frozen, because that costs a third of a decision)."""

    at: Micros


@dataclass(slots=True)
class WorkQueued(Decision):
    """An item entered a queue.

    `because`: `requested`, `overflow/<rule>`, `transferred`, `released`, `no_such_queue` or `queue_removed`.
    """

    work: WorkRequest
    queue: str
    because: str

    @property
    def rule(self) -> str | None:
        """The rule that moved the item on, if it was one."""
        if self.because in ("no_such_queue", "queue_removed"):
            return self.because
        return self.because.removeprefix("overflow/") if self.because.startswith("overflow/") else None


@dataclass(slots=True)
class WorkWidened(Decision):
    """An item has waited long enough that more agents may have it: relaxation step, delayed group, preferred agent."""

    work: WorkRequest
    queue: str
    stage: int
    because: str


@dataclass(slots=True)
class PriorityChanged(Decision):
    """An item's place changed with its priority."""

    work: WorkRequest
    queue: str
    priority: int


@dataclass(slots=True)
class AgeAdjusted(Decision):
    """An item counts as having waited `seconds` longer than it has."""

    work: WorkRequest
    queue: str
    seconds: float


@dataclass(slots=True)
class CallbackPromised(Decision):
    """The customer will be called back. `due`: not before then; None: when the item's turn comes. `ahead`: items."""

    work: WorkRequest
    queue: str
    due: Micros | None
    ahead: int
    expected_wait: Micros | None


@dataclass(slots=True)
class OfferMade(Decision):
    """The item was offered. `why` holds the figures behind the choice, for explanation."""

    work: WorkRequest
    queue: str
    offer_id: UUID
    agent_id: str
    expires: Micros
    why: dict[str, Any]


@dataclass(slots=True)
class OfferDeclined(Decision):
    """The agent said no."""

    work: WorkRequest
    queue: str
    offer_id: UUID
    agent_id: str
    reason: str | None


@dataclass(slots=True)
class OfferTimedOut(Decision):
    """The agent did not answer in time."""

    work: WorkRequest
    queue: str
    offer_id: UUID
    agent_id: str


@dataclass(slots=True)
class OfferRescinded(Decision):
    """The offer was taken back before an answer."""

    work: WorkRequest
    queue: str
    offer_id: UUID
    agent_id: str
    reason: str


@dataclass(slots=True)
class WorkAccepted(Decision):
    """The agent has the item. `by` names who assigned it, where nobody accepted an offer."""

    work: WorkRequest
    queue: str
    offer_id: UUID
    agent_id: str
    agent_name: str | None
    waited: Micros
    by: str | None = None


@dataclass(slots=True)
class WorkReleased(Decision):
    """The agent gave the item back; it waits again."""

    work: WorkRequest
    queue: str
    agent_id: str
    reason: str


@dataclass(slots=True)
class WrapUpStarted(Decision):
    """The work is finished; the agent's capacity comes back at `until`, or when they say so."""

    work: WorkRequest
    queue: str
    agent_id: str
    until: Micros


@dataclass(slots=True)
class WorkCompleted(Decision):
    """The assignment is over and the capacity free."""

    work: WorkRequest
    queue: str
    agent_id: str
    handled: Micros
    wrap_up: Micros


@dataclass(slots=True)
class WorkEnded(Decision):
    """The item ended without an agent: cancelled, abandoned, or finished by other means."""

    work: WorkRequest
    queue: str
    reason: str
    abandoned: bool


@dataclass(slots=True)
class PresenceChanged(Decision):
    """An agent's presence changed, by their own word or by a rule (`missed`, `connection_lost`)."""

    agent_id: str
    agent_name: str | None
    presence: Presence
    reason: str | None


@dataclass(slots=True)
class SkillsChanged(Decision):
    """Certificates of an agent began or ran out."""

    agent_id: str
    agent_name: str | None
    gained: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(slots=True)
class ShiftsPlanned(Decision):
    """An agent's plan was replaced."""

    agent_id: str
    shifts: int


@dataclass(slots=True)
class AdherenceChanged(Decision):
    """An agent left or came back to what is planned. `cause`: `not_as_planned`, `break_too_long`; None: all is well.

    `expected`: the planned presence; None: nothing is planned. `began`: when it went astray.
    """

    agent_id: str
    agent_name: str | None
    cause: str | None
    expected: Presence | None
    presence: Presence
    reason: str | None
    began: Micros


@dataclass(slots=True)
class AgentUpdated(Decision):
    """An agent's profile was created or changed."""

    agent_id: str
    version: int


@dataclass(slots=True)
class QueueConfigured(Decision):
    """A queue's rules took effect."""

    queue: str
    version: int
    by: str
    rules: QueueRules


@dataclass(slots=True)
class QueueRemoved(Decision):
    """A queue is no more; what waited in it waits in the default queue."""

    queue: str
    version: int
    by: str


@dataclass(slots=True)
class ConfigurationActivated(Decision):
    """A configuration took effect."""

    version: int
    by: str
    note: str | None
    configuration: Configuration


@dataclass(slots=True)
class Result:
    """The answer to one command: its code, the figures a caller may need, and the decisions that followed."""

    code: Code
    decisions: list[Decision]
    detail: dict[str, Any] | None = None
