"""Outbound Telegram messages: their states, and how long to wait before another try."""

from enum import StrEnum

UNKNOWN_INTERACTION = "unknown_interaction"
ATTACHMENTS = "attachments_not_supported"
EMPTY = "empty"
TOO_LONG = "too_long"
BLOCKED = "blocked"
UNREACHABLE = "provider_unreachable"
UNCONFIRMED = "unconfirmed"
RATE_LIMITED = "rate_limited"
"""Error codes of messages that were not, or perhaps not, sent."""


class SendState(StrEnum):
    """Where a send is between us and Telegram."""

    PENDING = "pending"
    SENDING = "sending"
    DONE = "done"


def pause_before_retry(attempts: int, *, first: float, longest: float) -> float:
    """Seconds to wait after `attempts` tries: doubling, bounded. The first failed try is number 1."""
    return min(longest, first * 2.0 ** min(attempts - 1, 30))
