"""A day of calls through the routing engine, in virtual time.

The engine is the one that routes real work; only arrivals, service times and patience are drawn from distributions
(Poisson arrivals, exponential service and patience), and agents accept at once. Figures come with 95 % confidence
intervals from the method of batch means, one batch an hour; the first hour warms up and is not counted.
"""

import heapq
import itertools
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, stdev
from typing import Any
from uuid import UUID

import yaml
from pydantic import BaseModel, ConfigDict, Field

from contracts.values import Channel
from routing.domain.commands import (
    AgentProfile,
    AgentsSeen,
    CancelWork,
    Command,
    ConfigureQueue,
    FinishWork,
    RequestWork,
    SetPresence,
    UpdateAgent,
    WorkRequest,
)
from routing.domain.decisions import WorkAccepted
from routing.domain.engine import Engine
from routing.domain.parameters import ChannelRules, Parameters
from routing.domain.rules import QueueRules
from routing.domain.values import SECOND, Micros, Presence, span

_HOUR = 3600
_SEEN_EVERY = 1800.0
# Student's t, two-sided 95 %, by degrees of freedom up to 10; beyond that the normal value is near enough.
_STUDENT = (math.nan, 12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23)


class QueueScenario(BaseModel):
    """The demand on one queue."""

    model_config = ConfigDict(extra="forbid")

    name: str
    calls_per_hour: float = Field(gt=0)
    handle_seconds: float = Field(gt=0, description="mean talk and wrap-up, exponential")
    patience_seconds: float | None = Field(
        default=None, gt=0, description="mean patience, exponential; none: waits for ever"
    )
    target_seconds: float = Field(default=20, ge=0, description="service level target")
    needs: dict[str, int] = {}


class AgentsScenario(BaseModel):
    """Agents of one kind."""

    model_config = ConfigDict(extra="forbid")

    count: int = Field(ge=1, le=5000)
    skills: dict[str, int] = {}


class Scenario(BaseModel):
    """What is simulated."""

    model_config = ConfigDict(extra="forbid")

    queues: list[QueueScenario] = Field(min_length=1)
    agents: list[AgentsScenario] = Field(min_length=1)

    @classmethod
    def load(cls, path: Path) -> "Scenario":
        """From a YAML file; raises `pydantic.ValidationError` naming what is wrong."""
        return cls.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))

    @classmethod
    def example(cls) -> "Scenario":
        """A small centre: tracking calls for everybody, complaints for a trained few."""
        return cls(
            queues=[
                QueueScenario(name="tracking", calls_per_hour=300, handle_seconds=150, patience_seconds=120),
                QueueScenario(
                    name="complaints",
                    calls_per_hour=40,
                    handle_seconds=300,
                    patience_seconds=240,
                    needs={"complaints": 1},
                ),
            ],
            agents=[AgentsScenario(count=13), AgentsScenario(count=5, skills={"complaints": 3})],
        )


@dataclass(frozen=True)
class Figure:
    """A mean with the half width of its 95 % confidence interval."""

    value: float
    half_width: float

    def as_dict(self) -> dict[str, float | None]:
        """For JSON; an interval that one batch cannot give is null."""
        width = round(self.half_width, 4) if math.isfinite(self.half_width) else None
        return {"value": round(self.value, 4), "half_width": width}

    def share(self) -> str:
        """As a percentage, for people."""
        return f"{self.value:.1%} ± {self.half_width:.1%}" if math.isfinite(self.half_width) else f"{self.value:.1%}"

    def seconds(self) -> str:
        """As seconds, for people."""
        return f"{self.value:.1f} ± {self.half_width:.1f}" if math.isfinite(self.half_width) else f"{self.value:.1f}"


@dataclass(frozen=True)
class QueueReport:
    """What happened to one queue. Times in seconds, rates from 0 to 1."""

    name: str
    arrived: int
    service_level: Figure
    speed_of_answer: Figure
    abandonment: Figure


