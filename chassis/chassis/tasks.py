"""Background work of a service: supervised, restarted with growing pauses, cancelled at the end."""

import asyncio
from collections.abc import Awaitable, Callable

from chassis.clock import Clock
from chassis.telemetry import metrics
from chassis.telemetry.logs import get_logger

log = get_logger(__name__)

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 15.0
HEALTHY_AFTER = 30.0


async def wait_for_event(event: asyncio.Event, seconds: float) -> bool:
    """Whether the event was set within the time. Unlike Python 3.11's `wait_for` it never eats a cancellation."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


async def woken_or_after(event: asyncio.Event, seconds: float, clock: Clock) -> None:
    """Return when `event` is set or `seconds` of the clock's time have passed, whichever comes first."""
    waits = [asyncio.ensure_future(clock.sleep(seconds)), asyncio.ensure_future(event.wait())]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for waiting in waits:
            waiting.cancel()
        await asyncio.gather(*waits, return_exceptions=True)


class Supervisor:
    """Keeps tasks running until `stop`. A task that returns is done; one that raises is started again."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False

    def start(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Run `run` in the background under this name."""
        self._tasks.append(asyncio.create_task(self._keep_running(name, run), name=f"{self._service}:{name}"))

    async def stop(self) -> None:
        """Cancel all tasks and wait for their clean-up."""
        self._stopping = True
        running = set(self._tasks)
        while running:  # a library may swallow a cancellation that meets its result; ask again
            for task in running:
                task.cancel()
            _, running = await asyncio.wait(running, timeout=1)
        self._tasks.clear()

    async def _keep_running(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        loop = asyncio.get_running_loop()
        pause = FIRST_PAUSE
        while True:
            began = loop.time()
            try:
                await run()
                return
            except Exception as error:  # whatever it was, the task must come back
                if self._stopping:
                    return
                if loop.time() - began > HEALTHY_AFTER:
                    pause = FIRST_PAUSE
                metrics.TASK_RESTARTS.labels(self._service, name).inc()
                log.warning(
                    "background task failed, restarting", task=name, pause=pause, error=repr(error), exc_info=True
                )
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
