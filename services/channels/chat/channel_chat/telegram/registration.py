"""Tells Telegram, at start, where to deliver updates."""

from channel_chat.telegram.gateway import SendFailed, TelegramGateway
from chassis.clock import Clock
from chassis.telemetry.logs import get_logger

log = get_logger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 60.0


async def register_until_done(gateway: TelegramGateway, url: str, *, connections: int, clock: Clock) -> None:
    """Try until Telegram accepts the address."""
    pause = _FIRST_PAUSE
    while True:
        try:
            await gateway.register(url, connections=connections)
            return
        except SendFailed as error:
            log.warning("Telegram did not take the webhook address", url=url, error=str(error), pause=pause)
        await clock.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
