"""The engine in virtual time against closed forms: one queue, priorities, several skills."""

from itertools import pairwise
from typing import Any

import pytest

from routing.staffing import erlang
from tests.unit.routing.theory import formulas
from tests.unit.routing.theory.runs import SERVICE, agree, simulated
from tests.unit.routing.theory.skill_graphs import Graph, Solution, markov_chain, product_form


@pytest.mark.parametrize(
    ("agents", "load"), [(1, 0.5), (1, 0.75), (2, 1.4), (3, 2.4), (5, 4.0), (10, 8.5), (20, 17.0), (50, 44.0)]
)
def test_erlang_c(agents: int, load: float) -> None:
    """M/M/c: the share that waits, the mean wait, the share answered within a third of a service time."""
    report = simulated([{"target_seconds": 20}], [{"count": agents}], rates=[load], seed=agents)
    theory = erlang.patient(load / SERVICE, SERVICE, agents, 20)
    whole = report.row("all")
    agree(whole.delayed, theory.waits, "share that waits")
    agree(whole.wait, theory.mean_wait, "mean wait")
    agree(whole.service_level, theory.answered_within, "service level")
    agree(report.occupancy, theory.occupancy, "occupancy")


@pytest.mark.parametrize(
    ("agents", "load", "patience"),
    [(1, 0.8, 60), (2, 2.2, 30), (5, 4.5, 120), (10, 12.0, 90), (13, 12.0, 20), (20, 20.0, 60), (50, 48.0, 120)],
)
def test_erlang_a(agents: int, load: float, patience: float) -> None:
    """M/M/c+M: overload included, where only impatience keeps the queue finite."""
    report = simulated([{"target_seconds": 15, "patience": patience}], [{"count": agents}], rates=[load], seed=agents)
    theory = erlang.impatient(load / SERVICE, SERVICE, patience, agents, 15)
    whole = report.row("all")
    agree(whole.abandonment, theory.abandons, "share that gives up")
    agree(whole.wait, theory.mean_wait, "mean wait")
    agree(whole.service_level, theory.answered_within, "service level")
    agree(report.occupancy, theory.occupancy, "occupancy")


CLASSES = [(1, [0.2, 0.2, 0.3]), (2, [0.4, 0.5, 0.6]), (5, [1.0, 1.3, 1.6]), (10, [3.0, 3.0, 2.4])]


def rules(agents: int, **by_class: list[Any]) -> list[dict[str, Any]]:
    """Rules of the queues q0, q1, q2."""
    return [{"name": f"q{n}", **{name: values[n] for name, values in by_class.items()}} for n in range(3)]


@pytest.mark.parametrize(("agents", "rates"), CLASSES)
def test_strict_priority(agents: int, rates: list[float]) -> None:
    """The strict band above head starts of a day, which nobody outwaits."""
    queues = rules(agents, strict=[True, False, False], head_start_seconds=[0, 86_400, 0])
    report = simulated([{}] * 3, [{"count": agents}], rates=rates, queues=queues, seed=agents)
    for number, wait in enumerate(formulas.strict(rates, agents)):
        agree(report.row("demand", f"class {number}").wait, wait, f"class {number}", unit=SERVICE)


@pytest.mark.parametrize(("agents", "rates"), CLASSES)
def test_accumulating_priority(agents: int, rates: list[float]) -> None:
    """Waiting counts four times, twice, once."""
    queues = rules(agents, slope=[4, 2, 1])
    report = simulated([{}] * 3, [{"count": agents}], rates=rates, queues=queues, seed=agents)
    for number, wait in enumerate(formulas.accumulating(rates, [4, 2, 1], agents)):
        agree(report.row("demand", f"class {number}").wait, wait, f"class {number}", unit=SERVICE)


def test_the_formulas_agree_with_worked_values() -> None:
    rates = [1.0, 1.5, 2.0]
    assert formulas.strict(rates, 5) == pytest.approx([0.1906, 0.3812, 3.0500], abs=1e-4)
    assert formulas.accumulating(rates, [4, 2, 1], 5) == pytest.approx([0.6899, 1.2103, 2.1786], abs=1e-4)
    for waits in (formulas.strict(rates, 5), formulas.accumulating(rates, [4, 2, 1], 5)):
        mean = sum(rate * wait for rate, wait in zip(rates, waits, strict=True)) / sum(rates)
        assert mean == pytest.approx(formulas.overall(rates, 5))


