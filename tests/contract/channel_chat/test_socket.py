"""The socket: handshake, hello, messages, marks, typing, heartbeat, end, and every way to be cut."""

import asyncio
import json
from uuid import UUID, uuid4

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from chassis.service import Service
from contracts.interactions import InteractionEnded, InteractionStarted, MessageReceived, MessageStatusChanged
from contracts.sends import InteractionEndRequested, MessageSendRequested, OutboundPersonal
from contracts.values import Channel, ContactKind, EndedBy, Language, MessageStatus
from tests.contract.channel_chat.conftest import SITE, new_session
from tests.contract.channel_chat.tab import Tab
from tests.contract.channel_chat.test_sessions import identity
from tests.support.world import World, eventually


def reply(interaction_id: object, text: str, world: World, **changes: object) -> MessageSendRequested:
    """An agent's message, as cases asks for it."""
    return MessageSendRequested(
        **{
            "interaction_id": interaction_id,
            "message_id": uuid4(),
            "case_id": uuid4(),
            "case_no": "C1",
            "channel": Channel.CHAT,
            "author": "agent-1",
            "author_name": "李伟",
            "requested_at": world.clock.now(),
            "personal": OutboundPersonal(text=text),
            **changes,
        }  # type: ignore[arg-type]
    )


async def statuses(world: World, message_id: UUID) -> list[MessageStatus]:
    return [change.status for change in await world.published(MessageStatusChanged) if change.message_id == message_id]


class TestHandshake:
    @pytest.mark.parametrize(
        ("site", "origin", "status"),
        [
            (SITE, "https://evil.test", 403),
            (SITE, None, 403),
            ("other", "https://shop.test", 403),
            ("nowhere", "https://shop.test", 404),
        ],
    )
    async def test_other_pages_get_no_socket(
        self, address: str, token: str, site: str, origin: str | None, status: int
    ) -> None:
        with pytest.raises(InvalidStatus) as refused:
            await Tab(address, token, site=site, origin=origin).open()
        assert refused.value.response.status_code == status
        assert json.loads(refused.value.response.body or b"")["status"] == status

    @pytest.mark.parametrize("parameters", [{"sockets_per_address": 2}], indirect=True)
    async def test_too_many_of_one_address_are_429(self, address: str, token: str) -> None:
        async with Tab(address, token), Tab(address, token):
            with pytest.raises(InvalidStatus) as refused:
                await Tab(address, token).open()
            assert refused.value.response.status_code == 429


class TestHello:
    async def test_is_welcomed(self, address: str, token: str) -> None:
        tab = Tab(address, token)
        welcome = await tab.open()
        assert (welcome["interaction"], welcome["last_seq"], welcome["read_seq"]) == (None, 0, 0)
        await tab.close()

    @pytest.mark.parametrize(
        ("first", "code"),
        [
            ({"type": "hello"}, 4401),
            ({"type": "hello", "token": "forged", "last_seq": 0}, 4401),
            ({"type": "message", "client_msg_id": "12345678", "text": "hi"}, 4400),
            ({"type": "hello", "token": "x", "last_seq": -1}, 4400),
            ({"type": "hello", "token": "x", "interaction": "not-an-id"}, 4400),
            ("not json", 4400),
            ("[1]", 4400),
        ],
    )
    async def test_or_cut(self, address: str, token: str, first: object, code: int) -> None:
        tab = Tab(address, token)
        await tab.dial()
        await tab.send(first)  # type: ignore[arg-type]
        assert await tab.closed() == code

    async def test_a_token_of_another_site_is_4403(self, address: str, web: httpx.AsyncClient) -> None:
        answer = await web.post("/v1/sites/other/sessions", json={}, headers={"Origin": "https://other.test"})
        tab = Tab(address, answer.json()["token"])
        await tab.dial()
        await tab.send({"type": "hello", "token": answer.json()["token"], "last_seq": 0})
        assert await tab.closed() == 4403

    @pytest.mark.parametrize("parameters", [{"hello_seconds": 0.05}], indirect=True)
    async def test_that_does_not_come_is_4408(self, address: str, token: str) -> None:
        tab = Tab(address, token)
        await tab.dial()
        assert await tab.closed() == 4408


