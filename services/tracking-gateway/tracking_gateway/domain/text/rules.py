"""The reading rules of `data/text_rules.yaml`, compiled."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.parcels import ParcelStatus
from tracking_gateway.domain.model import ExceptionCode, Milestone


@dataclass(frozen=True, slots=True)
class StatusRule:
    """Patterns that speak of one status.

    A `claim` is void when it is denied or about the future; `whole` patterns read across clauses.
    """

    id: str
    status: ParcelStatus | None
    milestone: Milestone | None
    revokes: bool
    claim: bool
    whole: bool
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Guards:
    """What makes a clause or a match not count."""

    condition: re.Pattern[str]
    consequence: re.Pattern[str]
    advice: re.Pattern[str]
    cut: re.Pattern[str]
    negated_before: re.Pattern[str]
    negated_after: re.Pattern[str]
    future_before: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class TextRules:
    """All reading rules of one version."""

    version: str
    guards: Guards
    statuses: tuple[StatusRule, ...]
    resolves: re.Pattern[str]
    exceptions: tuple[tuple[ExceptionCode, re.Pattern[str]], ...]
    suppresses: Mapping[ExceptionCode, frozenset[ExceptionCode]]
    simplify: Mapping[int, str]

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> "TextRules":
        """Build from the parsed data file."""
        guards = data["guards"]
        return cls(
            version=str(data["version"]),
            guards=Guards(**{name: _union(guards[name]) for name in Guards.__slots__}),
            statuses=tuple(_status_rule(entry) for entry in data["status"]),
            resolves=_union(data["resolves"]["patterns"]),
            exceptions=tuple((ExceptionCode(entry["code"]), _union(entry["patterns"])) for entry in data["exceptions"]),
            suppresses={
                ExceptionCode(code): frozenset(ExceptionCode(other) for other in others)
                for code, others in data["suppresses"].items()
            },
            simplify={ord(pair[0]): pair[1] for pair in data["simplify"].split()},
        )


def _status_rule(entry: Mapping[str, Any]) -> StatusRule:
    status, milestone = entry.get("status"), entry.get("milestone")
    return StatusRule(
        id=entry["id"],
        status=ParcelStatus(status) if status else None,
        milestone=Milestone(milestone) if milestone else None,
        revokes=entry.get("revokes", False),
        claim=entry.get("claim", True),
        whole=entry.get("scope") == "text",
        pattern=_union(entry["patterns"]),
    )


def _union(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
