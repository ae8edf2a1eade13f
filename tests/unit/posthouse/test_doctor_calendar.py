"""`posthouse doctor` and the holiday calendar."""

from datetime import UTC, datetime

from posthouse.doctor import holiday_calendar


def test_warns_sixty_days_before_the_calendar_runs_out() -> None:
    calm = holiday_calendar(datetime(2026, 10, 31, tzinfo=UTC))
    assert (calm.ok, calm.warning) == (True, False)
    soon = holiday_calendar(datetime(2026, 11, 2, tzinfo=UTC))
    assert (soon.ok, soon.warning) == (True, True)
    assert "2027-01-01" in soon.detail
    # in Shanghai it is the next day already
    assert holiday_calendar(datetime(2026, 11, 1, 17, tzinfo=UTC)).warning
