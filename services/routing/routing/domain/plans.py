"""What an item asks for as time passes, and the key it waits with: both follow from the queue's rules alone."""

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from routing.domain.commands import WorkRequest
from routing.domain.hours import Hours
from routing.domain.parameters import Parameters
from routing.domain.rules import Overflow, OverflowRule, QueueRules, Served
from routing.domain.skills import LANGUAGE, Alternative, Need, Requirement, SkillBook
from routing.domain.values import Micros, span

BAND: Micros = 10**17
"""More than any difference between two instants (3,000 years): puts strict queues before, newest-first ones behind."""


@dataclass(frozen=True, slots=True)
class Stage:
    """From `after` on (from the entry into the queue) the item asks for `requirement`, or moves to `overflow`."""

    after: Micros
    requirement: Requirement
    because: str
    overflow: OverflowRule | None = None
    if_unstaffed: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """The stages of an item in one queue. Later stages never exclude an agent that an earlier one admitted."""

    stages: tuple[Stage, ...]
    widest: Requirement


ACCEPTANCES = 30
"""acceptances that the pace of a queue is measured over"""
_LEAST_ACCEPTANCES = 5

UNPLANNED = Plan((), Requirement((), (), ()))
"""The plan of an item that has not entered a queue yet."""


@dataclass(slots=True, eq=False)
class Queue:
    """A queue on the floor: its rules with spans in microseconds, how many items wait, and the pace of acceptances.

    `insistent`: its items may get more than free capacity, by taking offers back or by interrupting. `places`, by
    priority: what is taken from the age of an item for its key, and its slope.
    """

    rules: QueueRules
    version: int
    offer_span: dict[str, Micros]
    wrap_up_span: dict[str, Micros]
    preferred_span: Micros
    insistent: bool
    hours: Hours | None = None
    places: dict[int, tuple[Micros, int]] = field(default_factory=dict)
    waiting: int = 0
    accepted: deque[Micros] = field(default_factory=lambda: deque(maxlen=ACCEPTANCES))

    def expected_wait(self, now: Micros) -> Micros | None:
        """How long an item that entered now would wait, at the pace of the last acceptances; None if there is no pace.

        Counts every item of the queue as being ahead, whatever its place.
        """
        if len(self.accepted) < _LEAST_ACCEPTANCES:
            return None
        return (self.waiting + 1) * (now - self.accepted[0]) // len(self.accepted)


def queue_of(rules: QueueRules, version: int, parameters: Parameters, calendars: Mapping[str, Hours]) -> Queue:
    """The queue as the engine uses it, overrides and the calendar resolved."""
    offer, wrap_up, preferred = rules.offer_seconds, rules.wrap_up_seconds, rules.preferred_wait_seconds
    return Queue(
        rules,
        version,
        {name: span(offer or parameters.offer_seconds(name)) for name in parameters.channels},
        {
            name: span(channel.wrap_up_seconds if wrap_up is None else wrap_up)
            for name, channel in parameters.channels.items()
        },
        span(parameters.preferred_wait_seconds if preferred is None else preferred),
        rules.may_rescind or bool(rules.interrupts),
        rules.hours if rules.calendar is None else calendars[rules.calendar],
    )


def place_of(queue: Queue, parameters: Parameters, *, age_from: Micros, priority: int) -> tuple[Micros, int]:
    """Key and slope of an item. The key is its constant effective enqueue time: least is served first, and no passing
    of time changes the order of two items of the same slope."""
    known = queue.places.get(priority)
    if known is None:
        rules = queue.rules
        head_start = (parameters.neutral_priority - priority) * span(parameters.head_start_seconds)
        head_start += span(rules.head_start_seconds) + (BAND if rules.strict else 0)
        known = queue.places[priority] = head_start, slope_of(rules, priority)
    if queue.rules.served is Served.NEWEST_FIRST:
        return BAND - age_from, known[1]
    return age_from - known[0], known[1]


STEADY = 1000
"""The slope, in thousandths, of items whose waiting counts as the clock goes."""


def slope_of(rules: QueueRules, priority: int) -> int:
    """How fast an item's waiting counts, in thousandths."""
    return round(rules.slopes.get(priority, rules.slope) * STEADY)


