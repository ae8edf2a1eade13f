"""The newest records, in memory: a consumer of the process that appended need not ask the database for them."""

from collections import deque
from collections.abc import Sequence
from itertools import islice

from chassis.bus.port import Record

BUDGET = 2_000_000
"""Bytes kept over all partitions."""
_OVERHEAD = 700
"""Bytes of a record's objects besides its value; measured with eight headers, rounded up."""


class Tails:
    """For some partitions the last records without a gap. First in, first out over all partitions."""

    def __init__(self, budget: int = BUDGET) -> None:
        self._budget = budget
        self._bytes = 0
        self._tails: dict[tuple[int, int], deque[Record]] = {}
        self._order: deque[tuple[tuple[int, int], Record]] = deque()

    def add(self, key: tuple[int, int], records: Sequence[Record]) -> None:
        """Records just appended to partition `key`, in order."""
        tail = self._tails.setdefault(key, deque())
        if tail and tail[-1].position + 1 != records[0].position:
            tail.clear()  # another process appended in between
        tail.extend(records)
        for record in records:
            self._order.append((key, record))
            self._bytes += len(record.value) + _OVERHEAD
        while self._bytes > self._budget:
            old_key, old = self._order.popleft()
            self._bytes -= len(old.value) + _OVERHEAD
            tail = self._tails[old_key]
            if tail and tail[0] is old:
                tail.popleft()

    def take(self, key: tuple[int, int], position: int, limit: int) -> list[Record]:
        """Up to `limit` records from `position` on; empty when memory does not have that position."""
        tail = self._tails.get(key)
        if not tail or not tail[0].position <= position <= tail[-1].position:
            return []
        first = position - tail[0].position
        return list(islice(tail, first, first + limit))
