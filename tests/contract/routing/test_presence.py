"""Presence: enrolment, the agent's own word, connected desks and silent ones, live events with resume."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import uvicorn

from chassis.service import Service
from contracts.assignments import AgentStateChanged
from contracts.values import Channel
from routing.domain.parameters import Parameters
from routing.parameters import RoutingParameters
from tests.contract.routing.conftest import QUICK, Bench, started
from tests.support.world import World, eventually

SHORT = QUICK.model_copy(update={"engine": Parameters(presence_grace_seconds=3.0), "seen_every_seconds": 0.2})


@asynccontextmanager
async def serving(service: Service) -> AsyncIterator[str]:
    """The service on a real socket, because the in-process client cannot read a stream that does not end."""
    server = uvicorn.Server(uvicorn.Config(service.app, port=0, log_level="warning", lifespan="off"))
    task = asyncio.create_task(server.serve())
    await eventually(lambda: _started(server))
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = server.force_exit = True
        await task


async def _started(server: uvicorn.Server) -> bool:
    return server.started


@asynccontextmanager
async def stream(bench: Bench, url: str, agent: str, after: int | None = None) -> AsyncIterator[AsyncIterator[Any]]:
    """The agent's event stream; yields (number, type, data)."""
    headers = {"Authorization": f"Bearer {bench.world.issuer.token(agent, ('routing:agent',))}"}
    if after is not None:
        headers["Last-Event-ID"] = str(after)
    async with (
        httpx.AsyncClient(timeout=20) as client,
        client.stream("GET", f"{url}/v1/events", headers=headers) as got,
    ):
        assert got.status_code == 200
        yield _entries(got)


async def _entries(got: httpx.Response) -> AsyncIterator[tuple[int, str, Any]]:
    entry: dict[str, str] = {}
    async for line in got.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            entry[name] = value
        elif "event" in entry:
            yield int(entry["id"]), entry["event"], json.loads(entry["data"])
            entry = {}


async def next_of(entries: AsyncIterator[Any], *types: str) -> tuple[int, str, Any]:
    """The next entry of one of these types."""
    async for entry in entries:
        if entry[1] in types:
            found: tuple[int, str, Any] = entry
            return found
    raise AssertionError("the stream ended")


async def presence(bench: Bench, agent: str) -> str:
    """The presence that the store holds."""
    return str((await bench.rows("select presence from agent where agent_id = $1", agent))[0]["presence"])


class TestEnrolment:
    async def test_the_first_sign_in_enrols_with_the_skills_of_new_agents(self, bench: Bench) -> None:
        async with bench.desk("new-one") as desk:
            me = (await desk.get("/v1/agents/me")).json()
        assert (me["presence"], me["capacity"], me["used"]) == ("offline", 100, 0)
        assert me["skills"] == {"language.zh-CN": 3, "language.en": 3, "tracking": 3}

    async def test_presence_is_told_to_everybody_who_asks(self, bench: Bench) -> None:
        async with bench.desk("ann") as desk:
            await desk.put("/v1/agents/me", json={"presence": "available"})
            answer = await desk.put("/v1/agents/me", json={"presence": "away", "reason": "training"})
            assert (answer.json()["presence"], answer.json()["reason"]) == ("away", "training")
            repeated = await desk.put("/v1/agents/me", json={"presence": "away", "reason": "training"})
            assert repeated.status_code == 200
        told = await bench.world.wait_published(AgentStateChanged, 2)
        assert [(one.presence, one.reason) for one in told] == [("available", None), ("away", "training")]

    async def test_a_presence_nobody_knows_is_refused(self, bench: Bench) -> None:
        async with bench.desk("ann") as desk:
            answer = await desk.put("/v1/agents/me", json={"presence": "lurking"})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "#/presence"

    async def test_scopes_are_asked_for(self, bench: Bench) -> None:
        async with bench.desk("ann", "routing:read") as desk:
            assert (await desk.put("/v1/agents/me", json={"presence": "available"})).status_code == 403
            assert (await desk.get("/v1/queues")).status_code == 200
        async with bench.world.client(bench.service) as stranger:
            assert (await stranger.get("/v1/agents/me")).status_code == 401


class TestConnections:
    async def test_a_connected_desk_stays_available_and_a_silent_one_does_not(self, world: World) -> None:
        bench = await started(world, SHORT)
        async with serving(bench.service) as url:
            await bench.available("ann", "bob")
            kept = await bench.assigned("ann", channel=Channel.CHAT)
            async with stream(bench, url, "bob") as entries:
                await next_of(entries, "hello")
                await eventually(lambda: presence(bench, "ann"), lambda found: found == "offline")
                assert await presence(bench, "bob") == "available"
                item = await bench.request(Channel.CHAT)
                await next_of(entries, "offer.created")
            await eventually(lambda: presence(bench, "bob"), lambda found: found == "offline")
            assert await bench.state(item.work_item_id) == "waiting"
            assert await bench.state(kept.work_item_id) == "assigned"
        reasons = [(one.agent_id, one.reason) for one in await bench.world.wait_published(AgentStateChanged, 4)][2:]
        assert reasons == [("ann", "connection_lost"), ("bob", "connection_lost")]

    async def test_a_desk_that_comes_back_in_time_notices_nothing(self, world: World) -> None:
        parameters = RoutingParameters(
            takeover_seconds=0.05, seen_every_seconds=0.2, engine=Parameters(presence_grace_seconds=5)
        )
        bench = await started(world, parameters)
        async with serving(bench.service) as url:
            await bench.available("ann")
            async with stream(bench, url, "ann") as entries:
                at, _, _ = await next_of(entries, "hello")
            first = await bench.request(Channel.CHAT)
            await bench.offered("ann", first)
            async with stream(bench, url, "ann", after=at) as entries:
                _, _, offer = await next_of(entries, "offer.created")
                assert offer["work_item_id"] == str(first.work_item_id)
                assert offer["customer_name"] == "Wang"
                answer = await bench.accept("ann", offer)
                assert answer.status_code == 200
                _, _, assignment = await next_of(entries, "assignment.created")
                assert assignment["case_id"] == str(first.case_id)
        assert await presence(bench, "ann") == "available"
