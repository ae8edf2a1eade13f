"""Telegram through the simulator: updates in once and in order, messages out once, and every way they can fail."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from chassis.service import Service
from contracts.interactions import InteractionEnded, InteractionStarted, MessageReceived, MessageStatusChanged
from contracts.sends import InteractionEndRequested, MessageSendRequested, OutboundPersonal
from contracts.values import Channel, ContactKind, EndedBy, Language, MessageStatus
from tests.contract.channel_chat.conftest import BOT, BOT_SECRET
from tests.support.world import World, eventually

WEBHOOK = f"/v1/telegram/{BOT}/webhook"
SECRET = {"X-Telegram-Bot-Api-Secret-Token": BOT_SECRET}


def update(
    update_id: int = 1, chat: int = 7, message_id: int = 1, kind: str = "message", **content: Any
) -> dict[str, Any]:
    """An update as Telegram would post it."""
    user = {"id": chat, "is_bot": False, "first_name": "小明", "language_code": "zh-hans"}
    body = {
        "message_id": message_id,
        "from": user,
        "chat": {"id": chat, "type": "private", "first_name": "小明"},
        "date": 1_760_000_000,
        **(content or {"text": "我的快递呢"}),
    }
    return {"update_id": update_id, kind: body}


@pytest.fixture
async def ready(service: Service, telegram: httpx.AsyncClient) -> httpx.AsyncClient:
    """The simulator, once our webhook is registered with it."""

    async def registered() -> bool:
        return (await telegram.post("/updates", json={"update_id": 1})).json()["status"] is not None

    await eventually(registered)
    return telegram


@pytest.fixture
async def hook(world: World, service: Service) -> Callable[..., Awaitable[httpx.Response]]:
    """Posts to our webhook as Telegram would."""

    async def post(body: Any, headers: dict[str, str] | None = None, path: str = WEBHOOK) -> httpx.Response:
        async with world.client(service) as client:
            content = body if isinstance(body, bytes) else None
            return await client.post(
                path,
                content=content,
                json=None if content is not None else body,
                headers=SECRET if headers is None else headers,
            )

    return post


Hook = Callable[..., Awaitable[httpx.Response]]


class TestIn:
    async def test_a_customer_writes(self, world: World, ready: httpx.AsyncClient) -> None:
        sent = await ready.post(
            "/chats/7001/send", json={"text": "单号 SF1234567890123", "name": "小明", "language": "en"}
        )
        assert sent.status_code == 201
        (received,) = await world.wait_published(MessageReceived)
        (started,) = await world.published(InteractionStarted)
        assert (started.channel, started.contact_kind, started.account) == (Channel.TELEGRAM, ContactKind.TELEGRAM, BOT)
        assert (started.personal.address, started.personal.display_name) == ("7001", "小明")
        assert started.language is Language.EN
        assert (received.provider, received.seq, received.personal.text) == ("telegram", 1, "单号 SF1234567890123")

    async def test_updates_that_wait_for_us_arrive_in_order(
        self, world: World, ready: httpx.AsyncClient, service: Service
    ) -> None:
        service._bus_answers = False
        for number in range(5):
            await ready.post("/chats/7001/send", json={"text": f"m{number}"})

        async def refused() -> Any:
            return (await ready.get("/pending")).json()["last_error"]

        await eventually(refused, lambda error: error == "HTTP 503")
        service._bus_answers = True
        received = await world.wait_published(MessageReceived, 5)
        assert [(m.seq, m.personal.text) for m in received] == [(n + 1, f"m{n}") for n in range(5)]

    async def test_repeated_updates_change_nothing(self, world: World, hook: Hook) -> None:
        answers = await asyncio.gather(*(hook(update(5)) for _ in range(10)))
        assert {answer.status_code for answer in answers} == {200}
        await hook(update(6, message_id=2, text="after"))
        received = await world.wait_published(MessageReceived, 2)
        assert [(m.seq, m.personal.text) for m in received] == [(1, "我的快递呢"), (2, "after")]

    async def test_the_same_message_under_another_update_is_the_same(self, world: World, hook: Hook) -> None:
        await hook(update(5))
        await hook(update(6))
        await hook(update(7, message_id=2, text="after"))
        received = await world.wait_published(MessageReceived, 2)
        assert len(received) == 2

    async def test_an_edit_is_news(self, world: World, ready: httpx.AsyncClient) -> None:
        first = (await ready.post("/chats/7001/send", json={"text": "before"})).json()
        await ready.post("/chats/7001/send", json={"text": "after", "edit_of": first["message_id"]})
        received = await world.wait_published(MessageReceived, 2)
        assert [m.personal.text for m in received] == ["before", "【已修改】after"]
        assert received[0].message_id != received[1].message_id

    @pytest.mark.parametrize(
        ("content", "text"),
        [
            (
                {"photo": [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}], "caption": "破损"},
                "【图片】 破损",
            ),
            ({"voice": {"file_id": "f", "file_unique_id": "u", "duration": 3}}, "【语音】"),
            ({"document": {"file_id": "f", "file_unique_id": "u", "file_name": "面单.pdf"}}, "【文件】 面单.pdf"),
            ({"location": {"latitude": 39.9, "longitude": 116.4}}, "【位置】 39.900000, 116.400000"),
            ({"contact": {"phone_number": "+8613800138000", "first_name": "王"}}, "【名片】 王 +8613800138000"),
            ({"new_in_2027": {"x": 1}}, "【暂不支持显示的消息】"),
            ({"text": "a\x00b"}, "a\ufffdb"),
        ],
    )
    async def test_other_kinds_are_named(
        self, world: World, hook: Hook, service: Service, content: dict[str, Any], text: str
    ) -> None:
        assert (await hook(update(**content))).status_code == 200
        (received,) = await world.wait_published(MessageReceived)
        assert received.personal.text == text
        async with service.db.read() as tx:
            (row,) = await tx.fetch("select payload::text as payload from telegram_update")
        assert next(iter(content)) in row["payload"]

    async def test_start_is_greeted_and_needs_nobody(self, world: World, ready: httpx.AsyncClient) -> None:
        await ready.post("/chats/7001/send", json={"text": "/start", "language": "en"})

        async def texts() -> list[str]:
            return [m["text"] for m in (await ready.get("/chats/7001/messages")).json() if m["from"] == "bot"]

        (greeting,) = await eventually(texts)
        assert greeting.startswith("Hello!")
        assert not await world.published(InteractionStarted)

    async def test_blocking_the_bot_ends_the_interaction(self, world: World, ready: httpx.AsyncClient) -> None:
        await ready.post("/chats/7001/send", json={"text": "hello"})
        await world.wait_published(MessageReceived)
        await ready.post("/chats/7001/block")
        (ended,) = await world.wait_published(InteractionEnded)
        assert (ended.ended_by, ended.reason) == (EndedBy.CUSTOMER, "blocked the bot")

    async def test_updates_that_tell_us_nothing_are_kept(self, hook: Hook, service: Service) -> None:
        assert (await hook({"update_id": 9, "poll_answer_2027": {}})).status_code == 200
        async with service.db.read() as tx:
            assert len(await tx.fetch("select 1 from telegram_update")) >= 1


class TestRefused:
    @pytest.mark.parametrize("headers", [{}, {"X-Telegram-Bot-Api-Secret-Token": ""}])
    async def test_missing_secret_is_403(self, hook: Hook, headers: dict[str, str]) -> None:
        assert (await hook(update(), headers)).status_code == 403

    async def test_one_wrong_byte_is_403(self, hook: Hook, service: Service) -> None:
        for index in range(len(BOT_SECRET)):
            forged = BOT_SECRET[:index] + ("x" if BOT_SECRET[index] != "x" else "y") + BOT_SECRET[index + 1 :]
            assert (await hook(update(), {"X-Telegram-Bot-Api-Secret-Token": forged})).status_code == 403
        async with service.db.read() as tx:
            assert not await tx.fetch("select 1 from telegram_update where update_id = 1 and payload ? 'message'")

    async def test_unknown_bot_is_404(self, hook: Hook) -> None:
        assert (await hook(update(), path="/v1/telegram/nobody/webhook")).status_code == 404

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            (b"not json", "#/"),
            (b"[1]", "#/"),
            (b"{}", "#/update_id"),
            (b'{"update_id": "x"}', "#/update_id"),
            (b'{"update_id": 3, "message": {"text": "no chat"}}', "#/"),
            (b'{"update_id": 3, "message": 5}', "#/"),
        ],
    )
    async def test_malformed_is_400_and_says_where(self, hook: Hook, body: bytes, pointer: str) -> None:
        answer = await hook(body)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == pointer

    async def test_oversize_is_413(self, hook: Hook) -> None:
        assert (await hook(b"x" * 1_100_000)).status_code == 413


Send = Callable[..., Awaitable[MessageSendRequested]]


class TestOut:
    @pytest.fixture
    async def interaction(self, world: World, ready: httpx.AsyncClient) -> UUID:
        """A customer has written."""
        await ready.post("/chats/7001/send", json={"text": "hello"})
        (received,) = await world.wait_published(MessageReceived)
        return received.interaction_id

    @pytest.fixture
    def send(self, world: World, interaction: UUID) -> Send:
        """Asks for a message to be sent."""

        async def ask(text: str) -> MessageSendRequested:
            request = MessageSendRequested(
                interaction_id=interaction,
                message_id=uuid4(),
                case_id=uuid4(),
                case_no="C1",
                channel=Channel.TELEGRAM,
                author="agent-1",
                requested_at=world.clock.now(),
                personal=OutboundPersonal(text=text),
            )
            await world.publish(request)
            return request

        return ask

    async def outcome(self, world: World, request: MessageSendRequested) -> MessageStatusChanged:
        async def changes() -> list[MessageStatusChanged]:
            return [c for c in await world.published(MessageStatusChanged) if c.message_id == request.message_id]

        return (await eventually(changes))[0]

    async def received(self, ready: httpx.AsyncClient) -> list[str]:
        return [m["text"] for m in (await ready.get("/chats/7001/messages")).json() if m["from"] == "bot"]

    async def test_replies_arrive_once_and_in_order(self, world: World, ready: httpx.AsyncClient, send: Send) -> None:
        requests = [await send(f"answer {number}") for number in range(5)]
        await world.publish(*requests)
        for request in requests:
            change = await self.outcome(world, request)
            assert change.status is MessageStatus.SENT
            assert change.provider_message_id
        assert await self.received(ready) == [f"answer {number}" for number in range(5)]

    async def test_told_to_wait_waits(self, world: World, ready: httpx.AsyncClient, send: Send) -> None:
        await ready.post("/faults", json={"kind": "too_many"})
        first, second = await send("one"), await send("two")
        assert (await self.outcome(world, second)).status is MessageStatus.SENT
        assert (await self.outcome(world, first)).status is MessageStatus.SENT
        assert await self.received(ready) == ["one", "two"]

    @pytest.mark.parametrize(("fault", "arrived"), [("stall", 0), ("stall_taken", 1), ("server_error", 1)])
    async def test_ambiguous_is_unknown_and_not_sent_again(
        self, world: World, ready: httpx.AsyncClient, send: Send, fault: str, arrived: int
    ) -> None:
        await ready.post("/faults", json={"kind": fault})
        request = await send("once")
        change = await self.outcome(world, request)
        assert (change.status, change.error_code) == (MessageStatus.UNKNOWN, "unconfirmed")
        after = await send("after")
        assert (await self.outcome(world, after)).status is MessageStatus.SENT
        assert await self.received(ready) == ["once"] * arrived + ["after"]

    async def test_blocked_is_failed(self, world: World, ready: httpx.AsyncClient, send: Send) -> None:
        await ready.post("/chats/7001/block")
        change = await self.outcome(world, await send("hello?"))
        assert (change.status, change.error_code) == (MessageStatus.FAILED, "blocked")

    async def test_too_long_is_failed(self, world: World, send: Send) -> None:
        change = await self.outcome(world, await send("x" * 4097))
        assert (change.status, change.error_code) == (MessageStatus.FAILED, "too_long")

    async def test_the_end_ends_it(self, world: World, interaction: UUID, ready: httpx.AsyncClient) -> None:
        await world.publish(
            InteractionEndRequested(
                interaction_id=interaction,
                channel=Channel.TELEGRAM,
                ended_by=EndedBy.AGENT,
                requested_at=world.clock.now(),
            )
        )
        (ended,) = await world.wait_published(InteractionEnded)
        assert (ended.channel, ended.ended_by) == (Channel.TELEGRAM, EndedBy.AGENT)
        await ready.post("/chats/7001/send", json={"text": "one more thing"})
        received = await world.wait_published(MessageReceived, 2)
        assert received[1].interaction_id != interaction

    async def test_a_process_that_died_during_the_call_leaves_it_unknown(
        self, world: World, service: Service, send: Send
    ) -> None:
        request = await send("hello")
        await self.outcome(world, request)
        async with service.db.transaction() as tx:
            await tx.fetch(
                "update telegram_send set state = 'sending', status = 'pending', next_attempt_at = '-infinity'"
            )

        async def changes() -> list[MessageStatus]:
            return [c.status for c in await world.published(MessageStatusChanged)]

        found = await eventually(changes, lambda found: len(found) == 2)
        assert found == [MessageStatus.SENT, MessageStatus.UNKNOWN]
