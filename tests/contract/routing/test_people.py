"""Certificates, shifts, breaks and callbacks through the API and as events, on a clock the test advances."""

from datetime import timedelta

from contracts.assignments import AgentAdherenceChanged, AgentSkillsChanged, WorkAccepted, WorkCallbackPromised
from contracts.values import Channel
from contracts.work import WorkCallbackRequested
from tests.contract.routing.conftest import Bench
from tests.contract.routing.test_ownership import engine_memory, stored_memory
from tests.support.world import eventually


class TestAgents:
    async def test_certificates_shifts_and_breaks(self, slow_bench: Bench) -> None:
        bench, clock = slow_bench, slow_bench.world.clock
        now = clock.now()

        def at(seconds: int) -> str:
            return (now + timedelta(seconds=seconds)).isoformat()

        await bench.available("ann", "bob")
        async with bench.admin() as admin:
            body = (await admin.get("/v1/configuration")).json()["body"]
            body |= {"breaks": {"tea": {"at_once": 1}}, "adherence_tolerance_seconds": 60}
            draft = (await admin.post("/v1/configuration/drafts", json={"body": body})).json()
            activated = await admin.post(f"/v1/configuration/drafts/{draft['draft_id']}/activate")
            assert activated.status_code == 200, activated.text
            profile = {"skills": {"hazmat": 2, "tracking": 1}, "certificates": {"hazmat": {"valid_until": at(30)}}}
            ann = (await admin.put("/v1/agents/ann", json=profile)).json()
            assert ann["certificates"]["hazmat"]["valid_from"] is None and ann["lapsed"] == []
            stray = {"skills": {}, "certificates": {"hazmat": {}}}
            assert (await admin.put("/v1/agents/ann", json=stray)).status_code == 400
            plan = {"shifts": [{"starts_at": at(0), "ends_at": at(900)}]}
            assert len((await admin.put("/v1/agents/ann/shifts", json=plan)).json()) == 1
            double = {"shifts": [*plan["shifts"], *plan["shifts"]]}
            refused = await admin.put("/v1/agents/ann/shifts", json=double)
            assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/shifts/1")
            assert (await admin.put("/v1/agents/bob/presence", json={"presence": "away", "reason": "tea"})).json()[
                "reason"
            ] == "tea"
        async with bench.desk("ann") as desk:
            tea = await desk.put("/v1/agents/me", json={"presence": "away", "reason": "tea"})
            assert (tea.status_code, tea.json()["rule"]) == (409, "at_once")
            assert (await desk.put("/v1/agents/me", json={"presence": "away", "reason": "meal"})).status_code == 200
        assert await stored_memory(bench.service) == engine_memory(bench.service)

        await clock.advance(31)  # type: ignore[attr-defined]
        lost = (await bench.world.wait_published(AgentSkillsChanged))[0]
        assert (lost.agent_id, lost.lost) == ("ann", ("hazmat",))
        await clock.advance(30)  # type: ignore[attr-defined]
        astray = (await bench.world.wait_published(AgentAdherenceChanged))[0]
        assert (astray.agent_id, astray.cause, astray.expected) == ("ann", "not_as_planned", "available")
        assert astray.began_at == now
        async with bench.admin() as admin:
            ann = (await admin.get("/v1/agents/ann")).json()
        assert (ann["lapsed"], ann["astray"]) == (["hazmat"], "not_as_planned")
        types = [kind for kind, _ in await bench.stream("ann")]
        assert {"skills", "adherence"} <= set(types)
        assert await stored_memory(bench.service) == engine_memory(bench.service)


class TestCallbacks:
    async def test_the_place_is_kept_and_the_agent_calls(self, bench: Bench) -> None:
        first = await bench.request(Channel.VOICE, "tracking")
        await bench.request(Channel.VOICE, "tracking")
        await bench.world.publish(
            WorkCallbackRequested(work_item_id=first.work_item_id, occurred_at=bench.world.clock.now())
        )
        promised = (await bench.world.wait_published(WorkCallbackPromised))[0]
        assert (promised.work_item_id, promised.ahead) == (first.work_item_id, 0)
        await bench.cancel(first)  # the caller hangs up
        await eventually(lambda: bench.rows("select 1 from command"), lambda rows: rows == [])
        assert await bench.state(first.work_item_id) == "waiting"
        assert await stored_memory(bench.service) == engine_memory(bench.service)
        async with bench.desk("ann") as desk:
            told = (await desk.get(f"/v1/work/{first.work_item_id}/explanation")).json()
        assert "The customer is not on the line and will be called back." in told["words"]
        await bench.available("ann")
        offer = await bench.offered("ann", first)
        assert offer["callback"] is True
        assert (await bench.accept("ann", offer)).status_code == 200
        accepted = (await bench.world.wait_published(WorkAccepted))[0]
        assert (accepted.work_item_id, accepted.callback) == (first.work_item_id, True)
        late = await bench.post("ann", f"/v1/work/{first.work_item_id}/callback", {})
        assert late.status_code == 409
