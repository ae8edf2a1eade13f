"""Waiting for a wake-up or a time, whichever comes first, on the injected clock."""

import asyncio

from chassis.clock import Clock


async def woken_or_after(event: asyncio.Event, seconds: float, clock: Clock) -> None:
    """Return when `event` is set or `seconds` of the clock's time have passed."""
    waits = [asyncio.ensure_future(clock.sleep(seconds)), asyncio.ensure_future(event.wait())]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for waiting in waits:
            waiting.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
