"""The state of one routing domain: everything the engine knows, and the few primitives all its modules share."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from routing.domain.commands import AgentProfile, WorkRequest
from routing.domain.configuration import FloorRules
from routing.domain.decisions import Decision
from routing.domain.entities import Agent, Assignment, Offer, Work
from routing.domain.idle import IdleIndex
from routing.domain.parameters import Parameters
from routing.domain.plans import Plan, Planner, Queue, queue_of
from routing.domain.remembered import Remembered
from routing.domain.rules import QueueRules
from routing.domain.skills import SkillBook
from routing.domain.timers import Timers
from routing.domain.values import Micros, OfferState, Presence, WorkState
from routing.domain.waiting import WaitingIndex

_REMEMBERED = 10_000
"""Ended offers and items the floor can still name the end of, at least; the store knows all of them."""


@dataclass(slots=True)
class Changes:
    """What was touched since the changes were last taken; the store writes exactly these.

    Items, offers and assignments are sets that keep their order: objects hash faster than their ids.
    """

    agents: dict[str, Agent] = field(default_factory=dict)
    work: dict[Work, None] = field(default_factory=dict)
    offers: dict[Offer, None] = field(default_factory=dict)
    assignments: dict[Assignment, None] = field(default_factory=dict)
    configuration: bool = False

    def __bool__(self) -> bool:
        return bool(self.agents or self.work or self.offers or self.assignments or self.configuration)


class Floor:
    """Agents, queues, items, offers, and the indexes over them."""

    def __init__(self, parameters: Parameters, new_id: Callable[[], UUID]) -> None:
        self.parameters = parameters
        self.new_id = new_id
        self.now: Micros = 0
        self.agents: dict[str, Agent] = {}
        self.queues: dict[str, Queue] = {}
        self.removed: dict[str, int] = {}
        """queues that were, with their last versions"""
        self.rules = FloorRules()
        self.configured = 0
        """the version of the configuration in force; 0: nothing was ever configured"""
        self.work: dict[UUID, Work] = {}
        self.offers: dict[UUID, Offer] = {}
        self.ended_offers: Remembered[tuple[str, OfferState, str | None]] = Remembered(_REMEMBERED)
        self.ended_work: Remembered[WorkState] = Remembered(_REMEMBERED)
        self.book = SkillBook()
        self.planner = Planner(self.book)
        self.waiting = WaitingIndex()
        self.idle = IdleIndex(self.book)
        self.timers = Timers()
        self.changes = Changes()
        self.decisions: list[Decision] = []
        self.last_work_seq = 0
        self.last_agent_seq = 0
        self.touched_agents: dict[str, Agent] = {}
        """agents who may have become able to take something"""
        self.touched_work: dict[Work, None] = {}
        """items that may have become takeable, a set that keeps its order"""
        self._unplaced: dict[str, Agent] = {}
        fallback = QueueRules(name=parameters.default_queue, ask_language=False)
        self.queues[fallback.name] = queue_of(fallback, 0, parameters, {})

    # capacity

    def fits(self, agent: Agent, channel: str) -> bool:
        """Whether the agent may be given one more item of a channel now."""
        if agent.presence is not Presence.AVAILABLE:
            return False
        cost, at_most = agent.limits[channel]
        return agent.used + cost <= agent.profile.capacity and agent.counts.get(channel, 0) < at_most

    def take(self, agent: Agent, channel: str, cost: int) -> None:
        """Uses up capacity for one item."""
        agent.used += cost
        agent.counts[channel] = agent.counts.get(channel, 0) + 1
        self.moved(agent)

    def give_back(self, agent: Agent, channel: str, cost: int) -> None:
        """Frees the capacity of one item."""
        agent.used -= cost
        agent.counts[channel] -= 1
        self.touched_agents[agent.id] = agent
        self.moved(agent)

    def set_limits(self, agent: Agent) -> None:
        """Works out what one more item of each channel costs this agent, and how many they may hold."""
        most = self.most_of(agent.profile, self.rules)
        agent.limits = {
            name.value: (channel.cost, most[name.value]) for name, channel in self.parameters.channels.items()
        }
        agent.least_cost = min(channel.cost for channel in self.parameters.channels.values())

    def most_of(self, profile: AgentProfile, rules: FloorRules) -> dict[str, int]:
        """How many items of each channel an agent with this profile may hold: own limits, the profile's, the usual."""
        shared = rules.profiles.get(profile.utilisation or "")
        return {
            name.value: profile.at_most.get(name, (shared.at_most if shared else {}).get(name, channel.at_most))
            for name, channel in self.parameters.channels.items()
        }

    # the index of free agents

    def moved(self, agent: Agent) -> None:
        """Notes that the agent's capacity or rank changed: they leave the index of the free until it is next asked."""
        agent.ticket = 0
        self._unplaced[agent.id] = agent
        self.changes.agents[agent.id] = agent

    def place_moved(self) -> None:
        """Brings the index of the free up to date."""
        if not self._unplaced:
            return
        for agent in self._unplaced.values():
            if agent.presence is Presence.AVAILABLE:
                room, counts = agent.profile.capacity - agent.used, agent.counts
                if room < agent.least_cost:
                    continue
                free = [
                    name
                    for name, (cost, at_most) in agent.limits.items()
                    if cost <= room and counts.get(name, 0) < at_most
                ]
                if free:
                    self.idle.place(agent, free)
        self._unplaced.clear()

    # plans

    def plan(self, request: WorkRequest, queue: Queue) -> Plan:
        """The plan of an item in a queue; requirements met for the first time get their signatures listed."""
        plan = self.planner.plan(queue.rules, request)
        while self.planner.fresh:
            self.idle.adopt(self.planner.fresh.pop())
        return plan

    def join(self, agent: Agent) -> None:
        """Puts the agent among those of the same signature."""
        fresh = self.idle.join(agent)
        if fresh is not None:
            self.waiting.adopt(fresh)

    # memory of ends

    def forget_offer(self, offer: Offer) -> None:
        """Moves an offer from the live ones to the remembered ones."""
        del self.offers[offer.id]
        self.ended_offers.add(offer.id, (offer.agent.id, offer.state, offer.reason))

    def forget_work(self, work: Work) -> None:
        """Moves an item from the live ones to the remembered ones."""
        del self.work[work.request.id]
        self.ended_work.add(work.request.id, work.state)