@pytest.mark.parametrize(
    "by_class",
    [
        {"head_start_seconds": [60, 30, 0]},
        {"served": ["newest_first"] * 3},
        {"strict": [False, False, True]},
        {"agent_order": ["fewest_handled", "round_robin", "least_flexible"]},
    ],
    ids=lambda by_class: next(iter(by_class)),
)
def test_conservation(by_class: dict[str, list[Any]]) -> None:
    """Rules move waiting between customers; they make none and save none."""
    rates, agents = [1.0, 1.5, 1.6], 5
    report = simulated([{}] * 3, [{"count": agents}], rates=rates, queues=rules(agents, **by_class), seed=3)
    agree(report.row("all").wait, formulas.overall(rates, agents), "mean wait", unit=SERVICE)
    if "head_start_seconds" in by_class:
        waits = [report.row("demand", f"class {number}").wait.value for number in range(3)]
        assert all(sooner < later for sooner, later in pairwise(waits))


def graph(rates: dict[str, float], **servers_of: str) -> Graph:
    """A graph; servers are single letters."""
    return Graph(rates, {name: frozenset(able) for name, able in servers_of.items()})


GRAPHS = {
    "N": graph({"one": 0.5, "two": 0.9}, one="a", two="ab"),
    "W": graph({"one": 0.5, "two": 0.5, "three": 0.4}, one="a", two="ab", three="b"),
    "M": graph({"one": 0.8, "two": 1.1}, one="ab", two="bc"),
    "star": graph({"one": 0.4, "two": 0.5, "all": 1.0}, one="a", two="b", all="abc"),
    "chain": graph({"one": 0.7, "two": 0.7, "three": 0.7}, one="ab", two="bc", three="ca"),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_several_skills(name: str) -> None:
    """First come first served, longest idle first, against the product form."""
    shape = GRAPHS[name]
    types = list(shape.rates)
    queues = [
        {"name": f"q{index}", "any_of": [{server: 1} for server in sorted(shape.servers_of[one])]}
        for index, one in enumerate(types)
    ]
    agents = [{"name": server, "count": 1, "skills": {server: 1}} for server in shape.servers]
    report = simulated([{} for _ in types], agents, rates=list(shape.rates.values()), queues=queues, seed=len(name))
    exact = product_form(shape)
    for index, one in enumerate(types):
        agree(report.row("demand", f"class {index}").wait, exact.waits[one], f"wait of {one}", unit=SERVICE)
    for server in shape.servers:
        agree(report.occupancy_by_kind[server], exact.busy[server], f"server {server}")


@pytest.mark.parametrize("name", ["N", "M"])
def test_the_product_form_solves_the_chain(name: str) -> None:
    """Both solutions of the same graph, at a load at which cutting off long queues changes little."""
    shape = GRAPHS[name]
    lighter = Graph({one: rate * 0.5 for one, rate in shape.rates.items()}, shape.servers_of)
    exact, numeric = product_form(lighter), markov_chain(lighter, 8)
    _same(exact, numeric)


def _same(exact: Solution, numeric: Solution) -> None:
    for name, wait in exact.waits.items():
        assert numeric.waits[name] == pytest.approx(wait, rel=0.02)
    for server, busy in exact.busy.items():
        assert numeric.busy[server] == pytest.approx(busy, rel=1e-3)


def test_one_type_and_equal_servers_are_erlang_c() -> None:
    exact = product_form(graph({"all": 2.1}, all="abc"))
    assert exact.waits["all"] == pytest.approx(erlang.patient(2.1, 1, 3).mean_wait)
    assert exact.busy == pytest.approx({"a": 0.7, "b": 0.7, "c": 0.7})


def test_an_unstable_graph_is_refused() -> None:
    with pytest.raises(ValueError, match="one come faster than 1 servers"):
        product_form(graph({"one": 1.2, "two": 0.1}, one="a", two="ab"))
