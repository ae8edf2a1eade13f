"""Waiting for a wake-up or a time, whichever comes first, on the injected clock."""

import asyncio
from contextlib import suppress

from chassis.clock import Clock


async def woken_or_after(event: asyncio.Event, seconds: float, clock: Clock) -> None:
    """Return when `event` is set or `seconds` of the clock's time have passed."""
    sleeping = asyncio.ensure_future(clock.sleep(seconds))
    waking = asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait({sleeping, waking}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for waiting in (sleeping, waking):
            waiting.cancel()
            with suppress(asyncio.CancelledError):
                await waiting
