"""Waybill number formats, built from the data file: a pattern, a check digit if there is one, how rare a match is."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tracking_gateway.domain.numbers.checks import CheckFunction, check_function

MIN_LENGTH, MAX_LENGTH = 5, 40
"""Shortest and longest waybill number in the house (contracts.values.WaybillNo)."""


@dataclass(frozen=True, slots=True)
class Format:
    """One form of waybill number.

    `chance` is the share of random strings of one shape (length, and where letters stand) that the format accepts,
    check digit included; the rarer a match is by chance, the more it says. `distinctive` formats are recognisable
    without their check digit, so a wrong one reads as a typing mistake.
    """

    id: str
    carrier: str
    lengths: tuple[int, ...]
    pattern: re.Pattern[str]
    chance: float
    weight: float
    source: str
    check: CheckFunction | None
    distinctive: bool
    serial_prefix: tuple[str, str] | None
    alternatives: tuple[re.Pattern[str], ...] = ()

    def match(self, number: str) -> re.Match[str] | None:
        """How the number reads in this form: of several readings the one whose check digit is right."""
        first = self.pattern.fullmatch(number)
        if not self.alternatives or (first and self.check_passes(first)):
            return first
        others = [match for pattern in self.alternatives if (match := pattern.fullmatch(number))]
        return next((match for match in others if self.check_passes(match)), first or next(iter(others), None))

    def check_passes(self, match: re.Match[str]) -> bool:
        """Whether the check digit of a match is right; true where the format has none."""
        if self.check is None:
            return True
        serial = match["serial"]
        if self.serial_prefix and not serial.startswith(self.serial_prefix[1]):
            serial = self.serial_prefix[0] + serial
        return self.check(serial) == match["check"]


@dataclass(frozen=True, slots=True)
class Post:
    """A postal service that issues S10 numbers."""

    country: str
    name: str


@dataclass(frozen=True)
class Formats:
    """Everything detection knows: formats, number forms that are not parcels, posts, brand names, markets."""

    version: str
    formats: tuple[Format, ...]
    not_parcels: tuple[Format, ...]
    posts: Mapping[str, Post]
    s10_carriers: Mapping[str, Mapping[str, str]]
    brands: Mapping[str, tuple[str, ...]]
    markets: Mapping[str, Mapping[str, float]]
    market_floor: float
    by_length: Mapping[int, tuple[Format, ...]] = field(default_factory=dict)

    @classmethod
    def load(
        cls, numbers: Mapping[str, Any], posts: Mapping[str, Any], own: tuple[str, str] | None = None
    ) -> "Formats":
        """Build from the parsed data files. `own` is the courier's own (carrier code, number pattern)."""
        formats = [_format(entry) for entry in numbers["formats"]]
        if own:
            formats.insert(0, _own_format(*own))
        not_parcels = tuple(_format({**entry, "carrier": entry["id"]}) for entry in numbers["not_parcels"])
        return cls(
            version=numbers["version"],
            formats=tuple(formats),
            not_parcels=not_parcels,
            posts={code: Post(entry["country"], entry["post"]) for code, entry in posts["posts"].items()},
            s10_carriers=numbers["s10_carriers"],
            brands={carrier: tuple(names) for carrier, names in numbers["brands"].items()},
            markets=numbers["markets"],
            market_floor=numbers["market_floor"],
            by_length=_by_length([*formats, *not_parcels]),
        )

    def s10_carrier(self, service: str, country: str) -> str | None:
        """The carrier code behind an S10 number, `None` when no post is known for the country."""
        if country not in self.posts:
            return None
        named = self.s10_carriers.get(country)
        return named.get(service[0], named["default"]) if named else f"post_{country.lower()}"


def _format(entry: Mapping[str, Any]) -> Format:
    check = check_function(entry["check"]) if "check" in entry else None
    prefix = entry.get("serial_prefix")
    return Format(
        id=entry["id"],
        carrier=entry["carrier"],
        lengths=tuple(entry["lengths"]),
        pattern=re.compile(entry["pattern"]),
        chance=entry["chance"] / (entry.get("check_space", 10) if check else 1),
        weight=entry.get("weight", 1.0),
        source=entry["source"],
        check=check,
        distinctive=entry.get("distinctive", False),
        serial_prefix=(prefix["first"], prefix["unless_starts_with"]) if prefix else None,
        alternatives=tuple(re.compile(pattern) for pattern in entry.get("alternatives", ())),
    )


def _own_format(carrier: str, pattern: str) -> Format:
    # A deployment's own pattern comes without figures: all lengths are tried, and it counts as rare as two letters.
    return Format(
        id="own",
        carrier=carrier,
        lengths=tuple(range(MIN_LENGTH, MAX_LENGTH + 1)),
        pattern=re.compile(pattern),
        chance=1 / 26**2,
        weight=1.0,
        source="this deployment's settings",
        check=None,
        distinctive=False,
        serial_prefix=None,
    )


def _by_length(formats: list[Format]) -> dict[int, tuple[Format, ...]]:
    """Formats by the lengths they accept, so that a lookup tries few patterns."""
    lengths: dict[int, list[Format]] = defaultdict(list)
    for entry in formats:
        for length in entry.lengths:
            lengths[length].append(entry)
    return {length: tuple(entries) for length, entries in lengths.items()}
