"""What is counted while a simulated day passes."""

from array import array
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property

from routing.domain.values import SECOND, Micros
from routing.simulation.centre import Call

WHOLE = ("all", "")
"""The group every customer belongs to."""

Group = tuple[str, str]
"""What figures are given for: (`all`, ""), (`demand`, name), (`queue`, name) or (`skill`, name)."""


@dataclass(slots=True)
class Batch:
    """The customers of one group who arrived in one stretch of time. Waits in seconds."""

    arrived: int = 0
    answered: int = 0
    abandoned: int = 0
    in_target: int = 0
    delayed: int = 0
    overflowed: int = 0
    waited: float = 0.0
    waited_to_answer: float = 0.0

    @property
    def decided(self) -> int:
        """Those who were answered or gave up."""
        return self.answered + self.abandoned

    def add(self, other: "Batch") -> None:
        """Count another batch in."""
        for name in Batch.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(slots=True)
class Presence:
    """Seconds that agents of a kind were signed in, and were busy, weighted by the capacity their work took."""

    staffed: float = 0.0
    busy: float = 0.0


@dataclass
class Tally:
    """All counters of one run. A batch is a stretch of `every`; customers count in the one they arrived in."""

    counted: Micros
    end: Micros
    every: Micros
    batches: dict[tuple[Group, int], Batch] = field(default_factory=lambda: defaultdict(Batch))
    presence: dict[tuple[str, int], Presence] = field(default_factory=lambda: defaultdict(Presence))
    waits: "dict[Group, array[float]]" = field(default_factory=lambda: defaultdict(lambda: array("d")))
    """waits of those who were answered or gave up, in seconds; negative for those who gave up"""
    unresolved: int = 0
    misses: int = 0
    """offers that ran out"""
    _groups: dict[str, tuple[Group, ...]] = field(default_factory=dict)

    @cached_property
    def number(self) -> int:
        """How many batches there are; a rest of less than half a batch counts to the last one."""
        return max(1, round((self.end - self.counted) / self.every))

    def groups(self, call: Call) -> tuple[Group, ...]:
        """Where a customer is counted."""
        stream = call.stream
        found = self._groups.get(stream.name)
        if found is None:
            skills = tuple(("skill", name) for name in stream.skills)
            found = self._groups[stream.name] = (WHOLE, ("demand", stream.name), ("queue", stream.queue), *skills)
        return found

    def arrived(self, call: Call) -> None:
        """A customer arrived."""
        self.unresolved += call.at >= self.counted
        for batch in self._of(call):
            batch.arrived += 1

    def overflowed(self, call: Call) -> None:
        """A rule moved a customer to another queue."""
        for batch in self._of(call):
            batch.overflowed += 1

    def answered(self, call: Call, at: Micros) -> None:
        """An agent took a customer's call."""
        micros = at - call.at
        waited = micros / SECOND
        for batch in self._of(call):
            batch.answered += 1
            batch.in_target += micros <= call.stream.target
            batch.delayed += micros > 0
            batch.waited += waited
            batch.waited_to_answer += waited
        self._resolved(call, waited)

    def gave_up(self, call: Call, at: Micros) -> None:
        """A customer left unanswered."""
        waited = (at - call.at) / SECOND
        for batch in self._of(call):
            batch.abandoned += 1
            batch.delayed += 1
            batch.waited += waited
        self._resolved(call, -waited)

    def _resolved(self, call: Call, waited: float) -> None:
        if call.at >= self.counted:
            self.unresolved -= 1
            for group in self.groups(call):
                self.waits[group].append(waited)

    def _of(self, call: Call) -> list[Batch]:
        if call.at < self.counted:
            return []
        index = min((call.at - self.counted) // self.every, self.number - 1)
        return [self.batches[group, index] for group in self.groups(call)]

    def staffed(self, kind: str, start: Micros, end: Micros) -> None:
        """An agent of a kind was signed in."""
        for index, seconds in self._spread(start, end):
            self.presence[kind, index].staffed += seconds

    def busy(self, kind: str, start: Micros, end: Micros, share: float) -> None:
        """An agent of a kind used this share of their capacity."""
        for index, seconds in self._spread(start, end):
            self.presence[kind, index].busy += seconds * share

    def _spread(self, start: Micros, end: Micros) -> list[tuple[int, float]]:
        start, end = max(start, self.counted), min(end, self.end)
        found = []
        while start < end:
            index = min((start - self.counted) // self.every, self.number - 1)
            stop = end if index == self.number - 1 else min(end, self.counted + (index + 1) * self.every)
            found.append((index, (stop - start) / SECOND))
            start = stop
        return found
