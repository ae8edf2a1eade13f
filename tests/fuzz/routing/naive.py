"""A second, naive routing engine: plain lists, no indexes, every question answered by looking at everything.

It states the rules of routing as directly as possible and is the oracle of the fuzz test: on any sequence of
commands the real engine has to decide exactly as this one does. It shares commands and rule classes with it, no code.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any
from uuid import UUID

from routing.domain import commands as c
from routing.domain.configuration import FloorRules
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
    since: int = 0
    lapsed: set[str] = field(default_factory=set)
    skills_due: int | None = None
    shifts: tuple[c.Shift, ...] = ()
    astray_since: int | None = None
    astray: str | None = None
    plan_due: int | None = None


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
    not_before: int | None = None


class Naive:
    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self.now = 0
        self.queues: dict[str, QueueRules] = {
            parameters.default_queue: QueueRules(name=parameters.default_queue, ask_language=False)
        }
        self.versions: dict[str, int] = {}
        self.rules = FloorRules()
        self.configured = 0
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

    def stands(self, item: NaiveItem) -> tuple[int, int]:
        """Where the item stands now: its key, or what its key would be if it had waited `slope` times as long."""
        rules, (key, seq) = self.queues[item.queue], self.key(item)
        slope = round(1000 * rules.slopes.get(item.priority, rules.slope))
        if slope == 1000:
            return key, seq
        strict = STRICT_FIRST if rules.strict else 0
        return self.now - (self.now - (key + strict)) * slope // 1000 - strict, seq

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
            own = [(need.skill, need.level) for need in request.needs if self.exists(need.skill)]
            asked = [*rules.needs.items(), *own, *either.items()]
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

    def exists(self, skill: str) -> bool:
        return not self.rules.skills or skill in self.rules.skills or skill.startswith("language.")

    def skills(self, agent: NaiveAgent) -> dict[str, int]:
        return {name: level for name, level in agent.profile.skills.items() if name not in agent.lapsed}

    def meets(self, agent: NaiveAgent, item: NaiveItem, waited: float = float("inf")) -> bool:
        """Skills and groups only; without `waited`, what the item asks for at the very end."""
        skills = self.skills(agent)
        alternatives, closed = self.asks(item, waited)
        return (
            any(all(skills.get(name, 0) >= level for name, level in needs.items()) for needs in alternatives)
            and not any(name in skills for name in self.queues[item.queue].none_of)
            and not closed & agent.profile.groups
        )

    def proficiency(self, agent: NaiveAgent, item: NaiveItem) -> int:
        skills = self.skills(agent)
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
        room = self.capacity(agent.profile) - used
        return agent.presence == "available" and rules.cost <= room and count_ < self.most(agent.profile, channel)

    def capacity(self, profile: c.AgentProfile) -> int:
        shared = self.rules.profiles.get(profile.utilisation or "")
        return shared.capacity if shared else profile.capacity

    def most(self, profile: c.AgentProfile, channel: Any) -> int:
        shared = self.rules.profiles.get(profile.utilisation or "")
        usual = self.parameters.channels[channel].at_most
        return profile.at_most.get(channel, shared.at_most.get(channel, usual) if shared else usual)

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
        mine.sort(key=lambda offer: self.stands(offer.item), reverse=True)
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
        most = self.most(agent.profile, item.request.channel)
        here = bool(interrupts) and agent.presence == "available"
        return here and firm + rules.cost <= self.capacity(agent.profile) and count_ < most

    def rank(self, agent: NaiveAgent, item: NaiveItem) -> tuple[int, int, int]:
        order = self.queues[item.queue].agent_order
        first = {
            "longest_idle": 0,
            "least_loaded": self.used(agent) * 10_000 // self.capacity(agent.profile),
            "fewest_handled": agent.handled,
            "round_robin": agent.last_offered,
            "linear": agent.profile.rank,
            "best_proficiency": -self.proficiency(agent, item),
            "least_flexible": sum(self.skills(agent).values()) + len(agent.profile.groups),
        }[order]
        return first, agent.idle_since, agent.seq

    def settle(self) -> None:
        """The most urgent item that anybody may have goes to the best of those; again, until there is none."""
        while True:
            for item in sorted(filter(self.seeks, self.items.values()), key=self.stands):
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
        seconds = seconds or self.parameters.rings_before_missed * self.parameters.ring_seconds
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
        if agent_id not in item.request.excluded:
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
        item.state = "waiting"
        self.keep_until_open(item)
        self.skip_unstaffed(item)
        self.items[item.request.id] = item
        self.out.append(("WorkQueued", item.request.id, item.queue, because))

    def keep_until_open(self, item: NaiveItem) -> None:
        rules = self.queues[item.queue]
        item.entered, item.preferred_until = self.opening(item.queue, item.not_before), None
        item.opens = item.entered > self.now
        preferred = self.agents.get(item.request.preferred_agent_id or "")
        wait = rules.preferred_wait_seconds
        wait = self.parameters.preferred_wait_seconds if wait is None else wait
        here = preferred is not None and preferred.presence == "available" and preferred.id not in item.barred
        if here and not rules.strict and wait:
            item.preferred_until = item.entered + round(wait * US)

    def opening(self, name: str, not_before: int | None = None) -> int:
        rules, at = self.queues[name], max(self.now, not_before or 0)
        hours = self.rules.calendars[rules.calendar] if rules.calendar else rules.hours
        return at if hours is None else hours.opening(at)

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

    def send_on_unstaffed(self) -> None:
        for item in list(self.items.values()):
            to = next((rule.to for rule in self.queues[item.queue].overflow if rule.when == "unstaffed"), None)
            if to is None or item.agent is not None or self.pending(item) or item.entered > self.now:
                continue
            if not any(agent.presence != "offline" and self.meets(agent, item) for agent in self.agents.values()):
                self.enter(item, to, "overflow/unstaffed")

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
            if agent.skills_due is not None:
                found.append((agent.skills_due, 6, (agent.seq, 0), "skills", agent))
            if agent.plan_due is not None:
                found.append((agent.plan_due, 7, (agent.seq, 0), "plan", agent))
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
            elif kind == "skills":
                self.renew_skills(about)
            elif kind == "plan":
                self.judge(about)
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
            agent.since = self.now
            self.give(agent, profile)
        agent.name = name or agent.name
        return agent

    def change_presence(self, agent: NaiveAgent, presence: str, reason: str | None) -> None:
        before, agent.presence, agent.reason, agent.since = agent.presence, presence, reason, self.now
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
        self.judge(agent)
        if presence == "offline":
            self.send_on_unstaffed()

    def give(self, agent: NaiveAgent, profile: c.AgentProfile) -> None:
        agent.profile = profile
        agent.lapsed = {name for name in profile.skills if not self.certified(profile, name)}
        self.watch_skills(agent)

    def certified(self, profile: c.AgentProfile, skill: str) -> bool:
        paper = profile.certificates.get(skill)
        begins, ends = (None, None) if paper is None else (paper.start, paper.end)
        return (begins is None or begins <= self.now) and (ends is None or self.now < ends)

    def watch_skills(self, agent: NaiveAgent) -> None:
        moments = [moment for paper in agent.profile.certificates.values() for moment in (paper.start, paper.end)]
        agent.skills_due = min((one for one in moments if one is not None and one > self.now), default=None)

    def renew_skills(self, agent: NaiveAgent) -> None:
        before = agent.lapsed
        self.give(agent, agent.profile)
        gained, lost = tuple(sorted(before - agent.lapsed)), tuple(sorted(agent.lapsed - before))
        if not gained and not lost:
            return
        self.out.append(("SkillsChanged", agent.id, gained, lost))
        for offer in [offer for offer in self.offers.values() if offer.agent is agent]:
            item = offer.item
            able = self.meets(agent, item, (self.now - item.entered) / US)
            if lost and not able and item.request.preferred_agent_id != agent.id:
                self.rescind(offer, "skill_lapsed")
        self.send_on_unstaffed()

    def planned(self, agent: NaiveAgent) -> str | None:
        if not agent.shifts:
            return None
        for shift in agent.shifts:
            if shift.start <= self.now < shift.end:
                return "available" if shift.kind == "work" else "away"
        return "offline"

    def judge(self, agent: NaiveAgent) -> None:
        planned = self.planned(agent)
        if planned is None or planned == agent.presence:
            agent.astray_since = None
        elif agent.astray_since is None:
            agent.astray_since = self.now
        rule = self.rules.breaks.get(agent.reason or "")
        limit = rule.most_seconds if rule and agent.presence == "away" else None
        reported = agent.astray_since and agent.astray_since + round(self.rules.adherence_tolerance_seconds * US)
        too_long = limit and agent.since + round(limit * US)
        astray = "not_as_planned" if reported and reported <= self.now else None
        astray = "break_too_long" if too_long and too_long <= self.now else astray
        if astray != agent.astray:
            agent.astray = astray
            self.out.append(("AdherenceChanged", agent.id, astray, planned, agent.presence))
        moments = [reported, too_long, *(one for shift in agent.shifts for one in (shift.start, shift.end))]
        agent.plan_due = min((one for one in moments if one and one > self.now), default=None)

    def break_refused(self, agent: NaiveAgent, command: c.SetPresence) -> bool:
        rule = self.rules.breaks.get(command.reason or "")
        if rule is None or command.presence != "away" or command.by is not None:
            return False
        others = [one for one in self.agents.values() if one is not agent]
        away = [one for one in others if one.presence == "away" and one.reason == command.reason]
        here = [one for one in others if one.presence == "available"]
        full = rule.at_once is not None and len(away) >= rule.at_once
        return full or (rule.stay_available is not None and len(here) < rule.stay_available)

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
        item.barred = dict.fromkeys(command.work.excluded, 2**62)
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
        if item is not None and command.abandoned and item.request.callback and item.agent is None:
            return "callback_kept"
        state = "abandoned" if command.abandoned else "cancelled"
        return self.conclude(item, state, command.reason) if item else "unknown"

    def _RequestCallback(self, command: c.RequestCallback) -> bool:
        item = self.items.get(command.work_id)
        if item is None or item.agent is not None:
            return False
        request, due = item.request, command.not_before
        if request.callback and (request.channel, item.not_before) == (command.channel, due):
            return False
        later = due is not None and due > self.now
        if later or request.channel != command.channel:
            for offer in self.pending(item):
                self.drop(offer, "callback")
            item.state = "waiting"
        item.request = replace(request, channel=command.channel, callback=True)
        item.not_before = due
        if later or item.entered > self.now:
            item.skipped = max(item.skipped, (self.now - item.entered) / US)
            self.keep_until_open(item)
        self.out.append(("CallbackPromised", request.id, item.queue, due))
        self.overflow_if_due(item)
        return True

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
        if agent.id in item.request.excluded:
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
        if self.break_refused(agent, command):
            return False
        self.change_presence(agent, command.presence.value, command.reason)
        return True

    def _SetShifts(self, command: c.SetShifts) -> bool:
        agent = self.agents.get(command.agent_id)
        moments = [moment for shift in command.shifts for moment in (shift.start, shift.end)]
        if agent is None or moments != sorted(moments) or any(one.start == one.end for one in command.shifts):
            return False
        if agent.shifts == command.shifts:
            return False
        agent.shifts = command.shifts
        self.judge(agent)
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
        known = all(self.exists(skill) for skill in profile.skills)
        if not known or (profile.utilisation is not None and profile.utilisation not in self.rules.profiles):
            return False
        if agent is None:
            self.enrol(command.agent_id, command.agent_name, profile)
            return True
        if self.overloaded(agent, profile):
            return False
        self.enrol(command.agent_id, command.agent_name)
        self.give(agent, profile)
        agent.version += 1
        self.send_on_unstaffed()
        return True

    def overloaded(self, agent: NaiveAgent, profile: c.AgentProfile) -> bool:
        held = [channel for channel, _ in self.holds(agent)]
        return self.capacity(profile) < self.used(agent) or any(
            held.count(channel) > self.most(profile, channel) for channel in set(held)
        )

    # configuration

    def _ConfigureQueue(self, command: c.ConfigureQueue) -> bool:
        rules = command.rules
        version = self.versions.get(rules.name, 0) if rules.name in self.queues else 0
        if command.expected_version not in (None, version):
            return False
        queues = {**self.queues, rules.name: rules}
        if (version and self.queues[rules.name] == rules) or not self.sound(queues, self.rules):
            return False
        self.put_in_force(queues, {rules.name}, self.rules)
        return True

    def _Configure(self, command: c.Configure) -> bool:
        wanted = command.configuration
        queues = {rules.name: rules for rules in wanted.queues}
        if command.expected_version not in (None, self.configured):
            return False
        if len(queues) < len(wanted.queues) or self.parameters.default_queue not in queues:
            return False
        if not self.sound(queues, wanted):
            return False
        before, self.rules = self.rules, wanted
        fits = not any(
            agent.profile.utilisation is not None
            and (agent.profile.utilisation not in wanted.profiles or self.overloaded(agent, agent.profile))
            for agent in self.agents.values()
        )
        self.rules = before
        changed = {
            name for name, rules in queues.items() if self.queues.get(name) != rules or not self.versions.get(name)
        }
        same = not changed and not self.queues.keys() - queues.keys() and wanted.floor_rules() == before
        if not fits or (same and self.configured):
            return False
        self.put_in_force(queues, changed, wanted.floor_rules())
        return True

    def sound(self, queues: dict[str, QueueRules], floor: FloorRules) -> bool:
        skills = {skill for rules in queues.values() for skill in rules.skills_named()}
        unknown = {
            one for one in skills if floor.skills and one not in floor.skills and not one.startswith("language.")
        }
        calendars = {rules.calendar for rules in queues.values() if rules.calendar}
        return not unknown and calendars <= floor.calendars.keys() and self.acyclic(queues)

    def put_in_force(self, queues: dict[str, QueueRules], changed: set[str], floor: FloorRules) -> None:
        before, self.rules = self.rules, floor
        old, self.queues = self.queues, queues
        self.configured += 1
        touched = changed | (old.keys() - queues.keys())
        for name in changed:
            self.versions[name] = self.versions.get(name, 0) + 1
        for name, rules in queues.items():
            calendar = rules.calendar
            moved = calendar is not None and before.calendars.get(calendar) != floor.calendars.get(calendar)
            if moved or before.skills.keys() != floor.skills.keys():
                touched.add(name)
        for item in [item for item in self.items.values() if item.queue in touched]:
            if item.queue in queues:
                self.follow(item)
            elif item.agent is not None:
                item.queue = self.parameters.default_queue
            else:
                for offer in self.pending(item):
                    self.drop(offer, "queue_removed")
                self.enter(item, self.parameters.default_queue, "queue_removed")
        for agent in self.agents.values():
            name = agent.profile.utilisation
            if name is not None and before.profiles.get(name) != floor.profiles[name]:
                self.give(agent, agent.profile)
                agent.version += 1
            if (before.breaks, before.adherence_tolerance_seconds) != (floor.breaks, floor.adherence_tolerance_seconds):
                self.judge(agent)

    def follow(self, item: NaiveItem) -> None:
        if item.agent is not None:
            return
        rules = self.queues[item.queue]
        if item.entered > self.now:
            item.entered = self.opening(item.queue, item.not_before)
            item.opens = item.entered > self.now
            preferred = self.agents.get(item.request.preferred_agent_id or "")
            if not item.opens and preferred is not None and preferred.presence != "available":
                item.preferred_until = None
        self.skip_unstaffed(item)
        if rules.strict:
            item.preferred_until = None
        self.overflow_if_due(item)

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
