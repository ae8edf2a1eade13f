"""Bulk commands and incidents: in the background, chunk by chunk, with a result for each case."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from cases.app import build
from cases.parameters import CaseParameters
from cases.store import jobs
from contracts.sends import MessageSendRequested
from contracts.values import Channel
from contracts.work import WorkRequested
from tests.contract.cases.conftest import Bench
from tests.support.world import World, eventually


async def finished(client: httpx.AsyncClient, job: httpx.Response) -> dict[str, Any]:
    """The job when it is over."""
    assert job.status_code == 202, job.text

    async def read() -> dict[str, Any]:
        seen: dict[str, Any] = (await client.get(f"/v1/jobs/{job.json()['id']}")).json()
        return seen

    return await eventually(read, lambda seen: seen["state"] == "finished")


async def many_cases(bench: Bench, count: int) -> list[UUID]:
    """Cases of as many customers, as their messages would have made them."""
    before = len(await bench.world.published(WorkRequested))
    contacts = [bench.contact(Channel.SMS, f"+8613900{number:06d}") for number in range(count)]
    await bench.world.publish(*(event for contact in contacts for event in (contact.started(), contact.says("停电了"))))
    requests = await bench.world.wait_published(WorkRequested, before + count, timeout=60)
    return [request.case_id for request in requests[before:]]


class TestBulk:
    async def test_each_case_gets_its_own_result(self, bench: Bench) -> None:
        mine, _ = await bench.owned_case("hello", address="+8613800000001")
        theirs, _ = await bench.owned_case("hello", agent="agent-2", address="+8613800000002")
        async with bench.supervisor() as boss, bench.agent() as agent:
            body = {"case_ids": [str(mine), str(theirs)], "action": {"do": "tag", "add": ["storm"]}}
            hidden = await agent.post("/v1/bulk", json=body)
            assert (hidden.status_code, hidden.json()["errors"][0]["pointer"]) == (400, "#/case_ids/1")
            done = await finished(boss, await boss.post("/v1/bulk", json=body))
            assert (done["total"], done["done"], done["failed"]) == (2, 2, 0)
            assert {tuple(row["tags"]) for row in await bench.rows("select tags from service_case")} == {("storm",)}

            closing = {"do": "close", "resolution": "answered", "deviation_reason": "批量关闭"}
            some = {"filter": {"tags_all": ["storm"]}, "action": {"do": "close", "resolution": "answered"}}
            refused = await finished(boss, await boss.post("/v1/bulk", json=some))
            assert (refused["done"], refused["failed"]) == (0, 2)
            items = (await boss.get(f"/v1/jobs/{refused['id']}/items", params={"state": "failed"})).json()
            assert [item["position"] for item in items] == [1, 2] and "missing" in items[0]["detail"]
            assert await bench.value("select count(*) from service_case where closed_at is not null") == 0

            one = {"case_ids": [str(mine)], "action": closing}
            assert (await finished(agent, await agent.post("/v1/bulk", json=one)))["done"] == 1
            both = await finished(
                boss, await boss.post("/v1/bulk", json={"case_ids": body["case_ids"], "action": closing})
            )
            assert (both["done"], both["failed"]) == (1, 1)
            listed = (await agent.get("/v1/jobs")).json()["items"]
            assert [job["actor"] for job in listed] == ["agent-1"]
            assert (await agent.get(f"/v1/jobs/{both['id']}")).status_code == 403
            assert (await boss.post(f"/v1/jobs/{both['id']}/cancel")).status_code == 409
            empty = await boss.post("/v1/bulk", json={"filter": {"tags_all": ["none"]}, "action": closing})
            assert (empty.json()["state"], empty.json()["total"]) == ("finished", 0)

    async def test_bad_commands_change_nothing(self, bench: Bench) -> None:
        async with bench.supervisor() as boss:
            tag = {"do": "tag", "add": ["x"]}
            for body in (
                {"action": tag},
                {"action": tag, "case_ids": [str(uuid4())], "filter": {}},
                {"action": {"do": "drop"}, "filter": {}},
                {"action": {"do": "tag"}, "filter": {}},
                {"action": tag, "filter": {"no_such": 1}},
                {"action": tag, "filter": {"overdue": True, "due_within_minutes": 5}},
                {"action": tag, "case_ids": [str(uuid4())]},
            ):
                assert (await boss.post("/v1/bulk", json=body)).status_code == 400, body
        assert await bench.value("select count(*) from job") == 0


class TestIncident:
    async def test_one_update_reaches_every_case_and_customer(self, bench: Bench) -> None:
        parent, _ = await bench.owned_case("多地停电", agent="boss", address="+8613800000001")
        members = await many_cases(bench, 30)
        async with bench.supervisor() as boss, bench.agent() as agent:
            url = f"/v1/cases/{parent}"
            none = await boss.post(f"{url}/members", json={"filter": {}})
            assert (none.status_code, none.json()["type"]) == (409, "urn:posthouse:problem:not-an-incident")
            assert (await agent.put(f"{url}/incident")).status_code == 403
            assert (await boss.put(f"{url}/incident")).json()["incident"] is True
            chosen = {"filter": {"incident": False, "owner": "nobody"}}
            job = await finished(boss, await boss.post(f"{url}/members", json=chosen))
            assert (job["kind"], job["done"]) == ("join", 30)
            found = (await boss.post("/v1/cases/count", json={"incident_id": str(parent)})).json()
            assert found == {"count": 30, "more": False}

            news = {
                "update": {"zh": "抢修中,{{case_no}}", "en": "Being repaired, {{case_no}}"},
                "message": {"zh": "您好,正在抢修。", "en": "We are repairing it."},
            }
            key = {"Idempotency-Key": "news-1"}
            first = await boss.post(f"{url}/updates", json=news, headers=key)
            again = await boss.post(f"{url}/updates", json=news, headers=key)
            assert again.json()["id"] == first.json()["id"]
            assert (await finished(boss, first))["done"] == 30
            sent = await bench.world.wait_published(MessageSendRequested, 30)
            assert {message.case_id for message in sent} == set(members) and len(sent) == 30
            assert {message.personal.text for message in sent} == {"您好,正在抢修。"}
            codes = [entry["code"] for entry in await bench.timeline(members[0])]
            assert codes.count("case.incident_joined") == 1 and codes.count("case.incident_update") == 1
            report = [entry["code"] for entry in await bench.timeline(parent)]
            assert report.count("case.incident_gathered") == 1 and report.count("case.incident_told") == 1

            left = await boss.post(f"{url}/members/remove", json={"case_ids": [str(members[0])]})
            assert (await finished(boss, left))["done"] == 1
            assert await bench.value("select count(*) from service_case where incident_id = $1", parent) == 29
            hole = {"update": {"zh": "{{what}}", "en": "{{what}}"}}
            holes = await finished(boss, await boss.post(f"{url}/updates", json=hole))
            assert (holes["done"], holes["failed"]) == (0, 29)

    async def test_a_crash_between_chunks_repeats_and_loses_nothing(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The chunk that was under way is undone by PostgreSQL, and done again when the runner comes back."""
        parameters = CaseParameters(assignment_wait_seconds=0.3, job_chunk=5)
        bench = Bench(world, await world.start(build, parameters))
        members = await many_cases(bench, 12)
        settle, calls = jobs.settle, []

        async def crashing(*arguments: Any) -> jobs.Job:
            calls.append(len(arguments[2]))
            if len(calls) == 2:
                raise RuntimeError("the process dies here")
            return await settle(*arguments)

        monkeypatch.setattr(jobs, "settle", crashing)
        async with bench.supervisor() as boss:
            body = {"case_ids": [str(one) for one in members], "action": {"do": "note", "text": "批量"}}
            done = await finished(boss, await boss.post("/v1/bulk", json=body))
            assert (done["done"], done["failed"]) == (12, 0)
        assert calls == [5, 5, 5, 2]
        notes = await bench.value("select count(*) from timeline_entry where kind = 'note' and data->>'text' = '批量'")
        assert notes == 12
