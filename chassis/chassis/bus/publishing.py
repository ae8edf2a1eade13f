"""Publishing in groups: while one batch is on its way to the bus, the next one gathers.

One batch is in flight at a time. That keeps the order of each key without bookkeeping, makes one durable write serve
all who publish at the same moment, and leaves a single place to decide what a failure means.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from chassis.bus.port import BusUnavailable, OutRecord

MAX_BATCH_RECORDS = 2_000
"""A batch closes at this many records, so that the first of them is not kept waiting for the last."""
MAX_BATCH_BYTES = 4_000_000
"""A batch closes at this many bytes of values; one call's records are never split."""


@dataclass(eq=False, slots=True)
class _Call:
    records: Sequence[OutRecord]
    done: asyncio.Future[None]


class GroupPublisher:
    """Gathers calls of `publish` into batches for `send`, which returns when all its records are durable."""

    def __init__(self, send: Callable[[Sequence[OutRecord]], Awaitable[None]], *, timeout: float) -> None:
        self._send = send
        self._timeout = timeout
        self._waiting: deque[_Call] = deque()
        self._flusher: asyncio.Task[None] | None = None
        self._closed = False

    async def publish(self, records: Sequence[OutRecord]) -> None:
        """Return when `records` are durable. Raises what `send` raised, or `BusUnavailable` after the time-out.

        After the time-out the records may still be on their way; no later batch overtakes them.
        """
        if self._closed:
            raise BusUnavailable("the bus is stopped")
        if not records:
            return
        call = _Call(records, asyncio.get_running_loop().create_future())
        self._waiting.append(call)
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush())
        try:
            async with asyncio.timeout(self._timeout):
                await call.done
        except (TimeoutError, asyncio.CancelledError) as error:
            if call in self._waiting:
                self._waiting.remove(call)
            if isinstance(error, asyncio.CancelledError):
                raise
            raise BusUnavailable(f"not durable after {self._timeout} s") from error

    async def close(self) -> None:
        """Fail what was not sent yet and give up on what is in flight."""
        self._closed = True
        if self._flusher is not None:
            self._flusher.cancel()
            await asyncio.gather(self._flusher, return_exceptions=True)
        while self._waiting:
            _fail([self._waiting.popleft()], BusUnavailable("the bus is stopped"))

    async def _flush(self) -> None:
        while batch := self._next_batch():
            try:
                await self._send([record for call in batch for record in call.records])
            except asyncio.CancelledError:
                _fail(batch, BusUnavailable("the bus is stopped"))
                raise
            except Exception as error:  # goes to those who published
                _fail(batch, error)
            else:
                for call in batch:
                    if not call.done.done():
                        call.done.set_result(None)

    def _next_batch(self) -> list[_Call]:
        batch: list[_Call] = []
        count = size = 0
        while self._waiting:
            call = self._waiting[0]
            count += len(call.records)
            size += sum(len(record.value) for record in call.records)
            if batch and (count > MAX_BATCH_RECORDS or size > MAX_BATCH_BYTES):
                break
            batch.append(self._waiting.popleft())
        return batch


def _fail(batch: Sequence[_Call], error: Exception) -> None:
    for call in batch:
        if not call.done.done():
            call.done.set_exception(type(error)(*error.args) if isinstance(error, BusUnavailable) else error)
