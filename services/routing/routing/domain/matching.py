"""Who gets what. The rule, in one sentence: the most urgent item that anybody free may have goes to the best of them.

`settle` applies it until nothing more can be matched, and looks only at what a command touched: before the command
nothing was left to match, so every new match involves a touched agent or a touched item.
"""

from collections.abc import Callable
from heapq import heappop, heappush

from routing.domain import offering
from routing.domain.entities import Agent, Bucket, Entry, Offer, Work
from routing.domain.floor import Floor
from routing.domain.idle import rank
from routing.domain.plans import STEADY, standing
from routing.domain.values import Micros, Presence
from routing.domain.waiting import first


def settle(floor: Floor) -> None:
    """Makes every offer that can be made."""
    agents, items = floor.touched_agents, floor.touched_work
    if len(agents) == 1 and not items and not floor.waiting.insistent:
        _fill(floor, agents.popitem()[1])
    elif len(items) == 1 and not agents:
        _place(floor, items.popitem()[0])
    while agents or items:
        _settle_together(floor)
    floor.place_moved()


def _fill(floor: Floor, agent: Agent) -> None:
    """One agent became freer. Nobody else can take what waits for them, so their first item is theirs."""
    while (entry := first_for(floor, agent)) is not None:
        offering.make(floor, entry[3], agent)


def _place(floor: Floor, work: Work) -> None:
    """One item came to wait. Nothing else can be matched, so it goes to the best of those who may have it."""
    taker = _taker(floor, work) if work.ticket else None
    if taker is not None:
        _give(floor, work, taker)


def _give(floor: Floor, work: Work, agent: Agent) -> None:
    for offer in _in_the_way(floor, work, agent):
        offering.rescind(floor, offer, "emergency")
    offering.make(floor, work, agent)


def _settle_together(floor: Floor) -> None:
    agents = dict(floor.touched_agents)
    floor.touched_agents.clear()
    heap: list[tuple[Micros, int, int, Work]] = []
    pushed = 0  # an item may be touched again while it is still in the heap, and items do not compare
    while True:
        for work in floor.touched_work:
            pushed += 1
            heappush(heap, (standing(work.key, work.slope, floor.now), work.seq, pushed, work))
        floor.touched_work.clear()
        agents |= floor.touched_agents
        floor.touched_agents.clear()
        best = _most_urgent_for(floor, agents)
        taker: Agent | None = None
        chosen = best[3] if best else None
        while heap and (best is None or heap[0][:2] <= best[:2]):
            work = heappop(heap)[3]
            if work.ticket and (found := _taker(floor, work)) is not None:
                chosen, taker = work, found
                break
        if chosen is None:
            return
        taker = taker or _taker(floor, chosen)
        if taker is None:
            raise RuntimeError("the index of the waiting and the index of the free disagree")
        _give(floor, chosen, taker)


def _most_urgent_for(floor: Floor, agents: dict[str, Agent]) -> Entry | None:
    """The first item among those that the touched agents may have; agents with nothing to take are dropped."""
    best: Entry | None = None
    for agent in list(agents.values()):
        entry = first_for(floor, agent)
        if floor.waiting.insistent and (agent.offers or agent.held):
            entry = _sooner(entry, _first_by_insisting(floor, agent))
        if entry is None:
            del agents[agent.id]
        else:
            best = _sooner(best, entry)
    return best


def _sooner(one: Entry | None, other: Entry | None) -> Entry | None:
    if one is None or other is None:
        return one or other
    return min(one, other)


def first_for(floor: Floor, agent: Agent) -> Entry | None:
    """The most urgent waiting item that the agent may have and has room for, with where it stands now."""
    best: Entry | None = None
    room = agent.profile.capacity - agent.used
    if agent.presence is not Presence.AVAILABLE or room < agent.least_cost:
        return None
    counts, limits, agent_id = agent.counts, agent.limits, agent.id
    for channel, buckets in agent.group.buckets.items():
        cost, at_most = limits[channel]
        if cost > room or counts.get(channel, 0) >= at_most:
            continue
        for bucket in buckets:
            heap = bucket.heap
            if not heap:
                continue
            entry, steady = heap[0], bucket.slope == STEADY
            if steady and best is not None and best < entry:
                continue  # whatever is behind this head comes later still
            work = entry[3]
            if work.ticket != entry[2] or agent_id in work.barred:  # the head is not theirs: look behind it
                behind = first(bucket, agent_id)
                if behind is None:
                    continue
                entry = behind
            if not steady:
                entry = _now(floor, bucket, entry)
            if best is None or entry < best:
                best = entry
    for bucket in agent.own.values():
        cost, at_most = limits[bucket.channel]
        if cost <= room and counts.get(bucket.channel, 0) < at_most and (kept := first(bucket, agent_id)) is not None:
            kept = _now(floor, bucket, kept)
            if best is None or kept < best:
                best = kept
    return best


