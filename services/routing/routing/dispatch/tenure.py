"""Holding a routing domain: the advisory lock on a session of its own, watched for as long as it is held."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg

from chassis.db import Database
from chassis.telemetry.logs import get_logger
from routing.store import ownership

log = get_logger(__name__)


class LockLost(Exception):
    """The session that held the lock is gone, so another replica may own the domain now."""


class Tenure:
    """One process's hold on a domain. Ends with its session; the epoch in the store fences what comes too late."""

    def __init__(self, session: "asyncpg.Connection[Any]") -> None:
        self._session = session
        self._lost = asyncio.Event()
        session.add_termination_listener(self._terminated)

    def check(self) -> None:
        """Raises `LockLost` once the session is gone."""
        if self._lost.is_set() or self._session.is_closed():
            raise LockLost

    def _terminated(self, _connection: object) -> None:
        self._lost.set()


@asynccontextmanager
async def tenure(
    db: Database, domain: str, *, every_seconds: float, taken: Callable[[], None]
) -> AsyncIterator[Tenure]:
    """Wait until the domain is free, then hold it for the length of the block. Survives a database that is away.

    `taken` is called each time another process turns out to hold the domain.
    """
    session = await _win(db, domain, every_seconds, taken)
    try:
        yield Tenure(session)
    finally:
        await _close(session)


async def _win(db: Database, domain: str, every_seconds: float, taken: Callable[[], None]) -> "asyncpg.Connection[Any]":
    while True:
        session: asyncpg.Connection[Any] | None = None
        try:
            name = {"application_name": f"posthouse-{db.service}-owner"}
            session = await asyncpg.connect(db.url, timeout=5, server_settings=name)
            while not await ownership.try_lock(session, domain):
                taken()
                await asyncio.sleep(every_seconds)
            won, session = session, None
            return won
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("database is away, cannot take the domain", domain=domain, error=repr(error))
            await asyncio.sleep(every_seconds)
        finally:
            if session is not None:
                await _close(session)


async def _close(session: "asyncpg.Connection[Any]") -> None:
    """Ends the session, and with it the lock."""
    with suppress(Exception):
        await session.close(timeout=1)
