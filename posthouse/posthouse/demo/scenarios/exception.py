"""A damaged parcel, from its discovery by a scan to the lesson drawn from it."""

from datetime import UTC, datetime

from posthouse.demo.agent import Agent
from posthouse.demo.customer import Phone
from posthouse.demo.scenarios.casework import HEAD, told_to_integrators, walk, without_deviation
from posthouse.demo.scenarios.stage import Stage
from posthouse.demo.steps import expect, until

CUSTOMER = "+12025550131"
WAYBILL = "SF1000000000033"
QUESTION = f"When will {WAYBILL} arrive?"
ANSWER = "Tomorrow before noon."
ANSWERS = {
    "exception_type": "damaged",
    "exception_node": "Wuhan hub, belt 3",
    "severity": "S3",
    "evidence": ["photo 1", "belt camera 14:02"],
    "responsible_unit": "Wuhan hub",
    "owner": "Li Na",
    "target_department": "operations",
    "ops_reply": "Crushed at the end of belt 3; the inner box is whole.",
    "cause_code": "handling",
    "cause_side": "subjective",
    "rule_refs": ["快递暂行条例 27"],
    "plan": "Repack and deliver today, with an apology.",
    "customer_choice": "agrees",
    "remedy_type": "repack",
    "remedy_proof": "photo of the new box",
    "lesson": "Parcels jam where belt 3 turns.",
    "improvement_action": "A rubber lip at the turn, by Friday.",
}


async def run(stage: Stage) -> None:
    """A customer asked; later a scan finds the parcel damaged; the customer is served before asking again."""
    phone, agent, steps = Phone(stage.http, CUSTOMER), stage.agent, stage.steps
    async with Agent(stage.world.base_url, HEAD) as head, Agent(stage.world.base_url, "admin") as admin:
        async with steps.step("exception: a customer asks about a parcel and is answered"):
            await phone.text(QUESTION)
            asked = await agent.accept(await agent.next_offer("sms"))
            await agent.reply(asked["id"], ANSWER)
            await stage.finish(asked["id"])
        async with steps.step("exception: a scan says damaged, and a case is there before the customer asks"):
            scan = {
                "scan_id": "demo-exception-1",
                "waybill_no": WAYBILL,
                "code": "DAMAGED",
                "description": "外包装破损",
                "node": "Wuhan hub",
                "city": "武汉",
                "occurred_at": datetime.now(UTC).isoformat(),
            }
            await admin.post("/tracking/v1/scans", scan)
            case = await agent.accept(await agent.next_offer("sms"))
            expect(case["procedure_state"]["id"] == "exception_parcel", f"it is a {case['procedure_state']['id']}")
            expect(case["customer_id"] == asked["customer_id"], "it is the case of whoever asked")
        async with steps.step("exception: recorded, investigated, agreed, carried out, told, reviewed"):
            done = await walk(stage, head, case["id"], ANSWERS, outcomes={"plan_agreed": "agreed"})
            for step in ("recorded", "investigate", "rules", "plan_agreed", "execute", "feedback", "review"):
                expect(done.count(step) == 1, f"{step} is not among {done}")
        async with steps.step("exception: closed with its lesson, the customer was told, integrators know"):
            closed = await head.case(case["id"])
            expect(closed["state"] == "closed" and closed["step"] == "closed", f"it is {closed['step']}")
            expect(closed["fields"]["lesson"] == ANSWERS["lesson"], "the lesson is kept")
            await without_deviation(stage, case["id"])
            await until(phone.received, lambda texts: len(texts) > 1, "a notice on the phone")
            await told_to_integrators(head, case["id"], "opened", "closed")
            await stage.released(case["id"])