class TestMessages:
    async def test_are_acknowledged_and_told_to_the_house(self, world: World, tab: Tab) -> None:
        ack = await tab.say("你好", "message-1")
        assert (ack["seq"], ack["duplicate"]) == (1, False)
        (started,) = await world.wait_published(InteractionStarted)
        (received,) = await world.wait_published(MessageReceived)
        assert started.channel is Channel.CHAT
        assert (started.account, started.contact_kind, started.verified) == (SITE, ContactKind.CHAT, False)
        assert started.language is Language.ZH_CN
        assert str(started.interaction_id) == ack["interaction"]
        assert (str(received.message_id), received.seq, received.personal.text) == (ack["id"], 1, "你好")
        await tab.ping()
        (entry,) = tab.entries
        assert (entry["from"], entry["client_msg_id"], entry["id"]) == ("visitor", "message-1", ack["id"])

    async def test_a_user_of_the_site_is_verified(self, world: World, address: str, web: httpx.AsyncClient) -> None:
        session = await new_session(web, identity=identity(), language="en")
        async with Tab(address, session["token"]) as tab:
            await tab.say("hello", "message-1")
        (started,) = await world.wait_published(InteractionStarted)
        assert started.verified
        assert (started.personal.address, started.personal.display_name) == (f"u-{SITE}-user-42", "王芳")
        assert started.language is Language.EN

    async def test_said_again_are_answered_again(self, world: World, tab: Tab) -> None:
        first = await tab.say("once", "message-1")
        again = await tab.say("once, changed on the way", "message-1")
        await tab.say("after", "message-2")
        assert again == {**first, "duplicate": True}
        await tab.ping()
        assert tab.texts == ["once", "after"]
        received = await world.wait_published(MessageReceived, 2)
        assert [message.seq for message in received] == [1, 2]

    async def test_said_again_after_the_end_do_not_begin_anew(self, world: World, tab: Tab) -> None:
        first = await tab.say("once", "message-1")
        await tab.send({"type": "end"})
        await tab.until(lambda frame: frame["type"] == "ended")
        again = await tab.say("once", "message-1")
        assert (again["interaction"], again["duplicate"]) == (first["interaction"], True)
        assert len(await world.published(InteractionStarted)) == 1

    @pytest.mark.parametrize(
        ("frame", "code", "field"),
        [
            ({"client_msg_id": "short", "text": "x"}, "invalid", "/client_msg_id"),
            ({"client_msg_id": 12345678, "text": "x"}, "invalid", "/client_msg_id"),
            ({"client_msg_id": "message-1"}, "invalid", "/text"),
            ({"client_msg_id": "message-1", "text": " \n"}, "invalid", "/text"),
            ({"client_msg_id": "message-1", "text": "x" * 4001}, "too_long", "/text"),
        ],
    )
    async def test_that_do_not_fit_are_refused_by_name(
        self, tab: Tab, frame: dict[str, object], code: str, field: str
    ) -> None:
        await tab.send({"type": "message", **frame})
        error = await tab.until(lambda answer: answer["type"] == "error")
        assert (error["code"], error["field"]) == (code, field)
        assert (await tab.ping())["last_seq"] == 0

    async def test_hold_any_character(self, world: World, tab: Tab) -> None:
        await tab.say("a\u0000b 👨‍👩‍👧 \u202e <b>", "message-1")
        await tab.ping()
        assert tab.texts == ["a\ufffdb 👨‍👩‍👧 \u202e <b>"]

    async def test_frames_that_are_not_known_are_refused(self, tab: Tab) -> None:
        await tab.send({"type": "dance"})
        error = await tab.until(lambda answer: answer["type"] == "error")
        assert (error["code"], error["field"]) == ("invalid", "/type")


