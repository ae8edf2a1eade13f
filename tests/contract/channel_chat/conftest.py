"""The chat service behind a real web server, visitors' tabs on real sockets, and a simulated Telegram."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from channel_chat.app import build
from channel_chat.parameters import ChatParameters
from channel_chat.settings import BotSettings, Settings, SiteSettings
from chassis.service import Service
from posthouse.simulators.telegram import app as telegram_simulator
from tests.contract.channel_chat.tab import Tab
from tests.support.world import World

SITE = "shop"
ORIGIN = "https://shop.test"
IDENTITY_SECRET = "identity-secret-of-the-shop-0123456789"
OLD_IDENTITY_SECRET = "old-identity-secret-of-the-shop-012345"
BOT = "courier"
BOT_TOKEN = "4815162342:test"
BOT_SECRET = "telegram-secret_1"


@asynccontextmanager
async def web_server(app: ASGIApp) -> AsyncIterator[str]:
    """A real web server on a free port; yields `host:port`."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="warning", lifespan="off", ws_max_size=128 * 1024, log_config=None)
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    task = asyncio.create_task(server._serve([listener]))
    while not server.started:
        await asyncio.sleep(0.005)
    host, port = listener.getsockname()[:2]
    try:
        yield f"{host}:{port}"
    finally:
        server.should_exit = server.force_exit = True
        await task
        listener.close()


class Front:
    """The house's address, wherever it is served at the moment."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)


@pytest.fixture
def front() -> Front:
    """Where webhooks of the simulated Telegram arrive."""
    return Front()


@pytest.fixture
async def telegram(front: Front) -> AsyncIterator[httpx.AsyncClient]:
    """The control API of a simulated Telegram, at the bot."""
    app = telegram_simulator.build({BOT: BOT_TOKEN}, transport=httpx.ASGITransport(app=front))
    async with web_server(app) as address:
        base = f"http://{address}{telegram_simulator.PREFIX}"
        async with httpx.AsyncClient(base_url=f"{base}/{BOT}", headers={"x-base": base}) as client:
            yield client
    await telegram_simulator.close(app)


@pytest.fixture
def settings(telegram: httpx.AsyncClient) -> Settings:
    """One site, one bot."""
    return Settings(
        sites=(
            SiteSettings(
                id=SITE,
                origins=(ORIGIN, "http://localhost:8080"),
                identity_secrets=(SecretStr(IDENTITY_SECRET), SecretStr(OLD_IDENTITY_SECRET)),
            ),
            SiteSettings(id="other", origins=("https://other.test",)),
        ),
        bots=(
            BotSettings(
                id=BOT, token=SecretStr(BOT_TOKEN), secret=SecretStr(BOT_SECRET), api_url=telegram.headers["x-base"]
            ),
        ),
    )


@pytest.fixture
def parameters(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ChatParameters:
    """Generous rates and short pauses; a test sets others by `parametrize("parameters", […], indirect=True)`."""
    generous = {
        "message_burst": 1000,
        "address_message_burst": 1000,
        "frame_burst": 5000,
        "session_burst": 1000,
        "telegram_poll_seconds": 0.05,
        "telegram_retry_first_seconds": 0.05,
        "telegram_timeout_seconds": 0.4,
        "telegram_send_attempts": 4,
        "page_limit": 7,
    }
    quick = ChatParameters(**{**generous, **getattr(request, "param", {})})
    monkeypatch.setattr(ChatParameters, "load", classmethod(lambda cls: quick))
    return quick


@pytest.fixture
async def service(world: World, settings: Settings, parameters: ChatParameters, front: Front) -> Service:
    """The running service."""
    started = await world.start(build, settings)
    front.app = Starlette(routes=[Mount("/chat", app=started.app)])
    return started


@pytest.fixture
async def address(service: Service, front: Front) -> AsyncIterator[str]:
    """`host:port` of the house."""
    async with web_server(front) as where:
        yield where


@pytest.fixture
async def web(address: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser on a page of the site, as far as HTTP goes."""
    async with httpx.AsyncClient(base_url=f"http://{address}/chat", headers={"Origin": ORIGIN}) as client:
        yield client


async def new_session(web: httpx.AsyncClient, site: str = SITE, **body: Any) -> dict[str, Any]:
    """Open a session."""
    answer = await web.post(f"/v1/sites/{site}/sessions", json=body)
    assert answer.status_code == 201, answer.text
    session: dict[str, Any] = answer.json()
    return session


@pytest.fixture
async def token(web: httpx.AsyncClient) -> str:
    """A new visitor's token."""
    return str((await new_session(web))["token"])


@pytest.fixture
async def tab(address: str, token: str) -> AsyncIterator[Tab]:
    """A connected tab of the visitor."""
    async with Tab(address, token) as opened:
        yield opened
