"""Keeping the event feed short."""

import asyncio

from cases.store import feed
from chassis.db import Database

_EVERY_SECONDS = 600.0


async def keep_short(db: Database, days: float) -> None:
    """Number what nobody read and forget what is old, until cancelled."""
    while True:
        await asyncio.sleep(_EVERY_SECONDS)
        await feed.trim(db, days)
