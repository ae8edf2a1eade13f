"""The event feed: nothing missed, nothing out of order within a case, personal data only for who may see it."""

import asyncio
import importlib.util
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from cases.store import feed
from contracts.cases import CaseReopened
from contracts.catalogue import topic
from tests.contract.cases.conftest import Bench

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "case_events.py"


def listener(bench: Bench, *more: str) -> httpx.AsyncClient:
    """An integrator's client."""
    return bench.agent("key:shop", feed_scope(), *more)


def feed_scope() -> str:
    return "cases:events"


async def all_of(client: httpx.AsyncClient, **params: Any) -> list[dict[str, Any]]:
    """The whole feed, in small pages."""
    found: list[dict[str, Any]] = []
    while True:
        page = (await client.get("/v1/feed", params={"limit": 3, **params})).json()
        found += page["items"]
        params["cursor"] = page["next"]
        if not page["more"]:
            return found


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"].removeprefix("posthouse.case.").removesuffix(".v1") for event in events]


class TestReading:
    async def test_the_life_of_a_case_in_order_with_the_ids_of_the_bus(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case("我要投诉", name="王芳")
        async with bench.agent() as agent, bench.supervisor() as boss, listener(bench) as shop:
            await boss.post(f"/v1/cases/{case_id}/classify", json={"case_type": "suggestion", "reason": "王芳 says so"})
            made = await agent.post(
                f"/v1/cases/{case_id}/approvals",
                json={"kind": "goodwill", "summary": "x", "amount": {"minor": 2_000, "currency": "CNY"}},
            )
            assert made.status_code == 201, made.text
            closed = await agent.post(
                f"/v1/cases/{case_id}/close", json={"resolution": "noted", "deviation_reason": "asked to"}
            )
            assert closed.status_code == 200, closed.text
            events = await all_of(shop)
            assert kinds(events)[:4] == ["opened", "classified", "approval.requested", "approval.decided"]
            assert kinds(events)[-1] == "closed"
            assert "deviation.recorded" in kinds(events)
            assert {event["subject"] for event in events} == {str(case_id)}
            assert "王芳" not in str(events) and "+8613800000001" not in str(events)

            chosen = await all_of(shop, type=["posthouse.case.closed.v1", "posthouse.case.classified.v1"])
            assert kinds(chosen) == ["classified", "closed"]
            assert chosen[0]["data"]["previous_procedure"] == "complaint"

            full = await all_of(listener(bench, "personal:read"))
            assert [event["id"] for event in full] == [event["id"] for event in events]
            personal = full[1]["data"]["personal"]
            assert (personal["customer_name"], personal["reason"]) == ("王芳", "王芳 says so")
            assert personal["contact_points"] == [{"kind": "phone", "address": "+8613800000001"}]
            read = await bench.value("select count(*) from audit where action = 'feed.read_personal'")
            assert read == -(-len(events) // 3)

    async def test_bad_questions_and_rights(self, bench: Bench) -> None:
        async with listener(bench) as shop, bench.agent() as agent:
            assert (await agent.get("/v1/feed")).status_code == 403
            for query, pointer in (
                ("type=case.closed", "query/type"),
                ("cursor=zzz", "query/cursor"),
                ("cursor=WyJ4Il0", "query/cursor"),
                ("wait=31", "query/wait"),
                ("limit=0", "query/limit"),
                ("start=soon", "query/start"),
            ):
                refused = await shop.get(f"/v1/feed?{query}")
                assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer), query


class TestDurability:
    async def test_late_commits_are_not_missed_and_keep_their_cases_order(self, bench: Bench) -> None:
        """Transactions overlap and commit in another order than they wrote in; a reader polls all the while."""
        db, seen = bench.service.db, []
        first, second = uuid4(), uuid4()

        def event(case_id: Any, number: int) -> CaseReopened:
            return CaseReopened(case_id=case_id, actor="test", reason=str(number), occurred_at=bench.world.clock.now())

        async with listener(bench, "personal:read") as shop:
            params: dict[str, Any] = {}

            async def read() -> None:
                page = (await shop.get("/v1/feed", params=params)).json()
                seen.extend(item["data"]["personal"]["reason"] for item in page["items"])
                params["cursor"] = page["next"]

            async with db.transaction() as slow:
                slow.emit(event(first, 1))
                await slow._flush()
                slow._events.clear()
                async with db.transaction() as fast:
                    fast.emit(event(second, 2))
                await read()
                assert seen == ["2"]
            await read()
            async with db.transaction() as tx:
                tx.emit(event(first, 3))
            await read()
        assert seen == ["2", "1", "3"]

    async def test_a_change_that_is_rolled_back_leaves_nothing(self, bench: Bench) -> None:
        with pytest.raises(RuntimeError):
            async with bench.service.db.transaction() as tx:
                event = CaseReopened(case_id=uuid4(), actor="test", reason="x", occurred_at=tx.now)
                tx.emit(event)
                await tx._flush()
                raise RuntimeError
        async with listener(bench) as shop:
            assert (await shop.get("/v1/feed")).json()["items"] == []

    async def test_waiting_readers_are_woken_and_old_events_are_gone(self, bench: Bench) -> None:
        async with listener(bench) as shop:
            begun = (await shop.get("/v1/feed", params={"start": "now"})).json()
            waiting = [
                asyncio.create_task(shop.get("/v1/feed", params={"cursor": begun["next"], "wait": 30}))
                for _ in range(3)
            ]
            await bench.write_in("你好")
            pages = [(await task).json() for task in waiting]
            assert [kinds(page["items"]) for page in pages] == [["opened"]] * 3
            assert {page["items"][0]["id"] for page in pages} == {pages[0]["items"][0]["id"]}

            assert await feed.trim(bench.service.db, days=1) == 0
            assert await feed.trim(bench.service.db, days=-1) == 1
            expired = await shop.get("/v1/feed", params={"cursor": begun["next"]})
            assert (expired.status_code, expired.json()["type"]) == (410, "urn:posthouse:problem:feed-expired")
            assert (await shop.get("/v1/feed", params={"cursor": pages[0]["next"]})).json()["items"] == []
            assert (await shop.get("/v1/feed")).json()["items"] == []


class TestExample:
    async def test_the_documented_client_survives_a_crash_and_handles_each_event(
        self, bench: Bench, tmp_path: Path
    ) -> None:
        spec = importlib.util.spec_from_file_location("case_events", EXAMPLE)
        assert spec is not None and spec.loader is not None
        example = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(example)
        for number in range(3):
            await bench.write_in("你好", address=f"+861380000010{number}")
        handled: list[str] = []

        def crashing(event: dict[str, Any]) -> None:
            if len(handled) == 1:
                handled.append("crash")
                raise RuntimeError
            handled.append(event["id"])

        state = example.State(tmp_path / "state.json")
        async with listener(bench) as shop:
            with pytest.raises(RuntimeError):
                await example.follow(shop, state, crashing, types=["posthouse.case.opened.v1"], rounds=1, page=2)
            state = example.State(tmp_path / "state.json")
            await example.follow(shop, state, crashing, types=["posthouse.case.opened.v1"], rounds=3, page=2, wait=0)
        handled.remove("crash")
        assert len(handled) == len(set(handled)) == 3


def test_every_case_event_can_be_asked_for() -> None:
    from cases.api.feed import TYPES

    assert set(TYPES) == {event.event_type for event in topic("cases").events}
