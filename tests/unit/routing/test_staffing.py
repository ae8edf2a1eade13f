"""Staffing formulas against published table values, against chains solved by brute force, and at sizes where naive
formulas overflow."""

import math
from fractions import Fraction

import pytest

from routing.staffing import erlang
from routing.staffing.required import Target, positions, required


@pytest.mark.parametrize(
    ("agents", "offered", "lost"),
    [(1, 0.0101, 1), (5, 1.36, 1), (10, 4.46, 1), (20, 12.03, 1), (50, 37.90, 1), (100, 84.06, 1),
     (10, 5.08, 2), (20, 13.18, 2), (50, 40.26, 2), (100, 87.97, 2)],
)  # fmt: skip
def test_loss_tables(agents: int, offered: float, lost: int) -> None:
    """Traffic that n lines carry at 1 % and 2 % loss, as printed in every traffic table."""
    assert erlang.erlang_b(offered, agents) * 100 == pytest.approx(lost, abs=0.01)


@pytest.mark.parametrize(
    ("agents", "waits"), [(11, 0.6821), (12, 0.4494), (13, 0.2853), (14, 0.1741), (15, 0.1020), (16, 0.0573)]
)
def test_delay_tables(agents: int, waits: float) -> None:
    """Share that waits at 10 erlangs."""
    assert erlang.erlang_c(10, agents) == pytest.approx(waits, abs=5e-5)


@pytest.mark.parametrize(("offered", "agents"), [(1, 1), (3, 5), (7, 4), (12, 15)])
def test_loss_is_the_sum_by_definition(offered: int, agents: int) -> None:
    """a^n/n! over the sum of a^k/k!, in exact fractions."""
    terms = [Fraction(offered**k, math.factorial(k)) for k in range(agents + 1)]
    assert erlang.erlang_b(offered, agents) == pytest.approx(float(terms[-1] / sum(terms)), rel=1e-12)


def chain(rate: float, handle: float, patience: float, agents: int) -> list[float]:
    """Stationary probabilities of M/M/c+M, weights multiplied up from the empty state."""
    weights = [1.0]
    for state in range(1, agents * 20 + 200):
        ending = min(state, agents) / handle + max(0, state - agents) / patience
        weights.append(weights[-1] * rate / ending)
    total = sum(weights)
    return [weight / total for weight in weights]


CASES = [(0.1, 60, 120, 5), (0.1, 60, 120, 8), (0.8, 60, 120, 50), (0.2, 180, 30, 30), (0.05, 300, 600, 20)]


@pytest.mark.parametrize(("rate", "handle", "patience", "agents"), CASES)
def test_impatient_customers_against_the_chain(rate: float, handle: float, patience: float, agents: int) -> None:
    found = erlang.impatient(rate, handle, patience, agents, within=20)
    states = chain(rate, handle, patience, agents)
    waiting = sum((state - agents) * share for state, share in enumerate(states) if state > agents)
    assert found.queue_length == pytest.approx(waiting, rel=1e-9)
    assert found.waits == pytest.approx(sum(states[agents:]), rel=1e-9)
    assert found.abandons == pytest.approx(waiting / patience / rate, rel=1e-9)
    busy = sum(min(state, agents) * share for state, share in enumerate(states)) / agents
    assert found.occupancy == pytest.approx(busy, rel=1e-9)
    assert found.answered_within == pytest.approx(_answered(states, handle, patience, agents, 20), rel=1e-5)


def _answered(states: list[float], handle: float, patience: float, agents: int, within: float) -> float:
    """The service level, by following one arrival through the chain in small steps of time.

    `ahead[j]` is the chance of having j customers ahead in the queue, still waiting oneself.
    """
    most = next(state for state in range(agents, len(states)) if sum(states[state:]) < 1e-9)
    ahead = states[agents:most]
    answered, steps = sum(states[:agents]), 4000
    step = within / steps
    service, leaving = agents / handle, 1 / patience

    def change(now: list[float]) -> tuple[list[float], float]:
        rates = [
            (now[j + 1] * (service + (j + 1) * leaving) if j + 1 < len(now) else 0.0)
            - now[j] * (service + j * leaving + leaving)
            for j in range(len(now))
        ]
        return rates, now[0] * service

    for _ in range(steps):  # midpoint rule
        first, _ = change(ahead)
        middle, gain = change([value + step / 2 * rate for value, rate in zip(ahead, first, strict=True)])
        ahead = [value + step * rate for value, rate in zip(ahead, middle, strict=True)]
        answered += step * gain
    return answered


