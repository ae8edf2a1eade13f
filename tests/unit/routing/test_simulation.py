"""The simulator runs the real engine; where theory has a closed form, both must agree."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from routing.simulation import AgentsScenario, QueueScenario, Scenario, simulate_day


def erlang_a(calls_per_hour: float, handle: float, patience: float, agents: int) -> tuple[float, float]:
    """Probability to abandon and utilisation of M/M/c+M, by its birth-death chain (Garnett et al., M&SOM 2002)."""
    arrival, service, leave = calls_per_hour / 3600, 1 / handle, 1 / patience
    weights = [1.0]
    for k in range(1, agents * 10):
        rate = min(k, agents) * service + max(0, k - agents) * leave
        weights.append(weights[-1] * arrival / rate)
    total = sum(weights)
    waiting = sum((k - agents) * weight for k, weight in enumerate(weights) if k > agents) / total
    lost = leave * waiting / arrival
    return lost, arrival * (1 - lost) / (agents * service)


@pytest.mark.parametrize(
    ("calls", "handle", "patience", "agents"), [(600, 60, 120, 10), (240, 180, 60, 13), (1200, 30, 90, 9)]
)
def test_agrees_with_erlang_a(calls: float, handle: float, patience: float, agents: int) -> None:
    scenario = Scenario(
        queues=[QueueScenario(name="q", calls_per_hour=calls, handle_seconds=handle, patience_seconds=patience)],
        agents=[AgentsScenario(count=agents)],
    )
    report = simulate_day(scenario, hours=40, seed=7)
    lost, utilisation = erlang_a(calls, handle, patience, agents)
    measured = report.queues[0].abandonment
    assert abs(measured.value - lost) <= 2 * measured.half_width
    assert report.occupancy == pytest.approx(utilisation, rel=0.05)


def test_the_same_seed_gives_the_same_day() -> None:
    days = [simulate_day(Scenario.example(), hours=2, seed=seed).as_dict() for seed in (1, 1, 2)]
    assert days[0] == days[1] != days[2]


def test_more_agents_answer_sooner() -> None:
    def with_agents(count: int) -> float:
        queue = QueueScenario(name="q", calls_per_hour=200, handle_seconds=180)
        report = simulate_day(Scenario(queues=[queue], agents=[AgentsScenario(count=count)]), hours=6, seed=3)
        return report.queues[0].speed_of_answer.value

    assert with_agents(16) < with_agents(11)


def test_skills_are_respected() -> None:
    """Nobody has the skill: nobody is answered."""
    queue = QueueScenario(name="q", calls_per_hour=60, handle_seconds=60, patience_seconds=30, needs={"complaints": 1})
    report = simulate_day(Scenario(queues=[queue], agents=[AgentsScenario(count=5)]), hours=2, seed=1)
    assert report.queues[0].abandonment.value == 1
    assert report.occupancy == 0


def test_a_wrong_scenario_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text("queues: [{name: q, calls_per_hour: -1, handle_seconds: 60}]\nagents: [{count: 1}]\n")
    with pytest.raises(ValidationError, match="calls_per_hour"):
        Scenario.load(path)
