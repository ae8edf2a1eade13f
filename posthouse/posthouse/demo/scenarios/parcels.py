"""Parcels: a number in a chat is answered from the tracking snapshot; a parcel that stalls is noticed and worked on,
and its customer told, before anybody asks again."""

from datetime import UTC, datetime, timedelta
from typing import cast

from posthouse.demo.agent import Agent, Json
from posthouse.demo.customer import Phone, Visitor
from posthouse.demo.scenarios.stage import Stage
from posthouse.demo.steps import expect, until

MOVING, SILENT = "PH260000000101", "PH260000000102"
CUSTOMER = "+12025550137"
SHIPMENT = {"origin": {"province": "广东", "city": "深圳"}, "destination": {"province": "浙江", "city": "杭州"}}


async def number_in_chat(stage: Stage) -> None:
    """A visitor names a number; the agent quotes what is known of the parcel."""
    agent, steps = stage.agent, stage.steps
    async with (
        steps.step("parcels: the courier's systems declare a shipment and scan it"),
        Agent(stage.world.base_url, "admin") as network,
    ):
        await network.put(f"/tracking/v1/parcels/{MOVING}/shipment", SHIPMENT)
        await network.post("/tracking/v1/scans", _scan(MOVING, "COLLECTED", hours=-5, city="深圳"))
    async with Visitor(stage.http, stage.world.base_url) as visitor:
        async with steps.step("parcels: a number in the chat brings its snapshot onto the case"):
            await visitor.say(f"Where is {MOVING}?")
            case = await agent.accept(await agent.next_offer("chat"))
            quote = await _snapshot(stage, case["id"])
            expect(MOVING in quote and "collected" in quote and "Promised by" in quote, f"the quote is {quote!r}")
        async with steps.step("parcels: the agent quotes it to the customer"):
            await agent.reply(case["id"], quote)
            await visitor.hear(quote)
            await stage.finish(case["id"])


async def stalled(stage: Stage) -> None:
    """A parcel that nobody moves becomes an exception, a case and a notice."""
    agent, steps, phone = stage.agent, stage.steps, Phone(stage.http, CUSTOMER)
    async with Agent(stage.world.base_url, "admin") as network:
        async with steps.step("parcels: a customer asks by text, is answered, and the case closes"):
            await network.post("/tracking/v1/scans", _scan(SILENT, "ORDERED", hours=-122))
            await phone.text(f"Hello, where is my parcel {SILENT}?")
            case = await agent.accept(await agent.next_offer("sms"))
            await _snapshot(stage, case["id"])
            await stage.finish(case["id"])
        async with steps.step("parcels: five days without a scan are noticed as an exception"):
            await network.post("/tracking/v1/scans", _scan(SILENT, "DEPARTED", hours=-121, node="深圳分拨中心"))
            parcel = await until(
                lambda: agent.get(f"/tracking/v1/parcels/{SILENT}"),
                lambda seen: "stalled" in [item["code"] for item in seen["exceptions"] if item["open"]],
                "the exception",
            )
            (found,) = [item for item in parcel["exceptions"] if item["code"] == "stalled"]
            expect(found["node"] == "深圳分拨中心", f"the responsible node is {found['node']}")
        async with steps.step("parcels: the exception opens a case that an agent gets"):
            worked_on = await agent.accept(await agent.next_offer("sms"))
            procedure, waybill = worked_on["procedure_state"]["id"], worked_on["waybill_no"]
            expect((procedure, waybill) == ("exception_parcel", SILENT), f"{procedure} about {waybill}")
        async with steps.step("parcels: the customer is told before asking again"):
            await until(
                lambda: agent.get(f"/tracking/v1/parcels/{SILENT}/notices"),
                lambda notices: (
                    [(item["rule"], item["state"]) for item in cast("list[Json]", notices)] == [("stalled", "sent")]
                ),
                "a notice that was sent",
            )
            await until(
                phone.received,
                lambda texts: any(SILENT in text and "no news for a long time" in text for text in texts),
                "the notice on the phone",
            )
            await stage.finish(worked_on["id"])


async def _snapshot(stage: Stage, case_id: str) -> str:
    """What the case quotes of its parcel, in English."""

    def of(entries: list[Json]) -> str | None:
        return next((entry["data"]["quote"]["en"] for entry in entries if entry["code"] == "parcel.snapshot"), None)

    entries = await until(lambda: stage.agent.timeline(case_id), of, "the parcel's snapshot on the case")
    return of(entries) or ""


def _scan(number: str, code: str, *, hours: float, **fields: str) -> Json:
    at = datetime.now(UTC) + timedelta(hours=hours)
    return {
        "scan_id": f"demo-{number}-{code}-{at.timestamp():.0f}",
        "waybill_no": number,
        "code": code,
        "occurred_at": at.isoformat(),
        **fields,
    }
