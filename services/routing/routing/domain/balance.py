"""How routing domains spread over replicas: a pure rule over a census, the same on every replica."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Census:
    """Who is here and who owns what. `replicas`: how many domains each other one owns. `owned`: all held domains."""

    replicas: Mapping[int, int]
    owned: frozenset[str]


def may_take(census: Census, mine: int) -> bool:
    """Whether a free domain is for a replica that owns `mine`: nobody owns fewer."""
    return mine <= min(census.replicas.values(), default=mine)


def should_give(census: Census, mine: int) -> bool:
    """Whether a replica owns so many that handing one over evens things out: another owns at least two fewer.

    Replicas thus differ by one domain at most, and one that joins an even crew moves nothing.
    """
    return bool(census.replicas) and mine - min(census.replicas.values()) >= 2
