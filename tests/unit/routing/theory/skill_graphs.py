"""Customers of several types, servers who can serve some of them: first come first served, longest idle server first.

Solved twice, in ways that share nothing. `product_form` sums the stationary distribution that Adan & Weiss give
(Stochastic Systems 4(1), 2014). `markov_chain` lists the states (who waits, in order; who is idle, in order), cut off
at a longest queue, and finds their probabilities numerically.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations

State = tuple[tuple[str, ...], tuple[str, ...]]
"""types that wait, first come first; servers that are idle, longest first"""


@dataclass(frozen=True)
class Graph:
    """Arrival rate by type of customer, the servers each type may have; every server serves at rate 1."""

    rates: Mapping[str, float]
    servers_of: Mapping[str, frozenset[str]]

    @property
    def servers(self) -> tuple[str, ...]:
        """All servers."""
        return tuple(sorted(frozenset().union(*self.servers_of.values())))


@dataclass(frozen=True)
class Solution:
    """Mean wait (all arrivals) by type, and the share of time each server is busy."""

    waits: Mapping[str, float]
    busy: Mapping[str, float]


def product_form(graph: Graph) -> Solution:
    """Exact. Raises `ValueError` if some servers cannot keep up with those whom nobody else serves."""
    total = 0.0
    queues: dict[str, float] = defaultdict(float)
    busy: dict[str, float] = defaultdict(float)
    for order in permutations(graph.servers):
        for number in range(len(order) + 1):
            working, idle = order[:number], order[number:]
            weight, lengths = _weight(graph, working, idle)
            total += weight
            for server in working:
                busy[server] += weight
            for name, length in lengths.items():
                queues[name] += weight * length
    return Solution(
        {name: queues[name] / total / graph.rates[name] for name in graph.rates},
        {server: busy[server] / total for server in graph.servers},
    )


def _weight(graph: Graph, working: tuple[str, ...], idle: tuple[str, ...]) -> tuple[float, dict[str, float]]:
    """Of all states with these servers at work, oldest customer first, and these idle, longest last.

    Also the mean number waiting by type, given that. Between two servers at work wait those whom only the servers
    before them may serve, a geometric number.
    """
    weight, lengths = 1.0, dict.fromkeys(graph.rates, 0.0)
    for place in range(1, len(working) + 1):
        bound = {name for name, able in graph.servers_of.items() if able <= set(working[:place])}
        rate = sum(graph.rates[name] for name in bound)
        if rate >= place:
            raise ValueError(f"{', '.join(sorted(bound))} come faster than {place} servers can serve")
        weight /= place - rate
        for name in bound:
            lengths[name] += graph.rates[name] / (place - rate)
    for place in range(len(idle)):
        reach = set(idle[place:])
        weight /= sum(graph.rates[name] for name, able in graph.servers_of.items() if able & reach)
    return weight, lengths


def markov_chain(graph: Graph, longest: int) -> Solution:
    """By iterating the balance of flows until it stands. Queues longer than `longest` are cut off."""
    flows: dict[State, list[tuple[State, float]]] = {}
    start: State = ((), graph.servers)
    unseen = [start]
    while unseen:
        state = unseen.pop()
        if state not in flows:
            flows[state] = _flows(graph, state, longest)
            unseen += [to for to, _ in flows[state]]
    into: dict[State, list[tuple[State, float]]] = defaultdict(list)
    leaving = {state: sum(rate for _, rate in out) for state, out in flows.items()}
    for state, out in flows.items():
        for to, rate in out:
            into[to].append((state, rate))
    chance = dict.fromkeys(flows, 1 / len(flows))
    moved = 1.0
    while moved > 1e-9:
        moved = 0.0
        for state in flows:
            new = sum(chance[source] * rate for source, rate in into[state]) / leaving[state]
            moved += abs(new - chance[state])
            chance[state] = new
        total = sum(chance.values())
        chance = {state: share / total for state, share in chance.items()}
    waiting: dict[str, float] = defaultdict(float)
    idle: dict[str, float] = defaultdict(float)
    for (queue, free), share in chance.items():
        for name in queue:
            waiting[name] += share
        for server in free:
            idle[server] += share
    return Solution(
        {name: waiting[name] / rate for name, rate in graph.rates.items()},
        {server: 1 - idle[server] for server in graph.servers},
    )


def _flows(graph: Graph, state: State, longest: int) -> list[tuple[State, float]]:
    queue, idle = state
    found: list[tuple[State, float]] = []
    for name, rate in graph.rates.items():
        taker = next((server for server in idle if server in graph.servers_of[name]), None)
        if taker is not None:
            found.append(((queue, tuple(server for server in idle if server != taker)), rate))
        elif len(queue) < longest:
            found.append((((*queue, name), idle), rate))
    for server in graph.servers:
        if server not in idle:
            place = next((place for place, name in enumerate(queue) if server in graph.servers_of[name]), None)
            if place is None:
                found.append(((queue, (*idle, server)), 1.0))
            else:
                found.append(((queue[:place] + queue[place + 1 :], idle), 1.0))
    return found
