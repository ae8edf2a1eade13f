"""Days in virtual time: scenarios, figures, charts. That theory agrees is shown in `theory/`."""

import math
import random
from pathlib import Path
from statistics import fmean, stdev
from typing import Any
from xml.etree import ElementTree

import pytest
from pydantic import ValidationError

from routing import simulation
from routing.simulation import Report, Scenario, centre_of, simulate_runs
from routing.simulation.arrivals import Arrivals
from routing.simulation.distributions import Distribution, Lognormal
from routing.simulation.figures import ratio, student
from routing.simulation.plots import plots, write_plots

EXAMPLES = sorted((Path(simulation.__file__).parent / "examples").glob("*.yaml"))


def small(**changes: Any) -> Scenario:
    """One queue, one kind of agent."""
    raw: dict[str, Any] = {
        "hours": 4,
        "warm_up_hours": 0,
        "queues": [{"name": "q", "wrap_up_seconds": 0, "ask_language": False}],
        "demand": [{"name": "calls", "queue": "q", "arrivals": 200, "handle": 180}],
        "agents": [{"count": 12}],
    }
    return Scenario.model_validate(raw | changes)


def run(scenario: Scenario, *, seed: int = 1, runs: int = 1) -> Report:
    """Simulate and sum up."""
    return simulate_runs(centre_of(scenario), seed=seed, runs=runs)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_run(path: Path) -> None:
    report = simulate_runs(centre_of(Scenario.load(path), hours=1), seed=1)
    whole = report.row("all")
    assert whole.arrived > 50
    assert whole.service_level.value + whole.abandonment.value <= 1 + 1e-9
    assert 0 < report.occupancy.value <= 1
    for drawn in plots(report).values():
        assert ElementTree.fromstring(drawn).tag.endswith("svg")


def test_the_same_seed_gives_the_same_day() -> None:
    days = [run(Scenario.example().model_copy(update={"hours": 1.0}), seed=seed).as_dict() for seed in (1, 1, 2)]
    assert days[0] == days[1] != days[2]


def test_more_agents_answer_sooner() -> None:
    many, few = (run(small(agents=[{"count": count}])).row("all").speed_of_answer.value for count in (16, 11))
    assert many < few


def test_skills_are_respected() -> None:
    """Nobody has the skill: nobody is answered."""
    report = run(
        small(
            queues=[{"name": "q", "needs": {"claims": 1}, "ask_language": False}],
            demand=[{"name": "calls", "queue": "q", "arrivals": 60, "handle": 60, "patience": {"fixed": 30}}],
        )
    )
    whole = report.row("skill", "claims")
    assert whole.abandonment.value == 1
    assert whole.wait.value == pytest.approx(30)
    assert report.occupancy.value == 0


def test_everything_deterministic_comes_out_to_the_second() -> None:
    """One agent, 60 s of talk, 10 s of wrap-up, three callers at once: waits of 0, 70 and 140 s."""
    report = run(
        small(
            hours=1,
            queues=[{"name": "q", "wrap_up_seconds": 10, "ask_language": False}],
            demand=[
                {"name": "calls", "queue": "q", "arrivals": {"recorded": [100, 100, 100]}, "handle": {"fixed": 60}}
            ],
            agents=[{"count": 1}],
        )
    )
    whole = report.row("all")
    assert whole.speed_of_answer.value == pytest.approx(70)
    assert whole.service_level.value == pytest.approx(1 / 3)
    assert whole.quantiles[0.5] == pytest.approx(70)
    assert report.occupancy.value == pytest.approx(210 / 3600)


def test_shifts_answering_and_misses() -> None:
    """Agents who come at the second hour answer nobody before; offers take time and are missed."""
    scenario = small(
        hours=3,
        agents=[{"name": "late", "count": 20, "shifts": [{"from": 1, "to": 3}]}],
        demand=[{"name": "calls", "queue": "q", "arrivals": 200, "handle": 60, "patience": {"fixed": 60}}],
        answering={"seconds": {"fixed": 5}, "missed": 0.2},
    )
    report = run(scenario)
    course = report.course["all", ""]
    assert [round(one.staffed) for one in course] == [0, 20, 20]
    assert course[0].abandoned / course[0].arrived > 0.95
    assert course[1].abandoned / course[1].arrived < 0.2
    assert report.misses > 0
    assert report.row("all").quantiles[0.5] == pytest.approx(5, abs=0.001)


