"""Times as carriers write them: kept as UTC with the local text, the offset, and how the zone was known."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from tracking_gateway.domain.model import SourceTime, TzSource

_PATTERN = re.compile(
    r"(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?"
    r"(?:[T ]+(?P<hour>\d{1,2})[:时](?P<minute>\d{1,2})(?:[:分](?P<second>\d{1,2})秒?(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})")

EARLIEST_YEAR = 2000
"""Before this, a date is a placeholder (0001-01-01, 1970-01-01), not a scan."""


class TimeUnreadable(ValueError):
    """The text is not a time in any form carriers use, or it is a placeholder."""


def source_time(text: str, *, zone: tzinfo, tz_source: TzSource) -> SourceTime:
    """Read a carrier's time. An offset in the text wins; a naive time is in `zone`, known as `tz_source` says.

    A wall clock that occurs twice (end of summer time) is read as its first occurrence; one that does not occur moves
    forward by the gap. Raises `TimeUnreadable` for what is not a plausible time.
    """
    written = text.strip()
    if iso := _iso(written):
        local = iso if iso.tzinfo else iso.replace(tzinfo=zone)
        try:
            instant = local.astimezone(UTC)
        except OverflowError as error:
            raise TimeUnreadable(f"not a time: {text[:40]!r}") from error
        return checked(SourceTime(instant, written, _minutes(local), TzSource.PAYLOAD if iso.tzinfo else tz_source))
    match = _PATTERN.fullmatch(written) or _COMPACT.fullmatch(written)
    if match is None:
        raise TimeUnreadable(f"not a time: {text[:40]!r}")
    parts = match.groupdict()
    given = parts.get("zone")
    try:
        naive = datetime(  # noqa: DTZ001 - the zone is applied below
            int(parts["year"]),
            int(parts["month"]),
            int(parts["day"]),
            int(parts["hour"] or 0),
            int(parts["minute"] or 0),
            int(parts["second"] or 0),
            int((parts.get("fraction") or "0")[:6].ljust(6, "0")),
        )
        local = naive.replace(tzinfo=_offset(given) if given else zone)
        instant = local.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise TimeUnreadable(f"not a time: {text[:40]!r}") from error
    return checked(SourceTime(instant, written, _minutes(local), TzSource.PAYLOAD if given else tz_source))


def _iso(written: str) -> datetime | None:
    """The usual forms, read the short way; None for any other, and for what only looks like one."""
    if len(written) == len("20260301102030") and written.isascii() and written.isdigit():
        written = f"{written[:8]}T{written[8:]}"
    elif len(written) < len("2026-03-01 10:20:30") or not (
        written[4] == written[7] == "-" and written[10] in "T " and written[13] == ":"
    ):
        return None
    try:
        return datetime.fromisoformat(written)
    except ValueError:
        return None


def from_epoch(milliseconds: int, *, text: str | None = None) -> SourceTime:
    """An instant given as milliseconds since 1970."""
    try:
        instant = datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise TimeUnreadable(f"not a time: {milliseconds}") from error
    return checked(SourceTime(instant, text or str(milliseconds), 0, TzSource.PAYLOAD))


def from_aware(moment: datetime) -> SourceTime:
    """An instant that came with its offset."""
    return checked(SourceTime(moment.astimezone(UTC), moment.isoformat(), _minutes(moment), TzSource.PAYLOAD))


def checked(time: SourceTime) -> SourceTime:
    """The time, or `TimeUnreadable` if it is a placeholder."""
    if time.instant.year < EARLIEST_YEAR:
        raise TimeUnreadable(f"a placeholder, not a time: {time.local!r}")
    return time


def local_wall_clock(time: SourceTime) -> datetime:
    """The event's time in its own offset, as the carrier's people saw it."""
    return time.instant.astimezone(timezone(timedelta(minutes=time.offset_minutes)))


def _offset(zone: str) -> tzinfo:
    if zone.upper() in ("Z", "UTC", "GMT"):
        return UTC
    sign = -1 if zone[0] == "-" else 1
    digits = zone[1:].replace(":", "")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))


def _minutes(moment: datetime) -> int:
    offset = moment.utcoffset()
    return round(offset.total_seconds() / 60) if offset else 0
