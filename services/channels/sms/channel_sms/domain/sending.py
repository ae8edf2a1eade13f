"""What to do next with an outbound message: when to try again, when to give up, how to recognise one already sent.

A send has one of these states: `pending` (not called yet, or certainly not accepted: due at `next_attempt_at`),
`sending` (a call is under way, recorded before it was made), `ambiguous` (Twilio may have it: looked up, never sent
again) and `done` (Twilio has it, refused it, or never said).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from channel_sms.domain.status import advances, meaning
from contracts.values import MessageStatus


class SendState(StrEnum):
    """Where a send is between us and Twilio."""

    PENDING = "pending"
    SENDING = "sending"
    AMBIGUOUS = "ambiguous"
    DONE = "done"


SUPPRESSED = "suppressed"
TOO_LONG = "too_long"
EMPTY = "empty"
ATTACHMENTS = "attachments_not_supported"
UNKNOWN_INTERACTION = "unknown_interaction"
UNREACHABLE = "provider_unreachable"
UNCONFIRMED = "unconfirmed"
"""Our own error codes, beside Twilio's numbers."""

_ORDER = list(MessageStatus)
_FINAL = frozenset({MessageStatus.FAILED, MessageStatus.UNDELIVERED, MessageStatus.DELIVERED})


def moves_up(current: MessageStatus, new: MessageStatus) -> bool:
    """Whether the house's status of a message may change so; final states exclude each other, the first one stays."""
    if current in _FINAL and new in _FINAL:
        return False
    return _ORDER.index(new) > _ORDER.index(current)


@dataclass(frozen=True)
class Progress:
    """How far a message has come: the house's status, Twilio's, and the first error code that was given."""

    status: MessageStatus
    provider_status: str | None
    error_code: str | None

    def after(self, provider_status: str, error_code: str | None) -> "Progress":
        """The progress once Twilio reported this too, in whatever order reports arrive."""
        code = self.error_code or error_code
        if not advances(self.provider_status, provider_status):
            return Progress(self.status, self.provider_status, code)
        reached = meaning(provider_status)
        return Progress(reached if moves_up(self.status, reached) else self.status, provider_status, code)


def pause_before_retry(attempts: int, *, first: float, longest: float) -> float:
    """Seconds to wait after `attempts` tries: doubling, bounded. The first failed try is number 1."""
    return min(longest, first * 2.0 ** min(attempts - 1, 30))


@dataclass(frozen=True)
class Listed:
    """An outbound message as Twilio's list shows it."""

    sid: str
    status: str
    account: str
    address: str
    text: str
    created_at: datetime
    error_code: str | None = None


def find_sent(
    listed: Iterable[Listed],
    *,
    account: str,
    address: str,
    text: str,
    called_at: datetime,
    window: timedelta,
    taken: Collection[str],
) -> Listed | None:
    """The listed message that an ambiguous call to send `text` created, if there is one.

    It has the same ends and body, was made no earlier than the call (give or take `window`, the clocks' difference)
    and is not one of `taken`, the messages known to come from other sends. Of several the oldest is taken.
    """
    candidates = [
        message
        for message in listed
        if message.account == account
        and message.address == address
        and _same_text(message.text, text)
        and message.created_at >= called_at - window
        and message.sid not in taken
    ]
    return min(candidates, key=lambda message: message.created_at, default=None)


def _same_text(one: str, other: str) -> bool:
    """Equal but for white space, which gateways trim and fold."""
    return one.split() == other.split()
