"""Agents and positions per interval for a service level, with shrinkage."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from routing.staffing import erlang
from routing.staffing.erlang import Wait


@dataclass(frozen=True)
class Target:
    """What the staffing must reach: `level` of all arrivals answered `within` seconds, and at most this occupancy."""

    level: float
    within: float
    most_occupied: float = 1.0


@dataclass(frozen=True)
class Staffing:
    """One interval: who is needed, and how they will fare. `positions` are agents to schedule, absences included."""

    calls: float
    agents: int
    positions: int
    wait: Wait


def performance(
    arrival_rate: float, handle_seconds: float, patience_seconds: float | None, agents: int, within: float
) -> Wait:
    """Erlang A if customers give up, Erlang C if they wait for ever."""
    if patience_seconds is None:
        return erlang.patient(arrival_rate, handle_seconds, agents, within)
    return erlang.impatient(arrival_rate, handle_seconds, patience_seconds, agents, within)


def required(
    calls: Sequence[float],
    *,
    interval_seconds: float,
    handle_seconds: float,
    target: Target,
    patience_seconds: float | None = None,
    shrinkage: float = 0.0,
) -> list[Staffing]:
    """The fewest agents for each interval, every interval taken as if it lasted (stationary, independent).

    `shrinkage` is the share of paid time in which a scheduled agent does not take calls. An interval without calls
    needs nobody.
    """
    found = []
    for number in calls:
        if number <= 0:
            found.append(Staffing(0.0, 0, 0, Wait(0.0, 0.0, 0.0, 0.0, 0.0, 1.0)))
            continue
        rate = number / interval_seconds

        def look(agents: int, rate: float = rate) -> Wait:
            return performance(rate, handle_seconds, patience_seconds, agents, target.within)

        agents = _fewest(look, target)
        found.append(Staffing(number, agents, positions(agents, shrinkage), look(agents)))
    return found


def positions(agents: int, shrinkage: float) -> int:
    """How many to schedule so that this many take calls."""
    return math.ceil(round(agents / (1 - shrinkage), 9))  # rounded: 7 / 0.7 is ten positions, not eleven


def _fewest(look: Callable[[int], Wait], target: Target) -> int:
    """More agents never do worse, so: double until enough, then halve the range."""

    def enough(agents: int) -> bool:
        wait = look(agents)
        return wait.answered_within >= target.level and wait.occupancy <= target.most_occupied

    high = 1
    while not enough(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
