"""The simulator's application: Twilio's REST API, the phones' control API, and the faults in front of the former."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.clock import Clock, SystemClock
from posthouse.simulators.twilio import control, rest_calls, rest_conferences, rest_messages
from posthouse.simulators.twilio.calls import Exchange
from posthouse.simulators.twilio.delivery import Webhooks
from posthouse.simulators.twilio.events import Events
from posthouse.simulators.twilio.faults import REST_KINDS, Faults
from posthouse.simulators.twilio.messages import Texting
from posthouse.simulators.twilio.rest import Simulator, TwilioError
from posthouse.simulators.twilio.settings import SimulatorSettings
from posthouse.simulators.twilio.state import World


def build(
    settings: SimulatorSettings, clock: Clock | None = None, transport: httpx.AsyncBaseTransport | None = None
) -> FastAPI:
    """The application. Webhooks are called through `transport` (default: the network) and timed by `clock`.

    Run its lifespan, or call `close` at the end when it is mounted in another application.
    """
    clock = clock or SystemClock()
    world, faults, events = World(), Faults(), Events()
    http = httpx.AsyncClient(transport=transport, follow_redirects=False, trust_env=False)
    webhooks = Webhooks(settings, world, clock, faults, http)
    exchange = Exchange(settings, world, clock, webhooks, events)
    texting = Texting(settings, world, clock, webhooks, events, faults)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await close(app)

    app = FastAPI(title="Twilio simulator", version="1", lifespan=lifespan)
    app.state.simulator = Simulator(settings, clock, world, faults, events, webhooks, exchange, texting)
    app.state.http = http
    for router in (control.router, rest_calls.router, rest_conferences.router, rest_messages.router):
        app.include_router(router)
    app.add_exception_handler(TwilioError, _error)
    app.add_middleware(FaultMiddleware, faults=faults)
    return app


async def close(app: FastAPI) -> None:
    """End all calls and deliveries."""
    sim: Simulator = app.state.simulator
    await sim.exchange.close()
    await sim.texting.close()
    await sim.webhooks.close()
    await app.state.http.aclose()


async def _error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, TwilioError)  # noqa: S101  # registered for nothing else
    return error.response()


class FaultMiddleware:
    """Lets armed faults happen to REST requests."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app, self._faults = app, faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        subject = f"{scope.get('method')} {scope.get('path')}"
        fault = None
        if scope["type"] == "http" and "/2010-04-01/" in subject:
            fault = self._faults.take(REST_KINDS, subject)
        if fault is None:
            await self._app(scope, receive, send)
            return
        match fault.kind:
            case "refuse":
                await TwilioError(fault.status, fault.code, "refused on demand").response()(scope, receive, send)
            case "rate_limit":
                await TwilioError(429, 20429, "Too many requests").response()(scope, receive, send)
            case "error_500":
                await TwilioError(500, 20500, "Internal server error").response()(scope, receive, send)
            case "timeout_before":
                await _until_given_up(receive)
            case _:
                await self._app(scope, receive, _swallow)
                await _until_given_up(receive)


async def _swallow(message: Message) -> None:
    """Nobody hears the answer."""


async def _until_given_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
