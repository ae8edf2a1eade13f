"""Statements on orders that wait for their waybill."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson

from chassis.db import Tx


async def keep(tx: Tx, order_id: UUID, agreed: dict[str, Any]) -> None:
    """What was agreed, as it is now."""
    await tx.fetch(
        """insert into agreed_order (order_id, agreed, agreed_at) values ($1, $2::text::jsonb, $3)
           on conflict (order_id) do update set agreed = excluded.agreed, agreed_at = excluded.agreed_at""",
        order_id,
        orjson.dumps(agreed).decode(),
        tx.now,
    )


async def get(tx: Tx, order_id: UUID) -> dict[str, Any] | None:
    """What was agreed, if the order is known."""
    rows = await tx.fetch("select agreed::text as agreed from agreed_order where order_id = $1", order_id)
    agreed: dict[str, Any] | None = orjson.loads(rows[0]["agreed"]) if rows else None
    return agreed


async def forget(tx: Tx, order_id: UUID) -> None:
    """The order is no more."""
    await tx.fetch("delete from agreed_order where order_id = $1", order_id)


async def trim(tx: Tx, older_than: timedelta, limit: int = 5000) -> int:
    """Forget orders of long ago. Returns how many."""
    rows = await tx.fetch(
        """delete from agreed_order where ctid = any(array(
               select ctid from agreed_order where agreed_at < $1 limit $2)) returning 1""",
        tx.now - older_than,
        limit,
    )
    return len(rows)
