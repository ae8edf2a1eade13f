"""The owner of the domain dies without a word (kill -9): the standby goes on with everything that was promised."""

import asyncio
import sys

from contracts.assignments import WorkAccepted
from contracts.values import Channel
from routing.app import build
from tests.contract.routing.conftest import QUICK, started
from tests.contract.routing.test_ownership import writer_of
from tests.support.world import World, eventually

OWNER = """
import asyncio, sys
from chassis.db import Database
from routing.app import DOMAIN
from routing.dispatch.writer import Writer
from routing.parameters import RoutingParameters

async def main():
    db = Database(sys.argv[1], service="routing")
    await Writer(db, DOMAIN, RoutingParameters(), instance="victim", first_queues=[]).run()

asyncio.run(main())
"""


async def test_a_standby_takes_over_from_an_owner_that_was_killed(world: World) -> None:
    world.runtime.single_process = False
    bench = await started(world)
    await bench.available("ann")
    held = await bench.assigned("ann", channel=Channel.CHAT)
    item = await bench.request(Channel.CHAT)
    offer = await bench.offered("ann", item)
    await bench.service.stop()
    url = bench.service.db.url

    victim = await asyncio.create_subprocess_exec(sys.executable, "-c", OWNER, url)
    bench.service = await world.start(build, parameters=QUICK.model_copy(update={"takeover_seconds": 3.0}))
    try:

        async def owner() -> str:
            if writer_of(bench.service).owning:  # it came up first: make room for the victim
                await bench.rows(
                    """select pg_terminate_backend(pid) from pg_stat_activity
                       where application_name = 'posthouse-routing-owner' and datname = current_database()"""
                )
            return str((await bench.rows("select owner from routing_domain"))[0]["owner"])

        await eventually(owner, lambda name: name == "victim", timeout=60)
    finally:
        victim.kill()
        await victim.wait()

    answer = await bench.accept("ann", offer)
    assert answer.status_code == 200
    assert (await bench.post("ann", f"/v1/assignments/{held.work_item_id}/complete")).status_code == 204
    accepted = await bench.world.wait_published(WorkAccepted, 2)
    assert sorted(one.work_item_id for one in accepted) == sorted([held.work_item_id, item.work_item_id])
    assert len(await bench.rows("select 1 from assignment where ended_at is null")) == 1
