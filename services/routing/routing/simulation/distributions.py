"""Distributions of handling times, patience and answering, in seconds."""

import math
import random
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Positive = Annotated[float, Field(gt=0, le=30 * 24 * 3600)]


class Lognormal(BaseModel):
    """A lognormal, by its mean and its coefficient of variation; talk times usually look like this."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mean: Positive
    cv: Annotated[float, Field(gt=0, le=20)] = 1.0


class Distribution(BaseModel):
    """Exactly one of these. A bare number in a scenario stands for `exponential` with that mean."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    exponential: Positive | None = Field(default=None, description="mean")
    lognormal: Lognormal | None = None
    fixed: Annotated[float, Field(ge=0, le=30 * 24 * 3600)] | None = Field(default=None, description="always this")
    samples: tuple[Annotated[float, Field(ge=0)], ...] | None = Field(
        default=None, min_length=1, description="drawn with replacement from these, as recorded"
    )

    @model_validator(mode="after")
    def _one(self) -> "Distribution":
        given = [name for name in ("exponential", "lognormal", "fixed", "samples") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of exponential, lognormal, fixed, samples; not {len(given)}")
        return self

    def draw(self, chance: random.Random) -> float:
        """One value."""
        if self.exponential is not None:
            return chance.expovariate(1 / self.exponential)
        if self.lognormal is not None:
            variance = math.log1p(self.lognormal.cv**2)
            return chance.lognormvariate(math.log(self.lognormal.mean) - variance / 2, math.sqrt(variance))
        if self.samples is not None:
            return chance.choice(self.samples)
        return self.fixed or 0.0


def _from_number(value: Any) -> Any:
    return {"exponential": value} if isinstance(value, int | float) and not isinstance(value, bool) else value


Seconds = Annotated[Distribution, BeforeValidator(_from_number)]
"""A distribution, or the mean of an exponential one."""
