"""Outbox, bus and inbox together: every effect once and in order, poison set aside, nothing lost to outages."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis.bus.port import OutRecord
from chassis.db import Tx
from chassis.deadletters import list_dead, replay
from chassis.ids import uuid7
from chassis.inbox import InboxParameters, batched
from chassis.runtime import Runtime
from chassis.service import Service
from contracts.cases import CaseReopened
from contracts.event import Event
from contracts.work import WorkCancelled
from tests.contract.chassis.conftest import build_counters
from tests.support.world import World, eventually


def cancelled(item: UUID, note: str, world: World) -> WorkCancelled:
    return WorkCancelled(work_item_id=item, reason=note, occurred_at=world.clock.now())


async def seen(service: Service, key: UUID) -> list[str]:
    async with service.db.read() as tx:
        rows = await tx.fetch("select note from seen where key = $1 order by n", key)
    return [row["note"] for row in rows]


async def value(service: Service, counter: UUID) -> int:
    async with service.db.read() as tx:
        rows = await tx.fetch("select value from counter where id = $1", counter)
    return int(rows[0]["value"]) if rows else 0


class TestOutbox:
    async def test_events_leave_in_the_order_of_their_commits(self, world: World) -> None:
        service = await world.start(build_counters)
        counters = [uuid7() for _ in range(5)]

        async def work(counter: UUID) -> None:
            from tests.contract.chassis.conftest import raise_by

            for _ in range(20):
                async with service.db.transaction() as tx:
                    now = await raise_by(tx, counter, 1)
                    tx.emit(CaseReopened(case_id=counter, actor="t", reason=str(now), occurred_at=tx.now))

        await asyncio.gather(*(work(counter) for counter in counters for _ in range(3)))
        events = await world.wait_published(CaseReopened, 300)
        assert len(events) == 300
        for counter in counters:
            mine = [int(event.reason) for event in events if event.case_id == counter]
            assert mine == sorted(mine) == list(range(1, 61))

    async def test_a_rolled_back_transaction_publishes_nothing(self, world: World) -> None:
        service = await world.start(build_counters)
        client = world.client(service, "counters:write")
        lost, kept = uuid7(), uuid7()
        await client.post(f"/v1/counters/{lost}/raise", json={"by": 1, "reason": "explode"})
        await client.post(f"/v1/counters/{kept}/raise", json={"by": 1})
        assert [event.case_id for event in await world.wait_published(CaseReopened)] == [kept]

    async def test_published_events_leave_the_outbox(self, world: World) -> None:
        service = await world.start(build_counters)
        await world.client(service, "counters:write").post(f"/v1/counters/{uuid7()}/raise", json={"by": 1})
        await world.wait_published(CaseReopened)

        async def left() -> int:
            async with service.db.read() as tx:
                return int((await tx.fetch("select count(*) as n from outbox"))[0]["n"])

        assert await eventually(left, lambda n: n == 0) == 0


class TestInbox:
    async def test_redelivered_and_duplicated_events_take_effect_once(self, world: World) -> None:
        service = await world.start(build_counters, consume=True)
        counter, event_id = uuid7(), uuid7()
        event = CaseReopened(case_id=counter, actor="t", reason="again", occurred_at=world.clock.now())
        for _ in range(5):
            await world.publish(event, event_ids=[event_id])
        await world.publish(event, event, event_ids=[event_id, event_id])
        last = uuid7()
        await world.publish(cancelled(last, "end", world))
        await eventually(lambda: seen(service, last))
        await eventually(lambda: value(service, counter))
        assert await value(service, counter) == 1

    async def test_events_of_a_key_arrive_in_order(self, world: World) -> None:
        service = await world.start(build_counters, consume=True)
        items = [uuid7() for _ in range(4)]
        for step in range(50):
            await world.publish(*(cancelled(item, str(step), world) for item in items))
        for item in items:
            notes = await eventually(lambda item=item: seen(service, item), lambda n: len(n) == 50)  # type: ignore[misc]
            assert notes == [str(step) for step in range(50)]

    async def test_poison_goes_to_the_dead_letters_and_the_rest_flows(self, world: World, monkeypatch: Any) -> None:
        _quick(monkeypatch)
        service = await world.start(build_counters, consume=True)
        good, bad = uuid7(), uuid7()
        now = world.clock.now()
        await world.publish(
            CaseReopened(case_id=bad, actor="t", reason="poison", occurred_at=now),
            CaseReopened(case_id=good, actor="t", reason="fine", occurred_at=now),
        )
        await world.bus.publish(
            [OutRecord("cases", str(good), b"{not json", {"ce_type": b"posthouse.case.reopened.v1"})]
        )
        after = uuid7()
        await world.publish(cancelled(after, "after", world))
        await eventually(lambda: seen(service, after))
        await eventually(lambda: value(service, good))
        assert await value(service, good) == 1
        assert await value(service, bad) == 0

        async def dead() -> list[str]:
            return [letter.error async for letter in list_dead(world.bus, "cases", "counters")]

        errors = await eventually(dead, lambda found: len(found) == 2)
        assert any("cannot be handled" in error for error in errors)
        assert any("Poison" in error for error in errors)

    async def test_replay_gives_dead_letters_another_chance_once(self, world: World, monkeypatch: Any) -> None:
        _quick(monkeypatch)
        from tests.contract.chassis import conftest

        service = await world.start(build_counters, consume=True)
        counter = uuid7()
        await world.publish(CaseReopened(case_id=counter, actor="t", reason="poison", occurred_at=world.clock.now()))

        async def dead() -> int:
            return len([letter async for letter in list_dead(world.bus, "cases", "counters")])

        await eventually(dead, lambda n: n == 1)

        async def mended(tx: Tx, event: Event[CaseReopened]) -> None:
            await conftest.raise_by(tx, event.data.case_id, 1)

        assert service._consumer is not None
        service._consumer._handlers["posthouse.case.reopened.v1"] = (CaseReopened, mended)
        assert await replay(world.bus, "cases", "counters") == 1
        await eventually(lambda: value(service, counter), lambda n: n == 1)
        assert await replay(world.bus, "cases", "counters") == 0
        assert await dead() == 0

    async def test_too_many_dead_letters_halt_the_consumer(self, world: World, monkeypatch: Any) -> None:
        _quick(monkeypatch, dead_limit=3, dead_window=10)
        service = await world.start(build_counters, consume=True)
        now = world.clock.now()
        await world.publish(
            *(CaseReopened(case_id=uuid7(), actor="t", reason="poison", occurred_at=now) for _ in range(8))
        )

        async def obstacles() -> list[str]:
            return service.obstacles()

        found = await eventually(obstacles, bool)
        assert found == ["event consumer halted at its dead-letter limit"]
        dead = [letter async for letter in list_dead(world.bus, "cases", "counters")]
        assert len(dead) == 3, "what is beyond the limit stays in the topic"

    async def test_batched_handlers_get_neighbours_together(self, world: World) -> None:
        sizes: list[int] = []

        @batched
        async def on_many(tx: Tx, events: Sequence[Event[WorkCancelled]]) -> None:
            sizes.append(len(events))

        def build(runtime: Runtime) -> Service:
            service = build_counters(runtime)
            service.consume({WorkCancelled: on_many})
            return service

        await world.publish(*(cancelled(uuid7(), "x", world) for _ in range(50)))
        await world.start(build)

        async def total() -> int:
            return sum(sizes)

        assert await eventually(total, lambda n: n == 50) == 50
        assert max(sizes) > 1

    async def test_database_outage_delays_but_loses_nothing(self, world: World, postgres_server: Any) -> None:
        service = await world.start(build_counters, consume=True)
        item = uuid7()
        for step in range(30):
            await world.publish(cancelled(item, str(step), world))
            if step == 10:
                postgres_server.kill()
                postgres_server.start()
                await eventually(world.bus.healthy)
        notes = await eventually(lambda: seen(service, item), lambda found: len(found) == 30, timeout=40)
        assert notes == [str(step) for step in range(30)]


def _quick(monkeypatch: Any, **changes: Any) -> None:
    """Few and fast retries, so that poison is recognised at once."""
    values = {"attempts": 2, "first_pause_seconds": 0.01, **changes}
    monkeypatch.setattr(InboxParameters, "load", classmethod(lambda cls: cls(**values)))
