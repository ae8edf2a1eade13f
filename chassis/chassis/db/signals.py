"""Wake-ups: "something you wait for was committed", within the process at once, across processes through NOTIFY.

A wake-up carries no data and may be lost: whoever waits also polls slowly. NOTIFY is never issued inside a writing
transaction (it takes a database-wide lock that is held through commit); a separate connection sends them in batches
after the commit.
"""

import asyncio
import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import asyncpg

from chassis.telemetry.logs import get_logger

log = get_logger(__name__)

_PG_CHANNEL = "posthouse_signals"
_NAMES_PER_NOTIFY = 50  # keeps the payload under PostgreSQL's 8,000 bytes
_RECONNECT_SECONDS = 1.0


class Signals:
    """Named wake-ups of one database. `url=None` keeps them inside the process (all-in-one)."""

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._waiters: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._pending: set[str] = set()
        self._send = asyncio.Event()
        self._origin = f"{os.getpid()}-{os.urandom(4).hex()}"

    def notify(self, name: str) -> None:
        """Wake everybody who waits for `name`: here now, in other processes soon."""
        self._wake(name)
        if self._url:
            self._pending.add(name)
            self._send.set()

    @contextmanager
    def listening(self, name: str) -> Iterator[asyncio.Event]:
        """An event that is set at each wake-up of `name` while the context lasts; the waiter clears it."""
        event = asyncio.Event()
        self._waiters[name].add(event)
        try:
            yield event
        finally:
            self._waiters[name].discard(event)
            if not self._waiters[name]:
                del self._waiters[name]

    async def run(self) -> None:
        """Exchange wake-ups with other processes until cancelled; reconnects by itself."""
        while self._url:
            try:
                await self._exchange(self._url)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("signals: connection lost, trying again", error=str(error))
                await asyncio.sleep(_RECONNECT_SECONDS)

    async def _exchange(self, url: str) -> None:
        connection: asyncpg.Connection[Any] = await asyncpg.connect(url, timeout=5)
        lost = asyncio.Event()

        def closed(_connection: object) -> None:
            lost.set()
            self._send.set()

        connection.add_termination_listener(closed)
        try:
            await connection.add_listener(_PG_CHANNEL, self._received)
            while not lost.is_set():
                await self._send.wait()
                self._send.clear()
                names, self._pending = sorted(self._pending), set()
                for start in range(0, len(names), _NAMES_PER_NOTIFY):
                    payload = "\n".join([self._origin, *names[start : start + _NAMES_PER_NOTIFY]])
                    await connection.execute("select pg_notify($1, $2)", _PG_CHANNEL, payload)
            raise ConnectionError("the server closed the connection")
        finally:
            with suppress(Exception):
                await connection.close(timeout=1)

    def _received(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        origin, *names = str(payload).split("\n")
        if origin != self._origin:
            for name in names:
                self._wake(name)

    def _wake(self, name: str) -> None:
        for event in self._waiters.get(name, ()):
            event.set()
