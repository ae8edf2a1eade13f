"""Counting days the way the civil code does: over weekends, holidays, ends of months and years, time zones."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cases.domain.calendar import BusinessCalendar
from cases.domain.engine import Engine
from tests.unit.cases.walking import LIBRARY, Walk

SHANGHAI = ZoneInfo("Asia/Shanghai")
# An example calendar of our own: a week of holidays with make-up workdays around it.
FESTIVAL = BusinessCalendar(
    holidays={date(2026, 10, day): "国庆节" for day in range(1, 8)},
    workdays={date(2026, 9, 27): "补班", date(2026, 10, 10): "补班"},
)


def at(text: str) -> datetime:
    """A local time in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


class TestCalendarDays:
    @pytest.mark.parametrize(
        ("start", "days", "operational", "legal"),
        [
            # the day of the event is not counted; the end is 24:00 of the last day
            ("2026-03-02T09:00", 7, "2026-03-10T00:00", "2026-03-10T00:00"),
            ("2026-03-02T00:00", 7, "2026-03-10T00:00", "2026-03-10T00:00"),
            ("2026-03-02T23:59", 7, "2026-03-10T00:00", "2026-03-10T00:00"),
            # a weekend is made of ordinary days
            ("2026-03-01T09:00", 6, "2026-03-08T00:00", "2026-03-08T00:00"),
            # the last day is a holiday: the law moves on, the company does not
            ("2026-09-25T09:00", 7, "2026-10-03T00:00", "2026-10-09T00:00"),
            # holidays in the middle change nothing
            ("2026-09-30T09:00", 9, "2026-10-10T00:00", "2026-10-10T00:00"),
            # ends of months and years, a leap day
            ("2026-12-28T09:00", 7, "2027-01-05T00:00", "2027-01-05T00:00"),
            ("2028-02-26T09:00", 3, "2028-03-01T00:00", "2028-03-01T00:00"),
        ],
    )
    def test_examples(self, start: str, days: int, operational: str, legal: str) -> None:
        assert FESTIVAL.calendar_days(at(start), days) == (at(operational), at(legal))

    def test_the_day_is_the_local_one(self) -> None:
        late_utc = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)  # already the 3rd in Shanghai
        assert FESTIVAL.calendar_days(late_utc, 1).operational == at("2026-03-05T00:00")
        london = BusinessCalendar(zone="Europe/London")
        assert london.calendar_days(late_utc, 1).operational == datetime(2026, 3, 4, tzinfo=UTC)

    def test_a_change_of_clocks_does_not_shift_midnight(self) -> None:
        london = BusinessCalendar(zone="Europe/London")
        end = london.calendar_days(datetime(2026, 3, 27, 12, 0, tzinfo=UTC), 2).operational
        assert end == datetime(2026, 3, 29, 23, 0, tzinfo=UTC)  # midnight of summer time

    @given(st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)), st.integers(0, 60))
    def test_always_a_midnight_and_never_before_the_law_allows(self, start: datetime, days: int) -> None:
        moment = start.replace(tzinfo=SHANGHAI)
        period = FESTIVAL.calendar_days(moment, days)
        assert period.operational.astimezone(SHANGHAI).time() == datetime.min.time()
        assert timedelta(days=days) <= period.operational - moment <= timedelta(days=days + 1)
        assert period.legal >= period.operational


class TestWorkingDays:
    @pytest.mark.parametrize(
        ("start", "days", "end"),
        [
            ("2026-03-02T09:00", 3, "2026-03-06T00:00"),
            ("2026-03-06T09:00", 1, "2026-03-10T00:00"),
            # over the festival, with the make-up Saturday counted
            ("2026-09-30T09:00", 1, "2026-10-09T00:00"),
            ("2026-09-30T09:00", 3, "2026-10-11T00:00"),
            # the make-up Sunday before it
            ("2026-09-25T09:00", 1, "2026-09-28T00:00"),
        ],
    )
    def test_examples(self, start: str, days: int, end: str) -> None:
        assert FESTIVAL.working_days(at(start), days).operational == at(end)

    def test_a_calendar_without_working_days_is_an_error(self) -> None:
        with pytest.raises(ValueError, match="no working days"):
            BusinessCalendar(weekend=(0, 1, 2, 3, 4, 5, 6)).working_days(at("2026-03-02T09:00"), 1)


class TestMonths:
    @pytest.mark.parametrize(
        ("start", "months", "end"),
        [
            ("2026-03-02T09:00", 6, "2026-09-03T00:00"),
            ("2026-08-31T09:00", 6, "2027-03-01T00:00"),
            ("2026-12-31T09:00", 2, "2027-03-01T00:00"),
            ("2026-01-31T09:00", 1, "2026-03-01T00:00"),
        ],
    )
    def test_examples(self, start: str, months: int, end: str) -> None:
        assert FESTIVAL.months(at(start), months).operational == at(end)


class TestInProcedures:
    def test_a_complaint_over_a_holiday_has_two_deadlines(self) -> None:
        found = LIBRARY.engine("complaint")
        walk = Walk(Engine(found.procedure, found.dictionary, FESTIVAL), now=at("2026-09-25T10:00"))
        assert walk.run.deadlines["overall"] == at("2026-10-03T00:00")
        assert walk.run.deadlines["overall:legal"] == at("2026-10-09T00:00")

    def test_an_unknown_zone_is_refused(self) -> None:
        with pytest.raises((ValidationError, KeyError)):
            BusinessCalendar(zone="Asia/Atlantis")
