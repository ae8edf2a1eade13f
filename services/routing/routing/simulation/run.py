"""A day of a centre in virtual time, decided by the engine that routes real work.

The engine is told what a real one is told: customers arrive and give up, agents sign in, take offers, finish. Between
these its own timers (offers, wrap-up, relaxation, overflow) are honoured to the microsecond.
"""

import heapq
import itertools
import random
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from routing.domain import decisions as made
from routing.domain.commands import (
    AcceptOffer,
    AgentsSeen,
    CancelWork,
    Command,
    Configure,
    FinishWork,
    RequestWork,
    SetPresence,
    Tick,
    UpdateAgent,
    WorkRequest,
)
from routing.domain.engine import Engine
from routing.domain.values import SECOND, Code, Micros, Presence, span
from routing.simulation.centre import Agent, Call, Centre
from routing.simulation.tally import Tally

_GRACE_SECONDS = 3600
_SEEN_EVERY = span(_GRACE_SECONDS / 2)
_DRAIN = span(12 * 3600)
"""How long after the last arrival the run waits for everybody to be answered or to give up."""


def simulate(centre: Centre, *, seed: int, batch_seconds: float = 3600) -> Tally:
    """One run; the same seed gives the same run."""
    day = _Day(centre, random.Random(seed), span(batch_seconds))  # noqa: S311 - a simulation, not a secret
    day.run()
    return day.tally


