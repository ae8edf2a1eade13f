"""Telephone: keypad tracking, then a person, then the end."""

from posthouse.demo.agent import Agent
from posthouse.demo.customer import Phone
from posthouse.demo.scenarios.stage import Stage
from posthouse.demo.steps import expect, until

CALLER = "+12025550125"
WAYBILL = "73112345678901"


async def run(stage: Stage) -> None:
    """A caller tracks a parcel by keypad and then asks for a person."""
    phone, agent, steps = Phone(stage.http, CALLER), stage.agent, stage.steps
    async with steps.step("voice: the parcel is known from scans of the network"):
        scan = {
            "scan_id": "demo-voice-1",
            "waybill_no": WAYBILL,
            "code": "DEPARTED",
            "description": "快件已从【上海转运中心】发出",
            "node": "Shanghai hub",
            "city": "上海",
            "occurred_at": "2026-01-05T09:30:00+08:00",
        }
        async with Agent(stage.world.base_url, "admin") as admin:
            await admin.post("/tracking/v1/scans", scan)
            await until(
                lambda: admin.get(f"/tracking/v1/parcels/{WAYBILL}"),
                lambda parcel: parcel["status"] == "in_transit",
                "the parcel is in transit",
            )
    async with steps.step("voice: greeting in both languages, keypad menu"):
        sid = await phone.dial()
        await phone.press(sid, "1")
    async with steps.step("voice: tracking by keypad is answered from the gateway"):
        await phone.press(sid, f"{WAYBILL}#")
        call = await until(
            lambda: phone.call(sid),
            lambda found: any("Shanghai" in line["text"] or "上海" in line["text"] for line in found["transcript"]),
            "the tracking answer",
            seconds=60,
        )
        expect(call["status"] == "in-progress", f"the call is {call['status']}")
    async with steps.step("voice: asking for a person reaches the agent"):
        await phone.press(sid, "0")
        case = await agent.accept(await agent.next_offer("voice", seconds=40))
    async with steps.step("voice: the agent's phone rings and both are connected"):
        await until(
            lambda: stage.http.post(f"/sim/agents/{agent.user}/answer"),
            lambda answer: answer.is_success,
            "the agent's phone rings",
        )
        await until(
            lambda: agent.case(case["id"]),
            lambda found: any(item["channel"] == "voice" and item["answered_at"] for item in found["interactions"]),
            "the call is answered",
        )
    async with steps.step("voice: hanging up ends it everywhere"):
        await phone.hang_up(sid)
        await until(
            lambda: agent.case(case["id"]),
            lambda found: all(item["ended_at"] for item in found["interactions"]),
            "the call has ended on the case",
        )
        entries = await agent.timeline(case["id"])
        expect(any(entry["kind"] == "self_service" for entry in entries), "the keypad answer is on the timeline")
        if (await agent.case(case["id"]))["state"] == "open":
            await stage.finish(case["id"])
