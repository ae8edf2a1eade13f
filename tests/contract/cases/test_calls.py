"""Calls: self-service, waiting, putting through, failing."""

from uuid import UUID

from contracts.cases import CaseClosed, CaseDeviationRecorded, CaseOpened
from contracts.interactions import CallFailed, InteractionAnswered, InteractionSelfServed
from contracts.sends import CallRequested, InteractionEndRequested
from contracts.values import Channel, Language
from contracts.work import WorkCancelled, WorkRequested
from tests.contract.cases.conftest import Bench, Contact
from tests.support.world import eventually

WAYBILL = "SF1234567890123"


def served(call: Contact, *, found: bool = True) -> InteractionSelfServed:
    """The caller was told about a parcel by keypad."""
    return InteractionSelfServed(
        interaction_id=call.id,
        channel=Channel.VOICE,
        service="tracking",
        waybill_no=WAYBILL,
        found=found,
        answer="您的快件已到达上海",
        occurred_at=call.now,
    )


async def calling(bench: Bench) -> tuple[Contact, WorkRequested]:
    """A caller who waits for an agent."""
    call = bench.contact(Channel.VOICE)
    await bench.world.publish(call.started(), call.wants_a_person())
    return call, (await bench.world.wait_published(WorkRequested))[-1]


def failed(command: CallRequested, reason: str, at: Contact) -> CallFailed:
    """The agent's leg did not come about."""
    return CallFailed(
        interaction_id=command.interaction_id,
        call_request_id=command.call_request_id,
        agent_id=command.agent_id,
        work_item_id=command.work_item_id,
        reason=reason,
        occurred_at=at.now,
    )


class TestSelfService:
    async def test_a_contained_call_is_a_case_that_closes_itself_without_deviation(self, bench: Bench) -> None:
        call = bench.contact(Channel.VOICE)
        await bench.world.publish(call.started(), served(call), call.ends())
        closed = (await bench.world.wait_published(CaseClosed))[0]
        assert (closed.resolution, closed.actor) == ("self_served", "system")
        opened = (await bench.world.published(CaseOpened))[0]
        assert (opened.case_type, opened.waybill_no) == ("tracking", WAYBILL)
        assert await bench.world.published(CaseDeviationRecorded) == []
        assert await bench.world.published(WorkRequested) == []
        entries = await bench.timeline(closed.case_id)
        assert [e["code"] or e["kind"] for e in entries] == [
            "case.opened",
            "call.started",
            "self_service",
            "step.completed",
            "call.ended",
            "step.completed",
            "case.closed",
        ]

    async def test_asking_for_a_person_afterwards_goes_on_in_the_same_case(self, bench: Bench) -> None:
        call = bench.contact(Channel.VOICE)
        await bench.world.publish(call.started(), served(call, found=False), call.wants_a_person(WAYBILL))
        work = (await bench.world.wait_published(WorkRequested))[0]
        assert (work.channel, work.waybill_no, work.queue) == (Channel.VOICE, WAYBILL, "tracking")
        assert await bench.value("select step from service_case") == "ask_number"
        assert len(await bench.world.published(CaseOpened)) == 1


