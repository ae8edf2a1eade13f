"""The voice service, the Twilio simulator and a tracking gateway, talking HTTP over loopback sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from unittest import mock
from uuid import uuid4

import httpx
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from twilio.rest import Client

from channel_voice import app
from channel_voice.parameters import VoiceParameters
from channel_voice.reception import interaction_of
from channel_voice.settings import Settings
from chassis.clock import ManualClock
from chassis.service import Service
from chassis.twilio.client import TwilioRest
from chassis.twilio.identity import client_of
from contracts.interactions import (
    CallFailed,
    InteractionAnswered,
    InteractionEnded,
    InteractionQueued,
    InteractionSelfServed,
    InteractionStarted,
)
from contracts.sends import CallRequested
from posthouse.simulators.twilio.app import build as build_simulator
from posthouse.simulators.twilio.app import close as close_simulator
from posthouse.simulators.twilio.rest import Simulator
from posthouse.simulators.twilio.settings import Number, SimulatorSettings
from tests.support.world import World

T = TypeVar("T")

ACCOUNT = "AC" + "7" * 32
TOKEN = "0123456789abcdef"
OURS = "+862155550000"
CALLER = "+8613900000001"
STORIES = (
    InteractionStarted,
    InteractionQueued,
    InteractionSelfServed,
    CallFailed,
    InteractionAnswered,
    InteractionEnded,
)


@dataclass(frozen=True)
class Webhook:
    """One request Twilio made to us, as it was on the wire."""

    path: str
    query: str
    body: bytes
    headers: dict[str, str]


class Recorder:
    """Keeps every request to the channel, for replaying."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.seen: list[Webhook] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = bytearray()

        async def listen() -> Message:
            message = await receive()
            body.extend(message.get("body", b""))
            return message

        await self.app(scope, listen, send)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.seen.append(Webhook(scope["path"], scope["query_string"].decode(), bytes(body), headers))


@dataclass
class Gateway:
    """The tracking gateway: parcels by number, or an error status for every question."""

    parcels: dict[str, dict[str, Any]] = field(default_factory=dict)
    broken: int | None = None
    asked: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        number = scope["path"].rsplit("/", 1)[1]
        self.asked.append(number)
        status = self.broken or (200 if number in self.parcels else 404)
        await JSONResponse(self.parcels.get(number, {}), status)(scope, receive, send)


class Counted(TwilioRest):
    """The channel's REST client, counting the requests under way."""

    in_flight = 0

    async def call(self, operation: str, request: Callable[[Client], Awaitable[T]]) -> T:
        Counted.in_flight += 1
        try:
            return await super().call(operation, request)
        finally:
            Counted.in_flight -= 1


@asynccontextmanager
async def listening(app: ASGIApp, sock: socket.socket) -> AsyncIterator[None]:
    """Serve an application on an open socket."""
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="warning", timeout_graceful_shutdown=1))
    task = asyncio.create_task(server.serve(sockets=[sock]))
    while not server.started:
        await asyncio.sleep(0.005)
    yield
    server.should_exit = True
    await task


