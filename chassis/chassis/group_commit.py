"""Many small writes, one commit: concurrent callers share a transaction and each gets its own answer.

While one transaction commits, the requests that arrive meanwhile gather and form the next one: no waiting for company
when idle, large batches under load.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from chassis.db.database import Database, Tx
from chassis.db.errors import DatabaseUnavailable
from chassis.telemetry import metrics

Item = TypeVar("Item")
Result = TypeVar("Result")


class GroupCommit(Generic[Item, Result]):
    """`apply` receives the gathered items in order of arrival and returns one result for each.

    An item whose result is an exception instance gets it raised. If `apply` itself fails on a batch, the items are
    applied one by one, so that one bad item cannot fail its neighbours; `DatabaseUnavailable` fails all of them.
    `lanes` transactions may run at the same time; items of different lanes are not ordered with each other.
    """

    def __init__(
        self,
        db: Database,
        apply: Callable[[Tx, Sequence[Item]], Awaitable[Sequence[Result | Exception]]],
        *,
        max_batch: int = 200,
        lanes: int = 1,
    ) -> None:
        self._db = db
        self._apply = apply
        self._max_batch = max_batch
        self._free_lanes = lanes
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._running: set[asyncio.Task[None]] = set()

    async def submit(self, item: Item) -> Result:
        """The item's result, once the transaction that holds it is durable."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        self._start_lanes()
        return await future

    def _start_lanes(self) -> None:
        while self._waiting and self._free_lanes:
            self._free_lanes -= 1
            task = asyncio.create_task(self._work())
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _work(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[: self._max_batch], self._waiting[self._max_batch :]
                metrics.GROUP_COMMIT_SIZE.labels(self._db.service).observe(len(batch))
                try:
                    await self._commit(batch)
                except DatabaseUnavailable as error:
                    _fail(batch, error)
                except Exception as error:
                    if len(batch) == 1:
                        _fail(batch, error)
                    else:
                        await self._commit_singly(batch)
        finally:
            self._free_lanes += 1

    async def _commit_singly(self, batch: Sequence[tuple[Item, asyncio.Future[Result]]]) -> None:
        for entry in batch:
            try:
                await self._commit([entry])
            except Exception as error:
                _fail([entry], error)

    async def _commit(self, batch: Sequence[tuple[Item, asyncio.Future[Result]]]) -> None:
        async with self._db.transaction() as tx:
            results = await self._apply(tx, [item for item, _ in batch])
        for (_, future), result in zip(batch, results, strict=True):
            if future.done():
                continue
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)


def _fail(batch: Sequence[tuple[object, asyncio.Future[Result]]], error: Exception) -> None:
    for _, future in batch:
        if not future.done():
            future.set_exception(error)