def standing(key: Micros, slope: int, now: Micros) -> Micros:
    """Where an item stands at this moment; least is served first. For steady items that is their key.

    Others stand where a steady item would that had waited `slope` times as long. The order of two items of the same
    slope never changes; that of two with different slopes may, as time passes.
    """
    if slope == STEADY:
        return key
    band = BAND if key < -BAND // 2 else 0
    return now - band - (now - band - key) * slope // STEADY


class Planner:
    """Makes plans and keeps them, because most items of a queue ask for the same."""

    def __init__(self, book: SkillBook) -> None:
        self._book = book
        self._plans: dict[tuple[str, tuple[Need, ...], str | None], Plan] = {}
        self.known_skills: frozenset[str] = frozenset()
        """the catalogue of skills; empty: any name is one. What items ask for beyond it, nobody can have: ignored"""
        self.fresh: list[Requirement] = []
        """requirements met for the first time, whose compatible signatures the floor has still to list"""

    def plan(self, rules: QueueRules, request: WorkRequest) -> Plan:
        """The plan of an item in a queue."""
        language = request.language if rules.ask_language else None
        known = self._plans.get((rules.name, request.needs, language))
        if known is None:
            known = self._plans[(rules.name, request.needs, language)] = self._make(rules, request.needs, language)
        return known

    def forget(self, queues: Collection[str]) -> None:
        """Drops the plans of queues whose rules have changed."""
        self._plans = {key: plan for key, plan in self._plans.items() if key[0] not in queues}

    def _make(self, rules: QueueRules, needs: tuple[Need, ...], language: str | None) -> Plan:
        moments = {step.after_seconds: f"relaxation/{index + 1}" for index, step in enumerate(rules.relaxation)}
        early = {step.after_seconds for step in rules.relaxation if step.at_once_if_unstaffed}
        for group, seconds in rules.delays.items():
            if seconds:
                moments.setdefault(seconds, f"group/{group}")
        stages = [Stage(0, self._requirement(rules, needs, language, 0), "entered")]
        for seconds in sorted(moments):
            requirement = self._requirement(rules, needs, language, seconds)
            stages.append(Stage(span(seconds), requirement, moments[seconds], if_unstaffed=seconds in early))
        waited = [rule for rule in rules.overflow if rule.when is Overflow.WAITED]
        if waited:
            first = min(waited, key=lambda rule: rule.limit)
            stages = [stage for stage in stages if stage.after < span(first.limit)]
            stages.append(Stage(span(first.limit), stages[-1].requirement, "overflow/waited", first))
        return Plan(tuple(stages), stages[-1].requirement)

    def _requirement(
        self, rules: QueueRules, needs: tuple[Need, ...], language: str | None, waited: float
    ) -> Requirement:
        required: dict[str, int] = dict(rules.needs)
        for need in needs:
            if self.known_skills and need.skill not in self.known_skills and not need.skill.startswith(LANGUAGE):
                continue
            required[need.skill] = max(need.level, required.get(need.skill, 0))
        dropped: set[str] = set()
        lowered: dict[str, int] = {}
        for step in rules.relaxation:
            if step.after_seconds <= waited:
                dropped.update(step.drop)
                lowered |= {skill: min(level, lowered.get(skill, level)) for skill, level in step.lower.items()}
                if step.drop_language:
                    language = None
        if language is not None:
            required.setdefault(LANGUAGE + language, 1)
        closed = tuple(sorted(group for group, seconds in rules.delays.items() if seconds > waited))
        alternatives = []
        for either in rules.any_of or ({},):
            together = required | {skill: max(level, required.get(skill, 0)) for skill, level in either.items()}
            kept = (
                Need(skill, min(level, lowered.get(skill, level)))
                for skill, level in sorted(together.items())
                if skill not in dropped
            )
            alternatives.append(Alternative(tuple(kept), tuple(sorted(rules.none_of)), closed))
        requirement, fresh = self._book.requirement(tuple(dict.fromkeys(alternatives)))
        if fresh:
            self.fresh.append(requirement)
        return requirement
