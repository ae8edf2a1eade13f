"""One writer per domain: taking over, fencing, commits that fail or whose answer is lost, and rebuilding."""

import asyncio
from typing import Any

import pytest

from chassis.db import DatabaseUnavailable
from chassis.ids import uuid7
from chassis.service import Service
from contracts.assignments import WorkAccepted, WorkOffered
from contracts.values import Channel
from routing.app import build
from routing.dispatch.envelope import Envelope
from routing.dispatch.reign import Reign
from routing.dispatch.writer import Writer
from routing.domain.commands import SetPresence
from routing.domain.memory import Memory, rebuild, remember
from routing.domain.values import Presence, micros
from routing.store import commands, loading, ownership
from routing.store.commands import StoredCommand
from routing.store.ownership import Fenced
from tests.contract.routing.conftest import QUICK, Bench
from tests.support.world import World, eventually

DOMAIN = "default"


def writer_of(service: Service) -> Writer:
    """The writer of a service."""
    writer: Writer = service.app.state.writers[DOMAIN]
    return writer


def engine_memory(service: Service) -> Memory:
    """What the engine in the owner's memory would store."""
    reign = writer_of(service)._reign
    assert reign is not None
    return remember(reign.engine)


async def stored_memory(service: Service) -> Memory:
    """What the store holds."""
    async with service.db.read() as tx:
        return await loading.load(tx, DOMAIN)


async def second(world: World) -> Service:
    """Another replica on the same database."""
    world.runtime.single_process = False
    return await world.start(build, parameters=QUICK)


@pytest.fixture
async def shared_bench(world: World) -> Bench:
    """A first replica that knows it is not alone."""
    from tests.contract.routing.conftest import started

    world.runtime.single_process = False
    return await started(world)


class TestStore:
    async def test_the_store_always_equals_the_memory(self, bench: Bench) -> None:
        """I12: after any sequence of commands, what is stored rebuilds exactly the floor that is in memory."""
        await bench.available("ann", "bob")
        kept = await bench.assigned("ann", channel=Channel.CHAT, priority=2)
        await bench.request(Channel.VOICE, "no-such-queue")
        await bench.request(Channel.EMAIL, "tracking", preferred_agent_id="bob")
        waiting = await bench.request(Channel.VOICE, priority=1)
        offer = await bench.offered("bob")
        await bench.post("bob", f"/v1/offers/{offer['offer_id']}/decline", {})
        async with bench.admin() as admin:
            profile = {"skills": {"tracking": 2, "claims": 5}, "groups": ["night"], "capacity": 150, "rank": 3}
            assert (await admin.put("/v1/agents/bob", json=profile)).status_code == 200
        await bench.cancel(waiting)
        await bench.becomes(waiting, "abandoned")
        await bench.post("ann", f"/v1/assignments/{kept.work_item_id}/release", {"reason": "lunch"})

        stored, memory = await stored_memory(bench.service), engine_memory(bench.service)
        assert stored == memory
        assert len(stored.work) == 3
        again = rebuild(stored, QUICK.engine, uuid7, micros(bench.world.clock.now()))
        assert remember(again) == memory


