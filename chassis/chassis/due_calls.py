"""Calls to an outside system that a service owes: claimed in its database, made several at a time, recorded at the end.

What is owed, when, and what an answer means, the service knows. This is the loop that all of them share.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any

from chassis.db.database import Database, Tx, stream_signal
from chassis.db.errors import DatabaseUnavailable
from chassis.tasks import woken_or_after
from chassis.telemetry.logs import get_logger

log = get_logger(__name__)

Claim = Callable[[int], Awaitable[Sequence[Coroutine[Any, Any, None]]]]
"""Claims at most so many calls that are due, durably, and gives them ready to be awaited."""

NextDue = Callable[[Tx], Awaitable[datetime | None]]
"""When the next call is due; None if none is owed."""

_SHORTEST_PAUSE = 0.01


class DueCalls:
    """Makes the calls that are due. Any number of processes may run one each."""

    def __init__(
        self,
        db: Database,
        *,
        stream: str,
        claim: Claim,
        next_due: NextDue,
        at_once: int,
        poll_seconds: float,
        drain_seconds: float,
    ) -> None:
        """`stream` wakes the loop; `poll_seconds` is the safety net. `drain_seconds` is what calls under way get at
        the end: their answers would be lost otherwise."""
        self._db = db
        self._stream = stream
        self._claim = claim
        self._next_due = next_due
        self._at_once = at_once
        self._poll = poll_seconds
        self._drain_seconds = drain_seconds
        self._under_way: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()

    async def run(self) -> None:
        """Work until cancelled. While the database is away, calls under way go on."""
        with self._db.signals.listening(stream_signal(self._stream)) as woken:
            self._woken = woken
            try:
                while True:
                    woken.clear()
                    if pause := await self._turn():
                        await woken_or_after(woken, pause, self._db.clock)
            finally:
                await self._drain()

    async def record(self, write: Callable[[Tx], Awaitable[None]]) -> None:
        """Store an outcome, however long the database is away: it is known only here."""
        while True:
            try:
                async with self._db.transaction() as tx:
                    await write(tx)
                return
            except DatabaseUnavailable:
                await self._db.clock.sleep(self._poll)

    async def _turn(self) -> float:
        """Start what is due; the seconds until there is something to do again."""
        free = self._at_once - len(self._under_way)
        if free <= 0:
            return self._poll
        try:
            calls = await self._claim(free)
            if not calls:
                async with self._db.read() as tx:
                    due = await self._next_due(tx)
                wait = self._poll if due is None else (due - self._db.clock.now()).total_seconds()
                return min(max(wait, _SHORTEST_PAUSE), self._poll)
        except DatabaseUnavailable:
            return self._poll
        for call in calls:
            task = asyncio.create_task(call)
            self._under_way.add(task)
            task.add_done_callback(self._ended)
        return 0

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._under_way.discard(task)
        self._woken.set()
        if not task.cancelled() and (error := task.exception()):
            # Its claim runs out after a while; what that means, the service decides.
            log.error("a call could not be dealt with", stream=self._stream, error=repr(error), exc_info=error)

    async def _drain(self) -> None:
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=self._drain_seconds)
            for call in late:
                call.cancel()
            await asyncio.gather(*late, return_exceptions=True)
