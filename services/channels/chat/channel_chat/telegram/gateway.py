"""The Bot API: send a text, register our webhook. Failures are one of four classes, because only those matter."""

import httpx
from telegram import Bot
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from channel_chat.settings import BotSettings

WEBHOOK_UPDATES = ("message", "edited_message", "my_chat_member")
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class SendFailed(Exception):
    """A message was not, or perhaps not, sent."""


class Refused(SendFailed):
    """Telegram will not send it. `blocked`: the customer does not want messages of this bot."""

    def __init__(self, detail: str, *, blocked: bool = False) -> None:
        super().__init__(detail)
        self.blocked = blocked


class NotSent(SendFailed):
    """It certainly was not sent; trying again is safe, after `wait` seconds if Telegram named them.

    `for_all` says that Telegram wants the whole bot to wait, not this message alone.
    """

    def __init__(self, detail: str, *, wait: float | None = None, for_all: bool = False) -> None:
        super().__init__(detail)
        self.wait, self.for_all = wait, for_all


class Ambiguous(SendFailed):
    """It may have been sent. The Bot API cannot be asked, so nobody may send it again without a person's decision."""


class TelegramGateway:
    """One bot."""

    def __init__(self, settings: BotSettings, *, timeout_seconds: float) -> None:
        self._settings = settings
        request = HTTPXRequest(
            connection_pool_size=64,
            connect_timeout=timeout_seconds,
            read_timeout=timeout_seconds,
            write_timeout=timeout_seconds,
            pool_timeout=timeout_seconds,
        )
        base = settings.api_url.rstrip("/")
        self._request = request
        self._bot = Bot(
            settings.token.get_secret_value(), base_url=f"{base}/bot", base_file_url=f"{base}/file/bot", request=request
        )

    async def send(self, chat_id: str, text: str) -> int:
        """Send a text; returns Telegram's message id. Raises SendFailed."""
        try:
            message = await self._bot.send_message(chat_id=int(chat_id), text=text)
        except TelegramError as error:
            raise _classified(error) from error
        return int(message.message_id)

    async def register(self, url: str, *, connections: int) -> None:
        """Have updates delivered to `url`. Raises SendFailed."""
        try:
            await self._bot.set_webhook(
                url,
                secret_token=self._settings.secret.get_secret_value(),
                allowed_updates=list(WEBHOOK_UPDATES),
                max_connections=connections,
            )
        except TelegramError as error:
            raise _classified(error) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._request.shutdown()


def _classified(error: TelegramError) -> SendFailed:
    # Order matters: BadRequest and TimedOut are NetworkErrors too. InvalidToken also stands for an unknown path.
    detail = type(error).__name__
    if isinstance(error, RetryAfter):
        return NotSent(detail, wait=_seconds(error), for_all=True)
    if isinstance(error, Forbidden):
        return Refused(error.message, blocked=True)
    if isinstance(error, BadRequest | ChatMigrated):
        return Refused(error.message)
    if isinstance(error, InvalidToken) or isinstance(error.__cause__, _NEVER_LEFT):
        return NotSent(detail)
    if isinstance(error, NetworkError):
        return Ambiguous(detail)
    return Refused(error.message)


def _seconds(error: RetryAfter) -> float:
    wait = error.retry_after
    return float(wait.total_seconds() if hasattr(wait, "total_seconds") else wait)
