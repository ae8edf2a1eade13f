"""Delivers a bot's updates to its webhook: one at a time, in order, again until it answers 2xx."""

import asyncio
from contextlib import suppress

import httpx

from chassis.clock import Clock
from posthouse.simulators.telegram.state import Bot, Json

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 10.0


class Delivery:
    """The queue of one bot. Updates wait while there is no webhook."""

    def __init__(self, bot: Bot, http: httpx.AsyncClient, clock: Clock) -> None:
        self._bot = bot
        self._http = http
        self._clock = clock
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.statuses: dict[int, int | None] = {}
        """Last answer of the webhook to each update; None: it could not be reached."""

    def put(self, update: Json) -> None:
        """Queue an update, unless the webhook does not want its kind."""
        webhook = self._bot.webhook
        kinds = [name for name in update if name != "update_id"]
        if webhook and webhook.allowed and not set(kinds) & set(webhook.allowed):
            return
        self._bot.pending.append(update)
        self.wake()

    def wake(self) -> None:
        """Look again: there is an update or a webhook."""
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        self._woken.set()

    async def post(self, update: Json) -> int | None:
        """Post one update now, outside the queue (duplicates and disorder for tests). Returns the answer's status."""
        webhook = self._bot.webhook
        if webhook is None:
            return None
        headers = {SECRET_HEADER: webhook.secret} if webhook.secret else {}
        try:
            answer = await self._http.post(webhook.url, json=update, headers=headers, timeout=30)
        except httpx.HTTPError as error:
            self._bot.last_error = type(error).__name__
            return None
        self._bot.last_error = None if answer.is_success else f"HTTP {answer.status_code}"
        return answer.status_code

    async def close(self) -> None:
        """Stop delivering."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            if not self._bot.pending or self._bot.webhook is None:
                self._woken.clear()
                await self._woken.wait()
                continue
            update = self._bot.pending[0]
            status = await self.post(update)
            self.statuses[update["update_id"]] = status
            if status is not None and 200 <= status < 300:
                self._bot.pending.popleft()
                pause = _FIRST_PAUSE
            else:
                await self._clock.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