def _now(floor: Floor, bucket: Bucket, entry: Entry) -> Entry:
    """An entry with where its item stands at this moment, to compare it with those of other buckets."""
    return standing(entry[0], bucket.slope, floor.now), entry[1], entry[2], entry[3]


def _taker(floor: Floor, work: Work) -> Agent | None:
    """The best agent for a waiting item: free, or made free by taking back offers where the queue may do that."""
    channel = work.request.channel
    if work.preferred_until is not None:
        agent = floor.agents[work.request.preferred_agent_id or ""]
        return agent if agent.id not in work.barred and floor.fits(agent, channel) else None
    floor.place_moved()
    requirement = work.plan.stages[work.stage].requirement
    rules = floor.queues[work.queue].rules
    free = floor.idle.best(requirement, channel, rules.agent_order, work.barred)
    if free is not None or not floor.queues[work.queue].insistent:
        return free
    able = [
        agent
        for group in requirement.groups
        for agent in group.members.values()
        if (agent.offers or agent.held) and agent.id not in work.barred
    ]
    obtaining: tuple[Callable[[Floor, Work, Agent], object], ...] = (_in_the_way, _may_interrupt)
    for obtains in obtaining:  # offers are taken back before work is interrupted
        found = [agent for agent in able if obtains(floor, work, agent)]
        if found:
            return min(found, key=lambda agent: rank(agent, rules.agent_order, requirement))
    return None


def _first_by_insisting(floor: Floor, agent: Agent) -> Entry | None:
    """The most urgent item that the agent could have if offers were taken back, or work interrupted."""
    best: Entry | None = None
    for buckets in agent.group.buckets.values():
        for bucket in buckets:
            entry = first(bucket, agent.id)  # a removed queue may leave a bucket with dead entries behind
            if entry is not None and floor.queues[bucket.queue].insistent:
                entry = _now(floor, bucket, entry)
                if best is not None and best < entry:
                    continue
                if _in_the_way(floor, entry[3], agent) or _may_interrupt(floor, entry[3], agent):
                    best = entry
    return best


def place(floor: Floor, work: Work) -> tuple[Micros, int]:
    """Where an item stands at this moment; least comes first."""
    return standing(work.key, work.slope, floor.now), work.seq


def ahead(floor: Floor, work: Work) -> int:
    """Items of the same queue with an earlier place."""
    own = place(floor, work)
    return sum(
        other.queue == work.queue and other.held is None and place(floor, other) < own for other in floor.work.values()
    )


def _in_the_way(floor: Floor, work: Work, agent: Agent) -> list[Offer]:
    """The offers to take back so that the agent has room for the item, least urgent first; none if that cannot help."""
    channel = work.request.channel
    if not floor.queues[work.queue].rules.may_rescind:
        return []
    if agent.presence is not Presence.AVAILABLE or floor.fits(agent, channel):
        return []
    cost, at_most = agent.limits[channel]
    room, places = agent.profile.capacity - agent.used, at_most - agent.counts.get(channel, 0)
    chosen = []
    for offer in sorted(agent.offers.values(), key=lambda offer: place(floor, offer.work), reverse=True):
        if floor.queues[offer.work.queue].rules.strict:
            continue
        chosen.append(offer)
        room += offer.cost
        places += offer.work.request.channel == channel
        if cost <= room and places > 0:
            return chosen
    return []


def _may_interrupt(floor: Floor, work: Work, agent: Agent) -> bool:
    """Whether the item may be offered although the agent is full, because only interruptible work is in the way."""
    interrupts = floor.queues[work.queue].rules.interrupts
    channel = work.request.channel
    if not interrupts or agent.presence is not Presence.AVAILABLE or floor.fits(agent, channel):
        return False
    cost, at_most = agent.limits[channel]
    firm = sum(offer.cost for offer in agent.offers.values() if offer.work.request.channel not in interrupts)
    firm += sum(
        held.held.cost
        for held in agent.held.values()
        if held.held is not None and held.request.channel not in interrupts
    )
    return firm + cost <= agent.profile.capacity and agent.counts.get(channel, 0) < at_most