class TestReplies:
    async def test_reach_every_tab_in_one_order(self, world: World, address: str, token: str, tab: Tab) -> None:
        async with Tab(address, token) as other:
            ack = await tab.say("question", "message-1")
            request = reply(ack["interaction"], "answer", world)
            await world.publish(request, request)
            for each in (tab, other):
                frame = await each.until(lambda frame: frame["type"] == "message" and frame["from"] == "agent")
                assert (frame["seq"], frame["text"], frame["name"]) == (2, "answer", "李伟")
                assert frame["id"] == str(request.message_id)
            await tab.ping()
            assert tab.entries == other.entries

    async def test_are_sent_delivered_read(self, world: World, tab: Tab) -> None:
        ack = await tab.say("question", "message-1")
        requests = [reply(ack["interaction"], f"answer {number}", world) for number in range(3)]
        await world.publish(*requests)
        await tab.until(lambda frame: frame.get("seq") == 4)
        await tab.send({"type": "received", "seq": 3})
        await tab.send({"type": "read", "seq": 2})
        await tab.send({"type": "read", "seq": 1})  # never down
        await tab.send({"type": "read", "seq": 99})  # never beyond
        await tab.ping()

        async def all_read() -> list[list[MessageStatus]]:
            return [await statuses(world, request.message_id) for request in requests]

        sent, delivered, read = MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.READ
        found = await eventually(all_read, lambda found: sum(map(len, found)) >= 8)
        assert found == [[sent, delivered, read], [sent, delivered, read], [sent, read]]

    async def test_marks_show_on_the_other_tab(self, world: World, address: str, token: str, tab: Tab) -> None:
        ack = await tab.say("question", "message-1")
        await world.publish(reply(ack["interaction"], "answer", world))
        async with Tab(address, token) as other:
            await tab.until(lambda frame: frame.get("seq") == 2)
            await tab.send({"type": "read", "seq": 2})
            receipt = await other.until(lambda frame: frame["type"] == "receipt" and frame["read_seq"] == 2)
            assert receipt["received_seq"] == 2

    async def test_wait_for_a_visitor_who_is_away(self, world: World, tab: Tab) -> None:
        ack = await tab.say("question", "message-1")
        await tab.cut()
        await world.publish(*(reply(ack["interaction"], f"answer {number}", world) for number in range(10)))
        await world.wait_published(MessageStatusChanged, 10)
        welcome = await tab.open()
        assert welcome["last_seq"] == 11
        await tab.until(lambda frame: frame.get("seq") == 11)
        assert tab.texts == ["question", *(f"answer {number}" for number in range(10))]

    async def test_into_an_unknown_interaction_fail(self, world: World, service: Service) -> None:
        request = reply(uuid4(), "answer", world)
        await world.publish(request)
        (change,) = await world.wait_published(MessageStatusChanged)
        assert (change.status, change.error_code) == (MessageStatus.FAILED, "unknown_interaction")


class TestResume:
    async def test_ahead_of_the_server(self, tab: Tab) -> None:
        await tab.say("one", "message-1")
        await tab.cut()
        tab.entries.clear()
        await tab.open(last_seq=50)
        resync = await tab.until(lambda frame: frame["type"] == "resync")
        assert (resync["reason"], resync["from_seq"], resync["last_seq"]) == ("ahead", 1, 1)
        await tab.ping()
        assert tab.texts == ["one"]

    async def test_with_a_foreign_interaction(self, tab: Tab) -> None:
        await tab.say("one", "message-1")
        await tab.cut()
        await tab.open(interaction=str(uuid4()))
        resync = await tab.until(lambda frame: frame["type"] == "resync")
        assert resync["reason"] == "unknown_interaction"

    async def test_with_its_own_interaction(self, tab: Tab) -> None:
        ack = await tab.say("one", "message-1")
        await tab.ping()
        await tab.cut()
        await tab.open(interaction=ack["interaction"])
        await tab.ping()
        assert not [frame for frame in tab.frames if frame["type"] == "resync"]
        assert tab.texts == ["one"]

    @pytest.mark.parametrize("parameters", [{"replay_limit": 5}], indirect=True)
    async def test_too_far_behind(self, address: str, token: str, tab: Tab) -> None:
        for number in range(8):
            await tab.say(f"m{number}", f"message-{number}")
        async with Tab(address, token) as late:
            resync = await late.until(lambda frame: frame["type"] == "resync")
            assert (resync["reason"], resync["from_seq"]) == ("too_far_behind", 4)
            await late.ping()
            assert late.texts == [f"m{number}" for number in range(3, 8)]


class TestEnd:
    async def test_by_the_visitor(self, world: World, tab: Tab) -> None:
        await tab.say("one", "message-1")
        await tab.send({"type": "end"})
        frame = await tab.until(lambda frame: frame["type"] == "ended")
        assert (frame["seq"], frame["by"]) == (2, "customer")
        (ended,) = await world.wait_published(InteractionEnded)
        assert ended.ended_by is EndedBy.CUSTOMER
        ack = await tab.say("two", "message-2")
        assert (ack["seq"], ack["interaction"] != frame["interaction"]) == (3, True)
        received = await world.wait_published(MessageReceived, 2)
        assert [message.seq for message in received] == [1, 1]

    async def test_by_the_agent(self, world: World, tab: Tab) -> None:
        ack = await tab.say("one", "message-1")
        request = InteractionEndRequested(
            interaction_id=UUID(ack["interaction"]),
            channel=Channel.CHAT,
            ended_by=EndedBy.AGENT,
            requested_at=world.clock.now(),
        )
        await world.publish(request, request)
        frame = await tab.until(lambda frame: frame["type"] == "ended")
        assert frame["by"] == "agent"
        assert len(await world.wait_published(InteractionEnded)) == 1

    async def test_of_nothing(self, tab: Tab) -> None:
        await tab.send({"type": "end"})
        assert (await tab.until(lambda frame: frame["type"] == "error"))["code"] == "nothing_open"