class TestPuttingThrough:
    async def test_acceptance_connects_the_agent(self, bench: Bench) -> None:
        call, item = await calling(bench)
        await bench.accept(item, "agent-1", "小李")
        command = (await bench.world.wait_published(CallRequested))[0]
        assert (command.interaction_id, command.agent_id, command.work_item_id) == (
            call.id,
            "agent-1",
            item.work_item_id,
        )
        await bench.world.publish(
            InteractionAnswered(interaction_id=call.id, channel=Channel.VOICE, agent_id="agent-1", occurred_at=call.now)
        )
        codes = await eventually(
            lambda: bench.timeline(item.case_id), lambda entries: entries[-1]["code"] == "call.answered"
        )
        assert "call.requested" in [e["code"] for e in codes]

    async def test_a_redelivered_acceptance_connects_once(self, bench: Bench) -> None:
        _, item = await calling(bench)
        accepted = bench.acceptance(item)
        await bench.world.publish(accepted, accepted)
        before = await bench.value("select count(*) from inbox")
        await bench.settled(before)
        await bench.world.wait_published(CallRequested)
        ids = {command.call_request_id for command in await bench.world.published(CallRequested)}
        assert len(ids) == 1

    async def test_a_failed_leg_asks_for_another_agent_with_the_old_place(self, bench: Bench) -> None:
        call, item = await calling(bench)
        await bench.accept(item)
        command = (await bench.world.wait_published(CallRequested))[0]
        await bench.world.publish(failed(command, "no_answer", call))
        again = (await bench.world.wait_published(WorkRequested, 2))[1]
        assert (again.interaction_id, again.enqueued_at) == (call.id, item.enqueued_at)
        assert again.work_item_id != item.work_item_id
        cancelled = (await bench.world.wait_published(WorkCancelled))[0]
        assert (cancelled.work_item_id, cancelled.abandoned) == (item.work_item_id, False)
        assert await bench.owner(item.case_id) is None

    async def test_a_superseded_leg_changes_nothing(self, bench: Bench) -> None:
        call, item = await calling(bench)
        await bench.accept(item)
        command = (await bench.world.wait_published(CallRequested))[0]
        before = await bench.value("select count(*) from inbox")
        await bench.world.publish(failed(command, "superseded", call))
        await bench.settled(before + 1)
        assert await bench.owner(item.case_id) == "agent-1"
        assert len(await bench.world.published(WorkRequested)) == 1

    async def test_taking_the_call_settles_the_waiting_message_of_the_same_case(self, bench: Bench) -> None:
        await bench.write_in("where is my parcel")
        await calling(bench)
        voice = next(w for w in await bench.world.wait_published(WorkRequested, 2) if w.channel is Channel.VOICE)
        await bench.accept(voice, "agent-1")
        cancelled = (await bench.world.wait_published(WorkCancelled))[0]
        assert (cancelled.work_item_id == voice.work_item_id, cancelled.abandoned) == (False, False)

    async def test_closing_ends_the_call_and_needs_the_closing_duties(self, bench: Bench) -> None:
        call, item = await calling(bench)
        await bench.accept(item)
        async with bench.agent() as agent:
            url = f"/v1/cases/{item.case_id}/close"
            refused = await agent.post(url, json={"resolution": "answered"})
            assert "#/fields/other_help_asked" in {e["pointer"] for e in refused.json()["errors"]}
            fields = {"other_help_asked": True, "question_text": "保价", "answer_text": "可以"}
            body = {"resolution": "answered", "fields": fields, "deviation_reason": "短电话"}
            assert (await agent.post(url, json=body)).status_code == 200
        end = (await bench.world.wait_published(InteractionEndRequested))[0]
        assert (end.interaction_id, end.channel) == (call.id, Channel.VOICE)
        deviations = {d.deviation for d in await bench.world.wait_published(CaseDeviationRecorded)}
        assert deviations == {"closed_early:closed"}

    async def test_a_call_that_ends_after_acceptance_stays_with_its_agent(self, bench: Bench) -> None:
        call, item = await calling(bench)
        await bench.accept(item)
        before = await bench.value("select count(*) from inbox")
        await bench.world.publish(call.ends())
        await bench.settled(before + 1)
        assert await bench.owner(item.case_id) == "agent-1"
        assert await bench.world.published(WorkCancelled) == []
        state: UUID | None = await bench.value("select closed_at from service_case")
        assert state is None


class TestLanguage:
    async def test_chosen_on_the_keypad_goes_along_with_the_work(self, bench: Bench) -> None:
        call = bench.contact(Channel.VOICE)
        chosen = call.wants_a_person().model_copy(update={"language": Language.EN})
        await bench.world.publish(call.started(), chosen)
        assert (await bench.world.wait_published(WorkRequested))[0].language is Language.EN
