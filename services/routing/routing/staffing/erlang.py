"""Closed forms for a queue that many equal agents serve, first come first served.

Customers arrive at random (Poisson), handling and patience are exponential. Rates are per second, times in seconds.
Sources: Erlang (1917) for B and C; Palm (1946) and Garnett, Mandelbaum & Reiman (M&SOM 4(3), 2002) for A. The
service level of Erlang A follows from the wait of an arrival that finds `j` customers waiting, which is a sum of
j + 1 exponential stages with rates cμ, cμ + θ, …, cμ + jθ, and hence a beta distribution in 1 - exp(-θt).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

_NEGLIGIBLE = 1e-17
"""weight, relative to the most likely state, below which further states change no digit"""


@dataclass(frozen=True)
class Wait:
    """How a queue performs in the long run.

    `mean_wait` is over all arrivals, those who gave up included; `answered_within` (by seconds asked for) is the
    share of all arrivals that are answered within that time; `occupancy` the share of their time agents are busy.
    """

    waits: float
    mean_wait: float
    queue_length: float
    abandons: float
    occupancy: float
    answered_within: float


def erlang_b(offered: float, agents: int) -> float:
    """The share of calls lost if nobody can wait. `offered` in erlangs."""
    _positive(offered, agents)
    blocked = 1.0
    for number in range(1, agents + 1):
        blocked = offered * blocked / (number + offered * blocked)
    return blocked


def erlang_c(offered: float, agents: int) -> float:
    """The share of calls that wait if everybody waits for ever; 1 if the agents cannot keep up."""
    if offered >= agents:
        _positive(offered, agents)
        return 1.0
    blocked = erlang_b(offered, agents)
    return agents * blocked / (agents - offered * (1 - blocked))


def patient(arrival_rate: float, handle_seconds: float, agents: int, within: float = 0.0) -> Wait:
    """Erlang C: everybody waits until answered. Infinite waits if the agents cannot keep up."""
    offered = arrival_rate * handle_seconds
    waits = erlang_c(offered, agents)
    if offered >= agents:
        return Wait(1.0, math.inf, math.inf, 0.0, 1.0, 0.0)
    drain = agents / handle_seconds - arrival_rate
    mean = waits / drain
    level = 1 - waits * math.exp(-drain * within)
    return Wait(waits, mean, arrival_rate * mean, 0.0, offered / agents, level)


def quantile(arrival_rate: float, handle_seconds: float, agents: int, share: float) -> float:
    """Erlang C: the wait that this share of customers does not exceed."""
    offered = arrival_rate * handle_seconds
    if offered >= agents:
        _positive(offered, agents)
        return math.inf
    waits = erlang_c(offered, agents)
    return math.log(waits / (1 - share)) / (agents / handle_seconds - arrival_rate) if waits > 1 - share else 0.0


def impatient(
    arrival_rate: float, handle_seconds: float, patience_seconds: float, agents: int, within: float = 0.0
) -> Wait:
    """Erlang A: customers give up after an exponential patience."""
    _positive(arrival_rate * handle_seconds, agents)
    service, leaving = 1 / handle_seconds, 1 / patience_seconds

    def ending(state: int) -> float:
        return min(state, agents) * service + max(0, state - agents) * leaving

    most_likely = int(arrival_rate / service)
    if most_likely > agents:
        most_likely = agents + int((arrival_rate - agents * service) / leaving)
    first, weights = _chain(arrival_rate, ending, most_likely)
    total = math.fsum(weights)
    chance = {first + index: weight / total for index, weight in enumerate(weights)}
    waiting = math.fsum((state - agents) * share for state, share in chance.items() if state > agents)
    waits = math.fsum(share for state, share in chance.items() if state >= agents)
    abandons = leaving * waiting / arrival_rate
    level = 1 - waits + _answered_after_wait(chance, agents, agents * service / leaving, leaving * within)
    return Wait(
        waits=waits,
        mean_wait=waiting / arrival_rate,
        queue_length=waiting,
        abandons=abandons,
        occupancy=arrival_rate * (1 - abandons) / (agents * service),
        answered_within=min(level, 1.0),
    )


def _chain(arrival_rate: float, ending: Callable[[int], float], most_likely: int) -> tuple[int, list[float]]:
    """Weights of a birth-death chain around its most likely state, so that no number ever leaves the range of floats.

    Returns the first state listed and the weights from there on.
    """
    below, weight, state = [], 1.0, most_likely
    while state > 0 and weight > _NEGLIGIBLE:
        weight *= ending(state) / arrival_rate
        state -= 1
        below.append(weight)
    above, weight, highest = [], 1.0, most_likely
    while weight > _NEGLIGIBLE:
        highest += 1
        weight *= arrival_rate / ending(highest)
        above.append(weight)
    return most_likely - len(below), [*reversed(below), 1.0, *above]


def _answered_after_wait(chance: dict[int, float], agents: int, stages: float, within: float) -> float:
    """The share of arrivals that wait and are answered in time.

    Whoever finds j waiting is answered within t with probability s / (s + j + 1) · I(x; j + 1, s + 1), where
    s = cμ/θ (`stages`), x = 1 - exp(-θt) and I is the regularised incomplete beta function; `within` is θt.
    """
    if within <= 0:
        return 0.0
    x = -math.expm1(-within)
    power = stages + 1
    beta = -math.expm1(-within * power)  # I(x; 1, s + 1)
    log_step = math.log(x * power) - within * power  # log of I(x; a, b) - I(x; a + 1, b), for a = 1
    found = []
    for waiting in range(max(chance) - agents + 1):
        found.append(chance.get(agents + waiting, 0.0) * stages / (stages + waiting + 1) * max(beta, 0.0))
        beta -= math.exp(log_step)
        log_step += math.log(x * (waiting + 1 + power) / (waiting + 2))
    return math.fsum(found)


def _positive(offered: float, agents: int) -> None:
    if not offered > 0:
        raise ValueError("the offered load must be more than 0")
    if agents < 1:
        raise ValueError("there must be at least one agent")
