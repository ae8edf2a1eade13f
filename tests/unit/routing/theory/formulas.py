"""Mean waits by class in a queue with priorities, for equal exponential service. Times in units of the mean service."""

from collections.abc import Sequence

from routing.staffing.erlang import erlang_c


def overall(rates: Sequence[float], agents: int) -> float:
    """The mean wait of everybody, which no work-conserving rule changes (conservation law)."""
    load = sum(rates)
    return erlang_c(load, agents) / (agents - load)


def strict(rates: Sequence[float], agents: int) -> list[float]:
    """First class always first (Cobham 1954; Kella & Yechiali 1985 for several agents)."""
    base = erlang_c(sum(rates), agents) / agents
    found, before = [], 0.0
    for rate in rates:
        behind = before + rate / agents
        found.append(base / ((1 - before) * (1 - behind)))
        before = behind
    return found


def accumulating(rates: Sequence[float], slopes: Sequence[float], agents: int) -> list[float]:
    """Priority grows with the wait, by class at another slope, steepest first (Kleinrock 1964)."""
    loads = [rate / agents for rate in rates]
    base = erlang_c(sum(rates), agents) / agents / (1 - sum(loads))
    found = [0.0] * len(rates)
    for one in reversed(range(len(rates))):
        behind = sum(
            loads[other] * found[other] * (1 - slopes[other] / slopes[one]) for other in range(one + 1, len(rates))
        )
        ahead = sum(loads[other] * (1 - slopes[one] / slopes[other]) for other in range(one))
        found[one] = (base - behind) / (1 - ahead)
    return found
