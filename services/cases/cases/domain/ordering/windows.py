"""When a parcel can be picked up: windows of local time on days on which couriers go out, up to a cut-off."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from cases.domain.calendar import BusinessCalendar
from cases.domain.dictionary import Data


class Slot(Data):
    """A stretch of a day, local time."""

    start: time
    end: time

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.end <= self.start:
            raise ValueError("a pickup slot ends after it starts, on the same day")
        return self


class PickupRules(Data):
    """How pickups are offered. All values are proposals for the company to set."""

    slots: tuple[Slot, ...] = Field(min_length=1)
    cut_off_minutes: int = Field(ge=0, description="how long before its start a window is closed to new orders")
    days_ahead: int = Field(ge=1, le=60)
    rest_on: Literal["never", "holidays", "non_working_days"]
    capacity: int = Field(ge=1, description="pickups per window and city")


class Window(Data):
    """A pickup window, and how many pickups it still takes."""

    start: datetime
    end: datetime
    left: int


def windows(
    rules: PickupRules, calendar: BusinessCalendar, now: datetime, taken: Mapping[datetime, int]
) -> tuple[Window, ...]:
    """The windows that are open to new orders, the earliest first. `taken` counts pickups by the window's start."""
    found = []
    for start, end in _all(rules, calendar, now):
        left = rules.capacity - taken.get(start, 0)
        if left > 0:
            found.append(Window(start=start, end=end, left=left))
    return tuple(found)


def is_window(rules: PickupRules, calendar: BusinessCalendar, now: datetime, start: datetime, end: datetime) -> bool:
    """Whether couriers go out in exactly that window, and its cut-off has not passed."""
    return any((start, end) == window for window in _all(rules, calendar, now))


def _all(rules: PickupRules, calendar: BusinessCalendar, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    zone = ZoneInfo(calendar.zone)
    today = calendar.local_day(now)
    for ahead in range(rules.days_ahead + 1):
        day = today + timedelta(days=ahead)
        if _rests(rules, calendar, day):
            continue
        for slot in rules.slots:
            start = datetime.combine(day, slot.start, tzinfo=zone)
            if start - timedelta(minutes=rules.cut_off_minutes) >= now:
                yield start, datetime.combine(day, slot.end, tzinfo=zone)


def _rests(rules: PickupRules, calendar: BusinessCalendar, day: date) -> bool:
    match rules.rest_on:
        case "never":
            return False
        case "holidays":
            return day in calendar.holidays and day not in calendar.workdays
        case "non_working_days":
            return not calendar.is_working_day(day)
