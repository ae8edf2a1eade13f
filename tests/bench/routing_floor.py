"""A large floor for the routing benchmarks: 10,000 agents, 200 skills, 100,000 items waiting.

500 agent signatures and 1,000 requirements, drawn with a fixed seed; some thirteen agent signatures meet each
requirement, and each agent may serve some twenty-six requirements.
"""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from routing.domain.commands import (
    AgentProfile,
    CompleteWork,
    ConfigureQueue,
    RequestWork,
    SetPresence,
    UpdateAgent,
    WorkRequest,
)
from routing.domain.decisions import Decision, WorkAccepted
from routing.domain.engine import Engine
from routing.domain.parameters import Parameters
from routing.domain.rules import QueueRules
from routing.domain.skills import Need
from routing.domain.values import SECOND, Presence

SKILLS = 200
SIGNATURES = 500
REQUIREMENTS = 1_000
QUEUE = "general"
START = 1_800_000_000 * SECOND


@dataclass
class Sizes:
    """How large the floor is."""

    agents: int = 10_000
    waiting: int = 100_000
    """in overload"""
    busy: int = 2_000
    """in light load"""


@dataclass
class Population:
    """What agents can and items ask for, the same for every contender of a run."""

    seed: int = 1
    skills: list[dict[str, int]] = field(default_factory=list)
    needs: list[tuple[Need, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        chance = random.Random(self.seed)
        names = [f"skill-{number}" for number in range(SKILLS)]
        while len(self.skills) < SIGNATURES:
            self.skills.append({name: chance.randint(1, 5) for name in chance.sample(names, chance.randint(4, 8))})
        while len(self.needs) < REQUIREMENTS:
            asked = tuple(sorted((Need(chance.choice(names), chance.randint(1, 2)),), key=lambda need: need.skill))
            if chance.random() < 0.2:  # some ask for two skills that somebody has together
                some = chance.choice(self.skills)
                asked = tuple(Need(name, min(2, some[name])) for name in sorted(chance.sample(sorted(some), 2)))
            if any(all(one.get(need.skill, 0) >= need.level for need in asked) for one in self.skills):
                self.needs.append(asked)

    def of_agent(self, number: int) -> dict[str, int]:
        """The skills of an agent."""
        return self.skills[number % SIGNATURES]


@dataclass
class Floor:
    """The engine with that population, and the items its agents hold, in the order they took them."""

    engine: Engine
    population: Population
    chance: random.Random
    held: dict[str, UUID] = field(default_factory=dict)
    busy: list[str] = field(default_factory=list)
    now: int = START
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    coming: list[tuple[UUID, tuple[Need, ...]]] = field(default_factory=list)

    def prepare(self, number: int) -> None:
        """Draw the next arrivals ahead, so that drawing them is not counted."""
        for _ in range(number - len(self.coming)):
            needs = self.population.needs[self.chance.randrange(REQUIREMENTS)]
            self.coming.append((UUID(int=next(self.ids) << 32), needs))

    def arrive(self) -> list[Decision]:
        """One more item, whoever may get it."""
        self.now += 100
        if not self.coming:
            self.prepare(1)
        work_id, needs = self.coming.pop()
        work = WorkRequest(work_id, work_id, "C", None, "voice", QUEUE, needs, None, None, None, self.now)
        return self._note(self.engine.apply(RequestWork(self.now, work, 5)).decisions)

    def free(self) -> None:
        """One of the busy agents, any of them, is done with what they have."""
        self.now += 100
        index = self.chance.randrange(len(self.busy))
        self.busy[index], self.busy[-1] = self.busy[-1], self.busy[index]
        self._note(self.engine.apply(CompleteWork(self.now, self.held.pop(self.busy.pop()), None)).decisions)

    def _note(self, decisions: list[Decision]) -> list[Decision]:
        for decision in decisions:
            if isinstance(decision, WorkAccepted):
                self.held[decision.agent_id] = decision.work.id
                self.busy.append(decision.agent_id)
        return decisions


def empty_floor(population: Population, agents: int, *, present: bool = True) -> Floor:
    """All agents signed in, nothing waiting."""
    numbers = itertools.count(1)
    engine = Engine(Parameters(presence_grace_seconds=3600), lambda: UUID(int=next(numbers)))
    rules = QueueRules(name=QUEUE, ask_language=False, auto_accept=True, wrap_up_seconds=0)
    engine.apply(ConfigureQueue(START, rules, "bench", None))
    for number in range(agents):
        name = f"agent-{number:05d}"
        profile = AgentProfile(population.of_agent(number), frozenset(), 100, {}, 0)
        engine.apply(UpdateAgent(START, name, None, profile, None))
        if present:
            engine.apply(SetPresence(START, name, None, Presence.AVAILABLE, None))
    engine.take_changes()
    return Floor(engine, population, random.Random(population.seed + 1))


def overloaded(population: Population, sizes: Sizes) -> Floor:
    """Every agent busy, and that many items waiting."""
    floor = empty_floor(population, sizes.agents)
    while len(floor.engine.floor.work) - len(floor.held) < sizes.waiting:
        floor.arrive()
        floor.engine.take_changes()
    return floor


def lightly_loaded(population: Population, sizes: Sizes) -> Floor:
    """That many agents busy, the others free, nothing waiting."""
    floor = empty_floor(population, sizes.agents)
    while len(floor.held) < sizes.busy:
        floor.arrive()
        floor.engine.take_changes()
    return floor
