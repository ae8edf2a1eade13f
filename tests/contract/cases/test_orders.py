"""Orders over HTTP: from a quote to the courier's order system, and back."""

import asyncio
import os
import random
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest

from cases.app import build
from cases.domain.ordering.order_number import normal_order_number
from contracts.orders import OrderAmended, OrderCancelled, OrderPlaced, OrderStatusChanged
from contracts.parcels import ParcelDelivered
from contracts.work import WorkRequested
from tests.contract.cases.conftest import Bench
from tests.contract.cases.test_deadlines import elapse
from tests.support.world import World, eventually

PROBLEM = "urn:posthouse:problem:"
ROUNDS = 60 if os.environ.get("POSTHOUSE_FUZZ") == "large" else 6


def shop(bench: Bench, subject: str = "chat-bot") -> httpx.AsyncClient:
    """A self-service client: the chat bot, a web form."""
    return bench.agent(subject, "orders:place")


def agent(bench: Bench) -> httpx.AsyncClient:
    """An agent who takes orders."""
    return bench.agent("agent-1", "cases:read", "cases:write", "orders:take")


def courier(bench: Bench) -> httpx.AsyncClient:
    """The courier's order system."""
    return bench.agent("order-system", "orders:fulfil", "orders:subscribe")


async def window(client: httpx.AsyncClient, number: int = 0) -> dict[str, str]:
    """An open pickup window in Shenzhen."""
    found = (await client.get("/v1/orders/pickup-windows", params={"province": "广东", "city": "深圳"})).json()
    return {"start": found[number]["start"], "end": found[number]["end"]}


