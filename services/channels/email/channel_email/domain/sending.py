"""The states of an outbound mail, and which status may follow which."""

from datetime import timedelta
from enum import StrEnum

from contracts.values import MessageStatus


class SendState(StrEnum):
    """What is being done about a mail.

    `pending` waits for its time. `claimed` is on its way through greeting, sender and recipient, where a failure is
    certainly no acceptance. `sending` is recorded just before the content goes out: whoever dies from then on leaves a
    mail that may have been accepted. `done` is settled.
    """

    PENDING = "pending"
    CLAIMED = "claimed"
    SENDING = "sending"
    DONE = "done"


INTERRUPTED = "interrupted"
"""Error code of an `unknown` mail: the process or the connection died after the content had begun to go out."""

UNREACHABLE = "unreachable"
"""Error code of a failed mail: the mail server could not be reached in all that time."""

UNKNOWN_INTERACTION = "unknown_interaction"
BAD_ADDRESS = "bad_address"
ATTACHMENT_MISSING = "attachment_missing"

_RANK = {status: rank for rank, status in enumerate(MessageStatus)}
_FINAL = frozenset({MessageStatus.FAILED, MessageStatus.UNDELIVERED, MessageStatus.DELIVERED})


def may_follow(current: MessageStatus, new: MessageStatus) -> bool:
    """Whether `new` may replace `current`: never downwards, and the outcomes exclude each other."""
    if current in _FINAL and new in _FINAL:
        return False
    return _RANK[new] > _RANK[current]


def pause_after(attempts: int, pauses: tuple[float, ...]) -> timedelta | None:
    """The pause after the given number of failed attempts; None when there is to be no further one."""
    return timedelta(seconds=pauses[attempts - 1]) if attempts <= len(pauses) else None
