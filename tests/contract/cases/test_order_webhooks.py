"""Orders told to the courier's order system and to shops, by signed webhook."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from standardwebhooks import Webhook

from cases.app import build
from cases.store import order_webhooks
from tests.contract.cases.conftest import Bench
from tests.contract.cases.test_orders import courier, placed, shop
from tests.contract.tracking_gateway.provider_double import ProviderDouble, provider_double
from tests.support.world import World, eventually

EVENTS = ["order.placed", "order.cancelled"]


@pytest.fixture
async def receiver() -> AsyncIterator[ProviderDouble]:
    """An order system that takes webhooks at /hook."""
    async with provider_double() as double:
        double.answers["/hook"] = lambda _: (200, {})
        yield double


@pytest.fixture
async def open_bench(world: World, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """The service, allowed to send webhooks to this machine."""
    monkeypatch.setenv("POSTHOUSE_CASES_WEBHOOKS_TO_PRIVATE_ADDRESSES", "true")
    return Bench(world, await world.start(build))


async def test_every_order_is_told_once_and_signed(open_bench: Bench, receiver: ProviderDouble) -> None:
    bench = open_bench
    async with courier(bench) as system, shop(bench) as bot, shop(bench, "other") as other:
        wanted = {"url": f"{receiver.url}/hook", "events": EVENTS, "every_order": True}
        assert (await bot.post("/v1/order-subscriptions", json=wanted)).status_code == 403
        secret = (await system.post("/v1/order-subscriptions", json=wanted)).json()
        order = await placed(bot)
        await placed(other)
        await bot.post(f"/v1/orders/{order['id']}/cancel", json={"reason": "other", "words": "不寄了"})

        async def asked() -> int:
            return len(receiver.asked)

        await eventually(asked, lambda count: count == 3)
        messages = {message.headers["webhook-id"]: message for message in receiver.asked}
        assert len(messages) == 3
        for message in messages.values():
            Webhook(secret["secret"]).verify(message.body, dict(message.headers))
        bodies = [json.loads(message.body) for message in messages.values()]
        assert sorted(body["type"] for body in bodies) == ["order.cancelled", "order.placed", "order.placed"]
        told = next(body["data"] for body in bodies if body["data"]["order_id"] == order["id"])
        assert told["order_no"] == order["order_no"]

        async def delivered() -> list[str]:
            url = f"/v1/order-subscriptions/{secret['id']}/deliveries"
            return [item["last_result"] for item in (await system.get(url)).json() if item["delivered_at"]]

        assert await eventually(delivered, lambda results: len(results) == 3) == ["200"] * 3
        assert (await system.delete(f"/v1/order-subscriptions/{secret['id']}")).status_code == 204
        await placed(bot)
        ended = (await system.get("/v1/order-subscriptions")).json()
        assert [item["ended_because"] for item in ended] == ["deleted"]
        assert len(await bench.rows("select 1 from order_delivery")) == 3
        async with bench.service.db.transaction() as tx:
            await tx.fetch("update order_delivery set created_at = now() - interval '8 days'")
            assert await order_webhooks.trim(tx, timedelta(days=9)) == 0
            assert await order_webhooks.trim(tx, timedelta(days=7)) == 3


async def test_a_bad_subscription_is_refused_by_name(bench: Bench) -> None:
    async with courier(bench) as system:
        for body, pointer in (
            ({"url": "http://orders.example/hook"}, "#/url"),
            ({"url": "https://127.0.0.1/hook"}, "#/url"),
            ({"url": "https://orders.example/hook", "events": ["order.eaten"]}, "#/events"),
        ):
            answer = await system.post("/v1/order-subscriptions", json=body)
            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)
    async with bench.agent("shop", "orders:subscribe") as own:
        body = {"url": "https://shop.example/hook", "every_order": True}
        assert (await own.post("/v1/order-subscriptions", json=body)).status_code == 400
        made = await own.post("/v1/order-subscriptions", json=body | {"every_order": False})
        assert made.status_code == 201 and made.json()["secret"].startswith("whsec_")
