"""Results of a benchmark: printed as a table, written as JSON."""

import json
import os
import platform
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

OUT = Path(__file__).resolve().parents[2] / "build" / "bench"


@dataclass(frozen=True)
class Result:
    """One figure. `ratio` compares it with `baseline`, both measured in the same run; `aim` is what we want of it."""

    name: str
    value: float
    unit: str
    baseline: float | None = None
    ratio: float | None = None
    aim: str | None = None
    samples: tuple[float, ...] = ()


@dataclass
class Report:
    """All figures of one benchmark."""

    name: str
    results: list[Result] = field(default_factory=list)

    def add(self, name: str, value: float, unit: str, *, baseline: float | None = None, aim: str | None = None) -> None:
        """Record a figure, with its ratio to the baseline if there is one."""
        ratio = value / baseline if baseline else None
        self.results.append(Result(name, value, unit, baseline, ratio, aim))
        _line(self.results[-1])

    def write(self, folder: Path = OUT) -> Path:
        """Write `<folder>/<name>.json`."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.name}.json"
        machine = {
            "cpus": os.cpu_count(),
            "python": platform.python_version(),
            "system": platform.platform(),
            "load": round(os.getloadavg()[0], 2),
        }
        results = [{key: value for key, value in asdict(r).items() if value not in (None, ())} for r in self.results]
        path.write_text(json.dumps({"machine": machine, "results": results}, indent=2) + "\n")
        return path


def heading(name: str) -> None:
    """The head of a benchmark's table."""
    print(f"\n{name}\n{'':2}{'figure':<52}{'value':>12} {'unit':<12}{'baseline':>12}{'ratio':>8}  aim", flush=True)


def _line(result: Result) -> None:
    baseline = f"{result.baseline:,.1f}" if result.baseline is not None else ""
    ratio = f"{result.ratio:.2f}" if result.ratio is not None else ""
    print(
        f"{'':2}{result.name:<52}{result.value:>12,.1f} {result.unit:<12}{baseline:>12}{ratio:>8}  {result.aim or ''}",
        flush=True,
    )


def progress(text: str) -> None:
    """What is happening, on standard error."""
    print(f"  … {text}", file=sys.stderr, flush=True)


def median(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """Nearest-rank percentile."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]
