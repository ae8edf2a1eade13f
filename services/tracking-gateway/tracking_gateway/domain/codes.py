"""A provider's code table: what each of its codes says, and how far the text may say it better."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from contracts.parcels import ParcelStatus
from tracking_gateway.domain.model import Direction, ExceptionCode, Milestone


class Grade(StrEnum):
    """How much a code says by itself.

    `exact`: the text only may deny it. `generic`: the text may say it more precisely. `ambiguous`: it has two
    readings, the text decides, and what both readings share is all that counts without it.
    """

    EXACT = "exact"
    GENERIC = "generic"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """What one code says."""

    status: ParcelStatus | None
    milestone: Milestone | None
    exceptions: tuple[ExceptionCode, ...]
    direction: Direction | None
    grade: Grade
    revokes: bool
    resolves: bool


@dataclass(frozen=True, slots=True, eq=False)
class CodeMap:
    """All codes of a provider. `text_for_unknown` lets texts speak where the provider's full table is not public."""

    provider: str
    version: str
    entries: Mapping[str, CodeEntry]
    text_for_unknown: bool

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> "CodeMap":
        """Build from a parsed `mapping.json`; aliases (names of codes) count as codes."""
        entries = {code.casefold(): _entry(entry) for code, entry in data["codes"].items()}
        for alias, code in data.get("aliases", {}).items():
            entries[alias.casefold()] = entries[code.casefold()]
        return cls(data["provider"], data["version"], entries, data.get("text_for_unknown", False))

    def get(self, code: str) -> CodeEntry | None:
        """The entry of a code, whatever its case."""
        return self.entries.get(code.casefold())


def _entry(data: Mapping[str, Any]) -> CodeEntry:
    status, milestone, direction = data.get("status"), data.get("milestone"), data.get("direction")
    exceptions = [ExceptionCode(code) for code in data.get("exceptions", [])]
    if status in (ParcelStatus.RETURNING, ParcelStatus.RETURNED):
        direction = Direction.RETURN
        if ExceptionCode.RETURN_TO_SENDER not in exceptions:
            exceptions.append(ExceptionCode.RETURN_TO_SENDER)
    return CodeEntry(
        status=ParcelStatus(status) if status else None,
        milestone=Milestone(milestone) if milestone else None,
        exceptions=tuple(exceptions),
        direction=Direction(direction) if direction else None,
        grade=Grade(data.get("grade", "exact")),
        revokes=data.get("revokes", False),
        resolves=data.get("resolves", False),
    )
