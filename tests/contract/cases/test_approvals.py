"""Decisions: who may take them, once, and what they do to the procedure. The calculator on a case."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson

from tests.contract.cases.conftest import Bench

LOSS = {"carriage": "cn_express", "harm": "loss", "goods_value": 80_000, "freight": 1_200}


def approver(bench: Bench, subject: str = "chief", *, roles: tuple[str, ...] = ("approver",)) -> httpx.AsyncClient:
    """An HTTP client of somebody with these roles."""
    client = bench.agent(subject)
    token = bench.world.issuer.token(subject, ("cases:read", "cases:write"), roles=list(roles))
    client.headers["Authorization"] = f"Bearer {token}"
    return client


async def at_step(bench: Bench, case_id: UUID, step: str, **fields: Any) -> None:
    """Put the case at a step of its procedure, as if all before it were done."""
    run = orjson.loads(await bench.value("select run::text from case_run where case_id = $1", case_id))
    run["step"] = step
    run["visit"] += 1
    run["visits"][step] = 1
    run["fields"] |= fields
    async with bench.service.db.transaction() as tx:
        stored = orjson.dumps(run).decode()
        await tx.fetch("update case_run set run = $2::text::jsonb where case_id = $1", case_id, stored)
        await tx.fetch("update service_case set step = $2 where id = $1", case_id, step)


async def complaint(bench: Bench, step: str, **fields: Any) -> UUID:
    """A complaint of agent-1 at a step."""
    case_id, _ = await bench.owned_case("我要投诉")
    await at_step(bench, case_id, step, **fields)
    return case_id


async def ask(client: httpx.AsyncClient, case_id: UUID, minor: int | None, kind: str = "compensation") -> Any:
    """Ask for a decision."""
    amount = {"amount": {"minor": minor, "currency": "CNY"}} if minor is not None else {}
    return await client.post(f"/v1/cases/{case_id}/approvals", json={"kind": kind, "summary": "赔付", **amount})


class TestAuthority:
    async def test_a_small_gesture_is_the_agents_own(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case("hello")
        async with bench.agent() as agent:
            made = (await ask(agent, case_id, 2_000, "goodwill")).json()
            assert (made["state"], made["decided_by"], made["authority"]) == ("approved", "agent-1", "front_desk")

    async def test_more_waits_for_a_supervisor(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case("hello")
        async with bench.agent() as agent, bench.supervisor() as boss:
            made = (await ask(agent, case_id, 2_001, "goodwill")).json()
            assert (made["state"], made["authority"]) == ("pending", "supervisor")
            pending = (await boss.get("/v1/approvals")).json()["items"]
            assert [p["id"] for p in pending] == [made["id"]]
            url = f"/v1/approvals/{made['id']}/decision"
            body = {"decision": "approved", "reason": "同意"}
            own = await agent.post(url, json=body)
            assert (own.status_code, own.json()["type"]) == (403, "urn:posthouse:problem:over-authority")
            assert (await boss.post(url, json=body)).json()["state"] == "approved"
            twice = await boss.post(url, json=body)
            assert (twice.status_code, twice.json()["type"]) == (409, "urn:posthouse:problem:approval-decided")

    async def test_an_amount_over_authority_changes_nothing(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case("hello")
        async with bench.agent() as agent, bench.supervisor() as boss, approver(bench) as chief:
            made = (await ask(agent, case_id, 20_001)).json()
            url = f"/v1/approvals/{made['id']}/decision"
            body = {"decision": "approved", "reason": "x"}
            refused = await boss.post(url, json=body)
            assert (refused.status_code, refused.json()["authority"]) == (403, "approver")
            assert (await agent.get("/v1/approvals")).json()["items"][0]["state"] == "pending"
            assert (await chief.post(url, json=body)).status_code == 200

    async def test_one_decision_at_a_time(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case("hello")
        async with bench.agent() as agent:
            assert (await ask(agent, case_id, 5_000)).status_code == 201
            second = await ask(agent, case_id, 6_000)
            assert (second.status_code, second.json()["type"]) == (409, "urn:posthouse:problem:approval-pending")

    async def test_two_deciders_at_once_one_decides(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case("hello")
        async with bench.agent() as agent, approver(bench, "a") as one, approver(bench, "b") as other:
            made = (await ask(agent, case_id, 50_000)).json()
            url = f"/v1/approvals/{made['id']}/decision"
            answers = await asyncio.gather(
                one.post(url, json={"decision": "approved", "reason": "x"}),
                other.post(url, json={"decision": "returned", "reason": "y"}),
            )
            assert sorted(a.status_code for a in answers) == [200, 409]
        codes = [e["code"] for e in await bench.timeline(case_id)]
        assert len([c for c in codes if c in ("approval.approved", "approval.returned")]) == 1

    async def test_who_handles_the_case_does_not_decide(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case("hello", agent="chief")
        async with approver(bench) as chief:
            made = (await ask(chief, case_id, 50_000)).json()
            refused = await chief.post(
                f"/v1/approvals/{made['id']}/decision", json={"decision": "approved", "reason": "x"}
            )
            assert refused.json()["type"] == "urn:posthouse:problem:segregation-of-duties"
            assert refused.status_code == 409


class TestProcedure:
    async def test_an_approval_moves_the_complaint_on(self, bench: Bench) -> None:
        case_id = await complaint(bench, "approval")
        async with bench.agent() as agent, approver(bench) as chief:
            made = (await ask(agent, case_id, 50_000)).json()
            assert made["step"] == "approval"
            url = f"/v1/approvals/{made['id']}/decision"
            assert (await chief.post(url, json={"decision": "approved", "reason": "同意"})).status_code == 200
            state = (await agent.get(f"/v1/cases/{case_id}")).json()
            assert state["procedure_state"]["step"] == "remedy"
            assert state["fields"]["approval_id"] == made["id"]
            assert state["fields"]["amount"] == {"minor": 50_000, "currency": "CNY"}

    async def test_a_returned_one_goes_back_to_the_proposal(self, bench: Bench) -> None:
        case_id = await complaint(bench, "approval")
        async with bench.agent() as agent, approver(bench) as chief:
            made = (await ask(agent, case_id, 50_000)).json()
            url = f"/v1/approvals/{made['id']}/decision"
            await chief.post(url, json={"decision": "returned", "reason": "金额过高"})
            state = (await agent.get(f"/v1/cases/{case_id}")).json()
            assert state["procedure_state"]["step"] == "proposal"

    async def test_nobody_types_in_an_approval(self, bench: Bench) -> None:
        case_id = await complaint(bench, "approval")
        async with bench.supervisor() as boss:
            fields = {"approval_id": "A1", "approval_decision": "approved", "amount": {"minor": 1, "currency": "CNY"}}
            refused = await boss.post(f"/v1/cases/{case_id}/steps", json={"fields": fields})
            assert refused.status_code == 400
            assert refused.json()["errors"][0]["pointer"] == "#/fields/approval_id"


class TestCalculator:
    async def test_a_quote_changes_nothing(self, bench: Bench) -> None:
        async with bench.agent() as agent:
            quoted = (await agent.post("/v1/compensation/quote", json=LOSS)).json()
            assert (quoted["amount"], quoted["rule"], quoted["authority"]) == (80_000, "cn_uninsured_full", "approver")
            for bad in ({**LOSS, "goods_value": -1}, {**LOSS, "harm": "rain"}, {}, {**LOSS, "insured_plan": "full"}):
                assert (await agent.post("/v1/compensation/quote", json=bad)).status_code == 400

    async def test_on_a_claim_completes_the_calculation(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case("我要索赔")
        async with bench.service.db.transaction() as tx:
            await tx.fetch("update service_case set procedure = 'claim' where id = $1", case_id)
            await tx.fetch(
                "update case_run set run = jsonb_set(run, '{procedure}', '\"claim\"') where case_id = $1", case_id
            )
        await at_step(bench, case_id, "calculate")
        async with bench.agent() as agent:
            result = await agent.post(f"/v1/cases/{case_id}/compensation", json={**LOSS, "terms_notice_proven": True})
            assert result.json()["amount"] == 10_800, result.text
            state = (await agent.get(f"/v1/cases/{case_id}")).json()
            assert state["procedure_state"]["step"] == "offer"
            assert state["fields"]["amount"] == {"minor": 10_800, "currency": "CNY"}
            assert state["fields"]["calc_rule_version"].endswith("/cn_uninsured_capped")
            page = (await agent.get(f"/v1/cases/{case_id}/timeline")).json()
        entry = next(e for e in page["items"] if e["data"].get("code") == "compensation.calculated")
        assert entry["texts"]["en"].startswith("Compensation calculated: 108.00 CNY")
        assert entry["data"]["result"]["trace"][-1]["value"] == "10800"


class TestBadInput:
    async def test_is_refused(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case("hello")
        async with bench.agent() as agent:
            url = f"/v1/cases/{case_id}/approvals"
            for bad in (
                {"kind": "party", "summary": "x"},
                {"kind": "goodwill"},
                {"kind": "goodwill", "summary": "x", "amount": {"minor": -1}},
                {"kind": "goodwill", "summary": "x", "amount": {"minor": 1.5}},
                {"kind": "goodwill", "summary": "x", "amount": {"minor": 1, "currency": "yuan"}},
            ):
                assert (await agent.post(url, json=bad)).status_code == 400
            decision = {"decision": "approved", "reason": "x"}
            assert (await agent.post(f"/v1/approvals/{uuid4()}/decision", json=decision)).status_code == 404
            assert (await agent.get("/v1/approvals", params={"cursor": "zzz"})).status_code == 400
