"""Lines cut at any moment, two tabs, two replicas: nothing is lost, repeated or shown out of order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from itertools import count
from uuid import UUID

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.routing import Mount
from websockets.exceptions import ConnectionClosed

from channel_chat.app import build
from channel_chat.parameters import ChatParameters
from channel_chat.settings import Settings
from contracts.interactions import MessageReceived
from tests.contract.channel_chat.conftest import ORIGIN, new_session, web_server
from tests.contract.channel_chat.tab import Tab
from tests.contract.channel_chat.test_socket import reply
from tests.support.world import World, eventually


@pytest.fixture
async def replicas(world: World, settings: Settings, parameters: ChatParameters) -> AsyncIterator[list[str]]:
    """Two replicas of the service on one database, each behind a web server of its own."""
    world.runtime.single_process = False
    async with AsyncExitStack() as stack:
        first = await world.start(build, settings)
        second = build(replace(world.runtime, instance="second"), settings)
        await second.start()
        stack.push_async_callback(second.stop)
        yield [
            await stack.enter_async_context(web_server(Starlette(routes=[Mount("/chat", app=service.app)])))
            for service in (first, second)
        ]


async def test_two_replicas_show_one_conversation(world: World, replicas: list[str]) -> None:
    async with httpx.AsyncClient(base_url=f"http://{replicas[0]}/chat", headers={"Origin": ORIGIN}) as web:
        token = (await new_session(web))["token"]
    async with Tab(replicas[0], token) as one, Tab(replicas[1], token) as other:
        acks = await asyncio.gather(
            *(
                tab.say(f"{name}{number}", f"{name}-message-{number}")
                for number in range(10)
                for name, tab in (("a", one), ("b", other))
            )
        )
        assert sorted(ack["seq"] for ack in acks) == list(range(1, 21))
        assert len({ack["interaction"] for ack in acks}) == 1
        await world.publish(reply(acks[0]["interaction"], "answer", world))
        for tab in (one, other):
            await tab.until(lambda frame: frame.get("seq") == 21)
        assert one.entries == other.entries
        received = await world.wait_published(MessageReceived, 20)
        assert sorted(message.seq for message in received) == list(range(1, 21))


@dataclass
class Client:
    """A tab and what it has not had acknowledged: an outbox, as PROTOCOL.md asks of clients."""

    tab: Tab
    name: str
    said: list[str] = field(default_factory=list)
    outbox: dict[str, str] = field(default_factory=dict)
    connected: bool = False

    async def open(self) -> None:
        if not self.connected:
            await self.tab.open()
            self.connected = True
            for client_msg_id, text in list(self.outbox.items()):
                await self.tab.send({"type": "message", "client_msg_id": client_msg_id, "text": text})

    async def say(self) -> None:
        text = f"{self.name}{len(self.said)}"
        self.said.append(text)
        self.outbox[f"message-{text}"] = text
        if self.connected:
            await self.tab.send({"type": "message", "client_msg_id": f"message-{text}", "text": text})

    async def cut(self) -> None:
        if self.connected:
            await self.tab.cut()
            self.connected = False

    async def settle(self) -> None:
        """Everything acknowledged and everything seen."""
        await self.open()
        for client_msg_id in list(self.outbox):
            await self.tab.until(
                lambda frame, wanted=client_msg_id: frame["type"] == "ack" and frame["client_msg_id"] == wanted
            )
        await self.tab.ping()


STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["say", "say", "say", "cut", "open", "breathe"]), st.integers(0, 1)),
        st.just(("reply", 0)),
    ),
    min_size=3,
    max_size=25,
)
_visitors = count()


@hypothesis_settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(steps=STEPS)
async def test_any_schedule(world: World, replicas: list[str], steps: list[tuple[str, int]]) -> None:
    async with httpx.AsyncClient(base_url=f"http://{replicas[0]}/chat", headers={"Origin": ORIGIN}) as web:
        token = (await new_session(web, display_name=f"visitor {next(_visitors)}"))["token"]
    clients = [Client(Tab(replicas[index], token), name) for index, name in enumerate("ab")]
    first = clients[0]
    await first.open()
    await first.say()
    await first.settle()
    interaction = UUID(first.tab.entries[0]["interaction"])
    replies: list[str] = []
    for action, index in steps:
        client = clients[index]
        try:
            match action:
                case "say":
                    await client.say()
                case "cut":
                    await client.cut()
                case "open":
                    await client.open()
                case "breathe":
                    await asyncio.sleep(0.01)
                case _:
                    replies.append(f"answer {len(replies)}")
                    await world.publish(reply(interaction, replies[-1], world))
        except ConnectionClosed:
            client.connected = False
    for client in clients:
        await client.settle()

    async def answered() -> list[str]:
        await clients[0].tab.ping()
        return [entry["text"] for entry in clients[0].tab.entries if entry["from"] == "agent"]

    assert await eventually(answered, lambda texts: len(texts) >= len(replies)) == replies
    await clients[1].tab.ping()
    assert clients[0].tab.entries == clients[1].tab.entries
    texts = clients[0].tab.texts
    assert sorted(texts) == sorted([*clients[0].said, *clients[1].said, *replies])
    received = [
        message for message in await world.wait_published(MessageReceived) if message.interaction_id == interaction
    ]
    said = [entry for entry in clients[0].tab.entries if entry["from"] == "visitor"]

    async def told() -> list[tuple[int, str]]:
        published = await world.published(MessageReceived)
        return sorted((m.seq, m.personal.text) for m in published if m.interaction_id == interaction)

    assert received
    expected = [(seq, entry["text"]) for seq, entry in enumerate(said, 1)]
    assert await eventually(told, lambda found: len(found) >= len(expected)) == expected
    for client in clients:
        await client.cut()