def test_worked_examples() -> None:
    """The classic comparison: ignoring patience overstates the wait more than five times."""
    waiting, leaving = erlang.patient(0.8, 60, 50), erlang.impatient(0.8, 60, 120, 50)
    assert waiting.mean_wait == pytest.approx(20.834, abs=1e-3)
    assert erlang.quantile(0.8, 60, 50, 0.9) == pytest.approx(58.14, abs=0.01)
    assert leaving.mean_wait == pytest.approx(3.709, abs=1e-3)
    assert (leaving.abandons, leaving.waits) == pytest.approx((0.03091, 0.4678), abs=5e-5)


def test_patience_without_end_is_erlang_c() -> None:
    without, nearly = erlang.patient(0.1, 60, 8, 20), erlang.impatient(0.1, 60, 1e9, 8, 20)
    assert nearly.mean_wait == pytest.approx(without.mean_wait, rel=1e-5)
    assert nearly.answered_within == pytest.approx(without.answered_within, rel=1e-5)


def test_large_centres_do_not_overflow() -> None:
    """At 50,000 agents the powers and factorials of the textbook formulas leave the range of floats by far."""
    assert 0 < erlang.erlang_b(50_000, 50_000) < 0.005
    assert 0 < erlang.erlang_c(49_500, 50_000) < 1
    overloaded = erlang.impatient(5000 / 180 * 1.2, 180, 120, 5000, within=20)
    assert overloaded.abandons == pytest.approx(1 / 6, rel=1e-6)  # a fifth too much comes: a sixth of all leaves
    assert 0 < overloaded.answered_within < 1


def test_too_few_agents_for_the_patient() -> None:
    found = erlang.patient(1.0, 60, 60, 20)
    assert (found.waits, found.mean_wait, found.answered_within) == (1, math.inf, 0)
    assert erlang.quantile(1.0, 60, 60, 0.5) == math.inf


def test_required_agents() -> None:
    """100 calls in half an hour, three minutes each, 80 % within 20 s, 30 % shrinkage."""
    (found,) = required([100], interval_seconds=1800, handle_seconds=180, target=Target(0.8, 20), shrinkage=0.3)
    assert (found.agents, found.positions) == (14, 20)
    assert found.wait.answered_within == pytest.approx(0.88835, abs=1e-5)
    assert found.wait.occupancy == pytest.approx(0.7143, abs=1e-4)


@pytest.mark.parametrize("patience", [None, 90.0])
def test_required_is_the_fewest(patience: float | None) -> None:
    target = Target(0.8, 20)
    calls = [0, 1, 5, 40, 300, 2500]
    found = required(calls, interval_seconds=1800, handle_seconds=200, target=target, patience_seconds=patience)
    assert found[0].agents == 0
    for one in found[1:]:
        assert one.wait.answered_within >= 0.8
        if one.agents > 1:
            fewer = (one.calls / 1800, 200, patience, one.agents - 1, 20)
            rate, handle, bear, agents, within = fewer
            short = (
                erlang.patient(rate, handle, agents, within)
                if bear is None
                else erlang.impatient(rate, handle, bear, agents, within)
            )
            assert short.answered_within < 0.8


def test_occupancy_may_ask_for_more() -> None:
    relaxed, strict = (
        required([3000], interval_seconds=1800, handle_seconds=180, target=Target(0.8, 20, most))[0].agents
        for most in (1.0, 0.85)
    )
    assert strict > relaxed
    assert 300 / strict <= 0.85


def test_positions_are_not_rounded_up_twice() -> None:
    assert positions(7, 0.3) == 10
    assert positions(14, 0.3) == 20
    assert positions(15, 0.3) == 22


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="offered load"):
        erlang.erlang_b(0, 3)
    with pytest.raises(ValueError, match="at least one agent"):
        erlang.impatient(1, 60, 60, 0)
