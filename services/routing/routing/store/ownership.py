"""Who owns a routing domain: the advisory lock, the epoch that fences, the number of the last commit."""

import zlib
from typing import Any

import asyncpg

from chassis.db import Tx

_LOCK_CLASS = 7_263  # first key of the advisory locks of routing domains; the second is derived from the name


class Fenced(Exception):
    """Another process has taken the domain over; nothing was written."""


async def try_lock(session: "asyncpg.Connection[Any]", domain: str) -> bool:
    """Take the domain's advisory lock for this session, if it is free."""
    key = zlib.crc32(domain.encode()) & 0x7FFF_FFFF
    return bool(await session.fetchval("select pg_try_advisory_lock($1, $2)", _LOCK_CLASS, key))


async def begin_epoch(tx: Tx, domain: str, owner: str) -> tuple[int, tuple[int, int]]:
    """Start a new epoch of the domain. Returns it, and (epoch, batch) of the last commit before it."""
    await tx.fetch("insert into routing_domain (domain, epoch, batch) values ($1, 0, 0) on conflict do nothing", domain)
    before = await tx.fetch("select epoch, batch from routing_domain where domain = $1 for update", domain)
    await tx.fetch(
        "update routing_domain set epoch = epoch + 1, batch = 0, owner = $2, owned_since = $3 where domain = $1",
        domain,
        owner,
        tx.now,
    )
    return before[0]["epoch"] + 1, (before[0]["epoch"], before[0]["batch"])


async def mark_batch(tx: Tx, domain: str, epoch: int, batch: int) -> None:
    """The first statement of every commit: proves the epoch and holds the row until the end. Raises `Fenced`."""
    rows = await tx.fetch(
        "update routing_domain set batch = $3 where domain = $1 and epoch = $2 returning 1", domain, epoch, batch
    )
    if not rows:
        raise Fenced(domain)


async def last_batch(tx: Tx, domain: str) -> tuple[int, int]:
    """(epoch, batch) of the last commit."""
    rows = await tx.fetch("select epoch, batch from routing_domain where domain = $1", domain)
    return (rows[0]["epoch"], rows[0]["batch"]) if rows else (0, 0)


async def owner_of(tx: Tx, domain: str) -> str | None:
    """The name of the process that last took the domain."""
    rows = await tx.fetch("select owner from routing_domain where domain = $1", domain)
    return rows[0]["owner"] if rows else None
