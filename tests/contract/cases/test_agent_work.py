"""What agents do with a case over HTTP."""

import asyncio
from uuid import UUID, uuid4

import httpx
import pytest

from contracts.cases import CaseClosed, CaseDeviationRecorded, CaseReopened, CaseStepCompleted
from contracts.interactions import MessageStatusChanged
from contracts.sends import InteractionEndRequested, MessageSendRequested
from contracts.values import Channel, EndedBy, MessageStatus
from contracts.work import WorkCancelled, WorkChanged, WorkRequested
from tests.contract.cases.conftest import Bench
from tests.support.world import eventually

WAYBILL = "SF1234567890123"
SNAPSHOT = {"waybill_no": WAYBILL, "status": "in_transit", "as_of": "2026-01-05T09:00:00+08:00"}


async def walk_to_answer(agent: httpx.AsyncClient, case_id: UUID) -> dict:
    """The steps before the answer."""
    first = await agent.post(f"/v1/cases/{case_id}/steps", json={"fields": {"customer_name": "王芳"}})
    assert first.status_code == 200, first.text
    verified = {"verification_level": "confirmed", "verification_method": "phone", "customer_role": "recipient"}
    second = await agent.post(
        f"/v1/cases/{case_id}/steps", json={"fields": {**verified, "tracking_snapshot": SNAPSHOT}}
    )
    assert second.status_code == 200, second.text
    return second.json()


