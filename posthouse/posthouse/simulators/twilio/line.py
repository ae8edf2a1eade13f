"""What interrupts a running call: keys, hang-up, redirection, being answered or dropped from a conference."""

import asyncio
from collections import deque
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from chassis.clock import Clock
from posthouse.simulators.twilio.state import Hook

T = TypeVar("T")
TICK = 1e-6
"""Clocks move in microseconds: a shorter remainder of a wait is over."""


@dataclass(frozen=True)
class Key:
    """The far end pressed a key."""

    digit: str


@dataclass(frozen=True)
class PickedUp:
    """The far end answered."""


@dataclass(frozen=True)
class HungUp:
    """The call is over; `status` is how it ends."""

    status: str = "completed"


@dataclass(frozen=True)
class Redirected:
    """The account sent the call somewhere else, by URL or by TwiML text."""

    hook: Hook | None = None
    twiml: str | None = None
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ConferenceBegan:
    """The conference the call waits in has started."""


@dataclass(frozen=True)
class LeftConference:
    """The call was removed from its conference, or the conference ended."""


Interruption: TypeAlias = Key | PickedUp | HungUp | Redirected | ConferenceBegan | LeftConference


class CallOver(Exception):
    """Raised through the interpreter when the call ends."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


class GoElsewhere(Exception):
    """Raised through the interpreter when the call continues with another document."""

    def __init__(self, target: Redirected) -> None:
        super().__init__(target)
        self.target = target


class Line:
    """The interruptions of one call, in order. Hang-up and redirection surface in whatever the call is doing."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._queue: deque[Interruption] = deque()
        self._arrived = asyncio.Event()
        self._over = asyncio.Event()
        self._abandoned: set[asyncio.Future[Any]] = set()

    def interrupt(self, interruption: Interruption) -> None:
        """Something happened on the line."""
        self._queue.append(interruption)
        self._arrived.set()
        if isinstance(interruption, HungUp):
            self._over.set()

    def forget_keys(self) -> None:
        """Keys pressed before anybody listens are lost."""
        self._queue = deque(waiting for waiting in self._queue if not isinstance(waiting, Key))

    async def during(self, work: Awaitable[T]) -> T:
        """The result of `work`, such as fetching a document; a hang-up meanwhile leaves it behind, unread."""
        task = asyncio.ensure_future(work)
        over = asyncio.ensure_future(self._over.wait())
        try:
            await asyncio.wait({task, over}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            task.cancel()
            raise
        finally:
            over.cancel()
        if not task.done():
            self._abandoned.add(task)
            task.add_done_callback(self._forget)
            await self._surface_hang_up()
        return task.result()

    async def wait(self, seconds: float | None) -> Interruption | None:
        """The next interruption, or None after `seconds` (None: wait for one). Raises CallOver and GoElsewhere."""
        if not self._queue:
            await self._until_arrival(seconds)
        if not self._queue:
            return None
        interruption = self._queue.popleft()
        if not self._queue:
            self._arrived.clear()
        if isinstance(interruption, HungUp):
            raise CallOver(interruption.status)
        if isinstance(interruption, Redirected):
            raise GoElsewhere(interruption)
        return interruption

    async def _surface_hang_up(self) -> None:
        while True:
            await self.wait(None)

    def _forget(self, task: "asyncio.Future[Any]") -> None:
        self._abandoned.discard(task)
        if not task.cancelled():
            task.exception()

    async def _until_arrival(self, seconds: float | None) -> None:
        self._arrived.clear()
        if seconds is None:
            await self._arrived.wait()
            return
        arrival = asyncio.ensure_future(self._arrived.wait())
        timeout = asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            await asyncio.wait({arrival, timeout}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            arrival.cancel()
            timeout.cancel()
