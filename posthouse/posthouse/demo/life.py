"""Simulated life: customers who write on every channel, and a scripted colleague who answers those a person leaves."""

import asyncio
import contextlib
import itertools
import random
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from chassis.telemetry.logs import get_logger
from posthouse.demo.agent import Agent
from posthouse.demo.customer import Mailbox, Phone, TelegramUser, Visitor
from posthouse.demo.environment import DemoWorld
from posthouse.demo.steps import StepFailed
from posthouse.demo.stories import Story, parcels, stories

log = get_logger(__name__)

COLLEAGUE = "wang.wei"
SECONDS_BETWEEN_CUSTOMERS = (6.0, 14.0)
SECONDS_TO_ANSWER = (3.0, 7.0)
FEED_LENGTH = 60
_TROUBLE = (httpx.HTTPError, StepFailed, OSError, TimeoutError, KeyError)

# What the feed says of each thing that happens, per channel.
_ASKED = {
    "sms": ("发来短信", "sent a text"),
    "chat": ("在网站咨询", "opened a chat"),
    "telegram": ("在 Telegram 留言", "wrote on Telegram"),
    "email": ("发来邮件", "sent a mail"),
}


@dataclass
class Feed:
    """The last things that happened, for the demo's home page."""

    lines: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=FEED_LENGTH))
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def add(self, channel: str, who: str, zh: str, en: str) -> None:
        """Note something."""
        at = datetime.now(UTC).isoformat()
        self.lines.append({"id": next(self._numbers), "at": at, "channel": channel, "who": who, "zh": zh, "en": en})

    def route(self) -> Route:
        """`GET /demo/state`."""

        async def state(_request: Request) -> JSONResponse:
            return JSONResponse({"feed": list(self.lines)}, headers={"Cache-Control": "no-store"})

        return Route("/demo/state", state)


async def simulated_life(world: DemoWorld, feed: Feed) -> None:
    """Run until cancelled."""
    async with (
        httpx.AsyncClient(base_url=world.base_url, timeout=30, trust_env=False) as http,
        Agent(world.base_url, COLLEAGUE) as colleague,
        asyncio.TaskGroup() as living,
    ):
        await _prepare_parcels(world)
        told = stories()
        answers = {story.opening: story.answer for story in told}
        living.create_task(_colleague(colleague, answers))
        chance = random.Random()  # noqa: S311 - invented customers need no secrets
        for number in itertools.count(1):
            story = told[(number - 1) % len(told)]
            living.create_task(_customer(world, http, story, number, feed))
            await asyncio.sleep(chance.uniform(*SECONDS_BETWEEN_CUSTOMERS))


async def _prepare_parcels(world: DemoWorld) -> None:
    async with Agent(world.base_url, "admin") as admin:
        for number, parcel in enumerate(parcels()):
            scan = {**parcel, "scan_id": f"demo-{number}", "occurred_at": datetime.now(UTC).isoformat()}
            with contextlib.suppress(*_TROUBLE):
                await admin.post("/tracking/v1/scans", scan)


async def _customer(world: DemoWorld, http: httpx.AsyncClient, story: Story, number: int, feed: Feed) -> None:
    """One contact from its first word to its thanks; a customer in trouble gives up like a real one."""
    zh, en = _ASKED[story.channel]
    with contextlib.suppress(*_TROUBLE):
        feed.add(story.channel, story.name, zh, en)
        await _TALK[story.channel](world, http, story, number)
        feed.add(story.channel, story.name, "得到答复并致谢", "was answered and said thanks")


async def _by_sms(_world: DemoWorld, http: httpx.AsyncClient, story: Story, number: int) -> None:
    phone = Phone(http, f"+1202555{1000 + number % 9000:04d}")
    await phone.text(story.opening)
    await _patiently(phone.received)
    await phone.text(story.thanks)


async def _by_chat(world: DemoWorld, http: httpx.AsyncClient, story: Story, _number: int) -> None:
    async with Visitor(http, world.base_url) as visitor:
        await visitor.say(story.opening)
        await visitor.hear_agent(seconds=600)
        await visitor.say(story.thanks)
        await asyncio.sleep(2)
        await visitor.end()


async def _by_telegram(_world: DemoWorld, http: httpx.AsyncClient, story: Story, number: int) -> None:
    user = TelegramUser(http, 8000 + number)
    await user.send(story.opening)
    await _patiently(user.received)
    await user.send(story.thanks)


async def _by_email(_world: DemoWorld, http: httpx.AsyncClient, story: Story, number: int) -> None:
    mailbox = Mailbox(http, f"customer{number}@customer.example")
    await mailbox.send(story.opening, subject=story.subject)
    mails = await _patiently(mailbox.mails)
    await mailbox.send(story.thanks, in_reply_to=mails[-1]["id"])


_TALK = {"sms": _by_sms, "chat": _by_chat, "telegram": _by_telegram, "email": _by_email}


async def _patiently(read: Any, *, seconds: float = 600) -> Any:
    """Look every second until something arrived."""
    async with asyncio.timeout(seconds):
        while not (found := await read()):  # noqa: ASYNC110 - the mailbox is somebody else's, there is no event
            await asyncio.sleep(1)
        return found


async def _colleague(agent: Agent, answers: dict[str, str]) -> None:
    """Takes written work, answers it after a human pause, and closes once the customer has said thanks."""
    await agent.go("available")
    busy: set[str] = set()
    async with asyncio.TaskGroup() as working:
        while True:
            with contextlib.suppress(*_TROUBLE):
                for offer in (await agent.work())["offers"]:
                    if offer["offer_id"] not in busy and offer["channel"] != "voice":
                        busy.add(offer["offer_id"])
                        working.create_task(_handle(agent, offer, answers))
                    elif offer["channel"] == "voice" and offer["offer_id"] not in busy:
                        busy.add(offer["offer_id"])  # telephone calls are for people
                        await agent.post(f"/routing/v1/offers/{offer['offer_id']}/decline", {"reason": "no headset"})
            await asyncio.sleep(1)


async def _handle(agent: Agent, offer: dict[str, Any], answers: dict[str, str]) -> None:
    with contextlib.suppress(*_TROUBLE):
        case = await agent.accept(offer)
        await asyncio.sleep(random.uniform(*SECONDS_TO_ANSWER))  # noqa: S311
        said = [entry["text"] for entry in await agent.timeline(case["id"]) if entry["kind"] == "message_in"]
        await agent.reply(case["id"], next((answers[text] for text in said if text in answers), _ANY_ANSWER))
        async with asyncio.timeout(60):
            while True:
                entries = await agent.timeline(case["id"])
                if sum(entry["kind"] == "message_in" for entry in entries) > len(said):
                    break
                await asyncio.sleep(1)
        await asyncio.sleep(1)
        await agent.close(case["id"])


_ANY_ANSWER = "您好，已收到，我马上为您处理。 · Hello, I am on it."