class _Day:
    def __init__(self, centre: Centre, chance: random.Random, every: Micros) -> None:
        numbers = itertools.count(1)
        parameters = centre.parameters.model_copy(update={"presence_grace_seconds": _GRACE_SECONDS})
        self.centre = centre
        self.engine = Engine(parameters, lambda: UUID(int=next(numbers)))
        self.tally = Tally(centre.counted, centre.end, every)
        self._answering = random.Random(chance.getrandbits(64))  # noqa: S311
        self._coming = centre.calls(chance)
        self._agents = {agent.id: agent for agent in centre.agents}
        self._costs = {name.value: rules.cost for name, rules in parameters.channels.items()}
        self._happening: list[tuple[Micros, int, Callable[[Micros, Any], None], Any]] = []
        self._order = itertools.count()
        self._calls: dict[UUID, Call] = {}
        self._accepted: dict[UUID, tuple[Agent, Micros, str]] = {}
        self._signed_in: dict[str, Micros] = {}
        self._ids = itertools.count(1 << 64)

    def run(self) -> None:
        """Until everybody who arrived was answered or gave up."""
        self._configure()
        for agent in self.centre.agents:
            self._tell(UpdateAgent(self.centre.begin, agent.id, agent.id, agent.profile, None))
            for start, end in agent.shifts:
                self._later(start, self._sign_in, agent)
                if end < self.centre.end:  # whoever stays to the end helps those who still wait then
                    self._later(end, self._sign_out, agent)
        self._later(self.centre.begin + _SEEN_EVERY, self._seen, None)
        self._next_arrival()
        for at in self._instants():
            while self._happening and self._happening[0][0] <= at:
                _, _, happens, about = heapq.heappop(self._happening)
                happens(at, about)
            due = self.engine.next_due()
            if due is not None and due <= at:
                self._tell(Tick(at))
        for name, since in self._signed_in.items():
            self.tally.staffed(self._agents[name].kind, since, self.centre.end)
        for agent, since, channel in self._accepted.values():
            self._count_busy(agent, since, self.centre.end, channel)

    def _configure(self) -> None:
        """Puts the rules in force; raises `ValueError` naming what the engine refuses."""
        result = self.engine.apply(Configure(self.centre.begin, self.centre.configuration, "simulation", None, None))
        if result.code is Code.INVALID:
            errors = (result.detail or {})["errors"]
            raise ValueError("\n".join(f"{one['pointer']}: {one['detail']}" for one in errors))

    def _instants(self) -> Iterator[Micros]:
        """The instants at which something happens, in order, until nobody is left or too much time has passed."""
        while self._happening:
            at, due = self._happening[0][0], self.engine.next_due()
            if due is not None and due < at:
                at = due
            if at > self.centre.end and (not self._calls or at > self.centre.end + _DRAIN):
                return
            yield at

    def _later(self, at: Micros, happens: Callable[[Micros, Any], None], about: Any) -> None:
        heapq.heappush(self._happening, (at, next(self._order), happens, about))

    # what happens

    def _next_arrival(self) -> None:
        call = next(self._coming, None)
        if call is not None:
            self._later(call.at, self._arrive, call)

    def _arrive(self, at: Micros, call: Call) -> None:
        work_id, stream = UUID(int=next(self._ids)), call.stream
        self._calls[work_id] = call
        self.tally.arrived(call)
        request = WorkRequest(
            work_id,
            work_id,
            "",
            None,
            stream.channel.value,
            stream.queue,
            stream.needs,
            stream.language,
            call.preferred,
            None,
            at,
        )
        self._tell(RequestWork(at, request, call.priority))
        if call.patience is not None and work_id in self._calls and work_id not in self._accepted:
            self._later(at + call.patience, self._give_up, work_id)
        self._next_arrival()

    def _give_up(self, at: Micros, work_id: UUID) -> None:
        call = self._calls.get(work_id)
        if call is not None and work_id not in self._accepted:
            del self._calls[work_id]
            self.tally.gave_up(call, at)
            self._tell(CancelWork(at, work_id, "the customer gave up", abandoned=True))

    def _finish(self, at: Micros, work_id: UUID) -> None:
        self._tell(FinishWork(at, work_id))

    def _answer(self, at: Micros, offer: tuple[UUID, str]) -> None:
        self._tell(AcceptOffer(at, *offer))

    def _sign_in(self, at: Micros, agent: Agent) -> None:
        self._signed_in[agent.id] = at
        self._tell(SetPresence(at, agent.id, None, Presence.AVAILABLE, None))

    def _sign_out(self, at: Micros, agent: Agent) -> None:
        self.tally.staffed(agent.kind, self._signed_in.pop(agent.id), at)
        self._tell(SetPresence(at, agent.id, None, Presence.OFFLINE, None))

    def _seen(self, at: Micros, _: None) -> None:
        self._tell(AgentsSeen(at, tuple(self._signed_in)))
        self._later(at + _SEEN_EVERY, self._seen, None)

    # what the engine decides

    def _tell(self, command: Command) -> None:
        result = self.engine.apply(command)
        self.engine.take_changes()
        for decision in result.decisions:
            heard = _HEARD.get(type(decision))
            if heard is not None:
                heard(self, decision)

    def _offered(self, decision: made.OfferMade) -> None:
        if self.engine.floor.queues[decision.queue].rules.auto_accept:
            return
        if self.centre.missed and self._answering.random() < self.centre.missed:
            return
        at = decision.at + span(self.centre.answer.draw(self._answering))
        self._later(at, self._answer, (decision.offer_id, decision.agent_id))

    def _took(self, decision: made.WorkAccepted) -> None:
        call = self._calls[decision.work.id]
        self.tally.answered(call, decision.at)
        self._accepted[decision.work.id] = (self._agents[decision.agent_id], decision.at, decision.work.channel)
        self._later(decision.at + call.handle, self._finish, decision.work.id)

    def _completed(self, decision: made.WorkCompleted) -> None:
        del self._calls[decision.work.id]
        agent, since, channel = self._accepted.pop(decision.work.id)
        self._count_busy(agent, since, decision.at, channel)

    def _missed(self, decision: made.OfferTimedOut) -> None:
        self.tally.misses += 1

    def _set_away(self, decision: made.PresenceChanged) -> None:
        """An agent whom the engine set away for missing offers comes back at once, as a reminded colleague would."""
        if decision.presence is Presence.AWAY:
            agent = self._agents[decision.agent_id]
            self._later(decision.at + SECOND, self._come_back, agent)

    def _come_back(self, at: Micros, agent: Agent) -> None:
        if agent.id in self._signed_in:
            self._tell(SetPresence(at, agent.id, None, Presence.AVAILABLE, None))

    def _queued(self, decision: made.WorkQueued) -> None:
        if decision.because.startswith("overflow/"):
            self.tally.overflowed(self._calls[decision.work.id])

    def _count_busy(self, agent: Agent, since: Micros, until: Micros, channel: str) -> None:
        self.tally.busy(agent.kind, since, until, min(1.0, self._costs[channel] / agent.profile.capacity))


_HEARD: dict[type[made.Decision], Callable[[_Day, Any], None]] = {
    made.OfferMade: _Day._offered,
    made.OfferTimedOut: _Day._missed,
    made.WorkAccepted: _Day._took,
    made.WorkCompleted: _Day._completed,
    made.WorkQueued: _Day._queued,
    made.PresenceChanged: _Day._set_away,
}
