"""Cases opened by hand, calls for help, and running cases when their procedure is upgraded."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from cases.domain.procedure import Procedure
from contracts.cases import (
    CaseApprovalDecided,
    CaseApprovalRequested,
    CaseClassified,
    CaseDeadlineApproaching,
    CaseEscalated,
    CaseOpened,
)
from contracts.work import WorkRequested
from tests.contract.cases.conftest import Bench
from tests.contract.cases.test_deadlines import elapse

WAYBILL = "SF1234567890123"


class TestOpening:
    async def test_a_complaint_beside_an_open_case_is_never_refused(self, bench: Bench) -> None:
        first, contact = await bench.owned_case(f"{WAYBILL} 到哪了")
        customer_id = await bench.value("select customer_id from service_case")
        body = {
            "customer_id": str(customer_id),
            "case_type": "complaint",
            "waybill_no": WAYBILL.lower(),
            "text": "派送员态度恶劣",
            "fields": {"complaint_type": "attitude"},
        }
        async with bench.agent() as agent:
            answer = await agent.post("/v1/cases", json=body, headers={"Idempotency-Key": "k1"})
            assert answer.status_code == 201, answer.text
            made = answer.json()
            again = await agent.post("/v1/cases", json=body, headers={"Idempotency-Key": "k1"})
            assert again.json()["id"] == made["id"]
            assert answer.headers["etag"] == f'"{made["version"]}"'
            assert (made["owner"], made["procedure_state"]["id"]) == ("agent-1", "complaint")
            assert (made["waybill_no"], made["fields"]["complaint_text"]) == (WAYBILL, "派送员态度恶劣")
            assert made["fields"]["complaint_type"] == "attitude"
            await bench.world.publish(contact.says("还有，快点"))
            await bench.settled(4)
        texts = [entry["text"] for entry in await bench.timeline(first)]
        assert "还有，快点" in texts
        opened = await bench.world.wait_published(CaseOpened, 2)
        assert opened[-1].procedure == "complaint"

    async def test_reports_of_other_systems_reach_an_agent(self, bench: Bench) -> None:
        report = {
            "contact": {"kind": "phone", "address": "138 0000 0009", "name": "赵六"},
            "case_type": "tracking",
            "procedure": "exception_parcel",
            "waybill_no": WAYBILL,
            "fields": {"exception_source": "branch:0571", "exception_type": "damaged"},
            "take": False,
        }
        async with bench.agent("key:branch") as branch:
            made = (await branch.post("/v1/cases", json=report)).json()
            assert (made["owner"], made["step"], made["channel"]) == (None, "recorded", "sms")
            nobodys = await branch.post("/v1/cases", json={**report, "contact": None})
            assert nobodys.status_code == 201, nobodys.text
        asked = await bench.world.wait_published(WorkRequested, 2)
        assert [(a.interaction_id, a.queue) for a in asked] == [(None, "tracking")] * 2
        await bench.accept(asked[0], "agent-1")
        assert await bench.value("select address from contact_point") == "+8613800000009"

    async def test_who_knows_the_address_finds_the_customer(self, bench: Bench) -> None:
        await bench.owned_case("hello", name="王芳")
        where = {"kind": "phone", "address": "138 0000 0001"}
        async with bench.agent("stranger") as agent, bench.agent("boss", "cases:read", "personal:read") as boss:
            found = (await agent.get("/v1/customers", params=where)).json()
            assert [(c["name"], c["open_cases"], c["contact_point"]["masked"]) for c in found] == [("王**", 1, True)]
            full = (await boss.get("/v1/customers", params=where)).json()
            assert (full[0]["name"], full[0]["contact_point"]["address"]) == ("王芳", "+8613800000001")
            assert (await agent.get(f"/v1/customers/{found[0]['id']}")).status_code == 403
            assert (await agent.get("/v1/customers", params={**where, "address": "139"})).json() == []
            assert (await agent.get("/v1/customers", params={"kind": "smoke", "address": "1"})).status_code == 400
        assert await bench.value("select count(*) from audit where action = 'customer.find'") == 3

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({}, "#/case_type"),
            ({"case_type": "party"}, "#/case_type"),
            ({"case_type": "tracking", "procedure": "nothing"}, "#/procedure"),
            ({"case_type": "tracking", "procedure_version": 9}, "#/procedure_version"),
            ({"case_type": "tracking", "fields": {"qa_score": 1}}, "#/fields/qa_score"),
            ({"case_type": "tracking", "contact": {"kind": "phone", "address": "anonymous"}}, "#/contact/address"),
            ({"case_type": "tracking", "text": " "}, "#/text"),
            ({"case_type": "tracking", "waybill_no": "1"}, "#/waybill_no"),
        ],
    )
    async def test_bad_bodies_leave_nothing_behind(self, bench: Bench, body: dict[str, Any], pointer: str) -> None:
        async with bench.agent() as agent:
            refused = await agent.post("/v1/cases", json=body)
            assert (await agent.post("/v1/cases", json={"case_type": "fault", "customer_id": str(uuid4())})).is_error
        assert refused.status_code == 400, refused.text
        assert pointer in {error["pointer"] for error in refused.json()["errors"]}
        for table in ("service_case", "customer", "outbox", "feed_arrival"):
            assert await bench.value(f"select count(*) from {table}") == 0

    async def test_nul_characters_break_nothing(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case("hello")
        nul = "a\u0000b"
        bodies: tuple[tuple[str, dict[str, Any]], ...] = (
            ("/v1/cases", {"case_type": "complaint", "text": nul, "take": False}),
            ("/v1/cases", {"case_type": "complaint", "contact": {"kind": "chat", "address": nul, "name": nul}}),
            ("/v1/cases", {"case_type": "complaint", "waybill_no": f"SF{nul}123456"}),
            ("/v1/cases", {"case_type": "complaint", "fields": {"complaint_text": nul}}),
            (f"/v1/cases/{case_id}/escalate", {"role": "supervisor", "reason": nul}),
            (f"/v1/cases/{case_id}/classify", {"case_type": "complaint", "reason": nul}),
        )
        async with bench.agent() as agent:
            for path, body in bodies:
                answer = await agent.post(path, json=body)
                assert answer.status_code < 500, f"{path} {body}: {answer.text}"


class TestEvents:
    async def test_escalation_classification_and_decisions_are_told(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case("hello")
        async with bench.agent() as agent, bench.supervisor() as boss:
            for role in ("nobody", "operations"):
                refused = await agent.post(f"/v1/cases/{case_id}/escalate", json={"role": role, "reason": "x"})
                assert refused.json()["errors"][0]["pointer"] == "#/role"
            await agent.post(f"/v1/cases/{case_id}/escalate", json={"role": "supervisor", "reason": "记者来电"})
            await boss.post(f"/v1/cases/{case_id}/classify", json={"case_type": "complaint", "reason": "is one"})
            made = await agent.post(
                f"/v1/cases/{case_id}/approvals",
                json={"kind": "goodwill", "summary": "x", "amount": {"minor": 2_001, "currency": "CNY"}},
            )
            approval_id = made.json()["id"]
            body = {"decision": "returned", "reason": "no"}
            await boss.post(f"/v1/approvals/{approval_id}/decision", json=body)
            assert (await agent.get(f"/v1/approvals/{approval_id}")).json()["state"] == "returned"
            assert (await boss.get(f"/v1/approvals/{approval_id}")).json()["reason"] == "no"
            assert (await boss.get(f"/v1/approvals/{uuid4()}")).status_code == 404
        async with bench.agent("other") as other:
            assert (await other.get(f"/v1/approvals/{approval_id}")).status_code == 403
        escalated = (await bench.world.wait_published(CaseEscalated))[0]
        assert (escalated.role, escalated.cause, escalated.actor) == ("supervisor", "manual", "agent-1")
        classified = (await bench.world.wait_published(CaseClassified))[0]
        assert (classified.previous_procedure, classified.procedure) == ("inquiry", "complaint")
        asked = (await bench.world.wait_published(CaseApprovalRequested))[0]
        assert (asked.amount_minor, asked.authority, asked.requested_by) == (2_001, "supervisor", "agent-1")
        decided = (await bench.world.wait_published(CaseApprovalDecided))[0]
        assert (decided.approval_id, decided.decision, decided.decided_by) == (UUID(approval_id), "returned", "boss")
        codes = [entry["code"] for entry in await bench.timeline(case_id)]
        assert "case.escalated" in codes

    async def test_deadlines_are_told_before_they_pass(self, still_bench: Bench) -> None:
        case_id, _ = await still_bench.owned_case("我要投诉")
        await elapse(still_bench, 4 * 86_400)
        told = (await still_bench.world.wait_published(CaseDeadlineApproaching))[0]
        assert (told.case_id, told.limit, told.percent) == (case_id, "overall", 50)
        assert (told.due_at - still_bench.world.clock.now()).days == 3
        escalated = (await still_bench.world.wait_published(CaseEscalated))[0]
        assert (escalated.role, escalated.cause, escalated.actor) == ("supervisor", "overall", "system")


class TestUpgrade:
    async def test_a_running_case_keeps_its_version(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        """Version 2 of the inquiry wants the waybill before anything else."""
        office = bench.service.app.state.office
        known = office.library.procedures
        old_case, _ = await bench.owned_case("hello", address="+8613800000001")
        monkeypatch.setitem(known, ("inquiry", 2), _stricter(known["inquiry", 1]))
        new_case, _ = await bench.owned_case("hello", address="+8613800000002")
        fields = {"customer_name": "王芳", "question_text": "?"}
        async with bench.agent() as agent:
            versions = {}
            for case_id in (old_case, new_case):
                shown = (await agent.get(f"/v1/cases/{case_id}")).json()
                versions[case_id] = shown["procedure_state"]["version"]
                answer = await agent.post(f"/v1/cases/{case_id}/steps", json={"fields": fields})
                if case_id == new_case:
                    assert answer.json()["type"].endswith("fields-missing"), answer.text
                    assert list(answer.json()["missing"].values()) == [["waybill_no"]]
                else:
                    assert answer.json()["procedure_state"]["version"] == 1, answer.text
                    assert answer.json()["step"] != shown["step"]
            assert versions == {old_case: 1, new_case: 2}

    async def test_a_version_that_is_not_installed_is_a_clear_problem(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case("hello")
        async with bench.service.db.transaction() as tx:
            await tx.fetch("update service_case set procedure_version = 99")
        async with bench.agent() as agent:
            for refused in (
                await agent.get(f"/v1/cases/{case_id}"),
                await agent.post(f"/v1/cases/{case_id}/steps", json={"fields": {}}),
                await agent.post(f"/v1/cases/{case_id}/close", json={"resolution": "x"}),
            ):
                assert (refused.status_code, refused.json()["version"]) == (409, 99)
                assert refused.json()["type"] == "urn:posthouse:problem:procedure-not-here"
        assert await bench.value("select closed_at from service_case") is None


def _stricter(procedure: Procedure) -> Procedure:
    first = procedure.step(procedure.initial)
    stricter = first.model_copy(update={"fields": (*first.fields, "waybill_no")})
    steps = tuple(stricter if step.id == first.id else step for step in procedure.steps)
    return procedure.model_copy(update={"version": 2, "steps": steps})
