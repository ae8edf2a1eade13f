"""One shared database connection that comes back by itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

import asyncpg

from chassis.bus.port import BusUnavailable
from chassis.db.errors import is_unavailable

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

CONNECT_TIMEOUT = 3.0
OPERATION_TIMEOUT = 10.0
"""Seconds after which an operation counts as failed and its connection as dead."""


class Link:
    """Connects when first used and again after a failure. One user at a time; the others queue."""

    def __init__(
        self,
        url: str,
        *,
        name: str,
        settings: dict[str, str] | None = None,
        prepare: Callable[[Connection], Awaitable[None]] | None = None,
    ) -> None:
        self._url = url
        self._settings = {"application_name": f"posthouse-bus-{name}", "jit": "off", **(settings or {})}
        self._prepare = prepare
        self._lock = asyncio.Lock()
        self._connection: Connection | None = None
        self._closed = False

    @asynccontextmanager
    async def use(self, timeout: float = OPERATION_TIMEOUT) -> AsyncIterator[Connection]:
        """The connection, for one operation of at most `timeout` seconds, waiting included.

        Raises `BusUnavailable` when PostgreSQL is away, goes away or does not answer in time.
        """
        try:
            async with asyncio.timeout(timeout), self._lock:
                connection = await self._connected()
                try:
                    yield connection
                except BaseException as error:
                    if is_unavailable(error) or isinstance(error, asyncio.CancelledError):
                        self._drop()  # its state is unknown
                    raise
        except Exception as error:
            if is_unavailable(error) or isinstance(error, OSError):
                raise BusUnavailable(f"PostgreSQL: {error!r}") from error
            raise

    async def close(self) -> None:
        """Close the connection for good."""
        self._closed = True
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            try:
                await connection.close(timeout=1)
            except Exception:  # it is gone either way
                connection.terminate()

    async def _connected(self) -> Connection:
        if self._closed:
            raise BusUnavailable("the bus is stopped")
        if self._connection is None or self._connection.is_closed():
            self._drop()
            connection: Connection = await asyncpg.connect(
                self._url, timeout=CONNECT_TIMEOUT, server_settings=self._settings
            )
            try:
                if self._prepare is not None:
                    await self._prepare(connection)
            except BaseException:
                connection.terminate()
                raise
            self._connection = connection
        return self._connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            connection.terminate()


def plain_url(url: str) -> str:
    """The URL as asyncpg wants it: without SQLAlchemy's driver suffix."""
    return url.replace("postgresql+asyncpg://", "postgresql://", 1)
