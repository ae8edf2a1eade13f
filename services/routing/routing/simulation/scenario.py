"""What is simulated, as people write it down in a YAML file."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts.values import Channel
from routing.domain.configuration import FloorRules
from routing.domain.parameters import Parameters
from routing.domain.rules import Name, QueueRules, Skills
from routing.simulation.arrivals import Arriving
from routing.simulation.distributions import Distribution, Seconds


class Part(BaseModel):
    """Base of a scenario's parts: unknown fields are refused, because a misspelt one must not be ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Demand(Part):
    """Customers of one kind."""

    name: str = Field(min_length=1, max_length=60)
    queue: Name
    arrivals: Arriving
    handle: Seconds = Field(description="time from acceptance to the end of the contact; wrap-up follows by the rules")
    patience: Seconds | None = Field(default=None, description="none: waits for ever")
    channel: Channel = Channel.VOICE
    needs: Skills = Field(default_factory=dict)
    language: str | None = None
    priority: int = Field(default=5, ge=1, le=9)
    target_seconds: float = Field(default=20, ge=0, description="service level target")


class Shift(Part):
    """Signed in from one hour of the simulation to another."""

    start: float = Field(alias="from", ge=0)
    to: float = Field(gt=0)

    @model_validator(mode="after")
    def _forward(self) -> "Shift":
        if self.start >= self.to:
            raise ValueError("from: must be before `to`")
        return self


class AgentsOfAKind(Part):
    """Agents who are alike. Without shifts they are there all the time."""

    name: str = Field(default="agents", min_length=1, max_length=60)
    count: int = Field(ge=1, le=10_000)
    skills: Skills = Field(default_factory=dict)
    groups: tuple[Name, ...] = ()
    capacity: int = Field(default=100, ge=1, le=10_000)
    at_most: dict[Channel, int] = Field(default_factory=dict)
    rank: int = 0
    shifts: tuple[Shift, ...] = ()


class Answering(Part):
    """How agents react to an offer."""

    seconds: Seconds = Distribution(fixed=0)
    missed: float = Field(default=0, ge=0, lt=1, description="share of offers they let run out")


class Scenario(Part):
    """A centre and a day. `queues` are rules exactly as the queues API takes them; `parameters` override the engine's.

    Figures are taken from `warm_up_hours` on, so that a centre that begins empty does not look better than it is.
    """

    title: str = ""
    starts: datetime = Field(
        default=datetime(2026, 1, 5, tzinfo=UTC), description="the first instant; matters for business hours only"
    )
    hours: float = Field(default=8, gt=0, le=24 * 366)
    warm_up_hours: float = Field(default=1, ge=0)
    queues: tuple[QueueRules, ...] = Field(min_length=1)
    floor: FloorRules = Field(default_factory=FloorRules, description="calendars and the rest of a configuration")
    demand: tuple[Demand, ...] = Field(min_length=1)
    agents: tuple[AgentsOfAKind, ...] = Field(min_length=1)
    answering: Answering = Answering()
    parameters: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _consistent(self) -> "Scenario":
        names = {one.name for one in self.queues}
        if len(names) < len(self.queues):
            raise ValueError("queues: names must differ")
        for index, demand in enumerate(self.demand):
            if demand.queue not in names:
                raise ValueError(f"demand/{index}/queue: there is no queue {demand.queue}")
        if len({demand.name for demand in self.demand}) < len(self.demand):
            raise ValueError("demand: names must differ")
        self.engine_parameters()
        return self

    def engine_parameters(self) -> Parameters:
        """The engine's parameters with what the scenario overrides; channels are merged one by one."""
        return overridden(Parameters(), self.parameters)

    @classmethod
    def load(cls, path: Path) -> "Scenario":
        """From a YAML file; raises `pydantic.ValidationError` naming what is wrong."""
        return cls.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))

    @classmethod
    def example(cls) -> "Scenario":
        """A small centre: tracking calls for everybody, complaints for a trained few."""
        return cls.load(Path(__file__).parent / "examples" / "small.yaml")


def overridden(parameters: Parameters, changes: dict[str, Any]) -> Parameters:
    """Parameters with some values replaced; raises `pydantic.ValidationError` for what they may not be."""
    values = parameters.model_dump(mode="json")
    channels = changes.get("channels") or {}
    merged = {name: {**rules, **channels.get(name, {})} for name, rules in values["channels"].items()}
    unknown = sorted(set(channels) - set(merged))
    if unknown:
        raise ValueError(f"parameters/channels: there is no channel {unknown[0]}")
    return Parameters.model_validate({**values, **changes, "channels": merged})