def test_overflow_is_counted() -> None:
    report = run(
        small(
            queues=[
                {"name": "q", "ask_language": False, "needs": {"vip": 1},
                 "overflow": [{"when": "waited", "limit": 30, "to": "everybody"}]},
                {"name": "everybody", "ask_language": False},
            ],
            agents=[{"count": 40}],
        )
    )  # fmt: skip
    assert report.row("queue", "q").overflowed == report.row("all").arrived
    assert report.row("all").quantiles[0.5] == pytest.approx(30, abs=0.1)


def test_arrivals_follow_the_rates() -> None:
    arrivals = Arrivals.model_validate({"rates": [{"from": 0, "per_hour": 100}, {"from": 10, "per_hour": 400}]})
    times = list(arrivals.times(random.Random(1), 20 * 3600))
    early = sum(at < 36_000 for at in times)
    assert early == pytest.approx(1000, abs=130)  # four standard deviations
    assert len(times) - early == pytest.approx(4000, abs=260)
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("distribution", "mean", "deviation"),
    [
        (Distribution(exponential=50), 50, 50),
        (Distribution(lognormal=Lognormal(mean=200, cv=0.8)), 200, 160),
        (Distribution(fixed=7), 7, 0),
        (Distribution(samples=(10, 20, 60)), 30, 21.6),
    ],
)
def test_distributions_have_their_moments(distribution: Distribution, mean: float, deviation: float) -> None:
    chance = random.Random(3)
    drawn = [distribution.draw(chance) for _ in range(20_000)]
    assert fmean(drawn) == pytest.approx(mean, rel=0.03)
    assert stdev(drawn) == pytest.approx(deviation, rel=0.08, abs=1e-9)


def test_intervals() -> None:
    """Quantiles of Student's t as printed in tables; a ratio of equal batches has no error."""
    assert [round(student(0.975, freedom), 2) for freedom in (1, 2, 3, 4, 5, 10, 30)] == [
        12.71, 4.30, 3.18, 2.78, 2.57, 2.23, 2.04,
    ]  # fmt: skip
    assert ratio([(1, 2), (2, 4), (3, 6)]).half_width == 0
    assert ratio([(1, 2)]).half_width == math.inf
    assert ratio([]).value == 0


def test_intervals_from_runs_cover_as_often_as_they_say() -> None:
    chance = random.Random(5)
    covered = 0
    for _ in range(400):
        pairs = [(sum(chance.expovariate(1) for _ in range(20)), 20.0) for _ in range(8)]
        figure = ratio(pairs)
        covered += abs(figure.value - 1) <= figure.half_width
    assert 0.91 <= covered / 400 <= 0.98


def test_report_as_text_and_files(tmp_path: Path) -> None:
    report = run(Scenario.example().model_copy(update={"hours": 2.0}), runs=3)
    text = report.as_text()
    assert "complaints" in text and "95 % confidence interval from 3 runs" in text
    assert {path.name for path in write_plots(report, tmp_path / "charts")} == {
        "agents.svg", "calls.svg", "service-level.svg", "waits-over-the-day.svg", "waits.svg",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"agents": [{"count": 0}]}, "agents.0.count"),
        ({"demand": [{"name": "a", "queue": "nowhere", "arrivals": 1, "handle": 1}]}, "there is no queue nowhere"),
        ({"demand": [{"name": "a", "queue": "q", "arrivals": 1, "handle": {"fixed": 1, "exponential": 2}}]}, "one of"),
        ({"demand": [{"name": "a", "queue": "q", "arrivals": [{"from": 2, "per_hour": 1}], "handle": 1}]}, "hour 0"),
        ({"parameters": {"cooldown": 3}}, "cooldown"),
        ({"parameters": {"channels": {"fax": {"cost": 1}}}}, "no channel fax"),
    ],
)
def test_a_wrong_scenario_is_refused_by_name(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        small(**changes)


def test_business_hours_of_a_shared_calendar() -> None:
    """What arrives before the opening waits for it."""
    opening = {"mon": [{"from": "01:00", "to": "24:00"}]}
    report = run(
        small(
            hours=2,
            floor={"calendars": {"office": {"time_zone": "UTC", "week": opening}}},
            queues=[{"name": "q", "ask_language": False, "calendar": "office"}],
            demand=[{"name": "calls", "queue": "q", "arrivals": {"recorded": [0, 4000]}, "handle": {"fixed": 60}}],
        )
    )
    assert report.row("all").speed_of_answer.value == pytest.approx(1800)


def test_rules_the_engine_refuses() -> None:
    circle = [
        {"name": one, "ask_language": False, "overflow": [{"when": "waited", "limit": 30, "to": other}]}
        for one, other in (("q", "r"), ("r", "q"))
    ]
    with pytest.raises(ValueError, match="overflow"):
        run(small(queues=circle))
