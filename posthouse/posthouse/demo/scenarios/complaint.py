"""A complaint: verified, decided by somebody else, paid, told, and learned from."""

from posthouse.demo.agent import Agent
from posthouse.demo.customer import Phone
from posthouse.demo.scenarios.casework import HEAD, told_to_integrators, walk, without_deviation
from posthouse.demo.scenarios.stage import Stage
from posthouse.demo.steps import expect, until

CUSTOMER = "+12025550132"
WAYBILL = "SF1000000000041"
COMPLAINT = f"我要投诉！{WAYBILL} 里的相机碎了，价值八百元，要求赔偿。"
LOSS = {"carriage": "cn_express", "harm": "loss", "goods_value": 80_000, "freight": 1_200}
ANSWERS = {
    "customer_name": "赵敏",
    "customer_phone": CUSTOMER,
    "complaint_type": "damage",
    "complaint_text": COMPLAINT,
    "claim_request": "赔偿八百元",
    "waybill_no": WAYBILL,
    "customer_role": "recipient",
    "severity": "S3",
    "cause_code": "handling",
    "cause_side": "subjective",
    "owner": "Li Na",
    "ops_reply": "监控显示装卸时跌落。",
    "evidence": ["监控 14:02"],
    "plan": "按实际损失赔偿",
    "customer_choice": "同意",
    "rule_refs": ["民法典 833"],
    "remedy_type": "compensation",
    "remedy_proof": "PAY-20260105-1",
    "responsible_unit": "武汉转运中心",
    "responsible_person": "三号线班组",
    "sanction": "书面警告",
    "improvement_action": "跌落点加装软垫",
    "lesson": "贵重件不上传送带",
}


async def run(stage: Stage) -> None:
    """Eleven steps, with the approval of an amount and its payment in between."""
    phone, agent, steps = Phone(stage.http, CUSTOMER), stage.agent, stage.steps
    async with Agent(stage.world.base_url, HEAD) as head:
        async with steps.step("complaint: recognised, accepted, verified, explained, agreed"):
            await phone.text(COMPLAINT)
            case = await agent.accept(await agent.next_offer("sms"))
            case_id = case["id"]
            expect(case["procedure_state"]["id"] == "complaint", f"it is a {case['procedure_state']['id']}")
            expect(
                any(limit["legal"] for limit in case["procedure_state"]["deadlines"]) or case["next_due_at"], "clock"
            )
            outcomes = {"proposal": "agreed"}
            done = await walk(stage, head, case_id, ANSWERS, outcomes=outcomes, until_step="approval")
            expect(done[-1] == "proposal" and "verify_ops" in done, f"the steps were {done}")
        async with steps.step("complaint: the amount is calculated, approved by the head and by nobody else"):
            quote = await agent.post("/cases/v1/compensation/quote", LOSS)
            wanted = {"kind": "compensation", "summary": "按实际损失", "amount": {"minor": quote["amount"]}}
            asked = await agent.post(f"/cases/v1/cases/{case_id}/approvals", wanted)
            expect(asked["authority"] == "approver", f"{quote['amount']} is decided by {asked['authority']}")
            decision = {"decision": "approved", "reason": "属实"}
            url = f"/cases/v1/approvals/{asked['id']}/decision"
            own = await agent.http.post(url, json=decision)
            expect(own.status_code == 403, f"the handler's own decision answered {own.status_code}")
            await head.post(url, decision)
            again = await head.http.post(url, json=decision)
            expect(again.status_code == 409, f"a second decision answered {again.status_code}")
        async with steps.step("complaint: the compensation is paid"):
            due = (await head.get("/cases/v1/payouts", case_id=case_id))["items"]
            expect([payout["amount"]["minor"] for payout in due] == [quote["amount"]], f"due is {due}")
            for state in ("instructed", "paid"):
                moved = {"state": state, "reference": ANSWERS["remedy_proof"]}
                paid = await head.post(f"/cases/v1/payouts/{due[0]['id']}/state", moved)
            expect(paid["state"] == "paid", f"the payment is {paid['state']}")
        async with steps.step("complaint: told, answered for, improved, closed; integrators know"):
            done = await walk(stage, head, case_id, ANSWERS, outcomes={})
            expect(done[-2:] == ["accountability", "improve"], f"the steps were {done}")
            expect((await head.case(case_id))["step"] == "closed", "the procedure ended")
            await without_deviation(stage, case_id)
            await until(phone.received, bool, "a notice on the phone")
            kinds = ("opened", "approval.requested", "approval.decided", "closed")
            await told_to_integrators(head, case_id, *kinds)
            await stage.released(case_id)
