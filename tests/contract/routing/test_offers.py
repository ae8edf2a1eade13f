"""Offers over HTTP and events: made, accepted, declined, timed out, taken back; and what latecomers are told."""

import asyncio
from uuid import uuid4

from contracts.assignments import (
    WorkAccepted,
    WorkCompleted,
    WorkDeclined,
    WorkOffered,
    WorkRescinded,
    WorkTimedOut,
)
from contracts.values import Channel
from tests.contract.routing.conftest import Bench
from tests.support.world import eventually


class TestAccepting:
    async def test_an_item_goes_to_the_agent_and_through_to_its_end(self, bench: Bench) -> None:
        await bench.available("ann")
        item = await bench.request(Channel.CHAT, waybill_no="SF1234567890")
        offer = await bench.offered("ann")
        assert offer["case_no"] == item.case_no
        assert offer["customer_name"] == "Wang"
        assert offer["waybill_no"] == "SF1234567890"
        assert (await bench.accept("ann", offer)).json() == {
            "offer_id": offer["offer_id"],
            "work_item_id": str(item.work_item_id),
            "case_id": str(item.case_id),
            "state": "accepted",
        }
        work = await bench.my_work("ann")
        assert work["offers"] == []
        assert [one["state"] for one in work["assignments"]] == ["active"]

        offered, accepted = (
            (await bench.world.wait_published(WorkOffered))[0],
            (await bench.world.wait_published(WorkAccepted))[0],
        )
        assert str(offered.offer_id) == offer["offer_id"] == str(accepted.offer_id)
        assert (accepted.agent_id, accepted.agent_name, accepted.queue) == ("ann", "ann", "general")
        assert accepted.waited_seconds >= 0

        await bench.finish(item)
        completed = (await bench.world.wait_published(WorkCompleted))[0]
        assert (completed.work_item_id, completed.wrap_up_seconds) == (item.work_item_id, 0)
        assert (await bench.my_work("ann"))["assignments"] == []
        personal = await bench.rows("select personal::text as p from work_item")
        assert [row["p"] for row in personal] == ["{}"]
        assert [kind for kind, _ in await bench.stream("ann")] == [
            "state",
            "offer.created",
            "assignment.created",
            "assignment.ended",
        ]

    async def test_two_agents_answer_the_same_item_and_one_has_it(self, bench: Bench) -> None:
        async with bench.admin() as admin:
            rules = {"name": "shared", "offers_at_once": 3}
            assert (await admin.put("/v1/queues/shared", json=rules)).status_code == 200
        await bench.available("ann", "bob", "cid")
        item = await bench.request(Channel.CHAT, "shared")
        offers = {agent: await bench.offered(agent, item) for agent in ("ann", "bob", "cid")}
        answers = await asyncio.gather(*(bench.accept(agent, offer) for agent, offer in offers.items()))
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
        loser = next(answer for answer in answers if answer.status_code == 409).json()
        assert loser["type"].endswith("offer-closed")
        assert "another agent took the work" in loser["detail"]
        assert len(await bench.world.wait_published(WorkRescinded, 2)) == 2
        assert len(await bench.world.published(WorkAccepted)) == 1
        assert len(await bench.rows("select 1 from assignment")) == 1

    async def test_accepting_twice_is_one_acceptance(self, bench: Bench) -> None:
        await bench.available("ann")
        await bench.request(Channel.CHAT)
        offer = await bench.offered("ann")
        answers = await asyncio.gather(*(bench.accept("ann", offer) for _ in range(5)))
        assert {answer.status_code for answer in answers} == {200}
        assert len(await bench.world.wait_published(WorkAccepted)) == 1

    async def test_another_agents_offer_is_not_mine_to_take(self, bench: Bench) -> None:
        await bench.available("ann", "bob")
        await bench.request()
        offer = await bench.offered("ann")
        assert (await bench.accept("bob", offer)).status_code == 403
        assert (await bench.accept("ann", offer)).status_code == 200

    async def test_an_offer_that_never_was_is_not_found(self, bench: Bench) -> None:
        await bench.available("ann")
        answer = await bench.post("ann", f"/v1/offers/{uuid4()}/accept", {})
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


