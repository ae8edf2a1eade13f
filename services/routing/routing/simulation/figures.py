"""Figures with confidence intervals, from batches of one long run or from replications of a day."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist


@dataclass(frozen=True)
class Figure:
    """An estimate, its standard error, and on how many degrees of freedom that rests (0: no interval can be given)."""

    value: float
    error: float = math.inf
    freedom: int = 0

    @property
    def half_width(self) -> float:
        """Of the 95 % confidence interval."""
        return self.within(0.95)

    def within(self, confidence: float) -> float:
        """Half the width of the interval that covers the truth with this probability."""
        return student(0.5 + confidence / 2, self.freedom) * self.error if self.freedom else math.inf

    def as_dict(self) -> dict[str, float | None]:
        """For JSON; an interval that one batch cannot give is null."""
        width = self.half_width
        return {"value": round(self.value, 4), "half_width": round(width, 4) if math.isfinite(width) else None}

    def share(self) -> str:
        """As a percentage, for people."""
        return f"{self.value:.1%}" + (f" ± {self.half_width:.1%}" if self.freedom else "")

    def seconds(self) -> str:
        """As seconds, for people."""
        return f"{self.value:.1f}" + (f" ± {self.half_width:.1f}" if self.freedom else "")


def ratio(pairs: Sequence[tuple[float, float]]) -> Figure:
    """The ratio of two sums, such as waiting time over calls, with the error of a ratio estimate.

    One pair per batch or replication; pairs whose denominator is 0 say nothing and are left out.
    """
    pairs = [pair for pair in pairs if pair[1] > 0]
    total = math.fsum(below for _, below in pairs)
    if not total:
        return Figure(0.0)
    value = math.fsum(above for above, _ in pairs) / total
    number = len(pairs)
    if number < 2:
        return Figure(value)
    squares = math.fsum((above - value * below) ** 2 for above, below in pairs)
    return Figure(value, math.sqrt(squares * number / (number - 1)) / total, number - 1)


def student(quantile: float, freedom: int) -> float:
    """A quantile of Student's t: exact for one and two degrees of freedom, otherwise by the expansion of Fisher and
    Cornish around the normal (off by less than 0.01 at 97.5 %)."""
    if freedom == 1:
        return math.tan(math.pi * (quantile - 0.5))
    if freedom == 2:
        return (2 * quantile - 1) / math.sqrt(2 * quantile * (1 - quantile))
    z = NormalDist().inv_cdf(quantile)
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return math.fsum(term / freedom**power for power, term in enumerate(terms))