class TestTakingOver:
    async def test_a_standby_takes_over_and_nothing_is_lost_or_doubled(self, shared_bench: Bench) -> None:
        bench = shared_bench
        await bench.available("ann", "bob")
        held = await bench.assigned("ann", channel=Channel.CHAT)
        item = await bench.request(Channel.VOICE)
        offer = await bench.offered("bob", item)
        standby = await second(bench.world)
        assert not writer_of(standby).owning
        before = await stored_memory(bench.service)

        await bench.service.stop()
        await eventually(lambda: _owning(standby))
        assert engine_memory(standby) == before
        bench.service = standby
        assert (await bench.accept("bob", offer)).status_code == 200
        assert (await bench.post("ann", f"/v1/assignments/{held.work_item_id}/complete")).status_code == 204
        assert len(await bench.world.wait_published(WorkAccepted, 2)) == 2
        epochs = await bench.rows("select distinct epoch from decision_log order by 1")
        assert [row["epoch"] for row in epochs] == [1, 2]

    async def test_offers_that_ran_out_without_an_owner_end_at_once(self, manual_world: World) -> None:
        from tests.contract.routing.conftest import started

        bench = await started(manual_world)
        await bench.available("ann")
        item = await bench.request(Channel.VOICE)
        await bench.offered("ann", item)
        await bench.service.stop()
        await manual_world.clock.advance(20)  # type: ignore[attr-defined]
        bench.service = await manual_world.start(build, parameters=QUICK)
        await bench.becomes(item, "waiting")
        assert await bench.offers("ann") == []

    async def test_desks_at_the_standby_work_as_those_at_the_owner(self, shared_bench: Bench) -> None:
        bench = shared_bench
        standby = await second(bench.world)
        await bench.available("ann", service=standby)
        item = await bench.request(Channel.CHAT)
        offer = await bench.offered("ann", item)
        async with bench.desk("ann", service=standby) as desk:
            answer = await desk.post(f"/v1/offers/{offer['offer_id']}/accept", headers={"idempotency-key": "k"})
            again = await desk.post(f"/v1/offers/{offer['offer_id']}/accept", headers={"idempotency-key": "k"})
            done = await desk.post(f"/v1/assignments/{item.work_item_id}/complete")
        assert [answer.status_code, again.status_code, done.status_code] == [200, 200, 204]
        assert writer_of(bench.service).owning and not writer_of(standby).owning
        await eventually(lambda: bench.rows("select 1 from command"), lambda rows: rows == [])
        assert await bench.rows("select 1 from command_reply") == []

    async def test_without_an_owner_callers_are_told_to_come_again_and_nothing_happens(self, bench: Bench) -> None:
        impatient = QUICK.model_copy(update={"handover_seconds": 0.3, "takeover_seconds": 60.0})
        world = bench.world
        session = await _hold_lock(bench.service)
        try:
            other = await world.start(build, parameters=impatient)
            async with bench.desk("zoe", service=other) as desk:
                answer = await desk.put("/v1/agents/me", json={"presence": "available"})
            assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
            assert await bench.rows("select 1 from command") == []
        finally:
            await session.close()


class TestFencing:
    async def test_a_stale_owner_changes_nothing(self, bench: Bench) -> None:
        await bench.available("ann")
        zombie = writer_of(bench.service)._reign
        assert zombie is not None
        usurper = await Reign.begin(bench.service.db, DOMAIN, QUICK, "usurper")
        before = await _everything(bench)
        now = micros(bench.world.clock.now())
        with pytest.raises(Fenced):
            await zombie.commit([Envelope(SetPresence(now, "ann", None, Presence.AWAY, "meal"))], 10)
        assert await _everything(bench) == before
        await usurper.commit([Envelope(SetPresence(now, "ann", None, Presence.AWAY, "mine"))], 0)
        assert (await bench.rows("select reason from agent"))[0]["reason"] == "mine"

    async def test_a_fenced_owner_steps_down_and_comes_back_with_a_new_epoch(self, bench: Bench) -> None:
        await bench.available("ann")
        await Reign.begin(bench.service.db, DOMAIN, QUICK, "usurper")
        await bench.available("bob")  # the writer meets the fence, takes the domain anew, and the command goes through
        rows = await bench.rows("select epoch, owner from routing_domain")
        assert (rows[0]["epoch"], rows[0]["owner"]) == (3, "test")

    async def test_losing_the_session_that_holds_the_lock_ends_the_reign(self, bench: Bench) -> None:
        epoch = (await bench.rows("select epoch from routing_domain"))[0]["epoch"]
        await bench.rows(
            """select pg_terminate_backend(pid) from pg_stat_activity
               where application_name = 'posthouse-routing-owner' and datname = current_database()"""
        )

        async def later() -> int:
            await bench.available("ann")
            return (await bench.rows("select epoch from routing_domain"))[0]["epoch"]

        assert await eventually(later, lambda found: found > epoch) == epoch + 1


