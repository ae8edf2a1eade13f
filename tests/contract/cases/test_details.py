"""What people say about a case over HTTP: details, owner, watchers, waiting, relations, mentions."""

from uuid import uuid4

from chassis.clock import ManualClock
from chassis.db.database import TIMER_SIGNAL
from contracts.work import WorkChanged, WorkRequested
from tests.contract.cases.conftest import Bench
from tests.support.world import eventually


async def stream(bench: Bench, agent: str) -> list[tuple[str, str]]:
    """What an agent's live stream holds: types and data."""
    sql = "select type, data::text as data from stream_entry where channel = $1 order by seq"
    return [(row["type"], row["data"]) for row in await bench.rows(sql, f"agent:{agent}")]


class TestDetails:
    async def test_category_severity_priority_and_tags(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case("投诉:快件破损")
        async with bench.agent() as agent:
            seen = await agent.get(f"/v1/cases/{case_id}")
            body = {"category": "parcel.damaged", "severity": "S2", "priority": 2, "tags": ["vip", "易碎", "vip"]}
            headers = {"If-Match": seen.headers["ETag"]}
            changed = await agent.patch(f"/v1/cases/{case_id}", json=body, headers=headers)
            assert changed.status_code == 200, changed.text
            view = changed.json()
            assert (view["category"], view["severity"], view["priority"]) == ("parcel.damaged", "S2", 2)
            assert view["tags"] == ["vip", "易碎"]
            stale = await agent.patch(f"/v1/cases/{case_id}", json={"priority": 1}, headers=headers)
            assert (stale.status_code, stale.headers["ETag"]) == (412, changed.headers["ETag"])
            bad = await agent.patch(f"/v1/cases/{case_id}", json={"category": "no.such"})
            assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (400, "#/fields/category")
            tree = (await agent.get("/v1/categories")).json()
            assert {"code": "parcel.damaged", "parent": "parcel"}.items() <= next(
                node for node in tree if node["code"] == "parcel.damaged"
            ).items()
            types = (await agent.get("/v1/case-types")).json()
            assert "complaint" in {one["id"] for one in types}
        assert (await bench.world.wait_published(WorkChanged))[0].priority == 2

    async def test_an_open_case_has_exactly_one_next_action_and_a_closed_one_none(self, bench: Bench) -> None:
        case_id, contact = await bench.owned_case("SF1234567890123 到哪了")
        async with bench.agent() as agent:
            action = (await agent.get(f"/v1/cases/{case_id}")).json()["next_action"]
            assert (action["step"], action["actor"], action["waits_for"]) == ("ask_number", "front_desk", "agent")
            waiting = await agent.post(f"/v1/cases/{case_id}/await", json={"reason": "请提供取件码"})
            assert waiting.status_code == 200, waiting.text
            action = waiting.json()["next_action"]
            assert (action["waits_for"], action["due_at"] is not None) == ("customer", True)
            late = await agent.post(
                f"/v1/cases/{case_id}/await", json={"reason": "x", "due_at": "2020-01-01T00:00:00Z"}
            )
            assert (late.status_code, late.json()["errors"][0]["pointer"]) == (400, "#/due_at")

            before = await bench.value("select count(*) from inbox")
            await bench.world.publish(contact.says("取件码 1234"))
            await bench.settled(before + 1)
            action = (await agent.get(f"/v1/cases/{case_id}")).json()["next_action"]
            assert action["waits_for"] == "agent"
            assert await bench.value("select count(*) from timer where kind = 'case.awaiting'") == 0
            body = {"resolution": "answered", "deviation_reason": "客户放弃"}
            closed = await agent.post(f"/v1/cases/{case_id}/close", json=body)
            assert closed.json()["next_action"] is None

    async def test_a_customer_who_does_not_answer_brings_the_case_up_again(self, still_bench: Bench) -> None:
        bench = still_bench
        case_id, _ = await bench.owned_case("hello")
        async with bench.agent() as agent:
            await agent.post(f"/v1/cases/{case_id}/await", json={"reason": "address"})
        assert isinstance(bench.world.clock, ManualClock)
        await bench.world.clock.advance(3 * 86400 + 1)

        async def comings_up() -> int:
            bench.service.db.signals.notify(TIMER_SIGNAL)  # the wheel may have measured its sleep before the jump
            sql = "select count(*) from timeline_entry where data->>'code' = 'case.awaiting_over'"
            return int(await bench.value(sql))

        await eventually(comings_up, lambda count: count == 1)
        assert await bench.value("select awaiting_since is null and awaiting_due is null from service_case")

    async def test_a_case_that_comes_back_goes_to_the_second_level(self, bench: Bench) -> None:
        case_id, contact = await bench.owned_case("hello")
        async with bench.agent() as agent:
            body = {"resolution": "answered", "deviation_reason": "x"}
            assert (await agent.post(f"/v1/cases/{case_id}/close", json=body)).status_code == 200
        await bench.world.publish(contact.says("还是没有收到"))
        again = (await bench.world.wait_published(WorkRequested, 2))[1]
        assert (again.case_id, again.queue) == (case_id, "second_level")
        assert await bench.value("select level from service_case") == 2


class TestPeople:
    async def test_giving_a_case_frees_one_agent_and_tells_the_other(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case("hello")
        async with bench.agent() as agent, bench.agent("agent-2") as other:
            assert (await other.get(f"/v1/cases/{case_id}")).status_code == 403
            body = {"agent_id": "agent-2", "agent_name": "Wang Lei", "reason": "专业问题"}
            given = await agent.post(f"/v1/cases/{case_id}/assign", json=body)
            assert (given.status_code, given.json()["owner"]) == (200, "agent-2")
            assert (await other.get(f"/v1/cases/{case_id}")).status_code == 200
            taken = await agent.post(f"/v1/cases/{case_id}/assign", json={"agent_id": "agent-1", "reason": "x"})
            assert taken.status_code == 403
        assert (await bench.world.wait_published(WorkChanged))[0].change == "finished"
        assert "case.released" in {kind for kind, _ in await stream(bench, "agent-1")}
        assert "case.assigned" in {kind for kind, _ in await stream(bench, "agent-2")}

    async def test_watchers_may_read_and_are_told(self, bench: Bench) -> None:
        case_id, contact = await bench.owned_case("hello")
        async with bench.agent() as agent, bench.agent("agent-2") as watcher:
            refused = await watcher.put(f"/v1/cases/{case_id}/watchers/agent-2")
            assert refused.status_code == 403
            added = await agent.put(f"/v1/cases/{case_id}/watchers/agent-2")
            assert (added.status_code, added.json()["watchers"]) == (200, ["agent-2"])
            assert (await watcher.get(f"/v1/cases/{case_id}")).status_code == 200
            found = await watcher.post("/v1/cases/find", json={"watched": True})
            assert [one["id"] for one in found.json()["items"]] == [str(case_id)]
            await bench.world.publish(contact.says("在吗"))
            await eventually(lambda: stream(bench, "agent-2"), lambda told: any("在吗" in data for _, data in told))
            gone = await watcher.delete(f"/v1/cases/{case_id}/watchers/agent-2")
            assert gone.json()["watchers"] == []
            assert (await watcher.get(f"/v1/cases/{case_id}")).status_code == 403

    async def test_a_mention_tells_the_agent_and_lets_them_read(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case("hello")
        async with bench.agent() as agent, bench.agent("li.na") as named:
            body = {"text": "@li.na 请看,mail a@b.example", "mentions": ["agent-1"]}
            noted = await agent.post(f"/v1/cases/{case_id}/notes", json=body)
            assert noted.json()["data"]["mentions"] == ["agent-1", "li.na"]
            assert (await named.get(f"/v1/cases/{case_id}")).status_code == 200
        told = [data for kind, data in await stream(bench, "li.na") if kind == "case.mentioned"]
        assert len(told) == 1 and "请看" in told[0]


class TestRelations:
    async def test_both_cases_show_it_until_it_is_taken_back(self, bench: Bench) -> None:
        first, _ = await bench.owned_case("hello", address="+8613800000001")
        second, _ = await bench.owned_case("hello", address="+8613800000002")
        async with bench.agent() as agent:
            url = f"/v1/cases/{first}/relations"
            body = {"other_id": str(second), "kind": "duplicate_of"}
            made = await agent.post(url, json=body)
            assert [(r["kind"], r["inverse"], r["other_id"]) for r in made.json()] == [
                ("duplicate_of", False, str(second))
            ]
            assert (await agent.post(url, json=body)).status_code == 409
            reverse = await agent.post(
                f"/v1/cases/{second}/relations", json={"other_id": str(first), "kind": "duplicate_of"}
            )
            assert (reverse.status_code, reverse.json()["type"]) == (409, "urn:posthouse:problem:relation-exists")
            seen = (await agent.get(f"/v1/cases/{second}/relations")).json()
            assert [(r["kind"], r["inverse"]) for r in seen] == [("duplicate_of", True)]
            assert (await agent.post(url, json={"other_id": str(first)})).status_code == 400
            assert (await agent.post(url, json={"other_id": str(uuid4())})).status_code == 404
            assert (await agent.delete(f"{url}/duplicate_of/{second}")).json() == []
            assert (await agent.delete(f"{url}/duplicate_of/{second}")).status_code == 404
        for case_id in (first, second):
            codes = [entry["code"] for entry in await bench.timeline(case_id)]
            assert codes.count("case.related") == 1 and codes.count("case.unrelated") == 1
