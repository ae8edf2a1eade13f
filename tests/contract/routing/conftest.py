"""Routing on a real database and bus, with cases and desks played by the test."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from chassis.clock import ManualClock
from chassis.service import Service
from contracts.values import Channel
from contracts.work import WorkCancelled, WorkChanged, WorkPersonal, WorkRequested
from routing.app import build
from routing.domain.parameters import Parameters
from routing.parameters import RoutingParameters
from tests.support.world import World, eventually

ALL = ("routing:agent", "routing:read", "routing:admin")

QUICK = RoutingParameters(takeover_seconds=0.05, poll_seconds=0.2, seen_every_seconds=0.5)


@dataclass
class Bench:
    """The service and hands to work it with."""

    world: World
    service: Service

    def desk(self, agent: str = "ann", *scopes: str, service: Service | None = None) -> httpx.AsyncClient:
        """The HTTP client of an agent's desk."""
        return self.world.client(service or self.service, *(scopes or ("routing:agent", "routing:read")), subject=agent)

    def admin(self) -> httpx.AsyncClient:
        """The HTTP client of a supervisor."""
        return self.world.client(self.service, *ALL, subject="sue")

    async def available(self, *agents: str, service: Service | None = None) -> None:
        """These agents sign in, in this order."""
        for agent in agents:
            async with self.desk(agent, service=service) as desk:
                answer = await desk.put("/v1/agents/me", json={"presence": "available"})
                assert answer.status_code == 200, answer.text

    def work(self, channel: Channel = Channel.VOICE, queue: str = "general", **more: Any) -> WorkRequested:
        """A request for a person."""
        return WorkRequested(
            work_item_id=uuid4(),
            case_id=uuid4(),
            case_no="C2026-000001",
            interaction_id=uuid4(),
            channel=channel,
            queue=queue,
            enqueued_at=self.world.clock.now(),
            personal=WorkPersonal(customer_name="Wang", preview="where is my parcel"),
            **more,
        )

    async def request(self, channel: Channel = Channel.VOICE, queue: str = "general", **more: Any) -> WorkRequested:
        """A person is needed; returns when routing has taken it in."""
        made = self.work(channel, queue, **more)
        await self.world.publish(made)
        await eventually(lambda: self.state(made.work_item_id))
        return made

    async def cancel(self, item: WorkRequested, *, abandoned: bool = True) -> None:
        """The customer left."""
        await self.world.publish(
            WorkCancelled(
                work_item_id=item.work_item_id,
                reason="customer left",
                abandoned=abandoned,
                occurred_at=self.world.clock.now(),
            )
        )

    async def finish(self, item: WorkRequested) -> None:
        """The case is closed."""
        await self.world.publish(
            WorkChanged(work_item_id=item.work_item_id, change="finished", occurred_at=self.world.clock.now())
        )

    async def state(self, work_item_id: UUID) -> str | None:
        """The state of a work item in the store."""
        rows = await self.rows("select state from work_item where work_item_id = $1", work_item_id)
        return rows[0]["state"] if rows else None

    async def becomes(self, item: WorkRequested, state: str) -> None:
        """Wait for the item to be in this state."""
        await eventually(lambda: self.state(item.work_item_id), lambda found: found == state)

    async def offers(self, agent: str) -> list[dict[str, Any]]:
        """The agent's open offers."""
        return (await self.my_work(agent))["offers"]

    async def my_work(self, agent: str) -> dict[str, Any]:
        """The agent's offers and assignments."""
        async with self.desk(agent) as desk:
            answer = await desk.get("/v1/agents/me/work")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def offered(self, agent: str, item: WorkRequested | None = None) -> dict[str, Any]:
        """Wait for the agent to have an offer (of this item)."""

        async def found() -> dict[str, Any] | None:
            wanted = None if item is None else str(item.work_item_id)
            return next((one for one in await self.offers(agent) if wanted in (None, one["work_item_id"])), None)

        offer = await eventually(found)
        assert offer is not None
        return offer

    async def post(self, agent: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """A POST of the agent's desk."""
        async with self.desk(agent) as desk:
            return await desk.post(path, json=body, headers={k.replace("_", "-"): v for k, v in headers.items()})

    async def accept(self, agent: str, offer: dict[str, Any]) -> httpx.Response:
        """The agent takes the work."""
        return await self.post(agent, f"/v1/offers/{offer['offer_id']}/accept", {})

    async def assigned(self, agent: str, **request: Any) -> WorkRequested:
        """A fresh item in the agent's hands."""
        item = await self.request(**request)
        answer = await self.accept(agent, await self.offered(agent, item))
        assert answer.status_code == 200, answer.text
        return item

    async def rows(self, sql: str, *arguments: object) -> list[Any]:
        """What the database holds."""
        async with self.service.db.read() as tx:
            return await tx.fetch(sql, *arguments)

    async def stream(self, agent: str) -> list[tuple[str, str]]:
        """Type and data of the agent's stream entries."""
        rows = await self.rows(
            "select type, data::text as data from stream_entry where channel = $1 order by seq", f"agent:{agent}"
        )
        return [(row["type"], row["data"]) for row in rows]


async def started(world: World, parameters: RoutingParameters = QUICK) -> Bench:
    """Routing, up and owning its domain with its first queues."""
    service = await world.start(build, parameters=parameters)
    bench = Bench(world, service)
    await eventually(lambda: bench.rows("select 1 from queue where name = 'emergency'"))
    return bench


@pytest.fixture
async def bench(world: World) -> AsyncIterator[Bench]:
    """Routing on the system clock."""
    yield await started(world)


@pytest.fixture
async def slow_bench(manual_world: World) -> AsyncIterator[Bench]:
    """Routing on a clock that the test advances."""
    assert isinstance(manual_world.clock, ManualClock)
    quiet = QUICK.model_copy(update={"engine": Parameters(presence_grace_seconds=3600)})
    yield await started(manual_world, quiet)
