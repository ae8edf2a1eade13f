"""Runs of the simulator for comparison with theory, and the comparison."""

import os
from collections.abc import Sequence
from typing import Any

import pytest

from routing.simulation import Report, Scenario, centre_of, simulate_runs
from routing.simulation.figures import Figure

LARGE = os.environ.get("POSTHOUSE_FUZZ") == "large"
SERVICE = 60.0
"""mean service time in the runs, in seconds"""
CUSTOMERS = 60_000 if LARGE else 3_000
CONFIDENCE = 0.9995
"""per figure, so that some hundred figures taken together agree with probability 0.95 if the theory is right"""
_BATCHES = 60 if LARGE else 12


def simulated(
    demand: Sequence[dict[str, Any]],
    agents: Sequence[dict[str, Any]],
    *,
    rates: Sequence[float],
    queues: Sequence[dict[str, Any]] | None = None,
    seed: int = 1,
) -> Report:
    """One long run; `rates` are arrivals per mean service time, one for each entry of `demand`."""
    plain = {"ask_language": False, "wrap_up_seconds": 0, "auto_accept": True, "preferred_wait_seconds": 0}
    streams = [
        {"name": f"class {index}", "queue": f"q{index}", "handle": SERVICE, "arrivals": rate * 3600 / SERVICE, **one}
        for index, (one, rate) in enumerate(zip(demand, rates, strict=True))
    ]
    names = [stream["queue"] for stream in streams]
    hours = CUSTOMERS / (sum(rates) * 3600 / SERVICE)
    scenario = Scenario.model_validate(
        {
            "hours": hours,
            "warm_up_hours": hours / 10,
            "queues": [{**plain, **rules} for rules in queues or [{"name": name} for name in dict.fromkeys(names)]],
            "demand": streams,
            "agents": agents,
        }
    )
    return simulate_runs(centre_of(scenario), seed=seed, batch_seconds=hours * 3600 / _BATCHES)


def agree(figure: Figure, theory: float, what: str, *, unit: float = 1.0) -> None:
    """The theoretical value, in units of `unit`, lies within the figure's interval."""
    width = figure.within(CONFIDENCE)
    if abs(figure.value - theory * unit) > width:
        pytest.fail(f"{what}: simulated {figure.value:.4f} ± {width:.4f}, theory says {theory * unit:.4f}")
