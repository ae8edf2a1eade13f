"""The conversation over plain HTTP: the same promises without a socket."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.service import Service
from contracts.interactions import InteractionStarted, MessageReceived
from tests.contract.channel_chat.conftest import SITE
from tests.contract.channel_chat.tab import Tab
from tests.contract.channel_chat.test_socket import reply
from tests.support.world import World, eventually

MESSAGES = f"/v1/sites/{SITE}/messages"


@pytest.fixture
def visitor(web: httpx.AsyncClient, token: str) -> httpx.AsyncClient:
    """A browser with the visitor's token."""
    web.headers["Authorization"] = f"Bearer {token}"
    return web


async def say(visitor: httpx.AsyncClient, text: str, client_msg_id: str) -> httpx.Response:
    return await visitor.post(MESSAGES, json={"client_msg_id": client_msg_id, "text": text})


async def test_say_and_read(world: World, visitor: httpx.AsyncClient) -> None:
    first = await say(visitor, "one", "message-1")
    assert first.status_code == 201
    again = await say(visitor, "one", "message-1")
    assert (again.status_code, again.json()) == (200, {**first.json(), "duplicate": True})
    await world.publish(reply(first.json()["interaction"], "answer", world))

    async def entries() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await visitor.get(MESSAGES)).json()["entries"]
        return found

    one, answer = await eventually(entries, lambda found: len(found) == 2)
    assert (one["from"], one["client_msg_id"]) == ("visitor", "message-1")
    assert (answer["from"], answer["name"], answer["seq"]) == ("agent", "李伟", 2)
    after = (await visitor.get(MESSAGES, params={"after": 1})).json()
    assert [entry["seq"] for entry in after["entries"]] == [2]
    assert (after["last_seq"], after["interaction_id"]) == (2, first.json()["interaction"])
    before = (await visitor.get(MESSAGES, params={"before": 2})).json()
    assert [entry["seq"] for entry in before["entries"]] == [1]


async def test_a_burst_of_first_messages_makes_one_interaction(world: World, visitor: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(say(visitor, f"m{number}", f"message-{number}") for number in range(50)))
    assert {answer.status_code for answer in answers} == {201}
    assert sorted(answer.json()["seq"] for answer in answers) == list(range(1, 51))
    received = await world.wait_published(MessageReceived, 50)
    assert sorted(message.seq for message in received) == list(range(1, 51))
    assert len(await world.published(InteractionStarted)) == 1


async def test_one_message_sent_many_times_at_once_is_one(world: World, visitor: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(say(visitor, "one", "message-1") for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert {answer.json()["seq"] for answer in answers} == {1}


async def test_socket_and_http_share_the_conversation(visitor: httpx.AsyncClient, tab: Tab) -> None:
    await say(visitor, "by http", "message-1")
    ack = await tab.say("by http, again", "message-1")
    assert (ack["seq"], ack["duplicate"]) == (1, True)
    await tab.ping()
    assert tab.texts == ["by http"]


async def test_receipts_and_end(visitor: httpx.AsyncClient) -> None:
    assert (await visitor.post(f"/v1/sites/{SITE}/end")).status_code == 409
    await say(visitor, "one", "message-1")
    receipts = await visitor.post(f"/v1/sites/{SITE}/receipts", json={"received_seq": 1, "read_seq": 1})
    assert receipts.status_code == 204
    assert (await visitor.post(f"/v1/sites/{SITE}/end")).status_code == 204
    page = (await visitor.get(MESSAGES)).json()
    assert (page["read_seq"], page["interaction_id"]) == (1, None)
    assert page["entries"][-1]["type"] == "ended"


async def test_another_visitors_conversation_is_not_shown(visitor: httpx.AsyncClient) -> None:
    await say(visitor, "mine", "message-1")
    other = (await visitor.post(f"/v1/sites/{SITE}/sessions", json={})).json()["token"]
    page = await visitor.get(MESSAGES, headers={"Authorization": f"Bearer {other}"})
    assert page.json()["entries"] == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"client_msg_id": "x", "text": "hello"}, "#/client_msg_id"),
        ({"client_msg_id": "message-1", "text": " "}, "#/text"),
        ({"client_msg_id": "message-1", "text": "x" * 4001}, "#/text"),
        ({"client_msg_id": "message-1"}, "#/text"),
    ],
)
async def test_malformed_names_the_field(visitor: httpx.AsyncClient, body: dict[str, str], pointer: str) -> None:
    answer = await visitor.post(MESSAGES, json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_who_may_not(visitor: httpx.AsyncClient) -> None:
    no_token = await visitor.get(MESSAGES, headers={"Authorization": "Bearer x"})
    assert no_token.status_code == 401
    other_site = await visitor.get("/v1/sites/other/messages", headers={"Origin": "https://other.test"})
    assert other_site.status_code == 403
    unknown = await visitor.get("/v1/sites/nowhere/messages")
    assert unknown.status_code == 404


@pytest.mark.parametrize("parameters", [{"message_burst": 2, "message_rate": 0.001}], indirect=True)
async def test_too_many_are_429(visitor: httpx.AsyncClient) -> None:
    statuses = [(await say(visitor, "x", f"message-{uuid4().hex}")).status_code for _ in range(3)]
    assert statuses == [201, 201, 429]


async def test_broker_away_is_503(visitor: httpx.AsyncClient, service: Service) -> None:
    service._bus_answers = False
    answer = await say(visitor, "x", "message-1")
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)


JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=30)
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=10), inner, max_size=3)),
    max_leaves=8,
)
BODIES = st.one_of(
    JSON,
    st.fixed_dictionaries(
        {"client_msg_id": st.one_of(JSON, st.just("message-1")), "text": st.one_of(JSON, st.text(min_size=1))}
    ),
    st.fixed_dictionaries({}, optional={"received_seq": JSON, "read_seq": JSON, "token": JSON, "identity": JSON}),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(path=st.sampled_from(["messages", "receipts", "sessions", "end"]), body=BODIES)
async def test_whatever_a_visitor_posts_is_answered(visitor: httpx.AsyncClient, path: str, body: object) -> None:
    answer = await visitor.post(f"/v1/sites/{SITE}/{path}", json=body)
    assert answer.status_code in (200, 201, 204, 400, 401, 409)
    if answer.status_code == 400:
        assert answer.json()["detail"]
