"""Which parcel an event belongs to: waybill numbers are used again, so a parcel is a number within a time."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

_NOT_PART = re.compile(r"[^A-Z0-9]+")


class NumberUnusable(ValueError):
    """The text is no waybill number: too short or too long without its separators."""


def canonical_number(text: str) -> str:
    """A waybill number in the one form it is stored and compared in: letters and digits, upper case."""
    number = _NOT_PART.sub("", unicodedata.normalize("NFKC", text).upper())
    if not 5 <= len(number) <= 40:
        raise NumberUnusable(f"a waybill number has 5 to 40 letters and digits: {text[:50]!r}")
    return number


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch of time in which a number meant one parcel; `None` bounds while no event is known."""

    generation: int
    first: datetime | None
    last: datetime | None


def generation_of(at: datetime, windows: Sequence[Window], gap: timedelta) -> int:
    """The generation an event at `at` belongs to: the nearest within `gap`, else a new one."""
    best: tuple[timedelta, int] | None = None
    for window in windows:
        if window.first is None or window.last is None:
            distance = timedelta(0)
        else:
            distance = max(window.first - at, at - window.last, timedelta(0))
        if distance <= gap and (best is None or distance < best[0]):
            best = (distance, window.generation)
    return best[1] if best else max((window.generation for window in windows), default=0) + 1
