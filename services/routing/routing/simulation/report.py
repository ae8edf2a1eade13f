"""What a simulated day came to: figures with confidence intervals, as data and as a table."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from routing.domain.values import SECOND
from routing.simulation.figures import Figure, ratio
from routing.simulation.tally import WHOLE, Batch, Group, Tally

_QUANTILES = (0.5, 0.9, 0.99)
_PLOTTED = 2000
"""waits kept for a plot at most"""


@dataclass(frozen=True)
class Row:
    """Figures of one group of customers. Waits in seconds, shares from 0 to 1.

    `speed_of_answer` is the mean wait of those who were answered, `wait` that of all; the service level counts those
    answered in time among those answered or lost. `waits` holds the quantiles of the time to an answer.
    """

    group: Group
    arrived: float
    overflowed: float
    service_level: Figure
    speed_of_answer: Figure
    abandonment: Figure
    delayed: Figure
    wait: Figure
    quantiles: dict[float, float]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "kind": self.group[0],
            "name": self.group[1],
            "arrived": round(self.arrived, 1),
            "overflowed": round(self.overflowed, 1),
            "service_level": self.service_level.as_dict(),
            "speed_of_answer_seconds": self.speed_of_answer.as_dict(),
            "abandonment": self.abandonment.as_dict(),
            "delayed": self.delayed.as_dict(),
            "wait_seconds": self.wait.as_dict(),
            "answer_quantiles_seconds": {f"p{share * 100:g}": round(at, 2) for share, at in self.quantiles.items()},
        }


@dataclass(frozen=True)
class Moment:
    """One stretch of the day, averaged over the runs: counts, mean wait of all, mean agents signed in and busy."""

    hour: float
    arrived: float
    abandoned: float
    wait: float
    staffed: float
    busy: float


@dataclass(frozen=True)
class Report:
    """The simulated day; `runs` 1: intervals come from its batches, else from the runs."""

    hours: float
    runs: int
    occupancy: Figure
    occupancy_by_kind: dict[str, Figure]
    rows: list[Row]
    course: dict[Group, list[Moment]]
    waits: dict[Group, list[float]] = field(repr=False)
    """sorted samples of the time to an answer"""
    unresolved: float = 0.0
    misses: float = 0.0

    def row(self, kind: str, name: str = "") -> Row:
        """The figures of one group; raises `KeyError` if nobody belonged to it."""
        for row in self.rows:
            if row.group == (kind, name):
                return row
        raise KeyError(f"{kind} {name}")

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "hours": self.hours,
            "runs": self.runs,
            "confidence": 0.95,
            "occupancy": self.occupancy.as_dict(),
            "occupancy_by_kind": {kind: figure.as_dict() for kind, figure in self.occupancy_by_kind.items()},
            "offers_missed": round(self.misses, 1),
            "unresolved": round(self.unresolved, 1),
            "groups": [row.as_dict() for row in self.rows],
            "course": [
                {name: round(value, 3) for name, value in asdict(one).items()} for one in self.course.get(WHOLE, [])
            ],
        }

    def as_text(self) -> str:
        """For people."""
        source = "batches" if self.runs == 1 else f"{self.runs} runs"
        lines = [f"{self.hours:g} h, occupancy {self.occupancy.share()}; ± is a 95 % confidence interval from {source}"]
        titles = {"all": "everybody", "demand": "customers", "queue": "by queue", "skill": "by skill asked for"}
        kind = ""
        for row in self.rows:
            if row.group[0] != kind:
                kind = row.group[0]
                lines.append(
                    f"\n{titles[kind]:<22}{'arrived':>9}{'service level':>17}{'ASA s':>17}{'abandoned':>17}"
                    f"{'P90 s':>8}{'P99 s':>8}{'moved':>8}"
                )
            lines.append(
                f"{row.group[1]:<22}{row.arrived:>9.0f}{row.service_level.share():>17}"
                f"{row.speed_of_answer.seconds():>17}{row.abandonment.share():>17}"
                f"{row.quantiles[0.9]:>8.1f}{row.quantiles[0.99]:>8.1f}{row.overflowed:>8.0f}"
            )
        lines.append(f"\n{'agents':<22}{'occupancy':>17}")
        lines += [f"{kind:<22}{figure.share():>17}" for kind, figure in self.occupancy_by_kind.items()]
        if self.misses:
            lines.append(f"\n{self.misses:.0f} offers were missed")
        if self.unresolved:
            lines.append(f"\n{self.unresolved:.0f} customers were neither answered nor gave up")
        return "\n".join(lines)


def summarise(tallies: Sequence[Tally]) -> Report:
    """One run, or several of the same day with different seeds."""
    first, runs = tallies[0], len(tallies)
    order = {"all": 0, "demand": 1, "queue": 2, "skill": 3}
    groups = sorted({group for tally in tallies for group, _ in tally.batches}, key=lambda one: (order[one[0]], one[1]))
    kinds = list(dict.fromkeys(kind for tally in tallies for kind, _ in tally.presence))
    return Report(
        hours=(first.end - first.counted) / SECOND / 3600,
        runs=runs,
        occupancy=_occupancy(tallies, kinds),
        occupancy_by_kind={kind: _occupancy(tallies, [kind]) for kind in kinds},
        rows=[_row(tallies, group) for group in groups],
        course={group: _course(tallies, group, kinds) for group in groups},
        waits={group: _thinned(_answers(tallies, group)) for group in groups},
        unresolved=sum(tally.unresolved for tally in tallies) / runs,
        misses=sum(tally.misses for tally in tallies) / runs,
    )


def _samples(tallies: Sequence[Tally], group: Group) -> list[Batch]:
    """Independent enough samples: the batches of one run, or the sums of each of several runs."""
    if len(tallies) == 1:
        return [tallies[0].batches[group, index] for index in range(tallies[0].number)]
    found = []
    for tally in tallies:
        whole = Batch()
        for index in range(tally.number):
            whole.add(tally.batches[group, index])
        found.append(whole)
    return found


def _row(tallies: Sequence[Tally], group: Group) -> Row:
    samples = _samples(tallies, group)

    def figure(above: Callable[[Batch], float], below: Callable[[Batch], float]) -> Figure:
        return ratio([(above(one), below(one)) for one in samples])

    answers = _answers(tallies, group)
    return Row(
        group=group,
        arrived=sum(one.arrived for one in samples) / len(tallies),
        overflowed=sum(one.overflowed for one in samples) / len(tallies),
        service_level=figure(lambda one: one.in_target, lambda one: one.decided),
        speed_of_answer=figure(lambda one: one.waited_to_answer, lambda one: one.answered),
        abandonment=figure(lambda one: one.abandoned, lambda one: one.decided),
        delayed=figure(lambda one: one.delayed, lambda one: one.decided),
        wait=figure(lambda one: one.waited, lambda one: one.decided),
        quantiles={share: answers[int(share * (len(answers) - 1))] if answers else 0.0 for share in _QUANTILES},
    )


def _answers(tallies: Sequence[Tally], group: Group) -> list[float]:
    return sorted(wait for tally in tallies for wait in tally.waits[group] if wait >= 0)


def _thinned(ordered: list[float]) -> list[float]:
    if len(ordered) <= _PLOTTED:
        return ordered
    return [ordered[int(index / (_PLOTTED - 1) * (len(ordered) - 1))] for index in range(_PLOTTED)]


def _occupancy(tallies: Sequence[Tally], kinds: Sequence[str]) -> Figure:
    pairs = []
    for tally in tallies:
        stretches = [
            (
                sum(tally.presence[kind, index].busy for kind in kinds),
                sum(tally.presence[kind, index].staffed for kind in kinds),
            )
            for index in range(tally.number)
        ]
        pairs += stretches if len(tallies) == 1 else [(sum(a for a, _ in stretches), sum(b for _, b in stretches))]
    return ratio(pairs)


def _course(tallies: Sequence[Tally], group: Group, kinds: Sequence[str]) -> list[Moment]:
    first, found = tallies[0], []
    every = first.every / SECOND
    for index in range(first.number):
        together = Batch()
        for tally in tallies:
            together.add(tally.batches[group, index])
        presence = [tally.presence[kind, index] for tally in tallies for kind in kinds]
        found.append(
            Moment(
                hour=index * every / 3600,
                arrived=together.arrived / len(tallies),
                abandoned=together.abandoned / len(tallies),
                wait=together.waited / together.decided if together.decided else 0.0,
                staffed=sum(one.staffed for one in presence) / every / len(tallies),
                busy=sum(one.busy for one in presence) / every / len(tallies),
            )
        )
    return found
