"""Times as carriers write them."""

import os
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_gateway.domain.model import TzSource
from tracking_gateway.domain.times import TimeUnreadable, from_epoch, local_wall_clock, source_time

CHINA, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("text", "expected", "offset", "tz_source"),
    [
        ("2026-03-01 10:20:30", datetime(2026, 3, 1, 2, 20, 30, tzinfo=UTC), 480, TzSource.CARRIER_DEFAULT),
        ("2026-3-1 9:05", datetime(2026, 3, 1, 1, 5, tzinfo=UTC), 480, TzSource.CARRIER_DEFAULT),
        ("2026年3月1日 10时20分30秒", datetime(2026, 3, 1, 2, 20, 30, tzinfo=UTC), 480, TzSource.CARRIER_DEFAULT),
        ("2026/03/01 10:20:30", datetime(2026, 3, 1, 2, 20, 30, tzinfo=UTC), 480, TzSource.CARRIER_DEFAULT),
        ("20260301102030", datetime(2026, 3, 1, 2, 20, 30, tzinfo=UTC), 480, TzSource.CARRIER_DEFAULT),
        ("2026-03-01", datetime(2026, 2, 28, 16, 0, tzinfo=UTC), 480, TzSource.CARRIER_DEFAULT),
        ("2026-03-01T10:20:30Z", datetime(2026, 3, 1, 10, 20, 30, tzinfo=UTC), 0, TzSource.PAYLOAD),
        ("2026-03-01T10:20:30-05:00", datetime(2026, 3, 1, 15, 20, 30, tzinfo=UTC), -300, TzSource.PAYLOAD),
        ("2026-03-01T10:20:30.123456789+0530", datetime(2026, 3, 1, 4, 50, 30, 123456, UTC), 330, TzSource.PAYLOAD),
    ],
)
def test_forms(text: str, expected: datetime, offset: int, tz_source: TzSource) -> None:
    time = source_time(text, zone=CHINA, tz_source=TzSource.CARRIER_DEFAULT)
    assert (time.instant, time.offset_minutes, time.tz_source, time.local) == (expected, offset, tz_source, text)


@pytest.mark.parametrize(
    "text",
    *[["", "yesterday", "0001-01-01 00:00:00", "1970-01-01 08:00:00", "2026-13-01 00:00:00", "2026-02-30 10:00:00"]],
)
def test_placeholders_and_nonsense_are_refused(text: str) -> None:
    with pytest.raises(TimeUnreadable):
        source_time(text, zone=CHINA, tz_source=TzSource.CARRIER_DEFAULT)


def test_the_hour_that_occurs_twice_is_its_first_occurrence() -> None:
    time = source_time("2026-11-01 01:30:00", zone=NEW_YORK, tz_source=TzSource.LOCATION)
    assert (time.instant, time.offset_minutes) == (datetime(2026, 11, 1, 5, 30, tzinfo=UTC), -240)


def test_the_hour_that_does_not_occur_moves_forward() -> None:
    time = source_time("2026-03-08 02:30:00", zone=NEW_YORK, tz_source=TzSource.LOCATION)
    assert time.instant == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)


@given(
    st.datetimes(min_value=datetime(2001, 1, 1), max_value=datetime(2099, 1, 1)),
    st.sampled_from(["Asia/Shanghai", "Asia/Kathmandu", "America/New_York", "Pacific/Chatham", "Europe/London", "UTC"]),
)
def test_every_zone_gives_back_the_wall_clock_or_moves_over_a_gap(naive: datetime, zone: str) -> None:
    naive = naive.replace(microsecond=0)
    time = source_time(naive.isoformat(sep=" "), zone=ZoneInfo(zone), tz_source=TzSource.LOCATION)
    shown = time.instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert shown == naive or timedelta(0) < shown - naive <= timedelta(hours=1)
    assert local_wall_clock(time).utcoffset() == timedelta(minutes=time.offset_minutes)


