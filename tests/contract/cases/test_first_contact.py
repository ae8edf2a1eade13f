"""How contacts become customers and cases."""

import asyncio
from uuid import uuid4

import pytest

from cases.app import build
from chassis.runtime import Runtime
from chassis.service import Service
from contracts.cases import CaseOpened
from contracts.values import Attachment, Channel, Language
from contracts.work import WorkRequested
from tests.contract.cases.conftest import Bench
from tests.support.world import World, eventually


class TestFirstMessage:
    async def test_makes_customer_case_timeline_and_asks_for_an_agent(self, bench: Bench) -> None:
        contact = await bench.write_in("请问SF1234567890123到哪了", address="138 0000 0001", name="王芳")
        opened = (await bench.world.wait_published(CaseOpened))[0]
        work = (await bench.world.wait_published(WorkRequested))[0]

        assert (opened.case_type, opened.procedure, opened.waybill_no) == (
            "tracking",
            "tracking_query",
            "SF1234567890123",
        )
        assert (work.case_id, work.interaction_id, work.queue) == (opened.case_id, contact.id, "tracking")
        assert work.language is Language.ZH_CN
        assert (work.personal.customer_name, work.personal.preview) == ("王芳", "请问SF1234567890123到哪了")
        assert work.enqueued_at == contact.now
        points = await bench.rows("select kind, address from contact_point")
        assert [tuple(row) for row in points] == [("phone", "+8613800000001")]
        entries = await bench.timeline(opened.case_id)
        assert [e["seq"] for e in entries] == list(range(1, len(entries) + 1))
        assert [e["code"] or e["kind"] for e in entries] == ["case.opened", "message_in", "case.work_requested"]

    async def test_same_phone_by_sms_and_by_call_is_one_customer_and_one_case(self, bench: Bench) -> None:
        sms = await bench.write_in("where is my parcel")
        call = bench.contact(Channel.VOICE, "+86 138-0000-0001")
        await bench.world.publish(call.started(), call.wants_a_person())
        work = await bench.world.wait_published(WorkRequested, 2)

        assert await bench.value("select count(*) from customer") == 1
        assert await bench.value("select count(*) from service_case") == 1
        assert {w.channel for w in work} == {Channel.SMS, Channel.VOICE}
        assert {w.interaction_id for w in work} == {sms.id, call.id}

    async def test_callers_who_withhold_their_number_are_different_customers(self, bench: Bench) -> None:
        for _ in range(2):
            call = bench.contact(Channel.VOICE, "+266696687")
            await bench.world.publish(call.started(), call.wants_a_person())
        await bench.world.wait_published(WorkRequested, 2)
        assert await bench.value("select count(*) from customer") == 2
        assert await bench.value("select count(*) from contact_point") == 0

    async def test_a_second_message_asks_for_nobody_again(self, bench: Bench) -> None:
        contact = await bench.write_in("hello")
        await bench.world.publish(contact.says("are you there?"), contact.says("hello??"))
        await bench.settled(4)
        assert len(await bench.world.published(WorkRequested)) == 1
        case_id = await bench.value("select id from service_case")
        texts = [e["text"] for e in await bench.timeline(case_id) if e["kind"] == "message_in"]
        assert texts == ["hello", "are you there?", "hello??"]


class TestThreads:
    async def test_another_channel_with_the_same_waybill_joins_the_case(self, bench: Bench) -> None:
        await bench.write_in("SF1234567890123 到哪了")
        await bench.write_in("unrelated", address="+8613800000002")
        again = bench.contact(Channel.SMS, "+8613800000001")
        await bench.world.publish(again.started(), again.says("SF1234567890123 还没到"))
        await bench.settled(6)
        assert await bench.value("select count(*) from service_case") == 2
        assert (
            await bench.value(
                "select count(distinct case_id) from interaction where customer_id = "
                "(select customer_id from interaction where id = $1)",
                again.id,
            )
            == 1
        )

    async def test_another_waybill_is_another_case(self, bench: Bench) -> None:
        await bench.write_in("SF1234567890123 到哪了")
        await bench.write_in("YT1234567890123 到哪了")
        keys = await bench.rows("select thread_key from service_case order by id")
        assert [row[0] for row in keys] == ["waybill:SF1234567890123", "waybill:YT1234567890123"]

    async def test_a_general_case_takes_the_waybill_named_later(self, bench: Bench) -> None:
        contact = await bench.write_in("我的快递呢")
        await bench.world.publish(contact.says("单号SF1234567890123"))
        await bench.settled(3)
        row = (await bench.rows("select thread_key, waybill_no from service_case"))[0]
        assert tuple(row) == ("waybill:SF1234567890123", "SF1234567890123")
        run = await bench.value("select run->'fields'->>'waybill_no' from case_run")
        assert run == "SF1234567890123"

    async def test_a_thread_token_leads_to_its_case(self, bench: Bench) -> None:
        await bench.write_in("SF1234567890123 到哪了")
        await bench.write_in("YT1234567890123 到哪了")
        first = await bench.value("select id from service_case order by id limit 1")
        mail = bench.contact(Channel.EMAIL, "wang@example.org", case_id=first)
        await bench.world.publish(mail.started(), mail.says("附件是照片"))
        await bench.settled(6)
        assert await bench.value("select case_id from interaction where id = $1", mail.id) == first
        assert await bench.value("select count(*) from service_case") == 2

    async def test_a_token_of_no_case_is_ignored(self, bench: Bench) -> None:
        mail = await bench.write_in("hi", channel=Channel.EMAIL, address="Wang@Example.org", case_id=uuid4())
        assert await bench.value("select case_id is not null from interaction where id = $1", mail.id)
        assert await bench.value("select address from contact_point") == "wang@example.org"


