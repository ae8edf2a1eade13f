"""Deadlines of the floor. A timer is only a reminder: what it is about is checked against the entity when it fires."""

from enum import IntEnum
from heapq import heappop, heappush
from typing import NamedTuple

from routing.domain.entities import Agent, Offer, Work
from routing.domain.values import Micros


class Kind(IntEnum):
    """What a timer is about. Timers due at the same instant fire in this order, then by age of item and agent."""

    OFFER = 1
    STAGE = 2
    BAR = 3
    WRAP_UP = 4
    GONE = 5
    SKILLS = 6
    PLAN = 7


class Timer(NamedTuple):
    """One reminder. `about` is the offer, item or agent; `barred` the agent that a BAR keeps the item from."""

    due: Micros
    kind: Kind
    seniority: tuple[int, int]
    number: int
    about: Offer | Work | Agent
    barred: str


class Timers:
    """A heap of reminders. Never cancelled: a reminder whose entity has moved on does nothing."""

    def __init__(self) -> None:
        self._heap: list[Timer] = []
        self._number = 0

    def add(self, due: Micros, kind: Kind, about: Offer | Work | Agent, barred: str = "") -> None:
        """Sets a reminder."""
        self._number += 1
        heappush(self._heap, Timer(due, kind, _seniority(about), self._number, about, barred))

    def next_due(self) -> Micros | None:
        """When the next reminder is due, if there is any."""
        return self._heap[0].due if self._heap else None

    def is_due(self, now: Micros) -> bool:
        """Whether there is a reminder to fire by now."""
        return bool(self._heap) and self._heap[0][0] <= now

    def pop_due(self, now: Micros) -> Timer | None:
        """The next reminder that is due by now."""
        heap = self._heap
        return heappop(heap) if heap and heap[0][0] <= now else None

    def pending(self) -> list[Timer]:
        """All reminders, for checks."""
        return list(self._heap)


def _seniority(about: Offer | Work | Agent) -> tuple[int, int]:
    """A tie-break that does not depend on when a reminder was set: a rebuilt floor fires in the same order."""
    if isinstance(about, Offer):
        return about.work.seq, about.agent.seq
    return about.seq, 0
