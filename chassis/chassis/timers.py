"""Durable timers: fire exactly once, survive restarts, cost nothing while they wait.

A timer is a row; firing deletes it in the transaction of its effect. Several processes may run the wheel: rows are
taken with SKIP LOCKED. A handler that keeps failing leaves its timer behind, marked `failed`, for people to look at.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, cast

import orjson
from pydantic import Field

from chassis.db.database import TIMER_SIGNAL, Database, Tx
from chassis.db.errors import DatabaseUnavailable
from chassis.parameters import ParameterSet
from chassis.tasks import woken_or_after
from chassis.telemetry import metrics
from chassis.telemetry.logs import get_logger

log = get_logger(__name__)

TimerHandler = Callable[[Tx, str, dict[str, Any]], Awaitable[None]]
"""`async def on_<kind>(tx, key, payload)`, run in the transaction that removes the timer."""


BatchedTimerHandler = Callable[[Tx, Sequence[tuple[str, dict[str, Any]]]], Awaitable[None]]
"""Takes (key, payload) of all timers of its kind that a transaction removes, in the order in which they were due."""


def batched(handler: BatchedTimerHandler) -> TimerHandler:
    """Mark a handler that takes what is due together."""
    handler.posthouse_batched = True  # type: ignore[attr-defined]
    return cast(TimerHandler, handler)


class TimerParameters(ParameterSet):
    """How the wheel turns."""

    version: int = 1
    batch_size: int = Field(default=100, description="timers a transaction; proposed")
    longest_sleep_seconds: float = Field(default=5.0, description="safety poll when nothing is due; proposed")
    attempts: int = Field(default=5, description="tries of a failing timer before it is marked failed; proposed")
    retry_seconds: float = Field(default=2.0, description="delay after a failure, doubling; proposed")


class TimerWheel:
    """Fires the timers of one service."""

    def __init__(
        self, db: Database, handlers: Mapping[str, TimerHandler], parameters: TimerParameters | None = None
    ) -> None:
        self._db = db
        self._handlers = handlers
        self._parameters = parameters or TimerParameters()

    async def run(self) -> None:
        """Fire timers as they come due, until cancelled."""
        with self._db.signals.listening(TIMER_SIGNAL) as woken:
            while True:
                woken.clear()
                try:
                    fired = await self.fire_due()
                    pause = 0.0 if fired else await self._until_next()
                except DatabaseUnavailable:
                    pause = 1.0
                if pause:
                    await woken_or_after(woken, pause, self._db.clock)

    async def fire_due(self) -> int:
        """Fire what is due now, up to one batch. Returns how many were dealt with."""
        try:
            return await self._fire(self._parameters.batch_size)
        except DatabaseUnavailable:
            raise
        except Exception as error:
            log.warning("a batch of timers failed, firing them one by one", error=repr(error))
        return await self._fire_one()

    async def _fire(self, limit: int) -> int:
        async with self._db.transaction() as tx:
            rows = await self._take(tx, limit)
            await self._handle(tx, rows)
        self._count(rows, self._db.clock.now())
        return len(rows)

    async def _fire_one(self) -> int:
        row: Any = None
        try:
            async with self._db.transaction() as tx:
                rows = await self._take(tx, 1)
                if not rows:
                    return 0
                row = rows[0]
                await self._handle(tx, rows)
        except DatabaseUnavailable:
            raise
        except Exception as error:
            if row is None:
                raise
            await self._postpone(row, error)
            return 1
        self._count(rows, self._db.clock.now())
        return 1

    async def _handle(self, tx: Tx, rows: Sequence[Any]) -> None:
        by_due = sorted(rows, key=lambda row: row["due_at"])
        for kind, group in groupby(by_due, key=lambda row: row["kind"]):
            handler: Any = self._handlers[kind]
            due = [(row["key"], orjson.loads(row["payload"])) for row in group]
            if getattr(handler, "posthouse_batched", False):
                await handler(tx, due)
                continue
            for key, payload in due:
                await handler(tx, key, payload)

    async def _take(self, tx: Tx, limit: int) -> Any:
        return await tx.fetch(
            """with due as (
                   select kind, key from timer where due_at <= $1 and not failed and kind = any($2::text[])
                   order by due_at limit $3 for update skip locked)
               delete from timer using due where timer.kind = due.kind and timer.key = due.key
               returning timer.kind, timer.key, timer.due_at, timer.payload::text as payload, timer.attempts""",
            tx.now,
            list(self._handlers),
            limit,
        )

    async def _postpone(self, row: Any, error: Exception) -> None:
        attempts = row["attempts"] + 1
        failed = attempts >= self._parameters.attempts
        delay = self._parameters.retry_seconds * 2 ** (attempts - 1)
        log.error(
            "a timer failed", kind=row["kind"], key=row["key"], attempts=attempts, gave_up=failed, error=repr(error)
        )
        async with self._db.transaction() as tx:
            await tx.fetch(
                "update timer set attempts = $3, failed = $4, due_at = $5 where kind = $1 and key = $2 and due_at = $6",
                row["kind"],
                row["key"],
                attempts,
                failed,
                tx.now + timedelta(seconds=delay),
                row["due_at"],
            )

    async def _until_next(self) -> float:
        async with self._db.read() as tx:
            rows = await tx.fetch(
                "select min(due_at) as due from timer where not failed and kind = any($1::text[])", list(self._handlers)
            )
            due: datetime | None = rows[0]["due"]
        longest = self._parameters.longest_sleep_seconds
        return longest if due is None else min(max((due - self._db.clock.now()).total_seconds(), 0.001), longest)

    def _count(self, rows: Any, now: datetime) -> None:
        for row in rows:
            metrics.TIMERS_FIRED.labels(self._db.service, row["kind"]).inc()
            metrics.TIMER_LAG.labels(self._db.service).observe(max((now - row["due_at"]).total_seconds(), 0))
