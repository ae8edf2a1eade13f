"""Everything an API client can get wrong is answered with a problem that says what."""

from typing import Any
from uuid import uuid4

import pytest

from tests.contract.cases.conftest import Bench

WAYBILL = "SF1234567890123"


class TestBadBodies:
    @pytest.mark.parametrize(
        ("path", "body", "pointer"),
        [
            ("messages", {}, "#/text"),
            ("messages", {"text": ""}, "#/text"),
            ("messages", {"text": "   "}, "#/text"),
            ("messages", {"text": "x" * 10_001}, "#/text"),
            ("messages", {"text": 7}, "#/text"),
            ("messages", {"text": "hi", "interaction_id": "seven"}, "#/interaction_id"),
            ("messages", {"text": "hi", "interaction_id": str(uuid4())}, "#/interaction_id"),
            ("messages", {"text": "hi", "colour": "red"}, "#/colour"),
            ("notes", {"text": None}, "#/text"),
            ("steps", {"fields": {"UPPER": 1}}, "#/fields/UPPER/[key]"),
            ("steps", {"fields": {"no_such_field": 1}}, "#/fields/no_such_field"),
            ("steps", {"fields": {"qa_score": 1}}, "#/fields/qa_score"),
            ("steps", {"fields": {"customer_name": 5}}, "#/fields/customer_name"),
            ("steps", {"fields": {"customer_name": ""}}, "#/fields/customer_name"),
            ("steps", {"fields": {"customer_name": "a\u0000b"}}, "#/fields/customer_name"),
            ("steps", {"fields": {"verification_level": "very"}}, "#/fields/verification_level"),
            ("steps", {"fields": {"answered_at": "yesterday"}}, "#/fields/answered_at"),
            ("steps", {"fields": {"answered_at": "2026-01-05T09:00:00"}}, "#/fields/answered_at"),
            ("steps", {"fields": {"tracking_snapshot": []}}, "#/fields/tracking_snapshot"),
            ("steps", {"fields": {"other_help_asked": "yes"}}, "#/fields/other_help_asked"),
            ("close", {"resolution": ""}, "#/resolution"),
            ("close", {"resolution": "x", "seen_seq": -1}, "#/seen_seq"),
            ("reopen", {}, "#/reason"),
        ],
    )
    async def test_names_the_field(self, bench: Bench, path: str, body: dict, pointer: str) -> None:
        case_id, _ = await bench.owned_case(f"{WAYBILL} 到哪了")
        version = await bench.value("select version from service_case")
        async with bench.agent() as agent:
            refused = await agent.post(f"/v1/cases/{case_id}/{path}", json=body)
        assert refused.status_code == 400, refused.text
        assert refused.headers["content-type"] == "application/problem+json"
        assert pointer in {error["pointer"] for error in refused.json()["errors"]}
        assert await bench.value("select version from service_case") == version

    async def test_not_json(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case("hello")
        async with bench.agent() as agent:
            headers = {"content-type": "application/json"}
            refused = await agent.post(f"/v1/cases/{case_id}/notes", content=b"{", headers=headers)
        assert refused.status_code == 400

    async def test_too_large(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case("hello")
        async with bench.agent() as agent:
            refused = await agent.post(f"/v1/cases/{case_id}/notes", json={"text": "x" * 2_000_000})
        assert refused.status_code == 413

    @pytest.mark.parametrize(
        ("body", "slug"),
        [
            ({"step": "answer"}, "step-out-of-order"),
            ({"step": "no_such_step"}, "unknown-step"),
            ({"outcome": "answered", "fields": {"customer_name": "王芳"}}, "outcome-needed"),
        ],
    )
    async def test_what_the_procedure_forbids_is_a_conflict(self, bench: Bench, body: dict, slug: str) -> None:
        case_id, _ = await bench.owned_case(f"{WAYBILL} 到哪了")
        async with bench.agent() as agent:
            refused = await agent.post(f"/v1/cases/{case_id}/steps", json=body)
        assert (refused.status_code, refused.json()["type"]) == (409, f"urn:posthouse:problem:{slug}")


class TestNothingChanged:
    """Each of these is a clear problem, and afterwards the database holds what it held before."""

    async def test_whatever_is_wrong(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case(f"{WAYBILL} 到哪了")
        path = f"/v1/cases/{case_id}"
        async with bench.agent() as agent, bench.supervisor() as boss, bench.agent("other") as other:
            asked = {"kind": "compensation", "summary": "x", "amount": {"minor": 20_001, "currency": "CNY"}}
            approval = (await agent.post(f"{path}/approvals", json=asked)).json()["id"]
            decision = {"decision": "approved", "reason": "x"}
            before = await contents(bench)
            tries: tuple[tuple[Any, str, str, dict[str, Any], int, str], ...] = (
                (agent, "unknown procedure", "/v1/cases", {"case_type": "tracking", "procedure": "no"}, 400, "bad-"),
                (agent, "illegal transition", f"{path}/steps", {"step": "answer"}, 409, "step-out-of-order"),
                (agent, "no such step", f"{path}/steps", {"step": "nowhere", "deviation_reason": "x"}, 409, "unknown-"),
                (
                    agent,
                    "no such way",
                    f"{path}/steps",
                    {"outcome": "fly", "fields": {"customer_name": "x"}},
                    409,
                    "out",
                ),
                (agent, "missing field", f"{path}/steps", {}, 409, "fields-missing"),
                (agent, "closing too early", f"{path}/close", {"resolution": "x"}, 409, "fields-missing"),
                (agent, "a decision pends", f"{path}/approvals", asked, 409, "approval-pending"),
                (boss, "over-authority amount", f"/v1/approvals/{approval}/decision", decision, 403, "over-authority"),
                (other, "another agent's case", f"{path}/steps", {"fields": {"customer_name": "x"}}, 403, "forbidden"),
                (agent, "unknown version", f"{path}/steps", {"fields": {}}, 412, "precondition-failed"),
                (agent, "no such attachment", f"{path}/messages", {"text": "x", "attachment_ids": ["x"]}, 400, "bad-"),
            )
            for client, name, url, body, status, slug in tries:
                headers = {"If-Match": '"999"'} if status == 412 else {}
                refused = await client.post(url, json=body, headers=headers)
                assert refused.status_code == status, f"{name}: {refused.text}"
                assert refused.json()["type"].startswith(f"urn:posthouse:problem:{slug}"), name
                assert refused.json()["detail"], name
            empty = await agent.post(f"{path}/attachments", params={"name": "a.jpg"}, content=b"")
            assert (empty.status_code, empty.json()["errors"][0]["pointer"]) == (400, "#")
            long = await agent.get("/v1/search", params={"q": "x" * 10_000})
            assert (long.status_code, long.json()["errors"][0]["pointer"]) == (400, "query/q")
        assert await contents(bench) == before


async def contents(bench: Bench) -> dict[str, str]:
    """A fingerprint of every table, those of the log and of repeated requests aside."""
    rows = await bench.rows("select tablename from pg_tables where schemaname = 'public'")
    names = {row["tablename"] for row in rows} - {"audit", "idempotency_key", "inbox", "outbox"}
    return {
        name: await bench.value(f"select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from {name} t")
        for name in sorted(names)
    }


class TestBadAddresses:
    async def test_unknown_case(self, bench: Bench) -> None:
        async with bench.agent() as agent:
            for method, path in (("GET", ""), ("GET", "/timeline"), ("POST", "/messages"), ("POST", "/close")):
                body = {"text": "x"} if path == "/messages" else {"resolution": "x"}
                answer = await agent.request(
                    method, f"/v1/cases/{uuid4()}{path}", json=body if method == "POST" else None
                )
                assert answer.status_code == 404, path

    @pytest.mark.parametrize(
        "query",
        ["state=sleeping", "limit=0", "limit=1000", "cursor=%25%25", "cursor=WyJ4Il0", "customer_id=seven", "mine=2"],
    )
    async def test_bad_queries(self, bench: Bench, query: str) -> None:
        async with bench.agent() as agent:
            answer = await agent.get(f"/v1/cases?{query}")
        assert answer.status_code == 400, answer.text
        assert answer.json()["errors"][0]["pointer"].startswith("query/")

    async def test_not_a_uuid(self, bench: Bench) -> None:
        async with bench.agent() as agent:
            assert (await agent.get("/v1/cases/seven")).status_code == 400

    async def test_bad_etag(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case("hello")
        async with bench.agent() as agent:
            answer = await agent.post(f"/v1/cases/{case_id}/steps", json={}, headers={"If-Match": "yesterday's"})
        assert answer.status_code == 400


class TestRights:
    async def test_nobody_and_too_little(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case("hello")
        async with bench.world.client(bench.service) as nobody:
            assert (await nobody.get("/v1/cases")).status_code == 401
        async with bench.agent("agent-1", "routing:agent") as other:
            assert (await other.get("/v1/cases")).status_code == 403
        async with bench.agent("agent-1", "cases:read") as reader:
            refused = await reader.post(f"/v1/cases/{case_id}/notes", json={"text": "x"})
            assert (refused.status_code, refused.json()["missing_scopes"]) == (403, ["cases:write"])


class TestProcedures:
    async def test_are_listed_shown_and_drawn(self, bench: Bench) -> None:
        async with bench.agent() as agent:
            listed = (await agent.get("/v1/procedures")).json()
            assert len(listed) == 17
            shown = (await agent.get("/v1/procedures/complaint")).json()
            assert shown["definition"]["overall_limit"]["value"] == 7
            drawn = await agent.get("/v1/procedures/complaint/diagram", params={"language": "en"})
            assert drawn.text.splitlines()[1] == "stateDiagram-v2"
            for path in ("none", "complaint?version=9", "complaint?version=0"):
                assert (await agent.get(f"/v1/procedures/{path}")).status_code in (400, 404)