class TestFailingCommits:
    async def test_a_commit_whose_answer_is_lost_took_effect_once(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await bench.available("ann")
        await bench.request(Channel.CHAT)
        offer = await bench.offered("ann")
        _lose_one_answer(bench.service, monkeypatch, committed=True)
        assert (await bench.accept("ann", offer)).status_code == 200
        assert len(await bench.world.wait_published(WorkAccepted)) == 1
        assert await stored_memory(bench.service) == engine_memory(bench.service)

    async def test_a_commit_that_failed_is_tried_again(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        await bench.available("ann")
        await bench.request(Channel.CHAT)
        offer = await bench.offered("ann")
        _lose_one_answer(bench.service, monkeypatch, committed=False)
        assert (await bench.accept("ann", offer)).status_code == 200
        assert len(await bench.world.wait_published(WorkAccepted)) == 1
        assert await stored_memory(bench.service) == engine_memory(bench.service)

    async def test_a_command_that_can_never_be_applied_is_set_aside(self, bench: Bench) -> None:
        await bench.available("ann")
        async with bench.service.db.transaction() as tx:
            broken = StoredCommand(uuid7(), "NoSuchCommand", "{}")
            await commands.put(tx, DOMAIN, [broken])
        item = await bench.request(Channel.CHAT)
        await bench.offered("ann", item)
        rows = await bench.rows("select kind, failed from command")
        assert [row["kind"] for row in rows] == ["NoSuchCommand"]
        assert "KeyError" in rows[0]["failed"]


class TestEvents:
    async def test_the_same_request_again_makes_no_second_item(self, bench: Bench) -> None:
        await bench.available("ann")
        item = await bench.assigned("ann", channel=Channel.CHAT)
        await bench.finish(item)
        await bench.becomes(item, "completed")
        writer = writer_of(bench.service)
        assert writer._reign is not None
        writer._reign.engine.floor.ended_work.clear()  # as after a restart: only the store remembers it
        await bench.world.publish(item)
        await bench.world.publish(item.model_copy(update={"priority": 1}))
        other = await bench.request(Channel.CHAT)
        await bench.offered("ann", other)
        assert len(await bench.world.wait_published(WorkOffered, 2)) == 2
        assert await bench.state(item.work_item_id) == "completed"

    async def test_many_requests_share_commits(self, bench: Bench) -> None:
        items = [bench.work(Channel.EMAIL) for _ in range(60)]
        await bench.world.publish(*items)
        count = "select count(*) as n from work_item where state = 'waiting'"

        async def waiting() -> int:
            return (await bench.rows(count))[0]["n"]

        assert await eventually(waiting, lambda number: number == 60) == 60
        await bench.available("ann")
        assert len(await bench.offers("ann")) == 4  # as many mails as one agent may have


async def _owning(service: Service) -> bool:
    return writer_of(service).owning


async def _hold_lock(service: Service) -> Any:
    """Stops the service and takes its domain's lock, as an owner would that hangs."""
    import asyncpg

    await service.stop()
    session = await asyncpg.connect(service.db.url)
    assert await ownership.try_lock(session, DOMAIN)
    return session


async def _everything(bench: Bench) -> list[Any]:
    tables = ("routing_domain", "agent", "offer", "work_item", "assignment", "decision_log", "command")
    return [await bench.rows(f"select * from {table} order by 1") for table in tables]


def _lose_one_answer(service: Service, monkeypatch: pytest.MonkeyPatch, *, committed: bool) -> None:
    """The next commit of the owner fails as if the connection broke: after the commit, or before it."""
    reign = writer_of(service)._reign
    assert reign is not None
    real = Reign.commit
    lost = asyncio.Event()

    async def commit(self: Reign, local: Any, look: int) -> Any:
        if lost.is_set() or not local:
            return await real(self, local, look)
        lost.set()
        if committed:
            attempt = await real(self, local, look)
            self.attempt = attempt
        else:
            self.attempt = None
        raise DatabaseUnavailable("connection lost")

    monkeypatch.setattr(Reign, "commit", commit)
