"""What the tracking gateway asks of cases: snapshots quoted, customers told as they wish, problems and incidents worked
on."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from contracts.cases import CaseClosed, CaseNoticeSettled, CaseOpened, CaseWaybillNamed
from contracts.parcels import (
    IncidentParcel,
    ParcelExceptionOpened,
    ParcelIncidentClosed,
    ParcelIncidentJoined,
    ParcelIncidentOpened,
    ParcelNoticeRequested,
    ParcelSnapshotTaken,
    ParcelStatus,
    QuotePersonal,
)
from contracts.sends import MessageSendRequested
from contracts.values import Channel
from tests.contract.cases.conftest import Bench
from tests.support.world import eventually

WAYBILL = "PH2600000001"
TEXTS = {"zh-CN": "您的快件破损，我们正在跟进。", "en": "Your parcel is damaged."}


def notice(bench: Bench, case_id: UUID, customer_id: UUID, *channels: Channel) -> ParcelNoticeRequested:
    return ParcelNoticeRequested(
        notice_id=uuid4(),
        case_id=case_id,
        customer_id=customer_id,
        parcel_id=uuid4(),
        waybill_no=WAYBILL,
        rule="damaged",
        rules_version="1",
        exception="damaged",
        channels=channels or (Channel.CHAT, Channel.SMS),
        occurred_at=bench.world.clock.now(),
        personal=QuotePersonal(texts=TEXTS),
    )


def exception(bench: Bench, severity: int, waybill_no: str = WAYBILL) -> ParcelExceptionOpened:
    return ParcelExceptionOpened(
        parcel_id=uuid4(),
        carrier="posthouse",
        waybill_no=waybill_no,
        exception="damaged",
        evidence="外包装破损",
        severity=severity,
        node="杭州分拨中心",
        occurred_at=bench.world.clock.now(),
    )


async def customer_of(bench: Bench, case_id: UUID) -> UUID:
    found: UUID = await bench.value("select customer_id from service_case where id = $1", case_id)
    return found


async def close(bench: Bench, case_id: UUID) -> None:
    async with bench.supervisor() as boss:
        body = {"resolution": "answered", "deviation_reason": "test"}
        answer = await boss.post(f"/v1/cases/{case_id}/close", json=body, headers={"Idempotency-Key": str(uuid4())})
        assert answer.status_code == 200, answer.text


async def entries(bench: Bench, case_id: UUID, code: str) -> list[Any]:
    return await bench.rows(
        "select data from timeline_entry where case_id = $1 and data->>'code' = $2 order by seq", case_id, code
    )


async def test_a_waybill_named_later_is_told_and_its_snapshot_stands_on_the_timeline(bench: Bench) -> None:
    case_id, contact = await bench.owned_case("你好")
    await bench.world.publish(contact.says(f"单号是 {WAYBILL}"))
    (named,) = await bench.world.wait_published(CaseWaybillNamed)
    assert (named.case_id, named.waybill_no, named.customer_id) == (
        case_id,
        WAYBILL,
        await customer_of(bench, case_id),
    )
    now = bench.world.clock.now()
    await bench.world.publish(
        ParcelSnapshotTaken(
            case_id=case_id,
            waybill_no=WAYBILL,
            found=True,
            status=ParcelStatus.IN_TRANSIT,
            as_of=now - timedelta(minutes=5),
            occurred_at=now,
            personal=QuotePersonal(texts={"zh-CN": "运输中。", "en": "On its way."}),
        )
    )
    await eventually(lambda: entries(bench, case_id, "parcel.snapshot"))
    async with bench.agent() as agent:
        items = (await agent.get(f"/v1/cases/{case_id}/timeline")).json()["items"]
    (shown,) = [entry for entry in items if entry["code"] == "parcel.snapshot"]
    assert shown["texts"] == {"zh-CN": f"快件{WAYBILL}：运输中。", "en": f"Parcel {WAYBILL}: On its way."}
    assert (shown["kind"], shown["data"]["status"]) == ("parcel", "in_transit")


async def test_a_notice_goes_where_the_customer_can_be_reached_unless_they_object(bench: Bench) -> None:
    case_id, contact = await bench.owned_case(f"查件 {WAYBILL}")
    customer_id = await customer_of(bench, case_id)
    asked = notice(bench, case_id, customer_id)
    await bench.world.publish(asked)
    (settled,) = await bench.world.wait_published(CaseNoticeSettled)
    assert (settled.notice_id, settled.outcome, settled.channel) == (asked.notice_id, "sent", Channel.SMS)
    (sent,) = await bench.world.wait_published(MessageSendRequested)
    assert (sent.interaction_id, sent.personal.text, sent.author) == (contact.id, TEXTS["zh-CN"], "system")
    written = await bench.rows("select message_id from timeline_entry where data ? 'parcel_notice'")
    assert [row["message_id"] for row in written] == [sent.message_id]
    await bench.world.publish(notice(bench, case_id, customer_id, Channel.CHAT))
    _, unreachable = await bench.world.wait_published(CaseNoticeSettled, 2)
    assert (unreachable.outcome, unreachable.reason) == ("unreachable", "no_channel")
    async with bench.supervisor() as boss:
        version = (await boss.get(f"/v1/customers/{customer_id}")).headers["etag"]
        body = {"do_not_contact": True}
        changed = await boss.patch(f"/v1/customers/{customer_id}", json=body, headers={"If-Match": version})
        assert changed.status_code == 200, changed.text
    await bench.world.publish(notice(bench, case_id, customer_id))
    *_, refused = await bench.world.wait_published(CaseNoticeSettled, 3)
    assert (refused.outcome, refused.reason) == ("refused", "do_not_contact")
    assert len(await bench.world.published(MessageSendRequested)) == 1
    assert len(await entries(bench, case_id, "parcel.notice_withheld")) == 2


async def test_a_severe_problem_opens_a_case_for_whoever_asked_before(bench: Bench) -> None:
    case_id, _ = await bench.owned_case(f"查件 {WAYBILL}")
    await bench.world.publish(exception(bench, 2))
    await eventually(lambda: entries(bench, case_id, "parcel.exception_opened"))
    await close(bench, case_id)
    await bench.world.wait_published(CaseClosed)
    await bench.world.publish(exception(bench, 4), exception(bench, 2, "PH2600000002"), exception(bench, 2))
    opened = (await bench.world.wait_published(CaseOpened, 2))[1]
    assert (opened.procedure, opened.waybill_no) == ("exception_parcel", WAYBILL)
    assert opened.customer_id == await customer_of(bench, case_id)
    fields = await bench.value("select run->'fields' from case_run where case_id = $1", opened.case_id)
    wanted = {
        "severity": "S2",
        "exception_type": "damaged",
        "evidence": ["外包装破损"],
        "exception_node": "杭州分拨中心",
    }
    assert wanted.items() <= fields.items()
    again = notice(bench, case_id, opened.customer_id, Channel.SMS)
    await bench.world.publish(exception(bench, 2), again)
    await bench.world.wait_published(CaseNoticeSettled)
    assert len(await bench.world.published(CaseOpened)) == 2  # the open one is updated
    told_on = await bench.value("select case_id from timeline_entry where data ? 'parcel_notice'")
    assert told_on == opened.case_id


async def test_an_incident_is_one_case_that_gathers_the_cases_of_its_parcels(bench: Bench) -> None:
    case_id, _ = await bench.owned_case(f"查件 {WAYBILL}")
    later_id, _ = await bench.owned_case("查件 PH2600000002", address="+8613800000002", agent="agent-2")
    now = bench.world.clock.now()
    bag, truck = uuid4(), uuid4()

    def parcel(number: str) -> IncidentParcel:
        return IncidentParcel(parcel_id=uuid4(), waybill_no=number, carrier="posthouse")

    def opened(incident: UUID, scope: str, *numbers: str) -> ParcelIncidentOpened:
        return ParcelIncidentOpened(
            incident_id=incident,
            scope=scope,
            place="浙A1",
            node="杭州分拨中心",
            exception="damaged",
            severity=2,
            evidence="3件快件破损",
            count=len(numbers),
            parcels=tuple(parcel(number) for number in numbers),
            occurred_at=now,
        )

    async def parents() -> list[UUID | None]:
        found = await bench.rows(
            "select incident_id from service_case where id = any($1::uuid[]) order by id", [case_id, later_id]
        )
        return [row["incident_id"] for row in found]

    await bench.world.publish(opened(bag, "bag", WAYBILL))
    first = await eventually(lambda: bench.value("select case_id from parcel_incident where incident_id = $1", bag))
    await bench.world.publish(
        ParcelIncidentJoined(incident_id=bag, parcels=(parcel("PH2600000002"),), count=2, occurred_at=now)
    )
    await eventually(parents, lambda found: found == [first, first])
    await bench.world.publish(opened(truck, "vehicle", "PH2600000009"))
    wider = await eventually(lambda: bench.value("select case_id from parcel_incident where incident_id = $1", truck))
    await bench.world.publish(
        ParcelIncidentClosed(incident_id=bag, reason="merged", merged_into=truck, count=2, occurred_at=now)
    )
    await eventually(parents, lambda found: found == [wider, wider])
    await bench.world.publish(ParcelIncidentClosed(incident_id=truck, reason="resolved", count=3, occurred_at=now))
    await eventually(lambda: entries(bench, wider, "parcel.incident_resolved"))
    assert await bench.value("select count(*) from service_case where incident") == 2
