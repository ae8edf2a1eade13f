"""Steps that parsers share: reading lists item by item, naming carriers, choosing among codes."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from tracking_gateway.carriers.json_items import Malformed, as_object, dump
from tracking_gateway.domain.events import Report, in_sequence
from tracking_gateway.domain.identity import NumberUnusable, canonical_number
from tracking_gateway.domain.observation import Unreadable
from tracking_gateway.domain.times import TimeUnreadable


@dataclass(frozen=True, slots=True)
class Items:
    """A provider's list, read: reports oldest first, each with its item as it came, and what could not be read."""

    reports: tuple[Report, ...]
    raw: tuple[str | None, ...]
    unreadable: tuple[Unreadable, ...]


def collect(items: Iterable[Any], read: Callable[[Mapping[str, Any]], Report]) -> Items:
    """Read a list given oldest first. An item that cannot be read is set aside with the reason."""
    reports: list[Report] = []
    raw: list[str | None] = []
    unreadable: list[Unreadable] = []
    for item in items:
        try:
            reports.append(read(as_object(item, "#")))
            raw.append(dump(item))
        except (TimeUnreadable, Malformed) as error:
            unreadable.append(Unreadable(str(error), dump(item)))
    return Items(tuple(in_sequence(reports)), tuple(raw), tuple(unreadable))


def number_at(text: str, pointer: str) -> str:
    """The waybill number in a payload; `Malformed` if it is none."""
    try:
        return canonical_number(text)
    except NumberUnusable as error:
        raise Malformed(pointer, str(error)) from error


@dataclass(frozen=True, slots=True)
class ProviderNames:
    """What adapters need of their provider's `mapping.json`: carrier names both ways, which codes are known, and for
    which of our carriers the provider wants a phone number."""

    ours: Mapping[str, str]
    theirs: Mapping[str, str]
    codes: frozenset[str]
    phone: frozenset[str]

    def carrier(self, name: str) -> str:
        """Our code for the provider's name of a carrier; one that is not listed keeps its name."""
        lowered = name.strip().casefold()
        return self.ours.get(lowered) or "".join(char if char.isalnum() else "_" for char in lowered)[:40] or "unknown"

    def name_for(self, carrier: str) -> str | None:
        """The provider's name for one of our carriers, if it has one."""
        return self.theirs.get(carrier)

    def wants_phone(self, carrier: str) -> bool:
        """Whether the provider asks for a phone number with this carrier's parcels."""
        return carrier in self.phone

    def code(self, *choices: str) -> str:
        """The first of these codes that the table knows, else the first that is not empty, so that it is counted."""
        for choice in choices:
            if choice.casefold() in self.codes:
                return choice
        return next((choice for choice in choices if choice), "")


@cache
def mapping_of(folder: str) -> ProviderNames:
    """The names and codes of `carriers/<folder>/mapping.json`."""
    data = json.loads((files("tracking_gateway") / "carriers" / folder / "mapping.json").read_text("utf-8"))
    carriers: dict[str, str] = data.get("carriers", {})
    theirs: dict[str, str] = {}
    for name, ours in carriers.items():
        theirs.setdefault(ours, name)
    codes = {code.casefold() for code in (*data["codes"], *data.get("aliases", {}))}
    by_name = {name.casefold(): carrier for name, carrier in carriers.items()}
    return ProviderNames(by_name, theirs, frozenset(codes), frozenset(data.get("phone", ())))
