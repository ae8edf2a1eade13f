"""Payments and lessons: what follows a decision, who may do it, and in which order."""

import httpx

from tests.contract.cases.conftest import Bench
from tests.contract.cases.test_approvals import approver, ask, at_step


def finance(bench: Bench, subject: str = "treasury") -> httpx.AsyncClient:
    """An HTTP client of somebody in finance."""
    return approver(bench, subject, roles=("finance",))


async def test_an_approved_claim_is_paid_by_others_and_goes_on(bench: Bench) -> None:
    case_id, _ = await bench.owned_case("我要投诉")
    async with bench.agent() as agent, approver(bench) as chief, finance(bench) as treasury:
        await agent.post(f"/v1/cases/{case_id}/classify", json={"case_type": "complaint", "reason": "x"})
        async with bench.service.db.transaction() as tx:
            await tx.fetch("update service_case set procedure = 'claim' where id = $1", case_id)
            await tx.fetch(
                """update case_run set run = jsonb_set(run, '{procedure}', '"claim"') where case_id = $1""", case_id
            )
        await at_step(bench, case_id, "approval", customer_choice="accepted")
        made = (await ask(agent, case_id, 10_800)).json()
        decision = {"decision": "approved", "reason": "按规则"}
        assert (await chief.post(f"/v1/approvals/{made['id']}/decision", json=decision)).status_code == 200
        assert (await agent.get("/v1/payouts")).status_code == 403
        (due,) = (await treasury.get("/v1/payouts")).json()["items"]
        assert (due["state"], due["amount"], due["approved_by"]) == (
            "due",
            {"minor": 10_800, "currency": "CNY"},
            "chief",
        )
        assert due["next_states"] == ["cancelled", "instructed"]
        url = f"/v1/payouts/{due['id']}/state"
        early = await treasury.post(url, json={"state": "paid", "reference": "P1"})
        assert (early.status_code, early.json()["type"]) == (409, "urn:posthouse:problem:payout-state")
        unsaid = await treasury.post(url, json={"state": "instructed"})
        assert (unsaid.status_code, unsaid.json()["errors"][0]["pointer"]) == (400, "#/reference")
        for state, said in (
            ("instructed", {"reference": "P1"}),
            ("failed", {"reason": "账号有误"}),
            ("instructed", {"reference": "P2"}),
        ):
            moved = await treasury.post(url, json={"state": state, **said})
            assert (moved.status_code, moved.json()["state"]) == (200, state), moved.text
        under_way = await treasury.post(url, json={"state": "cancelled", "reason": "x"})
        assert under_way.status_code == 409
        assert await bench.value("select step from service_case where id = $1", case_id) == "pay"
        paid = (await treasury.post(url, json={"state": "paid", "reference": "P2"})).json()
        assert (paid["state"], paid["reference"], paid["next_states"]) == ("paid", "P2", [])
        assert await bench.value("select step from service_case where id = $1", case_id) == "recover"
        reference = "select run->'fields'->>'payment_ref' from case_run where case_id = $1"
        assert await bench.value(reference, case_id) == "P2"


async def test_who_asked_for_the_money_does_not_instruct_it(bench: Bench) -> None:
    case_id, _ = await bench.owned_case("hello")
    async with bench.agent() as agent, finance(bench, "agent-1") as handler, finance(bench) as treasury:
        assert (await ask(agent, case_id, 2_000, "goodwill")).json()["state"] == "approved"
        (due,) = (await treasury.get("/v1/payouts", params={"case_id": str(case_id)})).json()["items"]
        url = f"/v1/payouts/{due['id']}/state"
        own = await handler.post(url, json={"state": "instructed", "reference": "P1"})
        assert (own.status_code, own.json()["type"]) == (409, "urn:posthouse:problem:segregation-of-duties")
        assert (await treasury.post(url, json={"state": "cancelled", "reason": "x"})).json()["state"] == "cancelled"
        assert (await treasury.get("/v1/payouts")).json()["items"] == []


async def test_sanctions_and_improvements_are_decided_by_others(bench: Bench) -> None:
    case_id, _ = await bench.owned_case("hello")
    async with bench.agent() as agent, bench.supervisor() as boss, bench.agent("agent-2") as other:
        body = {"unit": "西湖网点", "person": "张三", "cause": "虚假签收", "measure": "扣分"}
        made = (await agent.post(f"/v1/cases/{case_id}/sanctions", json=body)).json()
        assert (made["state"], made["person"]) == ("proposed", "张**")
        url = f"/v1/sanctions/{made['id']}/decision"
        decision = {"decision": "confirmed", "reason": "属实"}
        assert (await agent.post(url, json=decision)).status_code == 403
        assert (await boss.post(url, json=decision)).json()["state"] == "confirmed"
        twice = await boss.post(url, json=decision)
        assert (twice.status_code, twice.json()["type"]) == (409, "urn:posthouse:problem:record-settled")
        own = (await boss.post(f"/v1/cases/{case_id}/sanctions", json=body)).json()
        refused = await boss.post(f"/v1/sanctions/{own['id']}/decision", json=decision)
        assert refused.json()["type"] == "urn:posthouse:problem:segregation-of-duties"
        told = [e["text"] for e in (await agent.get(f"/v1/cases/{case_id}/timeline")).json()["items"] if e["text"]]
        assert not any("张三" in text for text in told)

        lesson = {"cause": "未核实收件人", "action": "培训", "owner": "agent-1", "due_on": "2027-01-31"}
        improvement = (await agent.post(f"/v1/cases/{case_id}/improvements", json=lesson)).json()
        url = f"/v1/improvements/{improvement['id']}/state"
        assert (await agent.post(url, json={"state": "verified"})).status_code == 409
        assert (await agent.post(url, json={"state": "done", "evidence": "已培训"})).json()["state"] == "done"
        assert (await agent.post(url, json={"state": "verified"})).status_code == 409
        assert (await boss.post(url, json={"state": "verified"})).json()["version"] == 3
        listed = (await other.get("/v1/improvements", params={"state": "verified"})).json()["items"]
        assert [i["id"] for i in listed] == [improvement["id"]]
