"""Pictures of what each routing rule does, drawn from simulated days: `python -m posthouse.rule_pictures`.

Each picture runs the same customers (same seed) twice, without the rule and with it, or once per choice.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from routing.simulation import Report, Scenario, centre_of, simulate_runs
from routing.simulation.charts import Bar, Line, bars, lines
from routing.simulation.plots import still_waiting

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
_HOURS = 60.0

Raw = dict[str, Any]


def main() -> None:
    """Write all pictures."""
    for name, drawn in draw().items():
        (IMAGES / f"rule-{name}.svg").write_text(drawn, encoding="utf-8")


def draw(hours: float = _HOURS) -> dict[str, str]:
    """The pictures by name; fewer hours make them rougher and sooner."""
    return {name: picture(hours) for name, picture in _PICTURES.items()}


def _run(hours: float, queues: Sequence[Raw], demand: Sequence[Raw], agents: Sequence[Raw]) -> Report:
    plain: Raw = {"ask_language": False, "wrap_up_seconds": 10}
    scenario = Scenario.model_validate(
        {
            "hours": hours,
            "queues": [{**plain, **one} for one in queues],
            "demand": [{"queue": one["name"], **one} for one in demand],
            "agents": agents,
        }
    )
    return simulate_runs(centre_of(scenario), seed=7)


def _wait(report: Report, name: str, label: str, series: str) -> Bar:
    figure = report.row("demand", name).speed_of_answer
    return Bar(label, series, figure.value, figure.half_width)


def _head_start(hours: float) -> str:
    demand = [
        {"name": "ordinary", "arrivals": 200, "handle": 180, "patience": 300},
        {"name": "vip", "arrivals": 40, "handle": 180, "patience": 300},
    ]
    found = []
    choices: dict[str, Raw] = {
        "no rule": {},
        "head start 60 s": {"head_start_seconds": 60},
        "counts double": {"slope": 2},
        "strict": {"strict": True},
    }
    for label, rules in choices.items():
        report = _run(hours, [{"name": "ordinary"}, {"name": "vip", **rules}], demand, [{"count": 12}])
        found += [_wait(report, "vip", label, "VIP queue"), _wait(report, "ordinary", label, "ordinary queue")]
    return bars("Priority moves waiting from one queue to the other", found, up="mean wait, seconds")


def _relaxation(hours: float) -> str:
    demand = [
        {"name": "claims", "arrivals": 60, "handle": 240, "patience": 400},
        {"name": "tracking", "arrivals": 120, "handle": 150, "patience": 300},
    ]
    agents = [{"name": "experts", "count": 4, "skills": {"claims": 4}},
              {"name": "juniors", "count": 8, "skills": {"claims": 1}}]  # fmt: skip
    curves = []
    choices: dict[str, list[Raw]] = {
        "level 3 whatever the wait": [],
        "level 1 is enough after 30 s": [{"after_seconds": 30, "lower": {"claims": 1}}],
    }
    for label, steps in choices.items():
        claims: Raw = {"name": "claims", "needs": {"claims": 3}, "relaxation": steps}
        report = _run(hours, [claims, {"name": "tracking"}], demand, agents)
        curves.append(Line(label, still_waiting(report.waits["demand", "claims"], 240)))
    title = "Relaxation: who waits for an expert longer than 30 s gets a junior"
    return lines(title, curves, across="seconds", up="still waiting", percent=True, top=1.0)


def _overflow(hours: float) -> str:
    demand = [
        {"name": "north", "arrivals": 100, "handle": 180, "patience": 240},
        {"name": "south", "arrivals": 60, "handle": 180, "patience": 240},
    ]
    agents = [
        {"name": "north", "count": 5, "skills": {"north": 1}},
        {"name": "south", "count": 6, "skills": {"south": 1}},
    ]
    found = []
    choices: dict[str, list[Raw]] = {
        "no overflow": [],
        "after 45 s": [{"when": "waited", "limit": 45, "to": "south"}],
        "when 3 wait": [{"when": "length", "limit": 3, "to": "south"}],
    }
    for label, rules in choices.items():
        queues: list[Raw] = [
            {"name": "north", "needs": {"north": 1}, "overflow": rules},
            {"name": "south", "needs": {"south": 1}},
        ]
        report = _run(hours, queues, demand, agents)
        for name in ("north", "south"):
            lost = report.row("demand", name).abandonment
            found.append(Bar(label, f"{name} queue", lost.value, lost.half_width))
    return bars("Overflow: the quieter team takes what the busy one cannot", found, up="gave up", percent=True)


def _agent_order(hours: float) -> str:
    demand = [{"name": "tracking", "arrivals": 130, "handle": 180}, {"name": "claims", "arrivals": 30, "handle": 180}]
    agents = [{"name": "one skill", "count": 8}, {"name": "two skills", "count": 4, "skills": {"claims": 3}}]
    found = []
    for label, order in (
        ("longest idle", "longest_idle"),
        ("fewest handled", "fewest_handled"),
        ("least flexible first", "least_flexible"),
    ):
        queues: list[Raw] = [{"name": "tracking", "agent_order": order}, {"name": "claims", "needs": {"claims": 1}}]
        report = _run(hours, queues, demand, agents)
        found += [_wait(report, "claims", label, "claims"), _wait(report, "tracking", label, "tracking")]
    return bars("Agent order: keeping agents with rare skills free", found, up="mean wait, seconds")


def _delay(hours: float) -> str:
    demand = [{"name": "tracking", "arrivals": 190, "handle": 180, "patience": 240}]
    agents = [{"name": "team", "count": 9}, {"name": "back office", "count": 4, "groups": ["back-office"]}]
    found = []
    for seconds in (0, 15, 30, 60, 120):
        report = _run(hours, [{"name": "tracking", "delays": {"back-office": seconds}}], demand, agents)
        for kind in ("team", "back office"):
            busy = report.occupancy_by_kind[kind]
            found.append(Bar(f"{seconds} s", f"{kind} busy", busy.value, busy.half_width))
        late = report.row("all").service_level
        found.append(Bar(f"{seconds} s", "answered in 20 s", late.value, late.half_width))
    return bars("Delay: the back office helps only when callers have waited", found, up="share", percent=True)


def _newest_first(hours: float) -> str:
    demand = [{"name": "chat", "arrivals": 230, "handle": 180, "patience": 180}]
    curves = []
    for label, served in (("oldest first", "oldest_first"), ("newest first", "newest_first")):
        report = _run(hours, [{"name": "chat", "served": served}], demand, [{"count": 11}])
        curves.append(Line(label, still_waiting(report.waits["all", ""], 240)))
    title = "Served newest first: many are answered at once, some wait very long"
    return lines(title, curves, across="seconds", up="still waiting", percent=True, top=1.0)


_PICTURES: dict[str, Callable[[float], str]] = {
    "priority": _head_start,
    "relaxation": _relaxation,
    "overflow": _overflow,
    "agent-order": _agent_order,
    "delay": _delay,
    "newest-first": _newest_first,
}

if __name__ == "__main__":
    main()
