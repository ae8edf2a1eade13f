"""What became of a message we sent: statuses only ever rise, whatever order the news arrives in."""

from contracts.values import MessageStatus

_RANK = {
    MessageStatus.PENDING: 0,
    MessageStatus.SENDING: 1,
    MessageStatus.UNKNOWN: 2,
    MessageStatus.SENT: 3,
    MessageStatus.FAILED: 4,
    MessageStatus.UNDELIVERED: 4,
    MessageStatus.DELIVERED: 4,
    MessageStatus.READ: 5,
}
_DEAD_ENDS = frozenset({MessageStatus.FAILED, MessageStatus.UNDELIVERED})


def rises(present: MessageStatus | None, news: MessageStatus) -> bool:
    """Whether the news changes the status. Failed, undelivered and delivered exclude each other; the first one told
    stays, and only a delivered message can still be read."""
    if present is None:
        return True
    return present not in _DEAD_ENDS and _RANK[news] > _RANK[present]
