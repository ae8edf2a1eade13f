"""An order taken in the web chat: quoted, read back, confirmed, handed to the courier, picked up, delivered."""

from typing import Any

from posthouse.demo.agent import Agent
from posthouse.demo.customer import Visitor
from posthouse.demo.scenarios.casework import told_to_integrators
from posthouse.demo.scenarios.stage import Stage
from posthouse.demo.steps import expect, until

WISH = "你好，我想寄快递，两本书，从深圳寄到北京。"
WORD = "同意，请上门取件。"
WAYBILL = "SF1000000000058"
CONTENT: dict[str, Any] = {
    "sender": {
        "name": "周杰",
        "phone": "13800000061",
        "province": "广东",
        "city": "深圳市",
        "address": "科技园 1 号",
    },
    "recipient": {"name": "吴敏", "phone": "13900000062", "province": "北京", "address": "建国路 88 号"},
    "goods": {"name": "书", "nature": "图书", "quantity": 2},
    "parcel": {"weight_g": 1_800},
    "declared_value": 0,
    "insured_option": "none",
    "product": "standard",
    "payment_method": "sender_at_pickup",
}


async def run(stage: Stage) -> None:
    """The agent types it once; the procedure and the courier's order system learn it from the order."""
    agent, steps = stage.agent, stage.steps
    async with Visitor(stage.http, stage.world.base_url) as visitor, Agent(stage.world.base_url, "admin") as courier:
        async with steps.step("order: a visitor wants to send a parcel, an agent takes it"):
            await visitor.say(WISH)
            case = await agent.accept(await agent.next_offer("chat"))
            expect(case["procedure_state"]["id"] == "order_taking", f"it is a {case['procedure_state']['id']}")
        async with steps.step("order: quoted, goods checked, a pickup window found"):
            places = {"province": CONTENT["sender"]["province"], "city": CONTENT["sender"]["city"]}
            windows: Any = await agent.get("/cases/v1/orders/pickup-windows", **places)
            content = {**CONTENT, "pickup": {"start": windows[0]["start"], "end": windows[0]["end"]}}
            quoted = await agent.post("/cases/v1/orders/quotes", content)
            expect(quoted["goods"]["verdict"] == "allowed", f"books are {quoted['goods']['verdict']}")
            expect(quoted["missing"] == [], f"missing is {quoted['missing']}")
            order = await agent.post("/cases/v1/orders", {"content": content, "case_id": case["id"]})
        async with steps.step("order: read back in the chat, confirmed by the customer, numbered"):
            total = order["quote"]["total"]
            await agent.reply(case["id"], f"两本书，深圳到北京，{total / 100:.2f} 元。确认下单吗？")
            await visitor.hear_agent(seconds=20)
            await visitor.say(WORD)
            confirmed = {
                "words": WORD,
                "channel": "chat",
                "prohibited_notice_given": True,
                "terms_notice_given": True,
                "total": total,
            }
            url = f"/cases/v1/orders/{order['id']}"
            placed = await agent.post(f"{url}/confirm", confirmed)
            expect(placed["state"] == "placed" and placed["order_no"], f"the order is {placed['state']}")
        async with steps.step("order: the courier accepts, picks up and delivers it; the case ends by itself"):
            for status in (
                {"status": "accepted"},
                {"status": "picked_up", "waybill_no": WAYBILL, "identity_checked": True},
                {"status": "delivered"},
            ):
                moved = await courier.post(f"{url}/status", status)
            expect(moved["state"] == "delivered", f"the order is {moved['state']}")
            await visitor.end()
            await until(
                lambda: courier.case(case["id"]), lambda found: found["state"] == "closed", "the case is closed"
            )
            await told_to_integrators(courier, case["id"], "opened", "closed")
            await stage.released(case["id"])
