"""Durable timers and live streams."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from chassis.group_commit import GroupCommit
from chassis.ids import uuid7
from chassis.timers import TimerParameters
from tests.contract.chassis.conftest import build_counters
from tests.contract.chassis.test_events import value
from tests.support.world import World, eventually


class TestTimers:
    async def test_fires_once_and_not_before_its_time(self, manual_world: World) -> None:
        service = await manual_world.start(build_counters)
        clock: Any = manual_world.clock
        counter = uuid7()
        async with service.db.transaction() as tx:
            await tx.schedule("ring", str(counter), tx.now + timedelta(minutes=3), {"by": 7})
        await clock.advance(179)
        assert await value(service, counter) == 0

        async def later() -> int:
            await clock.advance(1)
            return await value(service, counter)

        assert await eventually(later) == 7
        await clock.advance(3600)
        assert await value(service, counter) == 7

    async def test_cancelled_and_replaced_timers(self, manual_world: World) -> None:
        service = await manual_world.start(build_counters)
        clock: Any = manual_world.clock
        gone, moved = uuid7(), uuid7()
        async with service.db.transaction() as tx:
            for counter in (gone, moved):
                await tx.schedule("ring", str(counter), tx.now + timedelta(seconds=10), {"by": 1})
        async with service.db.transaction() as tx:
            await tx.cancel_timer("ring", str(gone))
            await tx.schedule("ring", str(moved), tx.now + timedelta(seconds=60), {"by": 2})

        async def moved_fired() -> int:
            await clock.advance(5)
            return await value(service, moved)

        assert await eventually(moved_fired) == 2
        assert await value(service, gone) == 0

    async def test_due_timers_of_the_past_fire_after_a_restart(self, manual_world: World) -> None:
        first = await manual_world.start(build_counters)
        counter = uuid7()
        async with first.db.transaction() as tx:
            await tx.schedule("ring", str(counter), tx.now + timedelta(days=2), {"by": 3})
        await first.stop()
        clock: Any = manual_world.clock
        await clock.advance(3 * 24 * 3600)
        second = await manual_world.start(build_counters)
        assert await eventually(lambda: value(second, counter)) == 3

    async def test_two_wheels_fire_each_timer_once(self, manual_world: World) -> None:
        one, two = [await manual_world.start(build_counters) for _ in range(2)]
        clock: Any = manual_world.clock
        counters = [uuid7() for _ in range(150)]
        async with one.db.transaction() as tx:
            for counter in counters:
                await tx.schedule("ring", str(counter), tx.now + timedelta(seconds=1), {"by": 1})

        async def fired() -> int:
            await clock.advance(1)
            return sum([await value(two, counter) for counter in counters])

        assert await eventually(fired, lambda n: n >= 150) == 150
        await clock.advance(60)
        assert await fired() == 150

    async def test_a_failing_timer_does_not_hold_up_the_others(
        self, manual_world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(TimerParameters, "load", classmethod(lambda cls: cls(attempts=2)))
        service = await manual_world.start(build_counters)
        clock: Any = manual_world.clock
        bad, good = uuid7(), uuid7()
        async with service.db.transaction() as tx:
            await tx.schedule("ring", str(bad), tx.now, {"fail": True})
            await tx.schedule("ring", str(good), tx.now + timedelta(seconds=1), {"by": 1})

        async def fired() -> int:
            await clock.advance(1)
            return await value(service, good)

        assert await eventually(fired) == 1

        async def failed() -> bool:
            await clock.advance(5)
            async with service.db.read() as tx:
                rows = await tx.fetch("select failed from timer where key = $1", str(bad))
            return bool(rows[0]["failed"])

        assert await eventually(failed), "it is kept for people to look at"


class TestStreams:
    async def test_numbers_are_gapless_in_commit_order_under_concurrency(self, world: World) -> None:
        service = await world.start(build_counters)
        client = world.client(service, "counters:write")
        counter = uuid7()
        await asyncio.gather(
            *(client.post(f"/v1/counters/{counter}/raise", json={"by": 1}) for _ in range(40)),
            *(client.post(f"/v1/counters/{counter}/raise", json={"by": 1, "reason": "explode"}) for _ in range(10)),
        )
        async with service.db.read() as tx:
            rows = await tx.fetch("select seq, data->>'value' as v from stream_entry order by seq")
        assert [row["seq"] for row in rows] == list(range(1, 41))
        assert [int(row["v"]) for row in rows] == list(range(1, 41))

    async def test_resume_repeats_and_misses_nothing(self, world: World) -> None:
        service = await world.start(build_counters)
        client = world.client(service, "counters:read", "counters:write")
        counter = uuid7()
        for _ in range(5):
            await client.post(f"/v1/counters/{counter}/raise", json={"by": 1})
        async with serving(service) as url:
            first = await read_events(url, counter, world, after=2, count=2)
            for _ in range(3):
                await client.post(f"/v1/counters/{counter}/raise", json={"by": 1})
            second = await read_events(url, counter, world, after=first[-1][0], count=4)
        assert [seq for seq, _, _ in first] == [3, 4]
        assert [seq for seq, _, _ in second] == [5, 6, 7, 8]

    async def test_live_entries_arrive_and_heartbeats_carry_the_number(self, world: World) -> None:
        service = await world.start(build_counters)
        client = world.client(service, "counters:read", "counters:write")
        counter = uuid7()
        async with serving(service) as url:
            reading = asyncio.create_task(read_events(url, counter, world, after=None, count=1))
            while not reading.done():
                await client.post(f"/v1/counters/{counter}/raise", json={"by": 1})
                await asyncio.sleep(0.05)
            assert (await reading)[0][1] == "raised"
            beats = await read_events(url, counter, world, after=None, count=1, kinds=("heartbeat",))
        assert beats[0][0] > 0

    async def test_a_place_that_is_gone_is_answered_with_reset(self, world: World) -> None:
        service = await world.start(build_counters)
        client = world.client(service, "counters:read", "counters:write")
        counter = uuid7()
        for _ in range(5):
            await client.post(f"/v1/counters/{counter}/raise", json={"by": 1})
        async with service.db.transaction() as tx:
            await tx.fetch("delete from stream_entry where seq <= 3")
        async with serving(service) as url:
            assert (await read_events(url, counter, world, after=1, count=1, kinds=("reset",)))[0][0] == 5
            assert (await read_events(url, counter, world, after=99, count=1, kinds=("reset",)))[0][0] == 5
            assert (await read_events(url, counter, world, after=3, count=2))[0][0] == 4


class TestGroupCommit:
    async def test_concurrent_items_share_transactions_and_get_their_own_results(self, world: World) -> None:
        service = await world.start(build_counters)
        sizes: list[int] = []

        async def double(_tx: Any, items: Any) -> list[Any]:
            sizes.append(len(items))
            return [ValueError(f"item {item}") if item % 7 == 0 else item * 2 for item in items]

        group: GroupCommit[int, int] = GroupCommit(service.db, double, max_batch=30)
        results = await asyncio.gather(*(group.submit(n) for n in range(100)), return_exceptions=True)
        for n, result in enumerate(results):
            assert (isinstance(result, ValueError) and str(result) == f"item {n}") if n % 7 == 0 else result == n * 2
        assert sum(sizes) == 100
        assert len(sizes) < 20
        assert max(sizes) <= 30

    async def test_an_item_that_breaks_its_batch_fails_alone(self, world: World) -> None:
        service = await world.start(build_counters)

        async def insert(tx: Any, items: Any) -> list[Any]:
            await tx.fetch("insert into counter (id, value) select u, 1 from unnest($1::uuid[]) as x (u)", items)
            return list(items)

        group: GroupCommit[UUID, UUID] = GroupCommit(service.db, insert)
        taken = uuid7()
        await group.submit(taken)
        fresh = [uuid7() for _ in range(5)]
        results = await asyncio.gather(*(group.submit(i) for i in [*fresh, taken]), return_exceptions=True)
        assert results[:5] == fresh
        assert isinstance(results[5], Exception)


class serving:
    """The service on a real port: ASGI test transports cannot stream."""

    def __init__(self, service: Any) -> None:
        import uvicorn

        self._server = uvicorn.Server(
            uvicorn.Config(service.app, port=0, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
        )

    async def __aenter__(self) -> str:
        self._task = asyncio.create_task(self._server.serve())
        while not self._server.started:
            await asyncio.sleep(0.01)
        return f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"

    async def __aexit__(self, *_error: object) -> None:
        self._server.should_exit = True
        await self._task


async def read_events(
    url: str, counter: UUID, world: World, *, after: int | None, count: int, kinds: tuple[str, ...] = ("raised",)
) -> list[tuple[int, str, str]]:
    headers = {"Authorization": f"Bearer {world.issuer.token('agent-1', ['counters:read'])}"}
    if after is not None:
        headers["Last-Event-ID"] = str(after)
    found: list[tuple[int, str, str]] = []
    frame: dict[str, str] = {}
    async with (
        httpx.AsyncClient(timeout=20) as client,
        client.stream("GET", f"{url}/v1/counters/{counter}/events", headers=headers) as answer,
    ):
        async for line in answer.aiter_lines():
            if line:
                name, _, text = line.partition(": ")
                frame[name] = text
                continue
            if frame.get("event") in kinds:
                found.append((int(frame["id"]), frame["event"], frame["data"]))
            frame = {}
            if len(found) >= count:
                return found
    raise AssertionError("the stream ended")
