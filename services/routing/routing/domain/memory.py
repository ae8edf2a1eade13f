"""What must survive a crash: records of the floor's entities, and a floor rebuilt from them.

Indexes, timers, capacity in use and connection times are not recorded; they follow from the records.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from routing.domain import configuring, queueing, staff
from routing.domain.commands import AgentProfile, Shift, WorkRequest
from routing.domain.configuration import FloorRules
from routing.domain.engine import Engine
from routing.domain.entities import Agent, Assignment, Offer, Work
from routing.domain.floor import Floor
from routing.domain.parameters import Parameters
from routing.domain.rules import QueueRules
from routing.domain.timers import Kind
from routing.domain.values import FOREVER, Micros, OfferState, Presence, WorkState


@dataclass(frozen=True, slots=True)
class AgentRecord:
    """An agent, as stored."""

    id: str
    seq: int
    name: str | None
    profile: AgentProfile
    version: int
    presence: Presence
    reason: str | None
    since: Micros
    idle_since: Micros
    misses: int
    handled: int
    last_offered: Micros
    lapsed: frozenset[str] = frozenset()
    shifts: tuple[Shift, ...] = ()
    astray_since: Micros | None = None
    astray: str | None = None


@dataclass(frozen=True, slots=True)
class AssignmentRecord:
    """Who has an item, as stored."""

    agent_id: str
    offer_id: UUID
    cost: int
    accepted: Micros
    by: str | None
    finished: Micros | None
    wrap_until: Micros | None


@dataclass(frozen=True, slots=True)
class WorkRecord:
    """An item, as stored. `key` is stored for listings only; a rebuilt floor works it out from the rules."""

    request: WorkRequest
    seq: int
    priority: int
    age_from: Micros
    queue: str
    key: Micros
    entered: Micros
    state: WorkState
    stage: int
    preferred_until: Micros | None
    barred: Mapping[str, Micros]
    held: AssignmentRecord | None
    ended: Micros | None
    end_reason: str | None
    not_before: Micros | None = None


@dataclass(frozen=True, slots=True)
class OfferRecord:
    """An offer, as stored."""

    id: UUID
    work_id: UUID
    agent_id: str
    queue: str
    cost: int
    created: Micros
    expires: Micros
    state: OfferState
    ended: Micros | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Memory:
    """A whole floor, as stored: configuration with versions, agents, live items, pending offers.

    `last_work_seq` is the highest sequence number ever given to an item, ended ones included; `acceptances` lists
    the last ones per queue, oldest first.
    """

    queues: tuple[tuple[QueueRules, int], ...]
    agents: tuple[AgentRecord, ...]
    work: tuple[WorkRecord, ...]
    offers: tuple[OfferRecord, ...]
    last_work_seq: int
    acceptances: tuple[tuple[str, tuple[Micros, ...]], ...]
    removed: tuple[tuple[str, int], ...] = ()
    rules: FloorRules = field(default_factory=FloorRules)
    configured: int = 0


def agent_record(agent: Agent) -> AgentRecord:
    """What is stored of an agent."""
    return AgentRecord(
        agent.id,
        agent.seq,
        agent.name,
        agent.profile,
        agent.version,
        agent.presence,
        agent.reason,
        agent.since,
        agent.idle_since,
        agent.misses,
        agent.handled,
        agent.last_offered,
        agent.lapsed,
        agent.shifts,
        agent.astray_since,
        agent.astray,
    )


def work_record(work: Work) -> WorkRecord:
    """What is stored of an item. Bars that merely mirror a pending offer are left out."""
    on_offer = {offer.agent.id for offer in work.offers.values()}
    barred = {agent_id: until for agent_id, until in work.barred.items() if agent_id not in on_offer}
    return WorkRecord(
        work.request,
        work.seq,
        work.priority,
        work.age_from,
        work.queue,
        work.key,
        work.entered,
        work.state,
        work.stage,
        work.preferred_until,
        barred,
        _assignment_record(work.held),
        work.ended,
        work.end_reason,
        work.not_before,
    )


def _assignment_record(held: Assignment | None) -> AssignmentRecord | None:
    if held is None:
        return None
    return AssignmentRecord(
        held.agent.id, held.offer_id, held.cost, held.accepted, held.by, held.finished, held.wrap_until
    )


def offer_record(offer: Offer) -> OfferRecord:
    """What is stored of an offer."""
    return OfferRecord(
        offer.id,
        offer.work.request.id,
        offer.agent.id,
        offer.queue,
        offer.cost,
        offer.created,
        offer.expires,
        offer.state,
        offer.ended,
        offer.reason,
    )


def remember(engine: Engine) -> Memory:
    """All that must survive, in a fixed order. Two floors with equal memories decide alike."""
    floor = engine.floor
    return Memory(
        tuple((queue.rules, queue.version) for _, queue in sorted(floor.queues.items()) if queue.version),
        tuple(agent_record(agent) for agent in sorted(floor.agents.values(), key=lambda agent: agent.seq)),
        tuple(work_record(work) for work in sorted(floor.work.values(), key=lambda work: work.seq)),
        tuple(offer_record(offer) for offer in sorted(floor.offers.values(), key=lambda offer: offer.id)),
        floor.last_work_seq,
        tuple((name, tuple(queue.accepted)) for name, queue in sorted(floor.queues.items()) if queue.accepted),
        tuple(sorted(floor.removed.items())),
        floor.rules,
        floor.configured,
    )


def rebuild(memory: Memory, parameters: Parameters, new_id: Callable[[], UUID], now: Micros) -> Engine:
    """A floor as it was stored. What came due meanwhile happens with the first command, at that command's time."""
    engine = Engine(parameters, new_id)
    floor = engine.floor
    floor.now, floor.last_work_seq = now, memory.last_work_seq
    configuring.load(floor, memory.queues, memory.removed, memory.rules, memory.configured)
    for name, times in memory.acceptances:
        if name in floor.queues:
            floor.queues[name].accepted.extend(times)
    for agent in memory.agents:
        _add_agent(floor, agent)
    for work in memory.work:
        _add_work(floor, work)
    for offer in memory.offers:
        _add_offer(floor, offer)
    for item in floor.work.values():
        _resume(floor, item)
    staff.watch_everybody(floor)
    floor.touched_work.clear()
    for present in floor.agents.values():
        floor.touched_agents[present.id] = present  # parameters may have changed since; the first command looks at all
    engine.take_changes()
    return engine


