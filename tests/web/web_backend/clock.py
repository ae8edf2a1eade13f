"""Times of the stand-in."""

from datetime import UTC, datetime, timedelta


def now(seconds: float = 0) -> str:
    """The present instant, or one `seconds` away from it (negative: past)."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()
