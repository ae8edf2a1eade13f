"""The life of an outbound message as Twilio tells it: a lattice that callbacks in any order only move up."""

from contracts.values import MessageStatus

RANK = {
    "accepted": 0,
    "scheduled": 1,
    "queued": 2,
    "sending": 3,
    "sent": 4,
    "delivered": 5,
    "undelivered": 5,
    "failed": 5,
    "canceled": 5,
    "partially_delivered": 5,
    "read": 6,
}
"""Rank of each Twilio status of an outbound message; those of one rank exclude each other, the first one stays."""

_MEANING = {
    "accepted": MessageStatus.SENDING,
    "scheduled": MessageStatus.SENDING,
    "queued": MessageStatus.SENDING,
    "sending": MessageStatus.SENDING,
    "sent": MessageStatus.SENT,
    "delivered": MessageStatus.DELIVERED,
    "partially_delivered": MessageStatus.DELIVERED,
    "undelivered": MessageStatus.UNDELIVERED,
    "failed": MessageStatus.FAILED,
    "canceled": MessageStatus.FAILED,
    "read": MessageStatus.READ,
}


def advances(current: str | None, new: str) -> bool:
    """Whether `new` moves a message up from `current`. Unknown new statuses never do: they are kept, not obeyed."""
    if new not in RANK:
        return False
    return current is None or RANK[new] > RANK.get(current, -1)


def highest(statuses: list[str]) -> str | None:
    """Where these statuses, seen in this order, leave a message."""
    current: str | None = None
    for status in statuses:
        if advances(current, status):
            current = status
    return current


def meaning(status: str) -> MessageStatus:
    """What a Twilio status means to the rest of the house; `KeyError` for one that `advances` refused."""
    return _MEANING[status]