def changes_of(zone: str, year: int) -> list[datetime]:
    """The hours of a year in which the zone's offset changes, as wall clocks just before."""
    info, found = ZoneInfo(zone), []
    for days in range(366):
        day = datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=days)
        if offset_at(zone, day) != offset_at(zone, day + timedelta(days=1)):
            hours = [day + timedelta(hours=hour) for hour in range(24)]
            change = next(hour for hour in hours if offset_at(zone, hour) != offset_at(zone, hour + timedelta(hours=1)))
            found.append(change.astimezone(info).replace(tzinfo=None))
    return found


def offset_at(zone: str, instant: datetime) -> timedelta:
    offset = instant.astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    return offset


@pytest.mark.parametrize("part", range(4))
def test_every_zone_of_the_world_around_every_change_of_its_clocks(part: int) -> None:
    """Quarter-hour wall clocks through the hours around each change: the instant is right, or lies within the gap."""
    zones = sorted(available_timezones() - {"Factory", "localtime", "posixrules"})[part::4]
    assert len(zones) > 100
    years = range(2024, 2028) if os.environ.get("POSTHOUSE_FUZZ") == "large" else (2026,)
    for zone, year in ((zone, year) for zone in zones for year in years):
        for change in changes_of(zone, year) or [datetime(year, 7, 1, 12)]:
            for quarter in range(-6, 14):
                written = (change + timedelta(minutes=15 * quarter)).replace(second=0)
                time = source_time(written.isoformat(sep=" "), zone=ZoneInfo(zone), tz_source=TzSource.LOCATION)
                shown = time.instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
                before = offset_at(zone, time.instant - timedelta(hours=3))
                after = offset_at(zone, time.instant + timedelta(hours=3))
                assert shown == written or timedelta(0) < shown - written == after - before, (zone, written)
                earlier = time.instant - abs(after - before)
                twice = earlier.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
                assert before == after or twice != written, f"{zone} {written}: the first occurrence counts"


@given(
    st.datetimes(min_value=datetime(2001, 1, 1), max_value=datetime(2099, 1, 1)),
    st.sampled_from(["", "Z", "+08:00", "-0330", " +05:45"]),
    st.sampled_from([" ", "T"]),
)
def test_the_usual_form_is_read_like_every_other(naive: datetime, offset: str, between: str) -> None:
    usual = naive.isoformat(sep=between) + offset
    other = usual.replace("-", "/", 2)
    read = [source_time(text, zone=NEW_YORK, tz_source=TzSource.LOCATION) for text in (usual, other)]
    assert read[0].instant == read[1].instant
    assert read[0].offset_minutes == read[1].offset_minutes
    compact = naive.strftime("%Y%m%d%H%M%S")
    spaced = naive.strftime("%Y/%m/%d %H:%M:%S")
    assert (
        source_time(compact, zone=NEW_YORK, tz_source=TzSource.LOCATION).instant
        == source_time(spaced, zone=NEW_YORK, tz_source=TzSource.LOCATION).instant
    )


@pytest.mark.parametrize("text", ["2026-03-01x10:20:30", "2026-W09-1T10:20:30+08", "2026-03-01 10:20:30Q"])
def test_what_only_looks_like_a_time_is_refused(text: str) -> None:
    with pytest.raises(TimeUnreadable):
        source_time(text, zone=CHINA, tz_source=TzSource.CARRIER_DEFAULT)


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_refused(text: str) -> None:
    try:
        time = source_time(text, zone=CHINA, tz_source=TzSource.UNKNOWN)
    except TimeUnreadable:
        return
    assert time.instant.tzinfo is UTC


def test_epoch_milliseconds() -> None:
    assert from_epoch(1_700_000_000_000).instant == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    with pytest.raises(TimeUnreadable):
        from_epoch(0)
    with pytest.raises(TimeUnreadable):
        from_epoch(10**30)
