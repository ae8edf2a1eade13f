"""Business hours: when a queue is open, in the local time of a place, with holidays and other special dates."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from routing.domain.values import Micros, instant, micros

_LOOK_AHEAD_DAYS = 400
"""A queue that does not open within a year counts as closed for this long; nobody plans holidays further ahead."""


class Weekday(StrEnum):
    """A day of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


_WEEK = tuple(Weekday)

ClockTime = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]


class Opening(BaseModel):
    """Open from one time of the day to another; `to` may be 24:00."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    start: ClockTime = Field(alias="from")
    to: ClockTime

    @model_validator(mode="after")
    def _forward(self) -> "Opening":
        if self.start >= self.to:
            raise ValueError("from: must be before `to`; a night shift is two openings")
        return self


class Hours(BaseModel):
    """The week's openings, and dates that differ: holidays (no openings) or special hours."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    time_zone: str = Field(default="Asia/Shanghai", description="IANA name; openings are in this place's local time")
    week: dict[Weekday, tuple[Opening, ...]]
    dates: dict[date, tuple[Opening, ...]] = Field(default_factory=dict, max_length=1000)

    @field_validator("time_zone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("not an IANA time zone") from error
        return value

    @model_validator(mode="after")
    def _ever_open(self) -> "Hours":
        if not any(self.week.values()):
            raise ValueError("week: there must be at least one opening")
        return self

    def opening(self, at: Micros) -> Micros:
        """`at` if the queue is open then, otherwise when it next opens."""
        zone = ZoneInfo(self.time_zone)
        local = instant(at).astimezone(zone)
        for ahead in range(_LOOK_AHEAD_DAYS):
            day = local.date() + timedelta(days=ahead)
            for opening in sorted(self._openings(day), key=lambda one: one.start):
                start, end = _moment(day, opening.start, zone), _moment(day, opening.to, zone)
                if at < end:
                    return max(at, start)
        return at + micros_of_days(_LOOK_AHEAD_DAYS)

    def _openings(self, day: date) -> tuple[Opening, ...]:
        special = self.dates.get(day)
        return self.week.get(_WEEK[day.weekday()], ()) if special is None else special


def micros_of_days(days: int) -> Micros:
    """A span of whole days."""
    return days * 86_400_000_000


def _moment(day: date, clock: str, zone: ZoneInfo) -> Micros:
    if clock == "24:00":
        return _moment(day + timedelta(days=1), "00:00", zone)
    return micros(datetime.combine(day, time.fromisoformat(clock), zone))
