"""Small floors for tests of the engine: seconds instead of microseconds, names instead of ids."""

from collections.abc import Mapping
from itertools import count
from typing import Any
from uuid import UUID

from routing.domain import commands as c
from routing.domain import decisions as d
from routing.domain.engine import Engine
from routing.domain.parameters import Parameters
from routing.domain.rules import QueueRules
from routing.domain.skills import Need
from routing.domain.values import SECOND, Code, Presence

CALM = Parameters(presence_grace_seconds=3600, new_agent_skills={})


class FloorUnderTest:
    """An engine, and the commands tests need, in their words. Time stands still unless `wait` moves it."""

    def __init__(self, parameters: Parameters = CALM, **queues: Mapping[str, Any]) -> None:
        self._ids = count(1)
        self.engine = Engine(parameters, lambda: UUID(int=next(self._ids)))
        self.now = 1_000_000
        self.decisions: list[d.Decision] = []
        self._items: dict[str, UUID] = {}
        for name, rules in queues.items():
            self.configure(name, **rules)

    def apply(self, command: c.Command) -> Code:
        """Apply one command; its decisions are kept."""
        result = self.engine.apply(command)
        self.decisions += result.decisions
        return result.code

    @property
    def at(self) -> int:
        """Now, in microseconds."""
        return self.now * SECOND

    def configure(self, name: str, **rules: Any) -> Code:
        """Create or change a queue."""
        return self.apply(c.ConfigureQueue(self.at, QueueRules(name=name, **rules), "test", None))

    def agent(
        self,
        name: str,
        *,
        capacity: int = 100,
        groups: tuple[str, ...] = (),
        at_most: dict[str, int] | None = None,
        rank: int = 0,
        **skills: int,
    ) -> None:
        """An agent with these skills, available; each signs in a second after the one before."""
        self.now += 1
        profile = c.AgentProfile(skills, frozenset(groups), capacity, at_most or {}, rank)
        self.apply(c.UpdateAgent(self.at, name, name.title(), profile, None))
        self.apply(c.SetPresence(self.at, name, None, Presence.AVAILABLE, None))

    def request(
        self,
        name: str,
        channel: str = "voice",
        queue: str = "general",
        *,
        needs: Mapping[str, int] | None = None,
        language: str | None = None,
        preferred: str | None = None,
        priority: int = 5,
        age: int = 0,
    ) -> Code:
        """An item arrives whose customer has waited `age` seconds."""
        work_id = self._items.setdefault(name, UUID(int=10**9 + len(self._items)))
        asked = tuple(Need(skill, level) for skill, level in (needs or {}).items())
        work = c.WorkRequest(
            work_id, work_id, name, None, channel, queue, asked, language, preferred, None, self.at - age * SECOND
        )
        return self.apply(c.RequestWork(self.at, work, priority))

    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.now += seconds  # type: ignore[assignment]
        self.apply(c.Tick(round(self.now * SECOND)))

    def id_of(self, item: str) -> UUID:
        """The id of an item."""
        return self._items[item]

    def name_of(self, work_id: UUID) -> str:
        """The name of an item."""
        return next(name for name, known in self._items.items() if known == work_id)

    def offers(self) -> dict[str, str]:
        """Pending offers: item to agent (the last one, if there are several)."""
        return {self.name_of(offer.work.request.id): offer.agent.id for offer in self.engine.floor.offers.values()}

    def offered_to(self, item: str) -> set[str]:
        """All agents an item is on offer to."""
        return {offer.agent.id for offer in self.engine.floor.work[self.id_of(item)].offers.values()}

    def accept(self, item: str, agent: str | None = None) -> Code:
        """The agent (whoever has the offer) takes it."""
        offer = self._offer(item, agent)
        return self.apply(c.AcceptOffer(self.at, offer.id, agent or offer.agent.id))

    def decline(self, item: str) -> Code:
        """Whoever has the offer declines."""
        offer = self._offer(item, None)
        return self.apply(c.DeclineOffer(self.at, offer.id, offer.agent.id, None))

    def _offer(self, item: str, agent: str | None) -> Any:
        work_id = self.id_of(item)
        return next(
            offer
            for offer in self.engine.floor.offers.values()
            if offer.work.request.id == work_id and agent in (None, offer.agent.id)
        )

    def held_by(self, item: str) -> str | None:
        """Who has the item."""
        work = self.engine.floor.work.get(self.id_of(item))
        return work.held.agent.id if work and work.held else None

    def state(self, item: str) -> str:
        """The state of an item, ended ones included."""
        work = self.engine.floor.work.get(self.id_of(item))
        return (work.state if work else self.engine.floor.ended_work[self.id_of(item)]).value

    def away(self, agent: str, presence: Presence = Presence.AWAY) -> None:
        """The agent goes away."""
        self.apply(c.SetPresence(self.at, agent, None, presence, None))

    def back(self, agent: str) -> None:
        """The agent is available again."""
        self.apply(c.SetPresence(self.at, agent, None, Presence.AVAILABLE, None))

    def finish(self, item: str) -> Code:
        """The case is closed."""
        return self.apply(c.FinishWork(self.at, self.id_of(item)))

    def complete(self, item: str) -> Code:
        """The agent is done, wrap-up included."""
        return self.apply(c.CompleteWork(self.at, self.id_of(item), None))

    def cancel(self, item: str) -> Code:
        """The customer leaves."""
        return self.apply(c.CancelWork(self.at, self.id_of(item), "left", True))

    def release(self, item: str, **more: Any) -> Code:
        """The agent gives it back."""
        return self.apply(c.ReleaseWork(self.at, self.id_of(item), None, "not mine", **more))

    def made(self, kind: type[d.Decision]) -> list[Any]:
        """All decisions of a kind so far."""
        return [decision for decision in self.decisions if isinstance(decision, kind)]
