"""What a run needs, however it was described: rules, agents, and customers in the order they arrive."""

import heapq
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from contracts.values import Channel
from routing.domain.commands import AgentProfile
from routing.domain.configuration import Configuration, FloorRules
from routing.domain.parameters import Parameters
from routing.domain.rules import QueueRules
from routing.domain.skills import Need
from routing.domain.values import Micros, micros, span
from routing.simulation.distributions import Distribution
from routing.simulation.scenario import Demand, Scenario

_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Stream:
    """Customers who ask for the same. `skills` are the names their waits are reported under."""

    name: str
    queue: str
    channel: Channel
    needs: tuple[Need, ...]
    language: str | None
    target: Micros
    skills: tuple[str, ...]


@dataclass(slots=True, eq=False)
class Call:
    """One customer: `handle` and `patience` are what they will need and bear, whatever the rules."""

    at: Micros
    stream: Stream
    priority: int
    handle: Micros
    patience: Micros | None
    preferred: str | None = None


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent and when they are there."""

    id: str
    kind: str
    profile: AgentProfile
    shifts: tuple[tuple[Micros, Micros], ...]


@dataclass(frozen=True)
class Centre:
    """A centre and a day. `begin` and `end` bound the arrivals; figures count from `counted` on."""

    parameters: Parameters
    configuration: Configuration
    agents: tuple[Agent, ...]
    calls: Callable[[random.Random], Iterator[Call]]
    begin: Micros
    counted: Micros
    end: Micros
    answer: Distribution = field(default_factory=lambda: Distribution(fixed=0))
    missed: float = 0.0


def asked_skills(rules: QueueRules, needs: tuple[Need, ...], language: str | None) -> tuple[str, ...]:
    """The skills that customers of a queue ask for, by name."""
    names = {*rules.needs, *(need.skill for need in needs)}
    if language is not None and rules.ask_language:
        names.add(f"language.{language}")
    return tuple(sorted(names))


def centre_of(scenario: Scenario, *, hours: float | None = None, warm_up_hours: float | None = None) -> Centre:
    """The centre a scenario describes; `hours` and `warm_up_hours` replace its own."""
    begin = micros(scenario.starts)
    warm_up = scenario.warm_up_hours if warm_up_hours is None else warm_up_hours
    counted = begin + span(warm_up * _HOUR)
    end = counted + span((scenario.hours if hours is None else hours) * _HOUR)
    rules = {one.name: one for one in scenario.queues}
    streams = tuple((demand, _stream(demand, rules[demand.queue])) for demand in scenario.demand)

    def calls(chance: random.Random) -> Iterator[Call]:
        seconds = (end - begin) / span(1)
        seeds = [random.Random(chance.getrandbits(64)) for _ in streams]  # noqa: S311 - a simulation, not a secret
        flows = [
            _calls(demand, stream, begin, seconds, seed) for (demand, stream), seed in zip(streams, seeds, strict=True)
        ]
        return heapq.merge(*flows, key=lambda call: call.at)

    return Centre(
        scenario.engine_parameters(),
        whole(scenario.queues, scenario.floor, scenario.engine_parameters()),
        _agents(scenario, begin, end),
        calls,
        begin,
        counted,
        end,
        scenario.answering.seconds,
        scenario.answering.missed,
    )


def whole(queues: Iterable[QueueRules], floor: FloorRules, parameters: Parameters) -> Configuration:
    """The document of a configuration; the queue that takes what has none is added if it is missing."""
    named = {rules.name: rules for rules in queues}
    named.setdefault(parameters.default_queue, QueueRules(name=parameters.default_queue, ask_language=False))
    return Configuration(queues=tuple(named.values()), **dict(floor))


def _stream(demand: Demand, rules: QueueRules) -> Stream:
    needs = tuple(Need(skill, level) for skill, level in sorted(demand.needs.items()))
    skills = asked_skills(rules, needs, demand.language)
    target = span(demand.target_seconds)
    return Stream(demand.name, demand.queue, demand.channel, needs, demand.language, target, skills)


def _calls(demand: Demand, stream: Stream, begin: Micros, seconds: float, chance: random.Random) -> Iterator[Call]:
    """Every customer draws from the stream's own numbers, so that a change elsewhere leaves them as they are."""
    for at in demand.arrivals.times(random.Random(chance.getrandbits(64)), seconds):  # noqa: S311
        patience = None if demand.patience is None else span(demand.patience.draw(chance))
        yield Call(begin + span(at), stream, demand.priority, span(demand.handle.draw(chance)), patience)


def _agents(scenario: Scenario, begin: Micros, end: Micros) -> tuple[Agent, ...]:
    found: list[Agent] = []
    for kind in scenario.agents:
        at_most = {channel.value: number for channel, number in kind.at_most.items()}
        profile = AgentProfile(dict(kind.skills), frozenset(kind.groups), kind.capacity, at_most, kind.rank)
        shifts = tuple(
            (begin + span(shift.start * _HOUR), min(begin + span(shift.to * _HOUR), end)) for shift in kind.shifts
        )
        shifts = tuple(shift for shift in shifts if shift[0] < shift[1]) if kind.shifts else ((begin, end),)
        found += [Agent(f"{kind.name} {number + 1}", kind.name, profile, shifts) for number in range(kind.count)]
    return tuple(found)
