"""Who is free: one lazy heap per agent signature, channel and order.

An agent is in the heaps of each channel on which they could take one more item. An entry is valid while the agent
still holds its ticket for that channel; any change that moves the agent in an order gives out a new ticket.
"""

from collections.abc import Callable, Iterable
from heapq import heapify, heappop, heappush

from routing.domain.entities import NO_GROUP, Agent, AgentGroup, IdleEntry
from routing.domain.skills import Requirement, SkillBook
from routing.domain.values import AgentOrder, Micros, Presence

Rank = tuple[int, Micros, int]
"""order key, idle since, agent's sequence number: least first"""

_SLACK = 64
_KEYS: dict[AgentOrder, Callable[[Agent], int]] = {
    AgentOrder.LONGEST_IDLE: lambda agent: 0,
    AgentOrder.LEAST_LOADED: lambda agent: agent.used * 10_000 // agent.profile.capacity,
    AgentOrder.FEWEST_HANDLED: lambda agent: agent.handled,
    AgentOrder.ROUND_ROBIN: lambda agent: agent.last_offered,
    AgentOrder.LINEAR: lambda agent: agent.profile.rank,
}
_BY_SIGNATURE: dict[AgentOrder, Callable[[Requirement, int], int]] = {
    AgentOrder.BEST_PROFICIENCY: lambda requirement, mask: -requirement.proficiency(mask),
    AgentOrder.LEAST_FLEXIBLE: lambda requirement, mask: mask.bit_count(),
}
"""Orders in which all agents of one signature are equal: signatures are compared, then idle time."""


def rank(agent: Agent, order: AgentOrder, requirement: Requirement) -> Rank:
    """Where an agent stands in an order, for an item with this requirement."""
    by_signature = _BY_SIGNATURE.get(order)
    if by_signature is None:
        return _KEYS[order](agent), agent.idle_since, agent.seq
    return by_signature(requirement, agent.group.mask), agent.idle_since, agent.seq


class IdleIndex:
    """All agent signatures and who of them is free."""

    def __init__(self, book: SkillBook) -> None:
        self._book = book
        self._groups: dict[int, AgentGroup] = {}
        self._orders: tuple[AgentOrder, ...] = (AgentOrder.LONGEST_IDLE,)
        self._ticket = 0

    def join(self, agent: Agent) -> AgentGroup | None:
        """Puts an agent into the group of their signature; returns the group if it is new and needs its buckets."""
        skills = agent.profile.skills
        if agent.lapsed:
            skills = {name: level for name, level in skills.items() if name not in agent.lapsed}
        mask = self._book.signature(skills, agent.profile.groups)
        group = self._groups.get(mask)
        fresh = group is None
        if group is None:
            group = self._groups[mask] = AgentGroup(mask)
            for requirement in self._book.requirements():
                if requirement.fits(mask):
                    requirement.groups.append(group)
                    requirement.listed.clear()
        group.members[agent.id] = agent
        group.signed_in += agent.presence is not Presence.OFFLINE
        agent.group = group
        return group if fresh else None

    def leave(self, agent: Agent) -> None:
        """Takes an agent out of group and heaps, as before a change of skills."""
        agent.ticket = 0
        group, agent.group = agent.group, NO_GROUP
        del group.members[agent.id]
        group.signed_in -= agent.presence is not Presence.OFFLINE
        if not group.members:
            del self._groups[group.mask]
            for requirement in self._book.requirements():
                if group in requirement.groups:
                    requirement.groups.remove(group)
                    requirement.listed.clear()

    def adopt(self, requirement: Requirement) -> None:
        """Lists the signatures that meet a new requirement."""
        requirement.groups.extend(group for group in self._groups.values() if requirement.fits(group.mask))
        requirement.listed.clear()

    def use_orders(self, orders: Iterable[AgentOrder]) -> bool:
        """Keeps heaps for these orders only; true if the set changed, and every free agent must be placed anew."""
        wanted = {AgentOrder.LONGEST_IDLE, *orders} - _BY_SIGNATURE.keys()
        if wanted == set(self._orders):
            return False
        self._orders = tuple(order for order in AgentOrder if order in wanted)
        for group in self._groups.values():
            group.heaps.clear()
        for requirement in self._book.requirements():
            requirement.listed.clear()
        return True

    def place(self, agent: Agent, channels: Iterable[str]) -> None:
        """Lists the agent as free on exactly these channels, at their present ranks."""
        group = agent.group
        self._ticket += 1
        agent.ticket = self._ticket
        for order in self._orders:
            entry = (_KEYS[order](agent), agent.idle_since, agent.seq, self._ticket, agent)
            for channel in channels:
                heap = group.heaps.get((channel, order))
                if heap is None:
                    heap = group.heaps[(channel, order)] = []
                elif len(heap) > 2 * len(group.members) + _SLACK:  # nobody asks for this channel: dead entries stay
                    heap[:] = [entry for entry in heap if entry[4].ticket == entry[3]]
                    heapify(heap)
                heappush(heap, entry)

    def best(
        self, requirement: Requirement, channel: str, order: AgentOrder, barred: dict[str, Micros]
    ) -> Agent | None:
        """The first free agent, in this order, who meets the requirement and is not barred."""
        by_signature = _BY_SIGNATURE.get(order)
        slot = (channel, AgentOrder.LONGEST_IDLE if by_signature else order)
        listed = requirement.listed.get(slot)
        if listed is None:
            listed = [(group, group.heaps.setdefault(slot, [])) for group in requirement.groups]
            requirement.listed[slot] = listed
        best: IdleEntry | None = None
        best_key = 0
        for group, heap in listed:
            if not heap:
                continue
            entry = heap[0]
            if best is not None and not by_signature and best < entry:
                continue  # whatever is behind this head comes later still
            if entry[4].ticket != entry[3] or barred:
                valid = _first(heap, barred)
                if valid is None:
                    continue
                entry = valid
            key = by_signature(requirement, group.mask) if by_signature else entry[0]
            if best is None or (key, entry[1], entry[2]) < (best_key, best[1], best[2]):
                best, best_key = entry, key
        return best[4] if best is not None else None


def _first(heap: list[IdleEntry], barred: dict[str, Micros]) -> IdleEntry | None:
    aside: list[IdleEntry] = []
    found: IdleEntry | None = None
    while heap:
        entry = heap[0]
        agent = entry[4]
        if agent.ticket == entry[3]:
            if agent.id not in barred:
                found = entry
                break
            aside.append(entry)
        heappop(heap)
    for entry in aside:
        heappush(heap, entry)
    return found
