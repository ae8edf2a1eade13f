"""Who does not want which messages."""

from datetime import datetime

from chassis.db import Tx


async def suppress(
    tx: Tx, account: str, address: str, category: str, *, source: str, parameters_version: int, at: datetime
) -> bool:
    """Record that `address` wants no messages of `category` from `account`. False if that was so already."""
    rows = await tx.fetch(
        """insert into suppression as s (account, address, category, source, parameters_version, since)
           values ($1, $2, $3, $4, $5, $6)
           on conflict (account, address, category) do update
               set source = excluded.source, parameters_version = excluded.parameters_version,
                   since = excluded.since, lifted_at = null
               where s.lifted_at is not null
           returning 1""",
        account,
        address,
        category,
        source,
        parameters_version,
        at,
    )
    return bool(rows)


async def lift(tx: Tx, account: str, address: str, category: str, *, at: datetime) -> bool:
    """End a suppression. False if there was none."""
    rows = await tx.fetch(
        """update suppression set lifted_at = $4
           where account = $1 and address = $2 and category = $3 and lifted_at is null returning 1""",
        account,
        address,
        category,
        at,
    )
    return bool(rows)


async def is_suppressed(tx: Tx, account: str, address: str, category: str) -> bool:
    """Whether `address` opted out of `category` from `account`."""
    rows = await tx.fetch(
        "select 1 from suppression where account = $1 and address = $2 and category = $3 and lifted_at is null",
        account,
        address,
        category,
    )
    return bool(rows)
