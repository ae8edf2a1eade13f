"""Planning ahead: a recorded day replayed, and staffing by API."""

from datetime import timedelta

from routing.simulation import simulate_runs
from routing.simulation.recorder import record
from routing.simulation.replay import Changes, centre_of_recording
from tests.contract.routing.conftest import Bench
from tests.support.world import eventually


async def test_a_day_is_recorded_and_replayed(bench: Bench) -> None:
    """Answered, abandoned, finished; then the same day with nobody there."""
    begin = bench.world.clock.now() - timedelta(seconds=1)
    await bench.available("ann")
    item = await bench.assigned("ann")
    await bench.finish(item)
    async with bench.desk("ann") as desk:
        await eventually(lambda: desk.post(f"/v1/assignments/{item.work_item_id}/complete", json={}))
    await bench.becomes(item, "completed")
    async with bench.desk("ann") as desk:
        assert (await desk.put("/v1/agents/me", json={"presence": "offline"})).status_code == 200
    left = await bench.request()
    await bench.cancel(left)
    await bench.becomes(left, "abandoned")
    end = bench.world.clock.now() + timedelta(seconds=1)
    async with bench.service.db.read() as tx:
        day = await record(tx, "default", begin, end)
    assert [(call.queue, call.outcome) for call in day.calls] == [("general", "answered"), ("general", "abandoned")]
    assert day.calls[0].handled is not None
    assert [agent.id for agent in day.agents] == ["ann"]
    assert {rules.name for rules in day.queues} >= {"general", "emergency"}
    again = simulate_runs(centre_of_recording(day, Changes()), seed=1).row("all")
    assert (again.arrived, again.abandonment.value) == (2, 0.5)
    nobody = Changes(without_agents=("ann",))
    assert simulate_runs(centre_of_recording(day, nobody), seed=1).occupancy.value == 0


async def test_staffing(bench: Bench) -> None:
    async with bench.desk("sue", "routing:read") as desk:
        query = {"calls": [100, 0, 50], "handle_seconds": 180, "shrinkage": 0.3}
        answer = await desk.get("/v1/staffing", params=query)
        assert answer.status_code == 200, answer.text
        assert [(one["agents"], one["positions"]) for one in answer.json()] == [(14, 20), (0, 0), (8, 12)]
        assert answer.json()[0]["service_level"] == 0.88835
        patient = (await desk.get("/v1/staffing", params={**query, "patience_seconds": 120})).json()
        assert patient[0]["agents"] < 14
        assert 0 < patient[0]["abandonment"] < 0.1
        absurd = await desk.get("/v1/staffing", params={"calls": [1e9], "handle_seconds": 180})
        assert absurd.status_code == 400
        assert absurd.json()["errors"][0]["pointer"] == "#/calls/0"
    async with bench.desk("eve", "cases:read") as desk:
        assert (await desk.get("/v1/staffing", params=query)).status_code == 403
