"""The owner of the domain dies without a word (kill -9): the standby goes on with everything that was promised."""

import asyncio
import json
import sys
import time

from contracts.assignments import WorkAccepted
from contracts.values import Channel
from routing.app import build
from routing.settings import Settings
from tests.contract.routing.conftest import QUICK, Bench, started
from tests.contract.routing.test_ownership import writer_of
from tests.support.world import World, eventually

DOMAINS = {"default": [], "hotline": ["hotline"], "claims": ["claims"], "night": ["night"]}

REPLICA = """
import asyncio, json, sys
from chassis.db import Database
from routing.dispatch.cluster import Cluster
from routing.dispatch.writer import Writer
from routing.parameters import RoutingParameters

async def main():
    db = Database(sys.argv[1], service="routing")
    domains, parameters = json.loads(sys.argv[2]), RoutingParameters()
    cluster = Cluster(db, domains, every_seconds=parameters.takeover_seconds)
    writers = [Writer(db, one, parameters, cluster, instance="victim", first_queues=[]) for one in domains]
    await asyncio.gather(cluster.run(), *(writer.run() for writer in writers))

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

    victim = await asyncio.create_subprocess_exec(sys.executable, "-c", REPLICA, url, json.dumps(["default"]))
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


async def test_domains_spread_over_replicas_and_come_back_from_one_that_was_killed(world: World) -> None:
    """The first replica owns four domains, hands two to one that joins, and has all again when that is killed."""
    world.runtime.single_process = False
    service = await world.start(build, settings=Settings(domains=DOMAINS), parameters=QUICK)
    bench = Bench(world, service)

    async def owners() -> list[str]:
        rows = await bench.rows("select owner from routing_domain order by domain")
        return sorted(row["owner"] for row in rows)

    assert await eventually(owners, lambda found: found == ["test"] * 4) == ["test"] * 4
    await bench.available("ann")
    async with bench.admin() as admin:
        profile = {"skills": {"hotline": 3}, "domain": "hotline"}
        assert (await admin.put("/v1/agents/hal", json=profile)).json()["domain"] == "hotline"
        assert (await admin.put("/v1/queues/hotline", json={"name": "hotline"})).status_code == 200
        assert (await admin.put("/v1/agents/hal", json={**profile, "domain": "claims"})).status_code == 409
    await bench.available("hal")
    mail = await bench.assigned("ann", channel=Channel.CHAT)
    call = await bench.request(Channel.VOICE, "hotline")
    ringing = await bench.offered("hal", call)

    victim = await asyncio.create_subprocess_exec(
        sys.executable, "-c", REPLICA, service.db.url, json.dumps(list(DOMAINS))
    )
    try:
        await eventually(owners, lambda found: found == ["test", "test", "victim", "victim"], timeout=60)
        assert sum(writer.owning for writer in service.app.state.writers.values()) == 2
    finally:
        victim.kill()
        await victim.wait()
    killed = time.monotonic()
    await eventually(owners, lambda found: found == ["test"] * 4, timeout=30)
    print(f"taken over {time.monotonic() - killed:.2f} s after kill -9")

    assert (await bench.accept("hal", ringing)).status_code == 200
    assert (await bench.post("ann", f"/v1/assignments/{mail.work_item_id}/complete")).status_code == 204
    other = await bench.request(Channel.CHAT)
    await bench.offered("ann", other)
    assert await bench.rows("select 1 from work_item where domain <> 'default' and queue <> 'hotline'") == []
    assert len(await bench.rows("select 1 from assignment where ended_at is null")) == 1
