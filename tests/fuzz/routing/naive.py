"""A second, naive routing engine: plain lists, no indexes, every question answered by looking at everything.

It states the rules of routing as directly as possible and is the oracle of the fuzz test: on any sequence of
commands the real engine has to decide exactly as this one does. It shares commands and rule classes with it, no code.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID

from routing.domain import commands as c
from routing.domain.parameters import Parameters
from routing.domain.rules import QueueRules

STRICT_FIRST = 10**17
US = 1_000_000


@dataclass(eq=False)
class NaiveAgent:
    id: str
    seq: int
    name: str | None
    profile: c.AgentProfile
    idle_since: int
    presence: str = "offline"
    reason: str | None = None
    version: int = 1
    misses: int = 0
    handled: int = 0
    last_offered: int = 0
    last_seen: int = 0
    silent_at: int | None = None


@dataclass(eq=False)
class NaiveOffer:
    id: UUID
    item: "NaiveItem"
    agent: NaiveAgent
    queue: str
    cost: int
    expires: int
    state: str = "pending"


@dataclass(eq=False)
class NaiveItem:
    request: c.WorkRequest
    seq: int
    priority: int
    age_from: int
    queue: str = ""
    entered: int = 0
    skipped: float = 0
    opens: bool = False
    state: str = "waiting"
    preferred_until: int | None = None
    barred: dict[str, int] = field(default_factory=dict)
    agent: NaiveAgent | None = None
    cost: int = 0
    accepted: int = 0
    finished: int | None = None
    wrap_until: int | None = None


class Naive:
    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self.now = 0
        self.queues: dict[str, QueueRules] = {
            parameters.default_queue: QueueRules(name=parameters.default_queue, ask_language=False)
        }
        self.versions: dict[str, int] = {}
        self.agents: dict[str, NaiveAgent] = {}
        self.items: dict[UUID, NaiveItem] = {}
        self.offers: dict[UUID, NaiveOffer] = {}
        self.ends = {"completed": 0, "abandoned": 0, "cancelled": 0}
        self.created = 0
        self.known: set[UUID] = set()
        self.paces: dict[str, list[int]] = {}
        self.out: list[tuple[Any, ...]] = []
        self._ids = count(1)

    # what an item asks for

    def key(self, item: NaiveItem) -> tuple[int, int]:
        rules = self.queues[item.queue]
        if rules.served == "newest_first":
            return STRICT_FIRST - item.age_from, item.seq
        points = self.parameters.neutral_priority - item.priority
        start = round(self.parameters.head_start_seconds * US) * points + round(rules.head_start_seconds * US)
        return item.age_from - start - (STRICT_FIRST if rules.strict else 0), item.seq

    def asks(self, item: NaiveItem, waited: float) -> tuple[list[dict[str, int]], set[str]]:
        """Alternatives of skills with levels, and the groups that may not see the item yet; `waited` in seconds."""
        rules, request = self.queues[item.queue], item.request
        waited = max(waited, item.skipped)
        overflow = min((rule.limit for rule in rules.overflow if rule.when == "waited"), default=None)
        if overflow is not None and waited >= overflow:  # what would come later never comes
            steps = [0.0, *(step.after_seconds for step in rules.relaxation), *rules.delays.values()]
            waited = max(step for step in steps if step < overflow)
        done = [step for step in rules.relaxation if step.after_seconds <= waited]
        language = request.language if rules.ask_language and not any(step.drop_language for step in done) else None
        alternatives = []
        for either in rules.any_of or ({},):
            needs: dict[str, int] = {}
            asked = [*rules.needs.items(), *((need.skill, need.level) for need in request.needs), *either.items()]
            for name, level in asked:
                needs[name] = max(level, needs.get(name, 0))
            if language is not None:
                needs.setdefault(f"language.{language}", 1)
            for step in done:
                for name, level in step.lower.items():
                    if name in needs:
                        needs[name] = min(level, needs[name])
            for name in (name for step in done for name in step.drop):
                needs.pop(name, None)
            alternatives.append(needs)
        return alternatives, {group for group, seconds in rules.delays.items() if seconds > waited}

    def meets(self, agent: NaiveAgent, item: NaiveItem, waited: float = float("inf")) -> bool:
        """Skills and groups only; without `waited`, what the item asks for at the very end."""
        skills = agent.profile.skills
        alternatives, closed = self.asks(item, waited)
        return (
            any(all(skills.get(name, 0) >= level for name, level in needs.items()) for needs in alternatives)
            and not any(name in skills for name in self.queues[item.queue].none_of)
            and not closed & agent.profile.groups
        )

    def proficiency(self, agent: NaiveAgent, item: NaiveItem) -> int:
        skills = agent.profile.skills
        best = 0
        for needs in self.asks(item, (self.now - item.entered) / US)[0]:
            if needs and all(skills.get(name, 0) >= level for name, level in needs.items()):
                best = max(best, sum(skills[name] for name in needs) * 60 // len(needs))
        return best

    # capacity

    def used(self, agent: NaiveAgent) -> int:
        return sum(cost for _, cost in self.holds(agent))

    def holds(self, agent: NaiveAgent) -> Iterator[tuple[str, int]]:
        for offer in self.offers.values():
            if offer.agent is agent:
                yield offer.item.request.channel, offer.cost
        for item in self.items.values():
            if item.agent is agent:
                yield item.request.channel, item.cost

    def fits(self, agent: NaiveAgent, channel: str, without: tuple[NaiveOffer, ...] = ()) -> bool:
        rules = self.parameters.channels[channel]  # type: ignore[index]
        used = self.used(agent) - sum(offer.cost for offer in without)
        count_ = sum(held == channel for held, _ in self.holds(agent))
        count_ -= sum(offer.item.request.channel == channel for offer in without)
        most = agent.profile.at_most.get(channel, rules.at_most)
        return agent.presence == "available" and used + rules.cost <= agent.profile.capacity and count_ < most

    # who may have what

    def pending(self, item: NaiveItem) -> list[NaiveOffer]:
        return [offer for offer in self.offers.values() if offer.item is item]

    def seeks(self, item: NaiveItem) -> bool:
        wanted = len(self.pending(item)) < self.queues[item.queue].offers_at_once
        return item.agent is None and wanted and item.entered <= self.now

    def eligible(self, agent: NaiveAgent, item: NaiveItem) -> bool:
        if agent.id in item.barred or any(offer.agent is agent for offer in self.pending(item)):
            return False
        if item.preferred_until is not None:
            return agent.id == item.request.preferred_agent_id
        return self.meets(agent, item, (self.now - item.entered) / US)

    def in_the_way(self, agent: NaiveAgent, item: NaiveItem) -> tuple[NaiveOffer, ...]:
        """What to take back so that an emergency fits; empty if nothing helps or nothing is needed."""
        if not self.queues[item.queue].may_rescind:
            return ()
        mine = [
            offer for offer in self.offers.values() if offer.agent is agent and not self.queues[offer.item.queue].strict
        ]
        mine.sort(key=lambda offer: self.key(offer.item), reverse=True)
        for number in range(len(mine) + 1):
            if self.fits(agent, item.request.channel, tuple(mine[:number])):
                return tuple(mine[:number])
        return ()

    def interruptible(self, agent: NaiveAgent, item: NaiveItem) -> bool:
        """Whether only work on channels that the item may interrupt is in the way."""
        interrupts = self.queues[item.queue].interrupts
        rules = self.parameters.channels[item.request.channel]  # type: ignore[index]
        held = list(self.holds(agent))
        firm = sum(cost for channel, cost in held if channel not in interrupts)
        count_ = sum(channel == item.request.channel for channel, _ in held)
        most = agent.profile.at_most.get(item.request.channel, rules.at_most)
        here = bool(interrupts) and agent.presence == "available"
        return here and firm + rules.cost <= agent.profile.capacity and count_ < most

    def rank(self, agent: NaiveAgent, item: NaiveItem) -> tuple[int, int, int]:
        order = self.queues[item.queue].agent_order
        first = {
            "longest_idle": 0,
            "least_loaded": self.used(agent) * 10_000 // agent.profile.capacity,
            "fewest_handled": agent.handled,
            "round_robin": agent.last_offered,
            "linear": agent.profile.rank,
            "best_proficiency": -self.proficiency(agent, item),
            "least_flexible": sum(agent.profile.skills.values()) + len(agent.profile.groups),
        }[order]
        return first, agent.idle_since, agent.seq

    def settle(self) -> None:
        """The most urgent item that anybody may have goes to the best of those; again, until there is none."""
        while True:
            for item in sorted(filter(self.seeks, self.items.values()), key=self.key):
                able = [agent for agent in self.agents.values() if self.eligible(agent, item)]
                free = [agent for agent in able if self.fits(agent, item.request.channel)]
                free = free or [agent for agent in able if self.in_the_way(agent, item)]
                free = free or [agent for agent in able if self.interruptible(agent, item)]
                if free:
                    break
            else:
                return
            agent = min(free, key=lambda one: self.rank(one, item))
            if not self.fits(agent, item.request.channel):
                for offer in self.in_the_way(agent, item):
                    self.rescind(offer, "emergency")
            self.offer(item, agent)

    # offers

    def hold(self, item: NaiveItem, agent: NaiveAgent, expires: int) -> NaiveOffer:
        cost = self.parameters.channels[item.request.channel].cost  # type: ignore[index]
        offer = NaiveOffer(UUID(int=next(self._ids)), item, agent, item.queue, cost, expires)
        agent.last_offered = self.now
        self.offers[offer.id] = offer
        return offer

    def offer(self, item: NaiveItem, agent: NaiveAgent) -> None:
        rules = self.queues[item.queue]
        seconds = rules.offer_seconds or self.parameters.channels[item.request.channel].offer_seconds  # type: ignore[index]
        offer = self.hold(item, agent, self.now + round(seconds * US))
        self.out.append(("OfferMade", item.request.id, agent.id, offer.id, offer.expires))
        item.state = "offered"
        if rules.auto_accept:
            self.take(offer, "auto_accept")

    def take(self, offer: NaiveOffer, by: str | None) -> None:
        item, agent = offer.item, offer.agent
        del self.offers[offer.id]
        for other in self.pending(item):
            self.drop(other, "taken_by_another")
        item.barred.pop(agent.id, None)
        item.agent, item.cost, item.accepted, item.state = agent, offer.cost, self.now, "assigned"
        item.preferred_until = None
        self.paces.setdefault(item.queue, []).append(self.now)
        agent.idle_since, agent.misses = self.now, 0
        agent.handled += 1
        self.out.append(("WorkAccepted", item.request.id, agent.id, max(0, self.now - item.request.enqueued), by))

    def drop(self, offer: NaiveOffer, reason: str) -> None:
        del self.offers[offer.id]
        self.out.append(("OfferRescinded", offer.item.request.id, offer.agent.id, offer.id, reason))

    def rescind(self, offer: NaiveOffer, reason: str) -> None:
        self.drop(offer, reason)
        self.wait_again(offer.item)

    def wait_again(self, item: NaiveItem) -> None:
        if not self.pending(item):
            item.state = "waiting"
        self.overflow_if_due(item)

    def refuse(self, offer: NaiveOffer) -> None:
        del self.offers[offer.id]
        self.bar(offer.item, offer.agent.id)
        offer.item.preferred_until = None
        self.wait_again(offer.item)

    def bar(self, item: NaiveItem, agent_id: str) -> None:
        item.barred[agent_id] = self.now + round(self.parameters.cooldown_seconds * US)

    # queues

    def enter(self, item: NaiveItem, name: str, because: str) -> None:
        if name not in self.queues:
            name, because = self.parameters.default_queue, "no_such_queue"
        item.queue = name
        while True:
            for rule in self.queues[item.queue].overflow:
                length = sum(
                    one.queue == item.queue and one.agent is None for one in self.items.values() if one is not item
                )
                staffed = any(agent.presence != "offline" and self.meets(agent, item) for agent in self.agents.values())
                applies = {
                    "length": length >= rule.limit,
                    "unstaffed": not staffed,
                    "closed": self.opening(item.queue) > self.now,
                    "expected_wait": self.expected_wait(item.queue, length) > round(rule.limit * US),
                    "waited": False,
                }
                if applies[rule.when]:
                    item.queue, because = rule.to, f"overflow/{rule.when}"
                    break
            else:
                break
        rules = self.queues[item.queue]
        item.entered, item.state, item.preferred_until = self.opening(item.queue), "waiting", None
        item.opens = item.entered > self.now
        self.skip_unstaffed(item)
        self.items[item.request.id] = item
        self.out.append(("WorkQueued", item.request.id, item.queue, because))
        preferred = self.agents.get(item.request.preferred_agent_id or "")
        wait = rules.preferred_wait_seconds
        wait = self.parameters.preferred_wait_seconds if wait is None else wait
        here = preferred is not None and preferred.presence == "available" and preferred.id not in item.barred
        if here and not rules.strict and wait:
            item.preferred_until = item.entered + round(wait * US)

    def opening(self, name: str) -> int:
        hours = self.queues[name].hours
        return self.now if hours is None else hours.opening(self.now)

    def expected_wait(self, name: str, length: int) -> int:
        pace = self.paces.get(name, [])[-30:]
        return (length + 1) * (self.now - pace[0]) // len(pace) if len(pace) >= 5 else 0

    def skip_unstaffed(self, item: NaiveItem) -> None:
        item.skipped = 0
        rules = self.queues[item.queue]
        overflow = min((rule.limit for rule in rules.overflow if rule.when == "waited"), default=float("inf"))
        moments = sorted(
            {step.after_seconds for step in rules.relaxation} | {one for one in rules.delays.values() if one}
        )
        early = {step.after_seconds for step in rules.relaxation if step.at_once_if_unstaffed}
        for moment in moments:
            signed_in = [agent for agent in self.agents.values() if agent.presence != "offline"]
            if moment >= overflow or moment not in early:
                return
            if any(self.meets(agent, item, 0) for agent in signed_in):
                return
            item.skipped = moment

    def overflow_if_due(self, item: NaiveItem) -> None:
        limit, to = min(
            ((rule.limit, rule.to) for rule in self.queues[item.queue].overflow if rule.when == "waited"),
            default=(None, ""),
            key=lambda one: one[0],
        )
        if limit is not None and not self.pending(item) and item.entered + round(limit * US) <= self.now:
            self.enter(item, to, "overflow/waited")

    # time

    def due(self) -> list[tuple[int, int, tuple[int, int], Any, Any]]:
        found: list[tuple[int, int, tuple[int, int], Any, Any]] = []
        for offer in self.offers.values():
            found.append((offer.expires, 1, (offer.item.seq, offer.agent.seq), "offer", offer))
        for item in self.items.values():
            if item.agent is None:
                if item.opens:
                    found.append((item.entered, 2, (item.seq, 0), "opens", item))
                if item.preferred_until is not None:
                    found.append((item.preferred_until, 2, (item.seq, 0), "preferred", item))
                for rule in self.queues[item.queue].overflow:
                    if rule.when == "waited" and not self.pending(item):
                        found.append((item.entered + round(rule.limit * US), 2, (item.seq, 0), "overflow", item))
            for agent_id, until in item.barred.items():
                found.append((until, 3, (item.seq, 0), "bar", (item, agent_id)))
            if item.wrap_until is not None:
                found.append((item.wrap_until, 4, (item.seq, 0), "wrap_up", item))
        for agent in self.agents.values():
            if agent.silent_at is not None:
                found.append((agent.silent_at, 5, (agent.seq, 0), "silent", agent))
        return sorted((one for one in found if one[0] <= self.now), key=lambda one: one[:3])

    def pass_time(self, at: int) -> None:
        self.now = max(self.now, at)
        while due := self.due():
            _, _, _, kind, about = due[0]
            if kind == "offer":
                self.out.append(("OfferTimedOut", about.item.request.id, about.agent.id, about.id))
                about.agent.misses += 1
                self.refuse(about)
                agent = about.agent
                if agent.presence == "available" and agent.misses >= self.parameters.misses_before_away:
                    self.change_presence(agent, "away", "missed")
            elif kind == "preferred":
                about.preferred_until = None
            elif kind == "opens":
                about.opens = False
                preferred = self.agents.get(about.request.preferred_agent_id or "")
                if preferred is not None and preferred.presence != "available":
                    about.preferred_until = None
            elif kind == "overflow":
                self.overflow_if_due(about)
            elif kind == "bar":
                del about[0].barred[about[1]]
            elif kind == "wrap_up":
                self.complete(about)
            else:
                about.silent_at = None
                grace = round(self.parameters.presence_grace_seconds * US)
                if about.presence != "offline":
                    if about.last_seen + grace > self.now:
                        about.silent_at = about.last_seen + grace
                    else:
                        self.change_presence(about, "offline", "connection_lost")
        self.settle()

    # agents

    def enrol(self, agent_id: str, name: str | None, profile: c.AgentProfile | None = None) -> NaiveAgent:
        agent = self.agents.get(agent_id)
        if agent is None:
            own = self.parameters
            profile = profile or c.AgentProfile(dict(own.new_agent_skills), frozenset(), own.capacity, {}, 0)
            agent = self.agents[agent_id] = NaiveAgent(agent_id, len(self.agents) + 1, name, profile, self.now)
        agent.name = name or agent.name
        return agent

    def change_presence(self, agent: NaiveAgent, presence: str, reason: str | None) -> None:
        before, agent.presence, agent.reason = agent.presence, presence, reason
        self.out.append(("PresenceChanged", agent.id, presence, reason))
        if presence == "available" and before != "available":
            agent.idle_since, agent.misses = self.now, 0
        if presence != "available":
            for offer in [offer for offer in self.offers.values() if offer.agent is agent]:
                self.rescind(offer, "agent_" + presence)
            for item in self.items.values():
                mine = item.preferred_until is not None and item.request.preferred_agent_id == agent.id
                if mine and item.entered <= self.now:
                    item.preferred_until = None
        if presence != "offline" and agent.silent_at is None:
            agent.silent_at = agent.last_seen + round(self.parameters.presence_grace_seconds * US)

    # ends

    def conclude(self, item: NaiveItem, state: str, reason: str) -> str:
        if item.agent is None:
            for offer in self.pending(item):
                self.drop(offer, reason)
            del self.items[item.request.id]
            self.ends[state] += 1
            self.out.append(("WorkEnded", item.request.id, reason, state == "abandoned"))
            return "done"
        if item.finished is not None:
            return "already_ended"
        item.finished = self.now
        rules = self.queues[item.queue]
        seconds = rules.wrap_up_seconds
        if seconds is None:
            seconds = self.parameters.channels[item.request.channel].wrap_up_seconds  # type: ignore[index]
        if seconds:
            item.state, item.wrap_until = "wrapping", self.now + round(seconds * US)
            self.out.append(("WrapUpStarted", item.request.id, item.agent.id, item.wrap_until))
        else:
            self.complete(item)
        return "done"

    def complete(self, item: NaiveItem) -> None:
        assert item.agent is not None
        finished = self.now if item.finished is None else item.finished
        del self.items[item.request.id]
        self.ends["completed"] += 1
        item.agent.idle_since = self.now
        times = finished - item.accepted, self.now - finished
        self.out.append(("WorkCompleted", item.request.id, item.agent.id, *times))

    # commands

    def apply(self, command: c.Command) -> tuple[bool, list[tuple[Any, ...]]]:
        """Whether the command did anything, and what was decided."""
        self.out = []
        self.pass_time(command.at)
        done = getattr(self, "_" + type(command).__name__)(command)
        self.settle()
        return done in (True, "done"), self.out

    def _RequestWork(self, command: c.RequestWork) -> bool:
        if command.work.id in self.known:
            return False
        self.known.add(command.work.id)
        self.created += 1
        item = NaiveItem(command.work, self.created, command.priority, command.work.enqueued)
        self.enter(item, command.work.queue, "requested")
        return True

    def _ChangePriority(self, command: c.ChangePriority) -> bool:
        item = self.items.get(command.work_id)
        if item is None or item.priority == command.priority:
            return False
        item.priority = command.priority
        self.out.append(("PriorityChanged", item.request.id, command.priority))
        return True

    def _AdjustAge(self, command: c.AdjustAge) -> bool:
        item = self.items.get(command.work_id)
        if item is None:
            return False
        item.age_from -= round(command.seconds * US)
        self.out.append(("AgeAdjusted", item.request.id, command.seconds))
        return True

    def _FinishWork(self, command: c.FinishWork) -> str:
        item = self.items.get(command.work_id)
        return self.conclude(item, "cancelled", "finished") if item else "unknown"

    def _CancelWork(self, command: c.CancelWork) -> str:
        item = self.items.get(command.work_id)
        state = "abandoned" if command.abandoned else "cancelled"
        return self.conclude(item, state, command.reason) if item else "unknown"

    def _mine(self, offer_id: UUID, agent_id: str) -> NaiveOffer | None:
        if agent_id in self.agents:
            self.agents[agent_id].last_seen = self.now
        offer = self.offers.get(offer_id)
        return offer if offer and offer.agent.id == agent_id else None

    def _AcceptOffer(self, command: c.AcceptOffer) -> bool:
        offer = self._mine(command.offer_id, command.agent_id)
        if offer is None:
            return False
        self.take(offer, None)
        return True

    def _DeclineOffer(self, command: c.DeclineOffer) -> bool:
        offer = self._mine(command.offer_id, command.agent_id)
        if offer is None:
            return False
        self.out.append(("OfferDeclined", offer.item.request.id, offer.agent.id, offer.id, command.reason))
        self.refuse(offer)
        return True

    def _CompleteWork(self, command: c.CompleteWork) -> bool:
        item = self.items.get(command.work_id)
        if item is None or item.agent is None or command.agent_id not in (None, item.agent.id):
            return False
        self.complete(item)
        return True

    def _ReleaseWork(self, command: c.ReleaseWork) -> bool:
        item = self.items.get(command.work_id)
        if item is None or item.agent is None or item.finished is not None:
            return False
        if command.agent_id not in (None, item.agent.id):
            return False
        if command.queue is not None and command.queue not in self.queues:
            return False
        agent, item.agent = item.agent, None
        agent.idle_since = self.now
        if not command.keep_age:
            item.age_from = self.now
        self.out.append(("WorkReleased", item.request.id, agent.id, command.reason))
        self.bar(item, agent.id)
        self.enter(item, command.queue or item.queue, "transferred" if command.queue else "released")
        return True

    def _AssignWork(self, command: c.AssignWork) -> bool:
        item, agent = self.items.get(command.work_id), self.agents.get(command.agent_id)
        if item is None or agent is None or item.agent is not None or agent.presence != "available":
            return False
        offer = next((offer for offer in self.pending(item) if offer.agent is agent), None)
        if offer is None:
            if not self.fits(agent, item.request.channel):
                return False
            offer = self.hold(item, agent, self.now)
        self.take(offer, command.by)
        return True

    def _SetPresence(self, command: c.SetPresence) -> bool:
        agent = self.enrol(command.agent_id, command.agent_name)
        agent.last_seen = self.now
        if (agent.presence, agent.reason) == (command.presence, command.reason):
            return False
        self.change_presence(agent, command.presence.value, command.reason)
        return True

    def _EnrolAgent(self, command: c.EnrolAgent) -> bool:
        known = self.agents.get(command.agent_id)
        name = known.name if known else None
        agent = self.enrol(command.agent_id, command.agent_name)
        if known:
            agent.last_seen = self.now
        return known is None or name != agent.name

    def _AgentsSeen(self, command: c.AgentsSeen) -> bool:
        for agent_id in command.agent_ids:
            if agent_id in self.agents:
                self.agents[agent_id].last_seen = self.now
        return False

    def _UpdateAgent(self, command: c.UpdateAgent) -> bool:
        agent, profile = self.agents.get(command.agent_id), command.profile
        if command.expected_version not in (None, agent.version if agent else 0):
            return False
        if agent is None:
            self.enrol(command.agent_id, command.agent_name, profile)
            return True
        counts: dict[str, int] = {}
        for channel, _ in self.holds(agent):
            counts[channel] = counts.get(channel, 0) + 1
        if profile.capacity < self.used(agent):
            return False
        if any(most < counts.get(channel, 0) for channel, most in profile.at_most.items()):
            return False
        self.enrol(command.agent_id, command.agent_name)
        agent.profile = profile
        agent.version += 1
        return True

    def _ConfigureQueue(self, command: c.ConfigureQueue) -> bool:
        rules = command.rules
        version = self.versions.get(rules.name, 0)
        if command.expected_version not in (None, version):
            return False
        if (version and self.queues[rules.name] == rules) or not self.acyclic({**self.queues, rules.name: rules}):
            return False
        self.queues[rules.name] = rules
        self.versions[rules.name] = version + 1
        for item in list(self.items.values()):
            if item.queue == rules.name and item.agent is None:
                if item.entered > self.now:
                    item.entered = self.opening(item.queue)
                    item.opens = item.entered > self.now
                    preferred = self.agents.get(item.request.preferred_agent_id or "")
                    if not item.opens and preferred is not None and preferred.presence != "available":
                        item.preferred_until = None
                self.skip_unstaffed(item)
                if rules.strict:
                    item.preferred_until = None
                self.overflow_if_due(item)
        return True

    @staticmethod
    def acyclic(queues: dict[str, QueueRules]) -> bool:
        left = {name: {rule.to for rule in rules.overflow} for name, rules in queues.items()}
        if any(to not in queues for targets in left.values() for to in targets):
            return False
        while True:
            done = [name for name, targets in left.items() if not targets & left.keys()]
            if not done:
                return not left
            for name in done:
                del left[name]

    def _Tick(self, command: c.Tick) -> bool:
        return False