class TestAttachments:
    async def test_are_shown_with_their_entry(self, bench: Bench) -> None:
        photo = Attachment(
            attachment_id="a1", name="破损.jpg", content_type="image/jpeg", size=12_345, url="/email/v1/attachments/a1"
        )
        mail = bench.contact(Channel.EMAIL, "wang@example.org")
        await bench.world.publish(mail.started(), mail.says("见附件", subject="破损", attachments=(photo,)))
        work = (await bench.world.wait_published(WorkRequested))[0]
        async with bench.agent() as agent:
            page = (await agent.get(f"/v1/cases/{work.case_id}/timeline")).json()
        entry = next(e for e in page["items"] if e["kind"] == "message_in")
        assert entry["attachments"] == [photo.model_dump(mode="json", exclude={"sha256"})]
        assert (entry["text"], entry["data"]["subject"]) == ("见附件", "破损")


class TestAutomaticMail:
    async def test_makes_no_case_but_is_shown_once_there_is_one(self, bench: Bench) -> None:
        mail = bench.contact(Channel.EMAIL, "bot@example.org")
        await bench.world.publish(mail.started(), mail.says("I am out of office", automatic=True))
        await bench.settled(2)
        assert await bench.value("select count(*) from service_case") == 0

        await bench.world.publish(mail.says("Now I am back: where is my parcel?"))
        work = (await bench.world.wait_published(WorkRequested))[0]
        messages = [e["text"] for e in await bench.timeline(work.case_id) if e["kind"] == "message_in"]
        assert messages == ["I am out of office", "Now I am back: where is my parcel?"]

    async def test_on_a_closed_case_is_shown_without_reopening_it(self, bench: Bench) -> None:
        case_id, mail = await bench.owned_case("hi", channel=Channel.EMAIL, address="a@example.org")
        async with bench.agent() as agent:
            body = {"resolution": "answered", "deviation_reason": "test"}
            assert (await agent.post(f"/v1/cases/{case_id}/close", json=body)).status_code == 200
        await bench.world.publish(mail.says("Auto-reply: thanks", automatic=True))
        await bench.settled(4)
        entries = await bench.timeline(case_id)
        assert entries[-1]["text"] == "Auto-reply: thanks"
        assert await bench.value("select closed_at is not null from service_case")
        assert len(await bench.world.published(WorkRequested)) == 1


@pytest.fixture
async def crowd(world: World) -> list[Service]:
    """Four processes of the service on one database and one consumer group."""
    services = []
    for number in range(4):
        runtime = Runtime(
            settings=world.runtime.settings,
            bus=world.bus,
            database_server_url=world.runtime.database_server_url,
            identity=world.runtime.identity,
            clock=world.runtime.clock,
            migrate_on_start=False,
            instance=f"cases-{number}",
        )
        world_of_one = World(runtime, world.issuer, world.databases)
        services.append(await world_of_one.start(build))
        world._services.append(services[-1])
    return services


class TestBurst:
    async def test_fifty_first_messages_at_once_in_four_processes_make_one_customer_and_one_case(
        self, world: World, crowd: list[Service]
    ) -> None:
        bench = Bench(world, crowd[0])
        contacts = [bench.contact(Channel.SMS, "+8613800000001") for _ in range(50)]
        await asyncio.gather(*(world.publish(c.started(), c.says(f"message {n}")) for n, c in enumerate(contacts)))
        await eventually(
            lambda: bench.value("select count(*) from timeline_entry where kind = 'message_in'"),
            lambda n: n == 50,
            timeout=60,
        )
        assert await bench.value("select count(*) from customer") == 1
        assert await bench.value("select count(*) from contact_point") == 1
        assert await bench.value("select count(*) from service_case") == 1
        case_id = await bench.value("select id from service_case")
        seqs = [e["seq"] for e in await bench.timeline(case_id)]
        assert seqs == list(range(1, len(seqs) + 1))
        assert await bench.value("select last_seq from service_case") == seqs[-1]
        assert len(await world.wait_published(WorkRequested)) == 1
        assert len(await world.wait_published(CaseOpened)) == 1
        handled_by = await bench.value("select count(distinct case_id) from interaction")
        assert handled_by == 1

    async def test_one_phone_calling_and_texting_at_once_is_one_customer_and_one_case(
        self, world: World, crowd: list[Service]
    ) -> None:
        bench = Bench(world, crowd[0])
        texts = [bench.contact(Channel.SMS, "138 0000 0001") for _ in range(20)]
        calls = [bench.contact(Channel.VOICE, "+8613800000001") for _ in range(20)]
        await asyncio.gather(
            *(world.publish(text.started(), text.says("hello")) for text in texts),
            *(world.publish(call.started(), call.wants_a_person()) for call in calls),
        )
        await eventually(
            lambda: bench.value("select count(*) from interaction where case_id is not null"),
            lambda n: n == 40,
            timeout=60,
        )
        assert await bench.value("select count(*) from customer") == 1
        assert await bench.value("select count(*) from service_case") == 1
        assert await bench.value("select count(*) from work_item where channel = 'sms'") == 1
        assert await bench.value("select count(*) from work_item where channel = 'voice'") == 20