def open_socket(port: int = 0) -> tuple[socket.socket, str]:
    """A port on loopback (0: any free one) and its URL."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", port))
    return sock, f"http://127.0.0.1:{sock.getsockname()[1]}"


class Flow:
    """Callers, agents and what became of them, in virtual time."""

    def __init__(
        self, world: World, service: Service, simulator: FastAPI, recorder: Recorder, gateway: Gateway, base: str
    ) -> None:
        assert isinstance(world.clock, ManualClock)
        self.world, self.service, self.clock = world, service, world.clock
        self.sim: Simulator = simulator.state.simulator
        self.recorder, self.gateway, self.base = recorder, gateway, base
        self.phones = httpx.AsyncClient(transport=httpx.ASGITransport(simulator), base_url="http://phones/sim")
        self.http = httpx.AsyncClient(trust_env=False)

    async def control(self, method: str, path: str, **body: Any) -> Any:
        """The simulator's control API."""
        answer = await self.phones.request(method, path, json=body or None)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def dial(self, caller: str = CALLER) -> str:
        """A phone calls us; returns the call's sid once it listens for keys."""
        sid = str((await self.control("POST", f"/phones/{caller}/calls", to=OURS))["sid"])
        await self.listens(sid)
        return sid

    async def press(self, sid: str, digits: str) -> None:
        """The caller presses keys once the menu listens, and the channel's answer is awaited."""
        await self.listens(sid)
        heard = len(self.heard(sid))
        assert (await self.control("POST", f"/calls/{sid}/digits", digits=digits))["heard"]
        await self.until(lambda: len(self.heard(sid)) > heard + 1)

    async def listens(self, sid: str) -> None:
        await self.until(lambda: self.sim.world.calls[sid].listening)

    def heard(self, sid: str) -> list[str]:
        """What was said, played and pressed on a call."""
        return [line.text for line in self.sim.world.calls[sid].transcript]

    async def hears(self, sid: str, text: str) -> None:
        """The caller is told something that contains `text`."""
        await self.until(lambda: any(text in line for line in self.heard(sid)))

    def legs(self, agent: str) -> list[Any]:
        """The calls made to an agent."""
        return [call for call in self.sim.world.calls.values() if call.to == client_of(agent)]

    async def wait_for_person(self, caller: str = CALLER) -> str:
        """A caller who asked for a person and hears music."""
        sid = await self.dial(caller)
        await self.press(sid, "0")
        await self.until(lambda: any(line.endswith("hold.wav") for line in self.heard(sid)))
        return sid

    async def request_agent(self, sid: str, agent: str = "a1") -> CallRequested:
        """Cases asks for an agent on the call."""
        asked = CallRequested(
            interaction_id=interaction_of(sid),
            call_request_id=uuid4(),
            case_id=uuid4(),
            agent_id=agent,
            work_item_id=uuid4(),
            requested_at=self.clock.now(),
        )
        await self.world.publish(asked)
        return asked

    async def ring(self, sid: str, agent: str = "a1") -> CallRequested:
        """An agent's phone rings for the call."""
        asked = await self.request_agent(sid, agent)
        await self.until(lambda: any(leg.status == "ringing" for leg in self.legs(agent)))
        return asked

    async def bridge(self, sid: str, agent: str = "a1") -> CallRequested:
        """An agent speaks with the caller."""
        asked = await self.ring(sid, agent)
        await self.control("POST", f"/agents/{agent}/answer")
        await self.event(InteractionAnswered, sid)
        return asked

    async def over(self, sid: str) -> None:
        """The phone call ended and all its reports were delivered."""
        await self.until(lambda: self.sim.world.calls[sid].ended)
        await self.quiet()

    async def quiet(self) -> None:
        """Every report of the provider so far was delivered."""
        settled = asyncio.ensure_future(self.sim.webhooks.settled())
        await self.until(settled.done)

    async def story(self, sid: str) -> list[Any]:
        """The events of a call's interaction, in order."""
        call_id = interaction_of(sid)
        found: list[Any] = []
        for kind in STORIES:
            found += [event for event in await self.world.published(kind) if event.interaction_id == call_id]
        return sorted(found, key=lambda event: event.occurred_at)

    async def names(self, sid: str) -> list[str]:
        """The story, as type names without what they share."""
        await self.published()
        return [type(event).__name__.removeprefix("Interaction") for event in await self.story(sid)]

    async def published(self) -> None:
        """The relay has published everything that was committed."""

        async def empty() -> bool:
            async with self.service.db.read() as tx:
                return not (await tx.fetch("select 1 from outbox limit 1"))

        await self.until_async(empty)

    async def event(self, kind: type[Any], sid: str, count: int = 1) -> Any:
        """Wait for the `count`-th event of this kind about the call."""
        found: list[Any] = []

        async def there() -> bool:
            found[:] = [event for event in await self.story(sid) if isinstance(event, kind)]
            return len(found) >= count

        await self.until_async(there)
        return found[count - 1]

    async def until(self, condition: Callable[[], object], within: float = 900) -> None:
        """Move time until something holds."""

        async def holds() -> bool:
            return bool(condition())

        await self.until_async(holds, within)

    async def until_async(self, condition: Callable[[], Awaitable[bool]], within: float = 900) -> None:
        """Move time until something holds, but not while a request of either side is under way: those take no time."""
        end = self.clock.monotonic() + within
        while not await condition():
            assert self.clock.monotonic() < end, f"it never happened; alerts: {self.sim.world.alerts}"
            if not self.sim.webhooks.in_flight and not Counted.in_flight:
                await self.clock.advance(0.2)
            await asyncio.sleep(0.003)

    async def replay(self, webhook: Webhook) -> httpx.Response:
        """Send a recorded request again, byte for byte."""
        url = f"{self.base}{webhook.path}{'?' + webhook.query if webhook.query else ''}"
        return await self.http.post(url, content=webhook.body, headers=webhook.headers)

    async def close(self) -> None:
        await self.phones.aclose()
        await self.http.aclose()


@asynccontextmanager
async def flow(
    world: World, parameters: VoiceParameters, *, simulator_at: str | None = None, api: str | None = None
) -> AsyncIterator[Flow]:
    """The whole arrangement. `api` stands between the channel and the simulator's REST API at `simulator_at`."""
    ours, base = open_socket()
    theirs, twilio = open_socket(int(simulator_at.rsplit(":", 1)[1]) if simulator_at else 0)
    track, tracking = open_socket()
    gateway = Gateway()
    settings = Settings(
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=SecretStr(TOKEN),
        twilio_api_url=api or twilio,
        twilio_request_seconds=5 if api else 1,
        tracking_url=tracking,
        tracking_api_key=SecretStr("k"),
    )
    chassis_settings = world.runtime.settings.model_copy(update={"public_base_url": base})

    def built(runtime: Any) -> Service:
        with mock.patch.object(app, "TwilioRest", Counted):
            return app.build(replace(runtime, settings=chassis_settings), settings, parameters)

    service = await world.start(built)
    hooks = f"{base}/voice/v1/twilio/voice"
    number = Number(
        OURS,
        voice_url=f"{hooks}/incoming#rc=2&rp=ct,rt,5xx",
        voice_fallback_url=f"{hooks}/fallback",
        status_callback=f"{hooks}/status#rc=2&rp=ct,rt,5xx",
    )
    simulator = build_simulator(SimulatorSettings(ACCOUNT, TOKEN, (number,)), world.clock)
    recorder = Recorder(Starlette(routes=[Mount("/voice", app=service.app)]))
    async with listening(recorder, ours), listening(simulator, theirs), listening(gateway, track):
        made = Flow(world, service, simulator, recorder, gateway, base)
        yield made
        await close_simulator(simulator)
        await made.close()
