"""Forgetting what was sent about orders, once nobody needs to look it up."""

from datetime import timedelta

from cases.store import order_webhooks
from chassis.db import Database, DatabaseUnavailable

_EVERY_SECONDS = 3600.0


async def forget_deliveries(db: Database, days: int) -> None:
    """Trim settled webhook messages, until cancelled."""
    while True:
        try:
            trimmed = 1
            while trimmed:
                async with db.transaction() as tx:
                    trimmed = await order_webhooks.trim(tx, timedelta(days=days))
        except DatabaseUnavailable:
            pass
        await db.clock.sleep(_EVERY_SECONDS)
