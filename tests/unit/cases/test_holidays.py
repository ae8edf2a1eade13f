"""The packaged calendar: the yearly notices, what is not confirmed, and the law's clock over real holidays."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cases.actions.office import Office
from cases.domain.calendar import BusinessCalendar, Year
from cases.parameters import CaseParameters

CN = Office.load(CaseParameters()).library.calendar
SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    """A local time in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


class TestNotices:
    @pytest.mark.parametrize(
        ("year", "statutory", "off", "made_up"), [(2025, 13, 28, 5), (2026, 13, 33, 6), (2027, 13, 13, 0)]
    )
    def test_days_of_a_year(self, year: int, statutory: int, off: int, made_up: int) -> None:
        holidays = [day for day in CN.holidays if day.year == year]
        rest = [day for day in CN.rest_days if day.year == year]
        worked = [day for day in CN.workdays if day.year == year]
        assert (len(holidays), len(holidays) + len(rest), len(worked)) == (statutory, off, made_up)
        assert not set(holidays) & set(rest)
        # a make-up day is a weekend day, and as many are worked as working days were given
        assert all(day.weekday() >= 5 for day in worked)
        given = [day for day in rest if day.weekday() < 5]
        replaced = [day for day in holidays if day.weekday() >= 5]
        assert year == 2027 or len(given) - len(replaced) == len(worked)

    @pytest.mark.parametrize(
        ("day", "works"),
        [
            ("2026-02-14", True),  # a Saturday, worked for the spring festival
            ("2026-02-15", False),
            ("2026-02-20", False),  # a Friday off by the notice
            ("2026-02-24", True),
            ("2026-10-07", False),
            ("2026-10-08", True),
            ("2026-10-10", True),
            ("2026-10-11", False),
            ("2025-10-08", False),
        ],
    )
    def test_working_days(self, day: str, works: bool) -> None:
        assert CN.is_working_day(date.fromisoformat(day)) is works


class TestClockOfTheLaw:
    @pytest.mark.parametrize(
        ("received", "operational", "legal"),
        [
            # over a weekend: its days count, and it is no reason to be late
            ("2026-03-06T18:00", "2026-03-14T00:00", "2026-03-14T00:00"),
            # the seventh day is 1 October: the law gives until the first day after the statutory three
            ("2026-09-24T10:00", "2026-10-02T00:00", "2026-10-05T00:00"),
            # the seventh day is 5 October, a weekend moved: it counts like a weekend
            ("2026-09-28T10:00", "2026-10-06T00:00", "2026-10-06T00:00"),
            # new year's eve: 28 December and seven days; received on 25 December the last day is a holiday
            ("2025-12-25T23:59", "2026-01-02T00:00", "2026-01-03T00:00"),
            ("2025-12-28T09:00", "2026-01-05T00:00", "2026-01-05T00:00"),
            # end of a month, and of February
            ("2026-02-25T09:00", "2026-03-05T00:00", "2026-03-05T00:00"),
            # spring festival: the last day is 17 February, the law moves to the 20th
            ("2026-02-10T09:00", "2026-02-18T00:00", "2026-02-21T00:00"),
        ],
    )
    def test_seven_days_of_a_complaint(self, received: str, operational: str, legal: str) -> None:
        assert CN.calendar_days(at(received), 7) == (at(operational), at(legal))

    def test_the_day_of_receipt_is_the_local_one(self) -> None:
        late = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)  # half past midnight of the 3rd in Shanghai
        assert CN.calendar_days(late, 7).operational == at("2026-03-11T00:00")
        honolulu = late.astimezone(ZoneInfo("Pacific/Honolulu"))
        assert CN.calendar_days(honolulu, 7) == CN.calendar_days(late, 7)

    def test_three_working_days_over_the_national_day(self) -> None:
        assert CN.working_days(at("2026-09-30T10:00"), 3).operational == at("2026-10-11T00:00")


class TestConfirmation:
    @pytest.mark.parametrize(
        ("today", "unsure"),
        [
            ("2026-11-01", None),
            ("2026-11-02", date(2027, 1, 1)),
            ("2026-12-31", date(2027, 1, 1)),
            ("2027-03-01", date(2027, 3, 1)),
            ("2028-01-01", date(2028, 1, 1)),
            ("2025-06-01", None),
        ],
    )
    def test_sixty_days_ahead(self, today: str, unsure: date | None) -> None:
        assert CN.unconfirmed(date.fromisoformat(today), timedelta(days=60)) == unsure

    def test_a_company_may_say_so_itself(self) -> None:
        years = {2026: Year(basis="notice", source="own"), 2027: Year(basis="notice", source="own")}
        own = BusinessCalendar(years=years)
        assert own.unconfirmed(date(2026, 12, 1), timedelta(days=60)) is None
        assert BusinessCalendar().unconfirmed(date(2026, 12, 1), timedelta(days=60)) is None
