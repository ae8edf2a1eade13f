"""Routing: decisions in memory and durable, time to the agent's stream, memory and rebuild.

A decision is what one freed agent and one arriving item lead to. In overload (100,000 waiting) the freed agent gets
the most urgent item; in light load (2,000 of 10,000 agents busy) the arriving item gets the longest idle agent who may
have it. Rates and times in memory are of processor time, so that other work on the machine counts less; rates of the
store and latencies of the stream are by the clock. Baselines, in the same run on the same population: a scan of all
that wait (or all that are free), whose choices must be the same; and one PostgreSQL client that takes work by
`FOR UPDATE SKIP LOCKED`.
"""

import gc
import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable

import psutil

from routing.domain.memory import rebuild, remember
from tests.bench import routing_store, routing_stream
from tests.bench.report import Report, median, percentile, progress
from tests.bench.routing_floor import Floor, Population, Sizes, empty_floor, lightly_loaded, overloaded
from tests.bench.routing_naive import Naive
from tests.bench.servers import ROOT

COMMIT = 100
"""decisions after which the changes are taken, as for a commit; the service commits up to 500 commands together"""


async def run(*, quick: bool) -> Report:
    """Everything, one after the other."""
    report = Report("routing")
    sizes = Sizes(1_000, 5_000, 200) if quick else Sizes()
    population = Population()
    rates = _in_memory(report, population, sizes, decisions=1_000 if quick else 30_000)
    _memory(report, sizes)
    skip_locked = await routing_store.run(report, population, quick=quick)
    for name, rate in rates.items():
        report.add(f"{name}: decisions in memory, against SKIP LOCKED", rate, "/s of CPU", baseline=skip_locked)
    await routing_stream.run(report, quick=quick)
    return report


def _in_memory(report: Report, population: Population, sizes: Sizes, decisions: int) -> dict[str, float]:
    rates: dict[str, float] = {}
    loads: tuple[tuple[str, Callable[[Population, Sizes], Floor]], ...] = (
        ("overload", overloaded),
        ("light", lightly_loaded),
    )
    for name, build in loads:
        progress(f"{name}: building")
        floor = build(population, sizes)
        scanned = Naive(floor).timed(10 if name == "overload" else 100)
        gc.collect()
        gc.freeze()  # as after a take-over: what is there stays
        progress(f"{name}: {decisions:,} decisions")
        _decide(floor, decisions // 10)
        rate, times = _decide(floor, decisions)
        report.add(f"{name}: decisions, against a scan", rate, "/s of CPU", baseline=scanned, aim="≥ 30,000")
        report.add(f"{name}: one decision, p50", percentile(times, 0.5), "µs of CPU")
        report.add(f"{name}: one decision, p99", percentile(times, 0.99), "µs of CPU", aim="≤ 1,000")
        rates[name] = rate
        if name == "overload":
            _rebuilding(report, floor)
        gc.unfreeze()
    return rates


def _decide(floor: Floor, decisions: int) -> tuple[float, list[float]]:
    """Decisions per second of processor time, the median of five rounds, and the microseconds of it that each took."""
    times: list[float] = []
    rates = []
    for _ in range(5):
        number = decisions // 5
        floor.prepare(number)
        began = time.process_time()
        for done in range(number):
            start = time.thread_time_ns()
            floor.free()
            floor.arrive()
            if done % COMMIT == 0:
                floor.engine.take_changes()
            times.append((time.thread_time_ns() - start) / 1e3)
        rates.append(number / (time.process_time() - began))
    return median(rates), times


def _rebuilding(report: Report, floor: Floor) -> None:
    memory = remember(floor.engine)
    began = time.process_time()
    numbers = itertools.count()
    again = rebuild(memory, floor.engine.floor.parameters, lambda: next(numbers), floor.now)  # type: ignore[arg-type,return-value]
    report.add("rebuild from records in memory", time.process_time() - began, "s of CPU")
    if remember(again) != memory:
        raise RuntimeError("the rebuilt floor differs")


def _memory(report: Report, sizes: Sizes) -> None:
    """In a process of its own: resident memory of a floor in overload, and of the whole process."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.routing", json.dumps([sizes.agents, sizes.waiting])],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    found = json.loads(done.stdout)
    report.add("memory of the floor in overload", found["floor"], "MB", aim="≤ 150 MB")
    report.add("memory of the process, interpreter and libraries included", found["process"], "MB")


def _measure_memory(agents: int, waiting: int) -> None:
    process = psutil.Process(os.getpid())
    population = Population()
    empty_floor(population, 1)
    gc.collect()
    before = process.memory_info().rss
    floor = overloaded(population, Sizes(agents, waiting))
    gc.collect()
    after = process.memory_info().rss
    print(json.dumps({"floor": (after - before) / 1e6, "process": after / 1e6, "items": len(floor.engine.floor.work)}))


if __name__ == "__main__":
    _measure_memory(*json.loads(sys.argv[1]))
