"""The simulated Telegram: its bots and what delivers their updates."""

from collections.abc import Mapping

import httpx

from chassis.clock import Clock
from posthouse.simulators.telegram.delivery import Delivery
from posthouse.simulators.telegram.state import Bot


class Simulator:
    """All bots, by name and by token."""

    def __init__(self, bots: Mapping[str, str], http: httpx.AsyncClient, clock: Clock) -> None:
        """`bots` maps names to tokens."""
        self._clock = clock
        self.bots = {name: Bot(name, token) for name, token in bots.items()}
        self.deliveries = {name: Delivery(bot, http, clock) for name, bot in self.bots.items()}

    def by_token(self, token: str) -> Bot | None:
        """The bot that a Bot API call speaks for."""
        return next((bot for bot in self.bots.values() if bot.token == token), None)

    def now(self) -> int:
        """Unix time."""
        return int(self._clock.now().timestamp())