@dataclass(frozen=True)
class Report:
    """The simulated day."""

    hours: float
    agents: int
    occupancy: float
    queues: list[QueueReport]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "hours": self.hours,
            "agents": self.agents,
            "occupancy": round(self.occupancy, 4),
            "queues": [
                {
                    "name": queue.name,
                    "arrived": queue.arrived,
                    "service_level": queue.service_level.as_dict(),
                    "speed_of_answer_seconds": queue.speed_of_answer.as_dict(),
                    "abandonment": queue.abandonment.as_dict(),
                }
                for queue in self.queues
            ],
        }

    def as_text(self) -> str:
        """For people."""
        lines = [
            f"{self.hours:g} h, {self.agents} agents, occupancy {self.occupancy:.1%}",
            f"{'queue':<16}{'calls':>8}{'service level':>20}{'ASA s':>18}{'abandoned':>18}",
        ]
        for queue in self.queues:
            level, speed, lost = queue.service_level, queue.speed_of_answer, queue.abandonment
            lines.append(
                f"{queue.name:<16}{queue.arrived:>8}{level.share():>20}{speed.seconds():>18}{lost.share():>18}"
            )
        return "\n".join(lines)


@dataclass
class _Batch:
    """One queue in one hour, by arrival."""

    arrived: int = 0
    answered: int = 0
    in_target: int = 0
    abandoned: int = 0
    waited: float = 0.0


@dataclass
class _Call:
    queue: QueueScenario
    arrived: Micros
    service: Micros
    patience: Micros | None
    state: str = "waiting"