class TestTyping:
    async def test_both_ways(self, world: World, service: Service, address: str, tab: Tab) -> None:
        ack = await tab.say("one", "message-1")
        path = f"/chat/v1/interactions/{ack['interaction']}/typing"
        bearer = {"Authorization": f"Bearer {world.issuer.token('agent-1', ['cases:read', 'cases:write'])}"}
        async with (
            httpx.AsyncClient(base_url=f"http://{address}", headers=bearer) as desk,
            desk.stream("GET", path) as stream,
        ):
            lines = stream.aiter_lines()
            assert (await anext(lines)).startswith(":")
            await tab.send({"type": "typing", "on": True})
            seen = [line async for line in _until(lines, "data:")]
            assert "event: typing" in seen
            assert json.loads(seen[-1].removeprefix("data:")) == {"on": True, "ttl_ms": 6000}
            assert (await desk.post(path, json={"on": True})).status_code == 204
            frame = await tab.until(lambda frame: frame["type"] == "typing")
            assert (frame["on"], frame["ttl_ms"]) == (True, 6000)

    async def test_is_for_agents_of_known_interactions(self, world: World, address: str, tab: Tab) -> None:
        ack = await tab.say("one", "message-1")
        path = f"http://{address}/chat/v1/interactions/{ack['interaction']}/typing"
        reader = {"Authorization": f"Bearer {world.issuer.token('agent-1', ['cases:read'])}"}
        async with httpx.AsyncClient() as client:
            assert (await client.post(path, json={})).status_code == 401
            assert (await client.post(path, json={}, headers=reader)).status_code == 403
            unknown = f"http://{address}/chat/v1/interactions/{uuid4()}/typing"
            assert (await client.get(unknown, headers=reader)).status_code == 404


async def _until(lines, prefix: str):  # type: ignore[no-untyped-def]
    async with asyncio.timeout(20):
        async for line in lines:
            yield line
            if line.startswith(prefix):
                return


class TestLimits:
    @pytest.mark.parametrize("parameters", [{"silence_seconds": 0.1}], indirect=True)
    async def test_silence_is_4408(self, tab: Tab) -> None:
        assert await tab.closed() == 4408

    async def test_a_frame_over_64_kib_is_1009(self, tab: Tab) -> None:
        await tab.send({"type": "message", "client_msg_id": "message-1", "text": "快" * 22_000})
        assert await tab.closed() == 1009

    async def test_bytes_are_4400(self, tab: Tab) -> None:
        await tab.send_bytes(b"\x00")
        assert await tab.closed() == 4400

    @pytest.mark.parametrize("parameters", [{"message_burst": 2, "message_rate": 0.001, "strikes": 2}], indirect=True)
    async def test_too_many_messages_are_refused_and_then_4429(self, tab: Tab) -> None:
        for number in range(2):
            assert (await tab.say("x", f"message-{number}"))["type"] == "ack"
        await tab.ping()
        for number in range(2, 4):
            refused = await tab.say("x", f"message-{number}")
            assert refused["code"] == "rate_limited"
            assert refused["retry_after_ms"] > 0
        await tab.send({"type": "message", "client_msg_id": "message-9", "text": "x"})
        assert await tab.closed() == 4429
        assert tab.texts == ["x", "x"]

    @pytest.mark.parametrize("parameters", [{"frame_burst": 10, "frame_rate": 0.001}], indirect=True)
    async def test_too_many_frames_are_4429(self, tab: Tab) -> None:
        for number in range(12):
            await tab.send({"type": "typing", "on": number % 2 == 0})
        assert await tab.closed() == 4429

    @pytest.mark.parametrize("parameters", [{"sockets_per_visitor": 2}], indirect=True)
    async def test_too_many_tabs_are_4429(self, address: str, token: str, tab: Tab) -> None:
        async with Tab(address, token):
            third = Tab(address, token)
            await third.dial()
            await third.send({"type": "hello", "token": token, "last_seq": 0})
            assert await third.closed() == 4429
            await tab.ping()


class TestWithoutWhatWeDependOn:
    async def test_broker_away_is_not_acknowledged(self, tab: Tab, service: Service) -> None:
        service._bus_answers = False
        refused = await tab.say("one", "message-1")
        assert (refused["type"], refused["code"]) == ("error", "unavailable")
        service._bus_answers = True
        assert (await tab.say("one", "message-1"))["type"] == "ack"
