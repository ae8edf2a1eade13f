"""This replica among its likes: one database session whose advisory locks are its membership and its domains.

When the process dies, however it dies, PostgreSQL ends the session and the locks are free; nobody has to wait for a
lease to run out. The epoch in the store fences an owner whose session is gone and who does not know it yet.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg

from chassis.db import Database
from chassis.tasks import wait_for_event
from chassis.telemetry.logs import get_logger
from routing.domain.balance import Census, may_take, should_give
from routing.store import ownership

log = get_logger(__name__)

_PATIENCE = 4
"""Censuses that a free domain is left to replicas with fewer domains, before anybody takes it."""


class LockLost(Exception):
    """The session that held the lock is gone, so another replica may own the domain now."""


class HandedOver(Exception):
    """The domain is to go to a replica that owns fewer."""


class Tenure:
    """This process's hold on a domain. Ends with the session; the epoch in the store fences what comes too late."""

    def __init__(self, session: "asyncpg.Connection[Any]") -> None:
        self._session = session
        self._lost = False
        self.give_up = False
        session.add_termination_listener(self._terminated)

    def check(self) -> None:
        """Raises `LockLost` once the session is gone, `HandedOver` once the domain is another replica's."""
        if self._lost or self._session.is_closed():
            raise LockLost
        if self.give_up:
            raise HandedOver

    def _terminated(self, _connection: object) -> None:
        self._lost = True


class Cluster:
    """Takes free domains and hands some over, so that replicas own equally many. Run `run` beside the writers."""

    def __init__(self, db: Database, domains: Sequence[str], *, every_seconds: float) -> None:
        self._db = db
        self._domains = domains
        self._every = every_seconds
        self._session: asyncpg.Connection[Any] | None = None
        self._speaking = asyncio.Lock()
        self._held: dict[str, Tenure] = {}
        self._census: Census | None = None
        self._counted = asyncio.Event()

    async def run(self) -> None:
        """Count again and again who is here, until cancelled. Survives a database that is away."""
        try:
            while True:
                try:
                    async with self._speaking:
                        self._census = await ownership.census(await self._connected(), self._domains)
                    self._even_out(self._census)
                except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                    self._census = None
                    log.warning("database is away, cannot count replicas", error=repr(error))
                    await self._hang_up()
                self._counted.set()
                self._counted = asyncio.Event()
                await asyncio.sleep(self._every)
        finally:
            await self._hang_up()

    @asynccontextmanager
    async def hold(self, domain: str, *, taken: Callable[[], None]) -> AsyncIterator[Tenure]:
        """Wait until the domain is free and ours to take, then hold it for the length of the block.

        `taken` is called each time another process turns out to hold the domain.
        """
        tenure = await self._win(domain, taken)
        self._held[domain] = tenure
        try:
            yield tenure
        finally:
            del self._held[domain]
            await self._release(domain)

    async def _win(self, domain: str, taken: Callable[[], None]) -> Tenure:
        free = 0
        while True:
            census = self._census
            if census is not None and domain not in census.owned:
                free += 1
                if may_take(census, len(self._held)) or free > _PATIENCE:
                    if (tenure := await self._try(domain)) is not None:
                        return tenure
                    taken()
            elif census is not None:
                free = 0
                taken()
            await wait_for_event(self._counted, self._every * 2)

    async def _try(self, domain: str) -> Tenure | None:
        try:
            async with self._speaking:
                session = await self._connected()
                return Tenure(session) if await ownership.try_lock(session, domain) else None
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("database is away, cannot take the domain", domain=domain, error=repr(error))
            return None

    async def _release(self, domain: str) -> None:
        async with self._speaking:
            if self._session is None or self._session.is_closed():
                return
            try:
                async with asyncio.timeout(1):
                    await ownership.unlock(self._session, domain)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await self._hang_up()  # a lock that cannot be given back must not be kept

    def _even_out(self, census: Census) -> None:
        if should_give(census, len(self._held)) and not any(tenure.give_up for tenure in self._held.values()):
            domain, tenure = next(reversed(self._held.items()))
            log.info("handing a domain over", domain=domain, owned=len(self._held), others=dict(census.replicas))
            tenure.give_up = True

    async def _connected(self) -> "asyncpg.Connection[Any]":
        if self._session is None or self._session.is_closed():
            name = {"application_name": f"posthouse-{self._db.service}-owner"}
            self._session = await asyncpg.connect(self._db.url, timeout=5, server_settings=name)
            await ownership.join(self._session)
        return self._session

    async def _hang_up(self) -> None:
        """Ends the session, and with it membership and locks."""
        session, self._session = self._session, None
        if session is not None:
            with suppress(Exception):
                await session.close(timeout=1)
