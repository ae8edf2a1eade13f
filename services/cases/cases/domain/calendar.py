"""Counting time the way the law and the company do.

Civil-law days (Civil Code arts 200-204): the day of the event is not counted, the period ends at 24:00 of the last day,
and a last day that is a statutory holiday moves to the first day after it. The company's own (operational) deadline
never moves. Weekends are ordinary days unless the holiday list names them; working days skip weekends and holidays but
count make-up workdays.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from cases.domain.dictionary import Data

_SEARCH_DAYS = 400
"""A run of holidays longer than this is an error in the calendar."""


class Period(NamedTuple):
    """The end of a period: when the company must be done, and when the law says it is late. `legal >= operational`."""

    operational: datetime
    legal: datetime


class Year(Data):
    """What the calendar of a year rests on: the authority's `notice`, or only what the `regulation` fixes for all
    years, without days off and make-up workdays around the holidays."""

    basis: Literal["notice", "regulation"]
    source: str


class BusinessCalendar(Data):
    """Holidays and working days of one place. Dates are local to `zone`.

    `holidays` move a deadline of the law; `rest_days` (weekends moved next to a holiday) are only no working days.
    """

    zone: str = "Asia/Shanghai"
    years: Mapping[int, Year] = Field(default_factory=dict, description="what each year rests on")
    holidays: Mapping[date, str] = Field(default_factory=dict, description="statutory holidays with their names")
    rest_days: Mapping[date, str] = Field(default_factory=dict, description="further days off, by the yearly notice")
    workdays: Mapping[date, str] = Field(default_factory=dict, description="weekend days that are worked to make up")
    weekend: tuple[int, ...] = Field(default=(5, 6), description="0 is Monday")

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        ZoneInfo(value)
        return value

    def is_working_day(self, day: date) -> bool:
        """Whether the company works on that day."""
        if day in self.workdays:
            return True
        if day in self.holidays or day in self.rest_days:
            return False
        return day.weekday() not in self.weekend

    def unconfirmed(self, today: date, within: timedelta) -> date | None:
        """The first day from `today` on, and at most `within` ahead, that the calendar does not know for sure: its year
        is missing, or rests on less than the authority's notice. None if all is known, and for a calendar that does
        not say what its years rest on."""
        if not self.years:
            return None
        day = today
        while day <= today + within:
            year = self.years.get(day.year)
            if year is None or year.basis != "notice":
                return day
            day = date(day.year + 1, 1, 1)
        return None

    def local_day(self, moment: datetime) -> date:
        """The local calendar day of an instant."""
        return moment.astimezone(ZoneInfo(self.zone)).date()

    def end_of(self, day: date) -> datetime:
        """24:00 of a local day, as an instant."""
        return datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(self.zone))

    def calendar_days(self, start: datetime, days: int) -> Period:
        """The end of `days` calendar days after the day of `start`."""
        return self._period(self.local_day(start) + timedelta(days=days))

    def working_days(self, start: datetime, days: int) -> Period:
        """The end of the `days`-th working day after the day of `start`."""
        day, left = self.local_day(start), days
        for _ in range(_SEARCH_DAYS + 3 * days):
            if left == 0:
                return Period(self.end_of(day), self.end_of(day))
            day += timedelta(days=1)
            left -= self.is_working_day(day)
        raise ValueError("the calendar has no working days")

    def months(self, start: datetime, months: int) -> Period:
        """The end of the same day `months` later; the month's last day where it has no such day (Civil Code 202)."""
        day = self.local_day(start)
        year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
        return self._period(date(year, month + 1, min(day.day, _days_in(year, month + 1))))

    def _period(self, last: date) -> Period:
        legal = last
        for _ in range(_SEARCH_DAYS):
            if legal not in self.holidays:
                return Period(self.end_of(last), self.end_of(legal))
            legal += timedelta(days=1)
        raise ValueError("the calendar has no day that is not a holiday")


def _days_in(year: int, month: int) -> int:
    first_of_next = date(year + month // 12, month % 12 + 1, 1)
    return (first_of_next - timedelta(days=1)).day
