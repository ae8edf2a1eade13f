"""A caller who would rather be called back than wait."""

from uuid import uuid4

from contracts.sends import CallRequested
from contracts.values import Channel
from contracts.work import WorkCallbackRequested, WorkCancelled, WorkRequested
from tests.contract.cases.conftest import Bench
from tests.support.world import eventually


async def test_the_caller_hangs_up_and_the_work_stays_until_an_agent_has_it(bench: Bench) -> None:
    call = bench.contact(Channel.VOICE)
    await bench.world.publish(call.started(), call.wants_a_person())
    item = (await bench.world.wait_published(WorkRequested))[0]
    async with bench.agent() as agent:
        asked = await agent.post(f"/v1/cases/{item.case_id}/callback", json={})
        assert asked.status_code == 202, asked.text
        assert (asked.status_code, asked.json()["work_item_id"]) == (202, str(item.work_item_id))
        assert (await agent.post(f"/v1/cases/{uuid4()}/callback", json={})).status_code == 404
    told = (await bench.world.wait_published(WorkCallbackRequested))[0]
    assert (told.work_item_id, told.not_before) == (item.work_item_id, None)

    await bench.world.publish(call.ends())
    await eventually(lambda: bench.value("select ended_at from interaction"), lambda ended: ended is not None)
    assert await bench.world.published(WorkCancelled) == []
    assert await bench.value("select closed_at from service_case") is None
    await bench.accept(item)
    assert await bench.world.published(CallRequested) == []
    async with bench.agent() as agent:
        entries = (await agent.get(f"/v1/cases/{item.case_id}/timeline")).json()["items"]
        assert {"callback.promised", "callback.due"} <= {entry.get("code") for entry in entries}
        again = await agent.post(f"/v1/cases/{item.case_id}/callback", json={})
    assert (again.status_code, again.json()["title"]) == (409, "Nobody waits")
