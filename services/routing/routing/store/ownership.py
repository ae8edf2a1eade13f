"""Who owns a routing domain: the advisory lock, the epoch that fences, the number of the last commit."""

import zlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

import asyncpg

from chassis.db import Tx
from routing.domain.balance import Census

_MEMBER_CLASS = 7_264
_LOCK_CLASS = 7_263  # first key of the advisory locks of routing domains; the second is derived from the name


class Fenced(Exception):
    """Another process has taken the domain over; nothing was written."""


async def try_lock(session: "asyncpg.Connection[Any]", domain: str) -> bool:
    """Take the domain's advisory lock for this session, if it is free."""
    return bool(await session.fetchval("select pg_try_advisory_lock($1, $2)", _LOCK_CLASS, _key(domain)))


async def unlock(session: "asyncpg.Connection[Any]", domain: str) -> None:
    """Give the domain's lock back."""
    await session.fetchval("select pg_advisory_unlock($1, $2)", _LOCK_CLASS, _key(domain))


async def join(session: "asyncpg.Connection[Any]") -> None:
    """Let this session count as a replica for as long as it lives: all replicas share one lock."""
    await session.fetchval("select pg_advisory_lock_shared($1, $2)", _MEMBER_CLASS, 0)


async def census(session: "asyncpg.Connection[Any]", domains: Sequence[str]) -> Census:
    """Who else is here, and which domains are held by anybody."""
    rows = await session.fetch(
        """select pid, classid::int as class, objid::int as key, pid = pg_backend_pid() as own from pg_locks
           where locktype = 'advisory' and granted and objsubid = 2 and classid::int = any($1::int[])
             and database = (select oid from pg_database where datname = current_database())""",
        [_LOCK_CLASS, _MEMBER_CLASS],
    )
    held = {row["key"]: row["pid"] for row in rows if row["class"] == _LOCK_CLASS}
    owners = {domain: held[_key(domain)] for domain in domains if _key(domain) in held}
    others = {row["pid"] for row in rows if row["class"] == _MEMBER_CLASS and not row["own"]}
    counts = Counter(owners.values())
    return Census({pid: counts[pid] for pid in sorted(others)}, frozenset(owners))


def _key(domain: str) -> int:
    return zlib.crc32(domain.encode()) & 0x7FFF_FFFF


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
