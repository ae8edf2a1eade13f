"""The charts of a report."""

from pathlib import Path

from routing.simulation.charts import Bar, Line, bars, lines
from routing.simulation.report import Report
from routing.simulation.tally import WHOLE


def write_plots(report: Report, folder: Path) -> list[Path]:
    """Write the charts into a folder, which is made if it is missing; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for name, drawn in plots(report).items():
        path = folder / f"{name}.svg"
        path.write_text(drawn, encoding="utf-8")
        found.append(path)
    return found


def plots(report: Report) -> dict[str, str]:
    """Charts by name: the day's calls and staff, waits over the day, waits as a curve, service level by queue."""
    course = report.course.get(WHOLE, [])
    if not course:
        return {}
    customers = [row for row in report.rows if row.group[0] == "demand"]
    hours = "hours after the start"
    drawn = {
        "calls": lines(
            "Calls by hour of arrival",
            [
                Line(row.group[1], _day(report, [one.arrived for one in report.course[row.group]]), steps=True)
                for row in customers
            ],
            across=hours,
            up="calls",
        ),
        "agents": lines(
            "Agents signed in, and how many of them were busy",
            [
                Line("agents signed in", _day(report, [one.staffed for one in course]), steps=True),
                Line("agents busy", _day(report, [one.busy for one in course]), steps=True),
            ],
            across=hours,
            up="agents",
        ),
        "waits-over-the-day": lines(
            "Mean wait by hour of arrival",
            [
                Line(row.group[1], _day(report, [one.wait for one in report.course[row.group]]), steps=True)
                for row in customers
            ],
            across=hours,
            up="seconds",
        ),
        "service-level": bars(
            "Answered within target, with 95 % intervals",
            [
                Bar(row.group[1], "service level", row.service_level.value, _finite(row.service_level.half_width))
                for row in customers
            ],
            up="share of customers",
            percent=True,
        ),
    }
    curves = [
        Line(row.group[1], still_waiting(report.waits[row.group])) for row in customers if report.waits[row.group]
    ]
    if curves:
        drawn["waits"] = lines(
            "Share of answered customers who still waited",
            curves,
            across="seconds since arrival",
            up="share",
            percent=True,
            top=1.0,
        )
    return drawn


def still_waiting(ordered: list[float], until: float | None = None) -> list[tuple[float, float]]:
    """The share that waited longer than each of some times, up to the 99th percentile or `until`."""
    last = until if until is not None else max(ordered[int(0.99 * (len(ordered) - 1))], 1.0)
    points, index = [], 0
    for step in range(121):
        at = last * step / 120
        while index < len(ordered) and ordered[index] <= at:
            index += 1
        points.append((at, 1 - index / len(ordered)))
    return points


def _day(report: Report, values: list[float]) -> list[tuple[float, float]]:
    step = report.hours / len(values)
    return [*((index * step, value) for index, value in enumerate(values)), (report.hours, values[-1])]


def _finite(width: float) -> float:
    return width if width < 1 else 0.0
