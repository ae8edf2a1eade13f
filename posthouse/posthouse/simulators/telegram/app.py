"""The simulator's application."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

from chassis.clock import Clock, SystemClock
from posthouse.simulators.telegram import bot_api, control
from posthouse.simulators.telegram.simulator import Simulator

PREFIX = "/sim/telegram"
"""Where everything is served; a bot's `api_url` is the server's address with this."""


def build(
    bots: Mapping[str, str], clock: Clock | None = None, transport: httpx.AsyncBaseTransport | None = None
) -> FastAPI:
    """The application for these bots (name to token). Webhooks are called through `transport` (default: the network).

    Run its lifespan, or call `close` at the end when it is mounted in another application.
    """
    http = httpx.AsyncClient(transport=transport, follow_redirects=False, trust_env=False)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await close(app)

    app = FastAPI(title="Telegram simulator", version="1", lifespan=lifespan)
    app.state.simulator = Simulator(bots, http, clock or SystemClock())
    app.state.http = http
    app.include_router(bot_api.router, prefix=PREFIX)
    app.include_router(control.router, prefix=PREFIX)
    return app


async def close(app: FastAPI) -> None:
    """End all deliveries."""
    sim: Simulator = app.state.simulator
    for delivery in sim.deliveries.values():
        await delivery.close()
    await app.state.http.aclose()