class TestProcedure:
    async def test_the_tracking_query_from_first_word_to_close(self, bench: Bench) -> None:
        case_id, contact = await bench.owned_case(f"{WAYBILL} 到哪了")
        async with bench.agent() as agent:
            seen = (await agent.get(f"/v1/cases/{case_id}")).json()
            state = seen["procedure_state"]
            assert (state["id"], state["step"], state["actor"]) == ("tracking_query", "ask_number", "front_desk")
            asked = {field["name"]: field for field in state["asked"]}
            assert asked["waybill_no"]["value"] == WAYBILL and asked["customer_name"]["value"] is None
            assert [way["missing"] for way in state["ways"] if way["to"] == "verify"] == [["customer_name"]]

            answering = await walk_to_answer(agent, case_id)
            assert answering["procedure_state"]["step"] == "answer"
            assert [d["limit"] for d in answering["procedure_state"]["deadlines"]] == ["answer"]
            sent = await agent.post(f"/v1/cases/{case_id}/messages", json={"text": "今天 18:00 前派送"})
            assert sent.status_code == 201
            closed = await agent.post(f"/v1/cases/{case_id}/close", json={"resolution": "answered"})
            assert closed.status_code == 200, closed.text
            assert closed.json()["state"] == "closed"
            assert closed.json()["fields"]["answer_text"] == "今天 18:00 前派送"

        steps = [(s.step, s.next_step) for s in await bench.world.wait_published(CaseStepCompleted, 4)]
        assert steps == [
            ("ask_number", "verify"),
            ("verify", "lookup"),
            ("lookup", "answer"),
            ("answer", "closed"),
        ]
        assert await bench.world.published(CaseDeviationRecorded) == []
        done = (await bench.world.wait_published(CaseClosed))[0]
        assert (done.resolution, done.interaction_ids, done.actor) == ("answered", (contact.id,), "agent-1")
        end = (await bench.world.wait_published(InteractionEndRequested))[0]
        assert (end.interaction_id, end.ended_by) == (contact.id, EndedBy.AGENT)
        assert (await bench.world.wait_published(WorkChanged))[0].change == "finished"
        assert await bench.value("select count(*) from timer") == 0

    async def test_closing_early_is_refused_with_everything_that_is_missing(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case(f"{WAYBILL} 到哪了")
        async with bench.agent() as agent:
            refused = await agent.post(f"/v1/cases/{case_id}/close", json={"resolution": "answered"})
            assert refused.status_code == 409
            problem = refused.json()
            assert problem["type"] == "urn:posthouse:problem:fields-missing"
            assert problem["deviation_allowed"] is True
            assert {e["pointer"] for e in problem["errors"]} == {"#/fields/customer_name", "#/fields/answer_text"}
            assert (await agent.get(f"/v1/cases/{case_id}")).json()["state"] == "open"

    async def test_closing_early_with_a_reason_records_each_deviation(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case(f"{WAYBILL} 到哪了")
        async with bench.agent() as agent:
            body = {"resolution": "duplicate", "deviation_reason": "客户重复来电"}
            closed = await agent.post(f"/v1/cases/{case_id}/close", json=body)
            assert closed.status_code == 200
        recorded = await bench.world.wait_published(CaseDeviationRecorded, 2)
        assert {d.deviation for d in recorded} == {"closed_early:closed", "missing_field:answer_text"}
        assert {d.reason for d in recorded} == {"客户重复来电"}

    async def test_a_step_without_its_fields_is_refused_then_deviates(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case(f"{WAYBILL} 到哪了")
        async with bench.agent() as agent:
            refused = await agent.post(f"/v1/cases/{case_id}/steps", json={})
            assert refused.status_code == 409
            assert refused.json()["missing"] == {"ask_number": ["customer_name"]}
            body = {"deviation_reason": "客户不愿透露姓名"}
            assert (await agent.post(f"/v1/cases/{case_id}/steps", json=body)).status_code == 200
        recorded = await bench.world.wait_published(CaseDeviationRecorded)
        assert [(d.step, d.deviation) for d in recorded] == [("ask_number", "missing_field:customer_name")]

    async def test_unverified_customers_get_the_limited_answer(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case(f"{WAYBILL} 到哪了", name="王芳")
        async with bench.agent() as agent:
            await agent.post(f"/v1/cases/{case_id}/steps", json={})
            fields = {"verification_level": "none", "verification_method": "none", "customer_role": "other"}
            answer = await agent.post(f"/v1/cases/{case_id}/steps", json={"fields": fields})
            assert answer.json()["procedure_state"]["step"] == "limited_answer"

    async def test_a_dissatisfied_customer_goes_on_as_a_complaint(self, bench: Bench) -> None:
        case_id, contact = await bench.owned_case(f"{WAYBILL} 到哪了")
        async with bench.agent() as agent:
            await walk_to_answer(agent, case_id)
            fields = {"answer_text": "在途", "answered_at": "2026-01-05T09:00:00+08:00"}
            moved = await agent.post(f"/v1/cases/{case_id}/steps", json={"fields": fields, "outcome": "dissatisfied"})
            assert moved.json()["state"] == "closed"
            mine = (await agent.get("/v1/cases", params={"mine": True})).json()["items"]
            assert [(c["case_type"], c["parent_id"], c["waybill_no"]) for c in mine] == [
                ("complaint", str(case_id), WAYBILL)
            ]
            child = mine[0]["id"]
            detail = (await agent.get(f"/v1/cases/{child}")).json()
            assert detail["fields"]["customer_name"] == "王芳"
            assert [i["id"] for i in detail["interactions"]] == [str(contact.id)]
            sent = await agent.post(f"/v1/cases/{child}/messages", json={"text": "非常抱歉"})
            assert sent.status_code == 201
        assert await bench.world.published(InteractionEndRequested) == []
        assert await bench.world.published(WorkChanged) == []

    async def test_storing_fields_completes_no_step(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case(f"{WAYBILL} 到哪了")
        async with bench.agent() as agent:
            body = {"fields": {"tracking_snapshot": SNAPSHOT, "customer_name": "王芳"}, "complete": False}
            stored = await agent.post(f"/v1/cases/{case_id}/steps", json=body)
            assert stored.json()["procedure_state"]["step"] == "ask_number"
            assert stored.json()["fields"]["tracking_snapshot"] == SNAPSHOT


class TestReply:
    async def test_goes_to_timeline_and_channel_in_one_transaction(self, bench: Bench) -> None:
        case_id, contact = await bench.owned_case("hello")
        async with bench.agent() as agent:
            sent = (await agent.post(f"/v1/cases/{case_id}/messages", json={"text": "  Hi, how can I help?  "})).json()
        command = (await bench.world.wait_published(MessageSendRequested))[0]
        assert (command.interaction_id, command.personal.text) == (contact.id, "Hi, how can I help?")
        assert (str(command.message_id), command.author) == (sent["message_id"], "agent-1")
        assert (sent["status"], sent["kind"], sent["actor"]) == ("pending", "message_out", "agent-1")

    async def test_is_sent_once_for_one_idempotency_key(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case("hello")
        async with bench.agent() as agent:
            key = {"Idempotency-Key": "reply-1"}
            url, body = f"/v1/cases/{case_id}/messages", {"text": "Hi"}
            answers = await asyncio.gather(*(agent.post(url, json=body, headers=key) for _ in range(5)))
            assert {a.status_code for a in answers} == {201}
            assert len({a.json()["message_id"] for a in answers}) == 1
            other = await agent.post(url, json={"text": "Bye"}, headers=key)
            assert other.status_code == 422
        await bench.world.wait_published(MessageSendRequested)
        assert await bench.value("select count(*) from timeline_entry where kind = 'message_out'") == 1

    async def test_status_only_rises_whatever_order_the_news_arrive_in(self, bench: Bench) -> None:
        case_id, contact = await bench.owned_case("hello")
        async with bench.agent() as agent:
            sent = (await agent.post(f"/v1/cases/{case_id}/messages", json={"text": "Hi"})).json()
        news = [
            MessageStatusChanged(
                interaction_id=contact.id,
                message_id=UUID(sent["message_id"]),
                channel=Channel.SMS,
                status=status,
                occurred_at=bench.world.clock.now(),
            )
            for status in (MessageStatus.DELIVERED, MessageStatus.SENT, MessageStatus.FAILED, MessageStatus.READ)
        ]
        before = await bench.value("select count(*) from inbox")
        await bench.world.publish(*news)
        await bench.settled(before + 4)
        entries = [e for e in await bench.timeline(case_id) if e["kind"] == "message_out"]
        assert entries[0]["status"] == "read"

    async def test_prefers_the_channel_the_customer_wrote_on_last(self, bench: Bench) -> None:
        case_id, sms = await bench.owned_case(f"{WAYBILL} 到哪了")
        chat = bench.contact(Channel.TELEGRAM, "42", case_id=case_id)
        before = await bench.value("select count(*) from inbox")
        await bench.world.publish(chat.started(), chat.says("我在这里"))
        await bench.settled(before + 2)
        async with bench.agent() as agent:
            first = (await agent.post(f"/v1/cases/{case_id}/messages", json={"text": "好"})).json()
            assert first["interaction_id"] == str(chat.id)
            body = {"text": "好", "interaction_id": str(sms.id)}
            chosen = (await agent.post(f"/v1/cases/{case_id}/messages", json=body)).json()
            assert chosen["interaction_id"] == str(sms.id)

    async def test_is_refused_where_no_text_can_go(self, bench: Bench) -> None:
        chat = await bench.write_in("hello", channel=Channel.CHAT, address="visitor-1")
        await bench.accept((await bench.world.published(WorkRequested))[-1])
        case_id = await bench.value("select id from service_case")
        before = await bench.value("select count(*) from inbox")
        await bench.world.publish(chat.ends())
        await bench.settled(before + 1)
        async with bench.agent() as agent:
            refused = await agent.post(f"/v1/cases/{case_id}/messages", json={"text": "Hi"})
            assert (refused.status_code, refused.json()["type"]) == (409, "urn:posthouse:problem:no-channel")


class TestAssignment:
    async def test_a_reply_waits_for_the_news_of_the_assignment(self, bench: Bench) -> None:
        await bench.write_in("hello")
        item = (await bench.world.published(WorkRequested))[0]
        async with bench.agent() as agent:
            post = asyncio.create_task(agent.post(f"/v1/cases/{item.case_id}/messages", json={"text": "Hi"}))
            await bench.world.publish(bench.acceptance(item))
            assert (await post).status_code == 201

    async def test_nobody_replies_on_a_case_that_waits(self, bench: Bench) -> None:
        await bench.write_in("hello")
        case_id = await bench.value("select id from service_case")
        async with bench.agent() as agent:
            refused = await agent.post(f"/v1/cases/{case_id}/messages", json={"text": "Hi"})
            assert (refused.status_code, refused.json()["type"]) == (409, "urn:posthouse:problem:case-not-assigned")
            assert refused.headers["Retry-After"] == "1"

    async def test_another_agents_case_is_neither_read_nor_changed(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case("hello")
        async with bench.agent("agent-2") as other:
            for answer in (
                await other.get(f"/v1/cases/{case_id}"),
                await other.get(f"/v1/cases/{case_id}/timeline"),
                await other.post(f"/v1/cases/{case_id}/messages", json={"text": "Hi"}),
                await other.post(f"/v1/cases/{case_id}/close", json={"resolution": "x", "deviation_reason": "x"}),
                await other.post(f"/v1/cases/{case_id}/notes", json={"text": "x"}),
            ):
                assert answer.status_code == 403
            assert (await other.get("/v1/cases")).json()["items"] == []
        async with bench.supervisor() as boss:
            assert (await boss.get(f"/v1/cases/{case_id}")).status_code == 200
            assert len((await boss.get("/v1/cases")).json()["items"]) == 1
            assert (await boss.post(f"/v1/cases/{case_id}/notes", json={"text": "seen"})).status_code == 201

    async def test_further_messages_reach_the_owner_live(self, bench: Bench) -> None:
        _, contact = await bench.owned_case("hello")
        await bench.world.publish(contact.says("one more thing"))
        types = await eventually(
            lambda: bench.rows(
                "select type, data->>'text' from stream_entry where channel = 'agent:agent-1' order by seq"
            ),
            lambda rows: any(row[1] == "one more thing" for row in rows),
        )
        assert [row[0] for row in types][:1] == ["case.assigned"]
        assert len(await bench.world.published(WorkRequested)) == 1

    async def test_work_given_back_leaves_the_case_without_owner(self, bench: Bench) -> None:
        from contracts.assignments import WorkReleased

        case_id, contact = await bench.owned_case("hello")
        item = (await bench.world.published(WorkRequested))[0]
        now = bench.world.clock.now()
        await bench.world.publish(
            WorkReleased(work_item_id=item.work_item_id, agent_id="agent-1", reason="signed out", occurred_at=now)
        )
        await eventually(lambda: bench.owner(case_id), lambda owner: owner is None)
        await bench.world.publish(contact.says("hello?"))
        await bench.accept(item, "agent-2")
        assert len(await bench.world.published(WorkRequested)) == 1

    async def test_a_message_after_the_work_was_completed_asks_for_the_same_agent(self, bench: Bench) -> None:
        from contracts.assignments import WorkCompleted

        _, contact = await bench.owned_case("hello")
        item = (await bench.world.published(WorkRequested))[0]
        await bench.world.publish(
            WorkCompleted(
                work_item_id=item.work_item_id,
                agent_id="agent-1",
                queue=item.queue,
                channel=item.channel,
                handled_seconds=5,
                occurred_at=bench.world.clock.now(),
            )
        )
        await eventually(lambda: bench.value("select state from work_item"), lambda state: state == "ended")
        await bench.world.publish(contact.says("one more thing"))
        again = (await bench.world.wait_published(WorkRequested, 2))[1]
        assert (again.preferred_agent_id, again.case_id) == ("agent-1", item.case_id)

    async def test_acceptance_of_work_that_ended_frees_the_agent(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case("hello")
        item = (await bench.world.published(WorkRequested))[0]
        async with bench.agent() as agent:
            body = {"resolution": "x", "deviation_reason": "x"}
            await agent.post(f"/v1/cases/{case_id}/close", json=body)
        await bench.world.publish(bench.acceptance(item, "agent-2"))
        finished = await bench.world.wait_published(WorkChanged, 2)
        assert {w.work_item_id for w in finished} == {item.work_item_id}
        assert await bench.owner(case_id) == "agent-1"


class TestVersions:
    async def test_two_editors_one_wins_and_the_other_is_told(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case(f"{WAYBILL} 到哪了")
        async with bench.agent() as agent:
            tag = (await agent.get(f"/v1/cases/{case_id}")).headers["ETag"]
            url, match = f"/v1/cases/{case_id}/steps", {"If-Match": tag}
            bodies = [{"fields": {"customer_name": name}} for name in ("王芳", "李雷")]
            answers = await asyncio.gather(*(agent.post(url, json=b, headers=match) for b in bodies))
            assert sorted(a.status_code for a in answers) == [200, 412]
            loser = next(a for a in answers if a.status_code == 412)
            assert loser.headers["ETag"] == (await agent.get(f"/v1/cases/{case_id}")).headers["ETag"]

    async def test_messages_do_not_change_the_version(self, bench: Bench) -> None:
        case_id, contact = await bench.owned_case("hello")
        async with bench.agent() as agent:
            tag = (await agent.get(f"/v1/cases/{case_id}")).headers["ETag"]
            before = await bench.value("select count(*) from inbox")
            await bench.world.publish(contact.says("more"))
            await bench.settled(before + 1)
            assert (await agent.get(f"/v1/cases/{case_id}")).headers["ETag"] == tag

    async def test_a_message_the_agent_has_not_seen_refuses_the_close(self, bench: Bench) -> None:
        case_id, contact = await bench.owned_case("hello")
        async with bench.agent() as agent:
            seen = (await agent.get(f"/v1/cases/{case_id}/timeline")).json()["last_seq"]
            before = await bench.value("select count(*) from inbox")
            await bench.world.publish(contact.says("wait!"))
            await bench.settled(before + 1)
            body = {"resolution": "x", "deviation_reason": "x", "seen_seq": seen}
            refused = await agent.post(f"/v1/cases/{case_id}/close", json=body)
            assert (refused.status_code, refused.json()["type"]) == (409, "urn:posthouse:problem:unseen-messages")
            body["seen_seq"] = refused.json()["last_customer_seq"]
            assert (await agent.post(f"/v1/cases/{case_id}/close", json=body)).status_code == 200


class TestClosedCases:
    async def test_a_message_within_the_window_brings_the_case_back(self, bench: Bench) -> None:
        case_id, contact = await bench.owned_case(f"{WAYBILL} 到哪了")
        async with bench.agent() as agent:
            await agent.post(f"/v1/cases/{case_id}/close", json={"resolution": "x", "deviation_reason": "x"})
        again = bench.contact(Channel.SMS)
        await bench.world.publish(contact.ends(EndedBy.AGENT), again.started(), again.says(f"{WAYBILL} 还是没到"))
        assert (await bench.world.wait_published(CaseReopened))[0].case_id == case_id
        work = (await bench.world.wait_published(WorkRequested, 2))[1]
        assert (work.case_id, work.preferred_agent_id) == (case_id, "agent-1")
        assert await bench.value("select count(*) from service_case") == 1

    async def test_closing_against_a_new_message_loses_neither(self, bench: Bench) -> None:
        for round_number in range(5):
            address = f"+86138000100{round_number:02d}"
            case_id, contact = await bench.owned_case("hello", address=address)
            async with bench.agent() as agent:
                body = {"resolution": "x", "deviation_reason": "x"}
                closed, _ = await asyncio.gather(
                    agent.post(f"/v1/cases/{case_id}/close", json=body),
                    bench.world.publish(contact.says("one more thing")),
                )
                assert closed.status_code == 200
            texts = await eventually(
                lambda i=contact.id: bench.rows(
                    "select data->>'text' from timeline_entry where interaction_id = $1 and kind = 'message_in'", i
                ),
                lambda rows: len(rows) == 2,
            )
            assert {row[0] for row in texts} == {"hello", "one more thing"}
            seqs = [e["seq"] for e in await bench.timeline(case_id)]
            assert seqs == list(range(1, len(seqs) + 1))

    async def test_reopening_by_hand(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case(f"{WAYBILL} 到哪了")
        async with bench.agent() as agent:
            url = f"/v1/cases/{case_id}"
            early = await agent.post(f"{url}/reopen", json={"reason": "x"})
            assert (early.status_code, early.json()["type"]) == (409, "urn:posthouse:problem:case-open")
            await agent.post(f"{url}/close", json={"resolution": "x", "deviation_reason": "x"})
            for path, body in (("messages", {"text": "Hi"}), ("steps", {}), ("close", {"resolution": "x"})):
                refused = await agent.post(f"{url}/{path}", json=body)
                assert (refused.status_code, refused.json()["type"]) == (409, "urn:posthouse:problem:case-closed")
            back = await agent.post(f"{url}/reopen", json={"reason": "customer called my desk"})
            assert (back.status_code, back.json()["state"]) == (200, "open")

    async def test_a_taken_thread_refuses_reopening(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case("hello")
        async with bench.agent() as agent:
            await agent.post(f"/v1/cases/{case_id}/close", json={"resolution": "x", "deviation_reason": "x"})
            await bench.write_in("something new")
            refused = await agent.post(f"/v1/cases/{case_id}/reopen", json={"reason": "x"})
            assert (refused.status_code, refused.json()["type"]) == (409, "urn:posthouse:problem:thread-taken")

    async def test_notes_are_welcome_after_the_close(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case("hello")
        async with bench.agent() as agent:
            await agent.post(f"/v1/cases/{case_id}/close", json={"resolution": "x", "deviation_reason": "x"})
            noted = await agent.post(f"/v1/cases/{case_id}/notes", json={"text": "called back"})
            assert (noted.status_code, noted.json()["kind"]) == (201, "note")


class TestPersonalData:
    async def test_addresses_are_masked_and_reading_is_audited(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case("hello", name="王芳")
        customer_id = await bench.value("select customer_id from service_case")
        async with bench.agent() as agent:
            customer = (await agent.get(f"/v1/customers/{customer_id}")).json()
            assert customer["contact_points"][0]["address"] == "+861****0001"
            case = (await agent.get(f"/v1/cases/{case_id}")).json()
            assert case["interactions"][0]["address"] == "+861****0001"
            assert case["fields"]["customer_phone"] == "+861****0001"
        async with bench.agent("agent-1", "cases:read", "personal:read") as trusted:
            customer = (await trusted.get(f"/v1/customers/{customer_id}")).json()
            assert customer["contact_points"][0]["address"] == "+8613800000001"
        audit = await bench.rows("select actor, action, resource from audit order by id")
        assert [tuple(row) for row in audit] == [
            ("agent-1", "customer.read", f"customer/{customer_id}"),
            ("agent-1", "case.read", f"case/{case_id}"),
            ("agent-1", "customer.read", f"customer/{customer_id}"),
        ]

    async def test_a_stranger_may_not_read_the_customer(self, bench: Bench) -> None:
        await bench.owned_case("hello")
        customer_id = await bench.value("select customer_id from service_case")
        async with bench.agent("agent-2") as other:
            assert (await other.get(f"/v1/customers/{customer_id}")).status_code == 403
            assert (await other.get(f"/v1/customers/{uuid4()}")).status_code == 404


class TestLists:
    async def test_pages_neither_skip_nor_repeat(self, bench: Bench) -> None:
        for number in range(7):
            await bench.owned_case("hello", address=f"+86138000200{number:02d}")
        async with bench.agent() as agent:
            seen: list[str] = []
            cursor = None
            while True:
                page = (
                    await agent.get("/v1/cases", params={"limit": 3, **({"cursor": cursor} if cursor else {})})
                ).json()
                seen += [c["id"] for c in page["items"]]
                cursor = page.get("next")
                if not cursor:
                    break
            assert len(seen) == len(set(seen)) == 7 and seen == sorted(seen, reverse=True)

    async def test_timeline_in_pages(self, bench: Bench) -> None:
        case_id, contact = await bench.owned_case("hello")
        before = await bench.value("select count(*) from inbox")
        await bench.world.publish(*(contact.says(f"line {n}") for n in range(10)))
        await bench.settled(before + 10)
        async with bench.agent() as agent:
            after, texts = 0, []
            while True:
                page = (await agent.get(f"/v1/cases/{case_id}/timeline", params={"after": after, "limit": 4})).json()
                texts += [e["text"] for e in page["items"] if e["kind"] == "message_in"]
                after = page["items"][-1]["seq"]
                if after == page["last_seq"]:
                    break
            assert texts == ["hello", *(f"line {n}" for n in range(10))]


class TestAbandon:
    async def test_a_caller_who_hangs_up_waiting_is_counted_and_the_case_closes(self, bench: Bench) -> None:
        call = bench.contact(Channel.VOICE)
        await bench.world.publish(call.started(), call.wants_a_person())
        await bench.world.wait_published(WorkRequested)
        await bench.world.publish(call.ends())
        cancelled = (await bench.world.wait_published(WorkCancelled))[0]
        assert cancelled.abandoned is True
        closed = (await bench.world.wait_published(CaseClosed))[0]
        assert (closed.resolution, closed.actor) == ("abandoned", "system")

    async def test_an_unanswered_message_keeps_the_case_open(self, bench: Bench) -> None:
        await bench.write_in("hello")
        call = bench.contact(Channel.VOICE)
        await bench.world.publish(call.started(), call.wants_a_person())
        await bench.world.wait_published(WorkRequested, 2)
        await bench.world.publish(call.ends())
        assert (await bench.world.wait_published(WorkCancelled))[0].abandoned is True
        assert await bench.value("select closed_at is null from service_case")
        assert await bench.value("select count(*) from work_item where state = 'requested'") == 1


class TestClassification:
    async def test_puts_the_case_on_another_procedure_with_what_is_known(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case(f"{WAYBILL} 到哪了", name="王芳")
        async with bench.agent() as agent:
            body = {"case_type": "complaint", "reason": "客户要投诉"}
            changed = (await agent.post(f"/v1/cases/{case_id}/classify", json=body)).json()
            state = changed["procedure_state"]
            assert (changed["case_type"], state["id"], state["step"]) == ("complaint", "complaint", "received")
            assert changed["fields"]["waybill_no"] == WAYBILL and changed["fields"]["customer_name"] == "王芳"
            assert changed["fields"]["complaint_text"] == f"{WAYBILL} 到哪了"
            assert [d["limit"] for d in state["deadlines"]] == ["overall", "overall", "overall"]
            await bench.world.wait_published(WorkChanged)

            leave = await agent.post(f"/v1/cases/{case_id}/classify", json={"case_type": "inquiry", "reason": "x"})
            assert (leave.status_code, leave.json()["type"]) == (409, "urn:posthouse:problem:legal-clock")
            unknown = await agent.post(f"/v1/cases/{case_id}/classify", json={"case_type": "party", "reason": "x"})
            assert unknown.status_code == 400
        async with bench.supervisor() as boss:
            body = {"case_type": "tracking", "reason": "误判"}
            assert (await boss.post(f"/v1/cases/{case_id}/classify", json=body)).status_code == 200
        timers = await bench.rows("select key from timer where kind = 'case.deadline'")
        assert timers == []


class TestWaitingBesideAChat:
    @pytest.mark.parametrize("idle", [False, True])
    async def test_whoever_wrote_on_another_channel_still_waits_when_the_chat_ends(
        self, bench: Bench, idle: bool
    ) -> None:
        chat = await bench.write_in("hello", channel=Channel.CHAT, address="visitor-1")
        case_id = await bench.value("select id from service_case")
        sms = bench.contact(Channel.SMS, case_id=case_id)
        before = await bench.value("select count(*) from inbox")
        await bench.world.publish(sms.started(), sms.says("my parcel?"))
        await bench.settled(before + 2)
        if idle:
            await bench.world.publish(sms.ends(EndedBy.SYSTEM))
            await bench.settled(before + 3)
        await bench.world.publish(chat.ends())
        assert (await bench.world.wait_published(WorkCancelled))[0].abandoned is True
        again = (await bench.world.wait_published(WorkRequested, 2))[1]
        assert (again.interaction_id, again.channel, again.case_id) == (sms.id, Channel.SMS, case_id)
        assert await bench.value("select closed_at is null from service_case")

    async def test_what_was_answered_asks_for_nobody(self, bench: Bench) -> None:
        case_id, sms = await bench.owned_case("hello")
        async with bench.agent() as agent:
            assert (await agent.post(f"/v1/cases/{case_id}/messages", json={"text": "Hi"})).status_code == 201
        call = bench.contact(Channel.VOICE)
        await bench.world.publish(call.started(), call.wants_a_person())
        await bench.world.wait_published(WorkRequested, 2)
        await bench.world.publish(call.ends())
        assert (await bench.world.wait_published(WorkCancelled))[0].abandoned is True
        assert len(await bench.world.published(WorkRequested)) == 2
        assert await bench.owner(case_id) == "agent-1" and sms.seq == 1
