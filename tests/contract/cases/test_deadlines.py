"""Limits of procedures as durable timers, on a clock that only the test moves."""

from uuid import UUID

from chassis.clock import ManualClock
from chassis.db.database import TIMER_SIGNAL
from contracts.cases import CaseDeadlineMissed
from tests.contract.cases.conftest import Bench
from tests.support.world import eventually

WAYBILL = "SF1234567890123"


async def at_answer(bench: Bench) -> UUID:
    """A case whose agent owes the answer."""
    case_id, _ = await bench.owned_case(f"{WAYBILL} 到哪了")
    async with bench.agent() as agent:
        await agent.post(f"/v1/cases/{case_id}/steps", json={"fields": {"customer_name": "王芳"}})
        fields = {
            "verification_level": "confirmed",
            "verification_method": "phone",
            "customer_role": "sender",
            "tracking_snapshot": {"status": "in_transit"},
        }
        answer = await agent.post(f"/v1/cases/{case_id}/steps", json={"fields": fields})
        assert answer.json()["procedure_state"]["step"] == "answer"
    return case_id


async def elapse(bench: Bench, seconds: float) -> None:
    """Let time pass, and the timer wheel look at the clock again: it may have measured its sleep before the jump."""
    assert isinstance(bench.world.clock, ManualClock)
    await bench.world.clock.advance(seconds)

    async def overdue() -> int:
        bench.service.db.signals.notify(TIMER_SIGNAL)
        now = bench.world.clock.now()
        return int(await bench.value("select count(*) from timer where due_at <= $1 and not failed", now))

    await eventually(overdue, lambda count: count == 0)


class TestDeadline:
    async def test_three_minutes_without_an_answer_is_recorded_once(self, still_bench: Bench) -> None:
        case_id = await at_answer(still_bench)
        await elapse(still_bench, 179)
        assert await still_bench.value("select count(*) from timer where kind = 'case.deadline'") == 1
        await elapse(still_bench, 2)
        missed = (await still_bench.world.wait_published(CaseDeadlineMissed))[0]
        assert (missed.case_id, missed.step, missed.limit) == (case_id, "answer", "answer")
        codes = [e["code"] for e in await still_bench.timeline(case_id)]
        assert codes.count("step.deadline_missed") == 1 and codes.count("flag.offer_promised_reply") == 1
        await elapse(still_bench, 3600)
        assert len(await still_bench.world.published(CaseDeadlineMissed)) == 1

    async def test_an_answer_in_time_leaves_no_timer(self, still_bench: Bench) -> None:
        case_id = await at_answer(still_bench)
        async with still_bench.agent() as agent:
            fields = {"answer_text": "在途", "answered_at": "2026-01-05T17:01:00+08:00"}
            body = {"fields": fields, "outcome": "answered"}
            closed = await agent.post(f"/v1/cases/{case_id}/steps", json=body)
            assert closed.json()["state"] == "closed", closed.text
        assert await still_bench.value("select count(*) from timer where kind = 'case.deadline'") == 0
        await elapse(still_bench, 3600)
        assert await still_bench.world.published(CaseDeadlineMissed) == []

    async def test_the_next_due_time_shows_in_the_list(self, still_bench: Bench) -> None:
        await at_answer(still_bench)
        async with still_bench.agent() as agent:
            due = (await agent.get("/v1/cases", params={"mine": True})).json()["items"][0]["next_due_at"]
        assert due == "2026-01-05T09:03:00Z"

    async def test_a_breach_that_decides_moves_the_case(self, still_bench: Bench) -> None:
        case_id = await at_answer(still_bench)
        async with still_bench.agent() as agent:
            fields = {"answer_text": "x", "answered_at": "2026-01-05T17:01:00+08:00"}
            body = {"fields": fields, "outcome": "dissatisfied"}
            await agent.post(f"/v1/cases/{case_id}/steps", json=body)
        seven_days = 7 * 86400
        await elapse(still_bench, seven_days + 86400)
        missed = await eventually(
            lambda: still_bench.world.published(CaseDeadlineMissed), lambda found: len(found) >= 1
        )
        assert [(m.step, m.limit) for m in missed] == [("received", "overall")]
        roles = await still_bench.rows(
            "select data->>'role' from timeline_entry where data->>'code' = 'step.escalated' order by recorded_at, seq"
        )
        assert [row[0] for row in roles] == ["supervisor", "approver", "regulator_desk"]
