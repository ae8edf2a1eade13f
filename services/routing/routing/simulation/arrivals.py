"""When customers arrive: at random with a steady or a changing rate, or exactly when they did."""

import random
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

_HOUR = 3600.0


class Rate(BaseModel):
    """From an hour of the simulation on, this many an hour."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    start: float = Field(alias="from", ge=0, description="hours after the start")
    per_hour: float = Field(ge=0, le=1_000_000)


class Arrivals(BaseModel):
    """Poisson with rates that may change over the day, or `recorded` instants in seconds after the start."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rates: tuple[Rate, ...] | None = Field(default=None, min_length=1, max_length=1000)
    recorded: tuple[Annotated[float, Field(ge=0)], ...] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "Arrivals":
        if (self.rates is None) == (self.recorded is None):
            raise ValueError("give either rates or recorded")
        starts = [rate.start for rate in self.rates or ()]
        if starts and (starts != sorted(set(starts)) or starts[0] != 0):
            raise ValueError("rates: must begin at hour 0 and be in order of `from`")
        return self

    def times(self, chance: random.Random, seconds: float) -> Iterator[float]:
        """Seconds after the start, in order, before `seconds`."""
        if self.recorded is not None:
            yield from (at for at in sorted(self.recorded) if at < seconds)
            return
        rates = self.rates or ()
        for index, rate in enumerate(rates):
            end = min(rates[index + 1].start * _HOUR, seconds) if index + 1 < len(rates) else seconds
            at = rate.start * _HOUR
            # a Poisson process has no memory: at each change of rate it may begin anew
            while rate.per_hour and (at := at + chance.expovariate(rate.per_hour / _HOUR)) < end:
                yield at


def _from_number(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"rates": [{"from": 0, "per_hour": value}]}
    return {"rates": value} if isinstance(value, list | tuple) else value


Arriving = Annotated[Arrivals, BeforeValidator(_from_number)]
"""Arrivals; a bare number is a steady rate per hour, a list the rates of a day."""
