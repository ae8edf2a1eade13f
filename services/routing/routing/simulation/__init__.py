"""Days of a contact centre in virtual time, routed by the real engine, to try rules and staffing before their use."""

from routing.simulation.centre import Centre, centre_of
from routing.simulation.report import Report, summarise
from routing.simulation.run import simulate
from routing.simulation.scenario import Scenario

__all__ = ["Centre", "Report", "Scenario", "centre_of", "simulate", "simulate_runs", "summarise"]


def simulate_runs(centre: Centre, *, seed: int, runs: int = 1, batch_seconds: float = 3600) -> Report:
    """Simulate a day once, or several times with seeds of their own, and sum it up."""
    return summarise([simulate(centre, seed=seed + number, batch_seconds=batch_seconds) for number in range(runs)])