async def content(client: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    """A complete order."""
    whole: dict[str, Any] = {
        "sender": {
            "name": "王芳",
            "phone": "13800000001",
            "province": "广东",
            "city": "深圳市",
            "address": "科技园 1 号",
        },
        "recipient": {"name": "李雷", "phone": "13900000002", "province": "Beijing", "address": "建国路 88 号"},
        "goods": {"name": "书", "nature": "图书", "quantity": 2},
        "parcel": {"weight_g": 1800},
        "declared_value": 0,
        "insured_option": "none",
        "product": "standard",
        "pickup": await window(client),
        "payment_method": "sender_at_pickup",
    }
    return whole | changes


async def draft(client: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    """A complete draft."""
    answer = await client.post("/v1/orders", json={"content": await content(client, **changes)})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def word(order: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The customer's word to an order."""
    return {
        "words": "同意",
        "channel": "chat",
        "prohibited_notice_given": True,
        "terms_notice_given": True,
        "total": (order["quote"] or {"total": 0})["total"],
        **changes,
    }


async def placed(client: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    """A placed order."""
    made = await draft(client, **changes)
    answer = await client.post(f"/v1/orders/{made['id']}/confirm", json=word(made))
    assert answer.status_code == 200, answer.text
    order: dict[str, Any] = answer.json()
    return order


class TestBeforeAnOrder:
    async def test_quotes_name_every_product_and_why_not(self, bench: Bench) -> None:
        async with shop(bench) as bot:
            asked = await content(bot, goods={"name": "充电宝 20000mAh", "nature": "电子产品", "quantity": 1})
            del asked["pickup"]
            found = (await bot.post("/v1/orders/quotes", json=asked)).json()
            assert [quote["product"] for quote in found["quotes"]] == ["economy"]
            assert found["quotes"][0]["total"] == 1400 + 600
            assert found["quotes"][0]["lines"][0]["formula"] == "1400 + 1 x 600"
            why = {item["product"]: item["reason"] for item in found["unavailable"]}
            assert why == {"standard": "not-by-air", "fresh": "not-by-air", "same_day": "product-not-available"}
            assert found["goods"]["verdict"] == "restricted"
            assert found["missing"] == ["/pickup"]
            refused = await bot.post("/v1/orders/quotes", json=asked | {"sender": {"province": "Atlantis"}})
            assert refused.status_code == 400
            assert refused.json()["errors"][0]["pointer"] == "#/sender/province"
            checked = (await bot.post("/v1/orders/goods/checks", json={"description": "打火机"})).json()
            assert (checked["verdict"], checked["findings"][0]["head"]) == ("forbidden", 4)
            tariff = (await bot.get("/v1/orders/tariff")).json()
            assert tariff["version"] == found["quotes"][0]["tariff_version"]
            assert (await bot.get("/v1/orders/goods")).json()["version"] == checked["list_version"]
            assert "not_needed" in [r["code"] for r in (await bot.get("/v1/orders/cancellation-reasons")).json()]
        async with bench.agent("nobody", "cases:read") as other:
            assert (await other.post("/v1/orders/quotes", json=asked)).status_code == 403


class TestSelfService:
    async def test_from_a_partial_draft_to_a_delivered_parcel(self, bench: Bench) -> None:
        async with shop(bench) as bot, shop(bench, "other-shop") as other, courier(bench) as system:
            whole = await content(bot)
            made = (await bot.post("/v1/orders", json={"content": {"goods": whole["goods"]}})).json()
            assert made["state"] == "draft" and made["order_no"] is None
            url = f"/v1/orders/{made['id']}"
            early = await bot.post(f"{url}/confirm", json=word(made))
            assert (early.status_code, early.json()["type"]) == (409, PROBLEM + "order-incomplete")
            assert "/sender/name" in early.json()["missing"]
            answer = await bot.patch(url, json={"content": whole}, headers={"If-Match": '"1"'})
            made = answer.json()
            assert (answer.headers["ETag"], made["missing"]) == ('"2"', [])
            stale = await bot.patch(url, json={"content": whole}, headers={"If-Match": '"1"'})
            assert stale.status_code == 412
            assert (await other.get(url)).status_code == 404
            assert (await system.get(url)).status_code == 404

            dear = await bot.post(f"{url}/confirm", json=word(made, total=1))
            assert (dear.json()["type"], dear.json()["total"]) == (PROBLEM + "price-changed", made["quote"]["total"])
            unheard = await bot.post(f"{url}/confirm", json=word(made, terms_notice_given=False))
            assert unheard.status_code == 400
            key = {"Idempotency-Key": str(uuid4())}
            first = await bot.post(f"{url}/confirm", json=word(made), headers=key)
            again = await bot.post(f"{url}/confirm", json=word(made), headers=key)
            order = first.json()
            assert first.status_code == again.status_code == 200
            assert order["order_no"] == again.json()["order_no"] == normal_order_number(order["order_no"])

            event = (await bench.world.wait_published(OrderPlaced))[0]
            assert (event.order_no, event.terms.freight, event.terms.chargeable_g) == (
                order["order_no"],
                order["quote"]["total"],
                2000,
            )
            assert event.personal.recipient.province == "BJ"
            listed = (await system.get("/v1/orders", params={"order_no": order["order_no"]})).json()["items"]
            assert listed[0]["content"]["sender"]["phone"] == "13800000001"
            wrong = order["order_no"][:-1] + str((int(order["order_no"][-1]) + 1) % 10)
            assert (await system.get("/v1/orders", params={"order_no": wrong})).status_code == 400

            assert (await system.post(f"{url}/status", json={"status": "accepted"})).status_code == 200
            nameless = await system.post(f"{url}/status", json={"status": "picked_up"})
            assert nameless.json()["errors"][0]["pointer"] == "#/waybill_no"
            body = {"status": "picked_up", "waybill_no": "ph2600000001", "identity_checked": True}
            assert (await system.post(f"{url}/status", json=body)).json()["waybill_no"] == "PH2600000001"
            late = await bot.post(f"{url}/cancel", json={"reason": "not_needed", "words": "不寄了"})
            assert (late.status_code, late.json()["state"]) == (409, "picked_up")
            now = bench.world.clock.now()
            await bench.world.publish(
                ParcelDelivered(
                    parcel_id=uuid4(),
                    carrier="posthouse",
                    waybill_no="PH2600000001",
                    delivered_at=now,
                    occurred_at=now,
                )
            )

            async def state() -> str:
                return str((await bot.get(url)).json()["state"])

            assert await eventually(state, lambda value: value == "delivered")
            told = [e.status for e in await bench.world.wait_published(OrderStatusChanged, 3)]
            assert told == ["accepted", "picked_up", "delivered"]
            changes = (await bot.get(f"{url}/changes")).json()
            assert [c["change"] for c in changes] == [
                *("created", "amended", "placed", "accepted", "picked_up", "delivered"),
            ]

    async def test_goods_decide(self, bench: Bench) -> None:
        async with shop(bench) as bot:
            made = await draft(bot, goods={"name": "打火机 2 个", "nature": "日用", "quantity": 2})
            refused = await bot.post(f"/v1/orders/{made['id']}/confirm", json=word(made))
            assert (refused.status_code, refused.json()["reason"]) == (409, "goods-forbidden")
            battery = {"name": "充电宝 10000mAh", "nature": "电子产品", "quantity": 1}
            made = await draft(bot, goods=battery)
            by_air = await bot.post(f"/v1/orders/{made['id']}/confirm", json=word(made))
            assert (by_air.json()["reason"], by_air.json()["products"]) == ("not-by-air", ["economy"])
            url = f"/v1/orders/{made['id']}"
            made = (await bot.patch(url, json={"content": {"product": "economy"}})).json()
            unasked = await bot.post(f"{url}/confirm", json=word(made))
            assert unasked.json()["type"] == PROBLEM + "conditions-open"
            agreed = await bot.post(f"{url}/confirm", json=word(made, conditions=unasked.json()["conditions"]))
            assert agreed.status_code == 200
            unserved = {"name": "李雷", "phone": "13900000002", "province": "海南", "city": "三沙", "address": "永兴岛"}
            made = await draft(bot, recipient=unserved)
            nowhere = await bot.post(f"/v1/orders/{made['id']}/confirm", json=word(made))
            assert nowhere.json()["reason"] == "not-served"

    async def test_a_person_goes_on_where_the_bot_stopped(self, bench: Bench) -> None:
        async with shop(bench) as bot, agent(bench) as desk:
            made = await draft(bot)
            handed = (await bot.post(f"/v1/orders/{made['id']}/hand-over", json={})).json()
            item = (await bench.world.wait_published(WorkRequested))[0]
            assert str(item.case_id) == handed["case_id"]
            await bench.accept(item)
            case = (await desk.get(f"/v1/cases/{item.case_id}")).json()
            assert case["procedure_state"]["step"] == "compliance_check"
            assert case["fields"]["goods_name"] == "书"
            seen = (await desk.get(f"/v1/orders/{made['id']}")).json()
            assert seen["content"]["sender"]["phone"] == "13800000001"
            done = await desk.post(f"/v1/orders/{made['id']}/confirm", json=word(made, channel="voice"))
            assert done.status_code == 200
            case = (await desk.get(f"/v1/cases/{item.case_id}")).json()
            assert case["procedure_state"]["step"] == "pickup"
            assert case["fields"]["order_no"] == done.json()["order_no"]
            codes = [entry["code"] for entry in await bench.timeline(item.case_id)]
            assert {"order.handed_over", "order.placed"} <= set(codes)


class TestAgents:
    async def order_on_case(self, bench: Bench, desk: httpx.AsyncClient) -> tuple[UUID, dict[str, Any]]:
        case_id, _ = await bench.owned_case("我要寄快递")
        body = {"content": await content(desk, payment_method="sender_online"), "case_id": str(case_id)}
        made = (await desk.post("/v1/orders", json=body)).json()
        return case_id, (await desk.post(f"/v1/orders/{made['id']}/confirm", json=word(made))).json()

    async def test_an_order_walks_its_case_and_a_refusal_at_the_door_ends_it(self, bench: Bench) -> None:
        async with agent(bench) as desk, courier(bench) as system:
            case_id, order = await self.order_on_case(bench, desk)
            case = (await desk.get(f"/v1/cases/{case_id}")).json()
            assert case["procedure_state"]["step"] == "pickup"
            fields = case["fields"]
            assert fields["acceptance"] == "allowed" and fields["freight_quote"]["minor"] == order["quote"]["total"]
            url = f"/v1/orders/{order['id']}/status"
            assert (await system.post(url, json={"status": "refused", "reason": "拒绝验视"})).status_code == 200
            case = (await desk.get(f"/v1/cases/{case_id}")).json()
            assert (case["state"], case["step"]) == ("closed", "refused")

    async def test_retention_twice_and_then_the_customer_is_let_go(self, bench: Bench) -> None:
        async with agent(bench) as desk:
            case_id, order = await self.order_on_case(bench, desk)
            url = f"/v1/orders/{order['id']}"
            offered = (await desk.post(f"{url}/offers", json={"reason": "too_expensive"})).json()
            offer = offered["offers"][-1]
            assert (offer["kind"], offer["changes"]) == ("cheaper_product", {"product": "economy"})
            declined = (await desk.post(f"{url}/offers/1/answer", json={"accepted": False})).json()
            assert declined["offers"][0]["result"] == "declined"
            twice = await desk.post(f"{url}/offers/1/answer", json={"accepted": True})
            assert (twice.status_code, twice.json()["type"]) == (409, PROBLEM + "offer-answered")
            none = await desk.post(f"{url}/offers", json={"reason": "too_expensive"})
            assert (none.status_code, none.json()["type"]) == (409, PROBLEM + "no-more-offers")
            unknown = await desk.post(f"{url}/cancel", json={"reason": "whim", "words": "x"})
            assert unknown.status_code == 400
            done = (await desk.post(f"{url}/cancel", json={"reason": "too_expensive", "words": "太贵了"})).json()
            assert (done["state"], done["end_reason"]) == ("cancelled", "too_expensive")
            assert (await bench.world.wait_published(OrderCancelled))[0].order_no == order["order_no"]
            child = (await bench.rows("select id, procedure, step from service_case where parent_id = $1", case_id))[0]
            run = orjson.loads(await bench.value("select run::text from case_run where case_id = $1", child["id"]))
            assert (child["procedure"], child["step"]) == ("cancellation", "refund")
            assert run["fields"]["cancel_reason"] == "太贵了" and run["fields"]["refund_status"] == "due"

    async def test_an_accepted_alternative_changes_the_order(self, bench: Bench) -> None:
        async with shop(bench) as bot:
            order = await placed(bot)
            url = f"/v1/orders/{order['id']}"
            offer = (await bot.post(f"{url}/offers", json={"reason": "time_unsuitable"})).json()["offers"][-1]
            assert offer["kind"] == "later_window"
            kept = (await bot.post(f"{url}/offers/1/answer", json={"accepted": True})).json()
            assert kept["state"] == "placed"
            assert kept["content"]["pickup"]["start"] != order["content"]["pickup"]["start"]
            assert (await bench.world.wait_published(OrderAmended))[0].changed == ("pickup",)

    async def test_a_new_price_needs_the_customers_word(self, bench: Bench) -> None:
        async with shop(bench) as bot:
            order = await placed(bot)
            url, heavier = f"/v1/orders/{order['id']}", {"parcel": {"weight_g": 9_000}}
            refused = await bot.patch(url, json={"content": heavier})
            assert (refused.status_code, refused.json()["type"]) == (409, PROBLEM + "price-changed")
            total = refused.json()["total"]
            agreed = (await bot.patch(url, json={"content": heavier, "total": total})).json()
            assert agreed["quote"]["total"] == total > order["quote"]["total"]
            event = (await bench.world.wait_published(OrderAmended))[0]
            assert (event.terms.freight, event.changed) == (total, ("parcel",))

    async def test_readers_see_masked_parties(self, bench: Bench) -> None:
        async with shop(bench) as bot, bench.agent("agent-9", "orders:take") as desk:
            order = await placed(bot)
            seen = (await desk.get(f"/v1/orders/{order['id']}")).json()
            assert seen["content"]["sender"]["phone"] == "1380****0001"
            assert seen["content"]["recipient"]["name"] == "李**"
            found = (await desk.get("/v1/orders", params={"phone": "138 0000 0001"})).json()["items"]
            assert [item["id"] for item in found] == [order["id"]]


class TestRaces:
    async def test_cancel_against_amend_leaves_one_outcome(self, bench: Bench) -> None:
        async with shop(bench) as bot:
            order = await placed(bot)
            url = f"/v1/orders/{order['id']}"
            later = await window(bot, 2)
            cancelled, amended = await asyncio.gather(
                bot.post(f"{url}/cancel", json={"reason": "not_needed", "words": "不寄了"}),
                bot.patch(url, json={"content": {"pickup": later}}),
            )
            assert cancelled.status_code == 200
            assert amended.status_code in (200, 409)
            assert (await bot.get(url)).json()["state"] == "cancelled"
            changes = [c["change"] for c in (await bot.get(f"{url}/changes")).json()]
            assert changes == ["created", "placed", *["amended"] * (amended.status_code == 200), "cancelled"]
            assert len(await bench.world.wait_published(OrderCancelled)) == 1
            twice = await bot.post(f"{url}/cancel", json={"reason": "not_needed", "words": "不寄了"})
            assert twice.status_code == 409

    async def move(
        self, kind: str, url: str, bot: httpx.AsyncClient, system: httpx.AsyncClient, seed: int
    ) -> httpx.Response:
        """Something that somebody does to an order."""
        match kind:
            case "cancel":
                return await bot.post(f"{url}/cancel", json={"reason": "not_needed", "words": "不寄了"})
            case "amend":
                return await bot.patch(url, json={"content": {"parcel": {"weight_g": 1_501 + seed}}})
            case "offer":
                return await bot.post(f"{url}/offers", json={"reason": "too_expensive"})
        known = {"status": kind, "reason": "拒绝验视", "waybill_no": f"PH26{seed:08d}"}
        return await system.post(f"{url}/status", json=known)

    async def test_whatever_happens_at_once_happens_one_after_the_other(self, bench: Bench) -> None:
        async with shop(bench) as bot, courier(bench) as system:
            for seed in range(ROUNDS):
                chance = random.Random(seed)
                order = await placed(bot)
                url = f"/v1/orders/{order['id']}"
                picks = [
                    chance.choice(["cancel", "amend", "offer", "accepted", "refused", "picked_up"]) for _ in range(8)
                ]
                answers = await asyncio.gather(*(self.move(pick, url, bot, system, seed) for pick in picks))
                assert {answer.status_code for answer in answers} <= {200, 409}
                after = (await bot.get(url)).json()
                changes = (await bot.get(f"{url}/changes")).json()
                assert [change["version"] for change in changes] == list(range(1, after["version"] + 1))
                kinds = [change["change"] for change in changes]
                ends = [kind for kind in kinds if kind in ("cancelled", "refused", "picked_up")]
                assert len(ends) <= 1 and (not ends or (kinds[-1], after["state"]) == (ends[0], ends[0]))
                assert after["quote"]["chargeable_g"] >= after["content"]["parcel"]["weight_g"]
                assert kinds.count("offered") <= 2 and kinds.count("accepted") <= 1

    async def test_the_last_place_in_a_window_is_given_once(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from cases.order_parameters import OrderParameters

        narrow = OrderParameters().pickup.model_copy(update={"capacity": 1})
        monkeypatch.setattr(OrderParameters, "load", classmethod(lambda cls: cls(pickup=narrow)))
        bench = Bench(world, await world.start(build))
        async with shop(bench) as bot:
            drafts = [await draft(bot) for _ in range(3)]
            answers = await asyncio.gather(
                *(bot.post(f"/v1/orders/{made['id']}/confirm", json=word(made)) for made in drafts)
            )
            assert sorted(a.status_code for a in answers) == [200, 409, 409]
            full = next(a for a in answers if a.status_code == 409).json()
            assert full["type"] == PROBLEM + "window-not-open"
            assert full["windows"][0]["start"] != drafts[0]["content"]["pickup"]["start"]


class TestClocks:
    async def test_drafts_expire_and_missed_pickups_reach_a_supervisor(self, still_bench: Bench) -> None:
        bench = still_bench
        async with agent(bench) as desk:
            case_id, order = await TestAgents().order_on_case(bench, desk)
            forgotten = await draft(desk)
            url = f"/v1/orders/{order['id']}"
            await elapse(bench, timedelta(days=1).total_seconds())
            assert (await bench.world.wait_published(OrderStatusChanged))[0].status == "pickup_missed"
            later = await window(desk, 1)
            assert (await desk.patch(url, json={"content": {"pickup": later}})).status_code == 200
            await elapse(bench, timedelta(days=2).total_seconds())
            await bench.world.wait_published(OrderStatusChanged, 2)
            codes = [entry["code"] for entry in await bench.timeline(case_id)]
            assert codes.count("order.pickup_missed") == 2 and "step.escalated" in codes
            await elapse(bench, timedelta(days=7).total_seconds())

            async def state() -> str:
                return str((await desk.get(f"/v1/orders/{forgotten['id']}")).json()["state"])

            assert await eventually(state, lambda value: value == "expired")
