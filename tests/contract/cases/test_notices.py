"""What procedures tell customers: sent once, in their language, where they wrote last, never against their wish."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from contracts.interactions import MessageStatusChanged
from contracts.sends import MessageSendRequested
from contracts.values import Channel, Language, MessageStatus
from tests.contract.cases.conftest import Bench
from tests.contract.cases.test_approvals import at_step
from tests.support.world import eventually

RECORDED: dict[str, Any] = {"cause_code": "x", "cause_side": "subjective", "owner": "li.na"}


async def acknowledged(bench: Bench, case_id: UUID) -> Any:
    """Bring a complaint to the step that owes the acknowledgement, and return the answer of the API."""
    await at_step(bench, case_id, "recorded", **_heard())
    async with bench.agent() as agent:
        return await agent.post(f"/v1/cases/{case_id}/steps", json={"deviation_reason": "test"})


def _heard() -> dict[str, Any]:
    return {
        "complaint_type": "delay",
        "claim_request": "x",
        "waybill_no": "SF1234567890123",
        "customer_role": "recipient",
        "severity": "S3",
        "need_confirmed": True,
        "deadline_at": "2030-01-01T00:00:00+08:00",
        "apology_logged": True,
    }


async def notices(bench: Bench, case_id: UUID) -> list[dict[str, Any]]:
    """The case's notices as its agent sees them."""
    async with bench.agent() as agent:
        found: list[dict[str, Any]] = (await agent.get(f"/v1/cases/{case_id}/notices")).json()["items"]
        return found


class TestSending:
    async def test_once_where_the_customer_wrote_in_their_language(self, bench: Bench) -> None:
        case_id, mail = await bench.owned_case(
            "I want to complain", channel=Channel.EMAIL, address="kim@example.org", language=Language.EN
        )
        before = len(await bench.world.published(MessageSendRequested))
        answer = await acknowledged(bench, case_id)
        assert answer.status_code == 200, answer.text
        sent = (await bench.world.wait_published(MessageSendRequested, before + 1))[-1]
        assert (sent.interaction_id, sent.channel, sent.author) == (mail.id, Channel.EMAIL, "system")
        assert sent.personal.subject == "We have your complaint"
        assert f"its number is {sent.case_no}" in sent.personal.text and "{" not in sent.personal.text
        (notice,) = await notices(bench, case_id)
        assert (notice["notice"], notice["step"], notice["state"]) == ("complaint_ack", "prelim_cause", "sent")
        assert notice["message_id"] == str(sent.message_id)
        entries = [e for e in await bench.timeline(case_id) if e["kind"] == "message_out"]
        assert [(e["actor"], e["text"]) for e in entries] == [("system", sent.personal.text)]

        # undelivered: it becomes the next action, until a person has told the customer
        status = MessageStatusChanged(
            interaction_id=mail.id,
            message_id=sent.message_id,
            channel=Channel.EMAIL,
            status=MessageStatus.FAILED,
            occurred_at=bench.world.clock.now(),
        )
        await bench.world.publish(status)
        async with bench.agent() as agent:
            url = f"/v1/cases/{case_id}"
            seen = await eventually(
                lambda: _next(agent, url), lambda action: action is not None and action["step"] == "tell_customer"
            )
            assert seen["label"]["en"].startswith("A notice did not reach")
            (failed,) = await notices(bench, case_id)
            assert (failed["state"], failed["reason"]) == ("failed", "failed")
            told = await agent.post(f"{url}/notices/{failed['id']}/told", json={"how": "called back"})
            assert told.json()["state"] == "told"
            again = await agent.post(f"{url}/notices/{failed['id']}/send")
            assert (again.status_code, again.json()["type"]) == (409, "urn:posthouse:problem:notice-settled")
            assert (await _next(agent, url))["step"] == "prelim_cause"
        assert len(await bench.world.published(MessageSendRequested)) == before + 1

    async def test_a_caller_gets_it_by_sms_and_do_not_contact_holds_it(self, bench: Bench) -> None:
        _, _ = await bench.owned_case("我要投诉", name="王芳")
        case_id = await bench.value("select id from service_case")
        customer = await bench.value("select id from customer")
        async with bench.service.db.transaction() as tx:  # as if they had only ever called
            await tx.fetch("update interaction set channel = 'voice'")
        async with bench.agent() as agent:
            url = f"/v1/cases/{case_id}"
            await agent.patch(f"/v1/customers/{customer}", json={"do_not_contact": True})
            assert (await acknowledged(bench, case_id)).status_code == 200
            (held,) = await notices(bench, case_id)
            assert (held["state"], held["reason"]) == ("withheld", "do_not_contact")
            still = await agent.post(f"{url}/notices/{held['id']}/send")
            assert still.json()["state"] == "withheld"
            await agent.patch(f"/v1/customers/{customer}", json={"do_not_contact": False})
            body = {"kind": "contact", "granted": False, "evidence": "call"}
            await agent.post(f"/v1/customers/{customer}/consents", json=body)
            assert (await agent.post(f"{url}/notices/{held['id']}/send")).json()["reason"] == "no_consent"
            await agent.post(f"/v1/customers/{customer}/consents", json={**body, "granted": True})
            before = len(await bench.world.published(MessageSendRequested))
            assert (await agent.post(f"{url}/notices/{held['id']}/send")).json()["state"] == "sent"
        sent = (await bench.world.wait_published(MessageSendRequested, before + 1))[-1]
        assert (sent.channel, sent.personal.recipient) == (Channel.SMS, "+8613800000001")
        assert sent.case_no in sent.personal.text
        began = await bench.rows("select direction, channel from interaction where id = $1", sent.interaction_id)
        assert [tuple(row) for row in began] == [("outbound", "sms")]

    async def test_an_agent_answers_but_does_not_disturb(self, bench: Bench) -> None:
        case_id, sms = await bench.owned_case("你好")
        customer = await bench.value("select id from customer")
        async with bench.agent() as agent:
            await agent.patch(f"/v1/customers/{customer}", json={"do_not_contact": True})
            url = f"/v1/cases/{case_id}/messages"
            assert (await agent.post(url, json={"text": "您好，请讲"})).status_code == 201
            refused = await agent.post(url, json={"text": "还有一个活动……"})
            assert (refused.status_code, refused.json()["type"]) == (409, "urn:posthouse:problem:do-not-contact")
            before = await bench.value("select count(*) from inbox")
            await bench.world.publish(sms.says("请继续"))
            await bench.settled(before + 1)
            assert (await agent.post(url, json={"text": "好的"})).status_code == 201


class TestQuietHours:
    async def test_a_text_waits_for_the_morning_and_goes_once(self, still_bench: Bench) -> None:
        bench, clock = still_bench, still_bench.world.clock
        case_id, _ = await bench.owned_case("我要投诉")
        night = datetime(2026, 3, 3, 15, 30, tzinfo=UTC)  # 23:30 in Shanghai
        await clock.advance((night - clock.now()).total_seconds())  # type: ignore[attr-defined]
        assert (await acknowledged(bench, case_id)).status_code == 200
        (waiting,) = await notices(bench, case_id)
        assert (waiting["state"], waiting["due_at"]) == ("waiting", "2026-03-04T01:00:00Z")
        assert await bench.world.published(MessageSendRequested) == []
        await clock.advance(9.6 * 3600)  # type: ignore[attr-defined]
        await bench.world.wait_published(MessageSendRequested, 1)
        (sent,) = await notices(bench, case_id)
        assert sent["state"] == "sent"


async def _next(agent: Any, url: str) -> Any:
    return (await agent.get(url)).json()["next_action"]