class TestEndsOfOffers:
    async def test_declined_goes_to_the_next_and_not_back_soon(self, slow_bench: Bench) -> None:
        bench = slow_bench
        await bench.available("ann")
        await bench.world.clock.advance(1)  # type: ignore[attr-defined]
        await bench.available("bob")
        item = await bench.request()
        first = await bench.offered("ann")
        answer = await bench.post("ann", f"/v1/offers/{first['offer_id']}/decline", {"reason": "no microphone"})
        assert answer.json()["state"] == "declined"
        assert (await bench.offered("bob"))["work_item_id"] == str(item.work_item_id)
        assert (await bench.world.wait_published(WorkDeclined))[0].reason == "no microphone"
        late = await bench.accept("ann", first)
        assert late.status_code == 409
        assert late.json()["offer_state"] == "declined"
        assert await bench.offers("ann") == []

    async def test_a_late_acceptance_is_told_what_happened(self, slow_bench: Bench) -> None:
        bench = slow_bench
        await bench.available("ann")
        item = await bench.request()
        offer = await bench.offered("ann")
        await bench.world.clock.advance(15)  # type: ignore[attr-defined]
        await bench.becomes(item, "waiting")
        late = await bench.post("ann", f"/v1/offers/{offer['offer_id']}/accept", {}, accept_language="zh-CN")
        assert late.status_code == 409
        assert late.json()["offer_state"] == "timed_out"
        assert "应答时间已过" in late.json()["detail"]
        assert len(await bench.world.wait_published(WorkTimedOut)) == 1
        await bench.world.clock.advance(30)  # type: ignore[attr-defined]
        again = await bench.offered("ann", item)  # the cool-down is over and nobody else is there
        assert again["offer_id"] != offer["offer_id"]

    async def test_missed_offers_set_the_agent_away(self, slow_bench: Bench) -> None:
        bench = slow_bench
        await bench.available("ann")
        await bench.request(Channel.VOICE)
        await bench.offered("ann")
        await bench.world.clock.advance(15)  # type: ignore[attr-defined]
        await eventually(lambda: bench.offers("ann"), lambda offers: not offers)
        await bench.world.clock.advance(30)  # type: ignore[attr-defined]
        await bench.offered("ann")
        await bench.world.clock.advance(15)  # type: ignore[attr-defined]

        async def presence() -> tuple[str, str | None]:
            async with bench.desk() as desk:
                me = (await desk.get("/v1/agents/me")).json()
            return me["presence"], me["reason"]

        assert await eventually(presence, lambda found: found[0] == "away") == ("away", "missed")

    async def test_hanging_up_takes_the_offer_back(self, bench: Bench) -> None:
        await bench.available("ann")
        item = await bench.request()
        offer = await bench.offered("ann")
        await bench.cancel(item)
        await bench.becomes(item, "abandoned")
        answer = await bench.accept("ann", offer)
        assert answer.status_code == 409
        assert answer.json()["offer_state"] == "rescinded"
        assert "customer left" in answer.json()["detail"]
        other = await bench.request()
        assert (await bench.offered("ann"))["work_item_id"] == str(other.work_item_id)

    async def test_hanging_up_while_accepting_leaves_one_story(self, bench: Bench) -> None:
        await bench.available("ann")
        for _ in range(5):
            item = await bench.request(Channel.SMS)
            offer = await bench.offered("ann", item)
            answer, _ = await asyncio.gather(bench.accept("ann", offer), bench.cancel(item))
            expected = {200: {"completed", "wrapping"}, 409: {"abandoned"}}[answer.status_code]
            await eventually(lambda item=item: bench.state(item.work_item_id), lambda state, e=expected: state in e)
        used = await bench.rows("select 1 from assignment where ended_at is null")
        assert used == []

    async def test_going_away_takes_offers_back_and_keeps_work(self, bench: Bench) -> None:
        await bench.available("ann")
        kept = await bench.assigned("ann", channel=Channel.CHAT)
        item = await bench.request(Channel.CHAT)
        await bench.offered("ann", item)
        async with bench.desk() as desk:
            answer = await desk.put("/v1/agents/me", json={"presence": "away", "reason": "meal"})
        assert (answer.json()["presence"], answer.json()["holding"]) == ("away", {"chat": 1})
        assert await bench.state(item.work_item_id) == "waiting"
        work = await bench.my_work("ann")
        assert [one["work_item_id"] for one in work["assignments"]] == [str(kept.work_item_id)]
        await bench.available("ann")
        assert (await bench.offered("ann"))["work_item_id"] == str(item.work_item_id)


class TestRepeatedRequests:
    async def test_the_same_key_gets_the_first_answer(self, bench: Bench) -> None:
        await bench.available("ann")
        item = await bench.assigned("ann", channel=Channel.CHAT)
        path = f"/v1/assignments/{item.work_item_id}/release"
        body = {"reason": "shift ends"}
        first = await bench.post("ann", path, body, idempotency_key="k-1")
        assert first.status_code == 204
        assert (await bench.post("ann", path, body, idempotency_key="k-1")).status_code == 204
        assert (await bench.post("ann", path, body)).status_code == 409
        other = await bench.post("ann", path, {"reason": "another"}, idempotency_key="k-1")
        assert other.status_code == 422