def _add_agent(floor: Floor, record: AgentRecord) -> None:
    agent = Agent(
        record.id,
        record.seq,
        record.name,
        record.profile,
        since=record.since,
        idle_since=record.idle_since,
        presence=record.presence,
        reason=record.reason,
        version=record.version,
        misses=record.misses,
        handled=record.handled,
        last_offered=record.last_offered,
        lapsed=record.lapsed,
        shifts=record.shifts,
        astray_since=record.astray_since,
        astray=record.astray,
    )
    floor.agents[agent.id] = agent
    floor.last_agent_seq = max(floor.last_agent_seq, agent.seq)
    floor.set_limits(agent)
    floor.join(agent)
    floor.moved(agent)
    if agent.profile.certificates:  # what began or ran out meanwhile shows with the first command
        agent.skills_due = floor.now
        floor.timers.add(floor.now, Kind.SKILLS, agent)
    agent.plan_due = floor.now
    floor.timers.add(floor.now, Kind.PLAN, agent)


def _add_work(floor: Floor, record: WorkRecord) -> None:
    queue = floor.queues[record.queue]
    work = Work(
        record.request,
        record.seq,
        record.priority,
        record.age_from,
        record.queue,
        entered=record.entered,
        plan=floor.plan(record.request, queue),
        state=record.state,
        preferred_until=record.preferred_until,
        not_before=record.not_before,
        barred=dict(record.barred),
        end_reason=record.end_reason,
    )
    queueing.set_place(floor, work)
    work.stage = min(record.stage, len(work.plan.stages) - 1)
    floor.work[record.request.id] = work
    for agent_id, until in work.barred.items():
        if until != FOREVER:
            floor.timers.add(until, Kind.BAR, work, agent_id)
    if record.held is None:
        queue.waiting += 1
        return
    agent = floor.agents[record.held.agent_id]
    work.held = Assignment(
        record.request.id,
        record.queue,
        agent,
        record.held.offer_id,
        record.held.cost,
        record.held.accepted,
        record.held.by,
        record.held.finished,
        record.held.wrap_until,
    )
    agent.held[record.request.id] = work
    floor.take(agent, record.request.channel, record.held.cost)
    if record.held.wrap_until is not None:
        floor.timers.add(record.held.wrap_until, Kind.WRAP_UP, work)


def _add_offer(floor: Floor, record: OfferRecord) -> None:
    work, agent = floor.work[record.work_id], floor.agents[record.agent_id]
    offer = Offer(record.id, work, agent, record.queue, record.cost, record.created, record.expires)
    work.offers[offer.id] = agent.offers[offer.id] = floor.offers[offer.id] = offer
    work.barred[agent.id] = offer.expires
    floor.take(agent, work.request.channel, offer.cost)
    floor.timers.add(offer.expires, Kind.OFFER, offer)


def _resume(floor: Floor, work: Work) -> None:
    if work.held is not None:
        return
    if len(work.offers) < floor.queues[work.queue].rules.offers_at_once and work.entered <= floor.now:
        queueing.show(floor, work)
    queueing.arm(floor, work)
