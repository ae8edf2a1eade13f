"""The simulated mailboxes that the demo drives: a customer reads, answers and writes anew."""

import httpx
import pytest
from fastapi import FastAPI

from posthouse.simulators.mailbox import build_router
from tests.contract.channel_email.conftest import CUSTOMER, SUPPORT, Post


@pytest.fixture
def webmail(post: Post) -> httpx.AsyncClient:
    """The simulator's HTTP interface."""
    app = FastAPI()
    app.include_router(build_router(post.simulator))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=f"http://test/mailboxes/{CUSTOMER}")


async def test_a_whole_exchange(post: Post, webmail: httpx.AsyncClient) -> None:
    first = {"to": SUPPORT, "subject": "包裹没到", "text": "单号 SF1234567890 三天没有更新", "name": "李雷"}
    sent = await webmail.post("/send", json=first)
    assert sent.status_code == 201
    (received,) = await post.received()
    assert received.provider_message_id == sent.json()["id"]
    await post.answered(received.interaction_id, text="正在核实")
    (shown,) = (await webmail.get("/messages")).json()
    assert shown["text"] == "正在核实"
    assert shown["in_reply_to"] == sent.json()["id"]
    await webmail.post("/send", json={"in_reply_to": shown["id"], "text": "好的，谢谢"})
    (_, reply) = await post.received(2)
    assert reply.interaction_id == received.interaction_id
    assert reply.personal.text == "好的，谢谢"


async def test_wrong_use(post: Post, webmail: httpx.AsyncClient) -> None:
    assert (await webmail.post("/send", json={"text": "to whom?"})).status_code == 400
    assert (await webmail.post("/send", json={"text": "x", "in_reply_to": "unknown@x"})).status_code == 404
    unknown = await webmail.post("/send", json={"to": "nobody@posthouse.example", "text": "x"})
    assert (unknown.status_code, unknown.json()["detail"][:3]) == (502, "550")
    await post.service.stop()
    assert (await webmail.post("/send", json={"to": SUPPORT, "text": "x"})).status_code == 502


async def test_faults_are_used_up(post: Post, webmail: httpx.AsyncClient) -> None:
    assert (await webmail.post("/faults", json={"fault": "refuse", "times": 1})).status_code == 204
    assert post.simulator.take_fault(CUSTOMER) == "refuse"
    assert post.simulator.take_fault(CUSTOMER) is None