@dataclass
class _Day:
    engine: Engine
    chance: random.Random
    events: list[tuple[Micros, int, str, Any]] = field(default_factory=list)
    calls: dict[UUID, _Call] = field(default_factory=dict)
    batches: dict[tuple[str, int], _Batch] = field(default_factory=dict)
    busy: float = 0.0
    _order: Iterator[int] = field(default_factory=itertools.count)

    def later(self, at: Micros, kind: str, about: Any) -> None:
        """Something will happen."""
        heapq.heappush(self.events, (at, next(self._order), kind, about))

    def tell(self, command: Command) -> None:
        """Apply a command and start the service of whatever was accepted."""
        for decision in self.engine.apply(command).decisions:
            if isinstance(decision, WorkAccepted):
                call = self.calls[decision.work.id]
                call.state = "served"
                self._answered(call, decision.at)
                self.later(decision.at + call.service, "end", decision.work.id)

    def batch(self, call: _Call) -> _Batch:
        """Where a call is counted."""
        key = (call.queue.name, call.arrived // (_HOUR * SECOND))
        return self.batches.setdefault(key, _Batch())

    def _answered(self, call: _Call, at: Micros) -> None:
        batch = self.batch(call)
        waited = (at - call.arrived) / SECOND
        batch.answered += 1
        batch.waited += waited
        batch.in_target += waited <= call.queue.target_seconds
        if call.arrived >= _HOUR * SECOND:
            self.busy += call.service / SECOND


def simulate_day(scenario: Scenario, *, hours: float, seed: int) -> Report:
    """Simulate `hours` after one hour of warm-up. The same seed gives the same day."""
    numbers = random.Random(seed)  # noqa: S311 - a simulation, not a secret
    day = _Day(Engine(_parameters(), lambda: UUID(int=numbers.getrandbits(128))), numbers)
    agents = _open(day, scenario)
    end = span((hours + 1) * _HOUR)
    for queue in scenario.queues:
        _next_arrival(day, queue, 0)
    day.later(span(_SEEN_EVERY), "seen", agents)
    while day.events and day.events[0][0] <= end:
        at, _, kind, about = heapq.heappop(day.events)
        _HAPPENS[kind](day, at, about)
    hour_range = range(1, math.ceil(hours) + 1)
    return Report(
        hours=hours,
        agents=len(agents),
        occupancy=min(day.busy / (hours * _HOUR * len(agents)), 1.0),
        queues=[
            _queue_report(queue, [day.batches.get((queue.name, h), _Batch()) for h in hour_range])
            for queue in scenario.queues
        ],
    )


def _parameters() -> Parameters:
    defaults = Parameters()
    voice = ChannelRules(cost=100, at_most=1, offer_seconds=15, wrap_up_seconds=0)
    return defaults.model_copy(
        update={"channels": {**defaults.channels, Channel.VOICE: voice}, "presence_grace_seconds": 3600}
    )


def _open(day: _Day, scenario: Scenario) -> tuple[str, ...]:
    for queue in scenario.queues:
        rules = QueueRules(name=queue.name, needs=queue.needs, ask_language=False, auto_accept=True)
        day.tell(ConfigureQueue(0, rules, "simulation", None))
    names: list[str] = []
    for kind in scenario.agents:
        for _ in range(kind.count):
            name = f"agent-{len(names):04d}"
            names.append(name)
            profile = AgentProfile(kind.skills, frozenset(), 100, {}, 0)
            day.tell(UpdateAgent(0, name, name, profile, None))
            day.tell(SetPresence(0, name, name, Presence.AVAILABLE, None))
    return tuple(names)


def _next_arrival(day: _Day, queue: QueueScenario, now: Micros) -> None:
    day.later(now + span(day.chance.expovariate(queue.calls_per_hour / _HOUR)), "arrival", queue)


def _arrival(day: _Day, at: Micros, queue: QueueScenario) -> None:
    patience = None if queue.patience_seconds is None else span(day.chance.expovariate(1 / queue.patience_seconds))
    call = _Call(queue, at, span(day.chance.expovariate(1 / queue.handle_seconds)), patience)
    work_id = UUID(int=day.chance.getrandbits(128))
    day.calls[work_id] = call
    day.batch(call).arrived += 1
    request = WorkRequest(work_id, work_id, "", None, Channel.VOICE, queue.name, (), None, None, None, at)
    day.tell(RequestWork(at, request, 5))
    if call.state == "waiting" and patience is not None:
        day.later(at + patience, "give_up", work_id)
    _next_arrival(day, queue, at)


def _give_up(day: _Day, at: Micros, work_id: UUID) -> None:
    call = day.calls.get(work_id)
    if call is not None and call.state == "waiting":
        del day.calls[work_id]
        day.batch(call).abandoned += 1
        day.tell(CancelWork(at, work_id, "the caller gave up", abandoned=True))


def _end(day: _Day, at: Micros, work_id: UUID) -> None:
    del day.calls[work_id]
    day.tell(FinishWork(at, work_id))


def _seen(day: _Day, at: Micros, agents: tuple[str, ...]) -> None:
    day.tell(AgentsSeen(at, agents))
    day.later(at + span(_SEEN_EVERY), "seen", agents)


_HAPPENS: dict[str, Any] = {"arrival": _arrival, "give_up": _give_up, "end": _end, "seen": _seen}


def _queue_report(queue: QueueScenario, batches: list[_Batch]) -> QueueReport:
    full = [batch for batch in batches if batch.answered + batch.abandoned]
    return QueueReport(
        name=queue.name,
        arrived=sum(batch.arrived for batch in batches),
        service_level=_figure([b.in_target / (b.answered + b.abandoned) for b in full]),
        speed_of_answer=_figure([b.waited / b.answered for b in full if b.answered]),
        abandonment=_figure([b.abandoned / (b.answered + b.abandoned) for b in full]),
    )


def _figure(samples: list[float]) -> Figure:
    if len(samples) < 2:
        return Figure(samples[0] if samples else 0.0, math.inf)
    freedom = len(samples) - 1
    quantile = _STUDENT[freedom] if freedom < len(_STUDENT) else 1.96
    return Figure(fmean(samples), quantile * stdev(samples) / math.sqrt(len(samples)))
