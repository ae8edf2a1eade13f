"""Scans of the courier's own network, over HTTP and over the topic."""

from contracts.parcels import (
    ParcelDelivered,
    ParcelExceptionClosed,
    ParcelExceptionOpened,
    ParcelUpdated,
    ScanRecorded,
)
from tests.contract.tracking_gateway.conftest import Gateway, scan, waybill
from tests.support.world import eventually


async def test_a_journey_ends_delivered_with_its_milestones(gateway: Gateway) -> None:
    number = waybill()
    await gateway.scans(
        scan(number, "COLLECTED", "2026-01-03 18:00:00", city="上海", node="上海浦东网点", description="已揽收"),
        scan(number, "DEPARTED", "2026-01-03 23:00:00", city="上海", description="离开上海转运中心"),
        scan(number, "OUT_FOR_DELIVERY", "2026-01-05 08:00:00", city="北京", description="正在派送"),
        scan(number, "SIGNED", "2026-01-05 10:30:00", city="北京", description="已签收，签收人：本人"),
    )
    view = await gateway.parcel(number)
    assert (view["status"], view["direction"], view["tracking_state"]) == ("delivered", "forward", "stopped")
    assert view["milestones"]["delivered"]["first"] == "2026-01-05T02:30:00Z"
    assert set(view["milestones"]) == {"picked_up", "departed", "out_for_delivery", "delivered"}
    assert view["last_event"] == {
        "at": "2026-01-05T02:30:00Z",
        "text": "已签收，签收人：本人",
        "location": "北京",
        "source": "courier",
    }
    assert [event["code"] for event in view["events"]] == ["SIGNED", "OUT_FOR_DELIVERY", "DEPARTED", "COLLECTED"]
    assert view["events"][0]["tz_source"] == "carrier_default"
    assert view["events"][0]["offset_minutes"] == 480
    assert "2026-01-05 10:30" in view["answer"]["zh-CN"]


async def test_transitions_are_emitted_once_each(gateway: Gateway) -> None:
    number = waybill()
    for code, at in [
        ("COLLECTED", "2026-01-03T18:00:00+08:00"),
        ("DEPARTED", "2026-01-03T20:00:00+08:00"),
        ("ARRIVED", "2026-01-03T22:00:00+08:00"),
        ("ABSENT", "2026-01-04T09:00:00+08:00"),
        ("OUT_FOR_DELIVERY", "2026-01-05T08:00:00+08:00"),
        ("SIGNED", "2026-01-05T10:00:00+08:00"),
    ]:
        await gateway.scans(scan(number, code, at))
    updates = await gateway.world.wait_published(ParcelUpdated, 5)
    assert [update.status for update in updates] == [
        "picked_up",
        "in_transit",
        "delivery_failed",
        "out_for_delivery",
        "delivered",
    ]
    opened = await gateway.world.wait_published(ParcelExceptionOpened)
    closed = await gateway.world.wait_published(ParcelExceptionClosed)
    assert [event.exception for event in opened] == [event.exception for event in closed] == ["recipient_absent"]
    assert len(await gateway.world.wait_published(ParcelDelivered)) == 1


async def test_a_repeated_scan_changes_nothing(gateway: Gateway) -> None:
    number = waybill()
    first = scan(number, "COLLECTED", "2026-01-03T18:00:00+08:00")
    assert (await gateway.scans(first))["results"][0]["outcome"] == "accepted"
    again = await gateway.scans(first)
    assert again["results"][0]["outcome"] == "duplicate"
    assert again["duplicates"] == 1
    assert len((await gateway.parcel(number))["events"]) == 1


async def test_a_single_scan_needs_no_list(gateway: Gateway) -> None:
    number = waybill()
    answer = await gateway.client.post("/v1/scans", json=scan(number, "COLLECTED", "2026-01-03T18:00:00+08:00"))
    assert answer.status_code == 200
    assert answer.json()["results"][0]["status"] == "picked_up"


async def test_late_scans_fill_history_and_move_nothing_back(gateway: Gateway) -> None:
    number = waybill()
    await gateway.scans(scan(number, "SIGNED", "2026-01-05T10:00:00+08:00"))
    await gateway.scans(scan(number, "COLLECTED", "2026-01-03T18:00:00+08:00"))
    view = await gateway.parcel(number)
    assert view["status"] == "delivered"
    assert view["milestones"]["picked_up"]["first"] == "2026-01-03T10:00:00Z"
    assert view["last_event"]["at"] == "2026-01-05T02:00:00Z"


async def test_scans_of_the_topic_are_the_same_scans(gateway: Gateway) -> None:
    number = waybill()
    await gateway.scans({**scan(number, "COLLECTED", "2026-01-03T18:00:00+08:00"), "scan_id": f"{number}-1"})
    recorded = [
        ScanRecorded(scan_id=f"{number}-1", waybill_no=number, code="COLLECTED", occurred_at="2026-01-03T10:00:00Z"),
        ScanRecorded(
            scan_id=f"{number}-2",
            waybill_no=number,
            code="SIGNED",
            description="已签收",
            city="北京",
            occurred_at="2026-01-05T02:00:00Z",
        ),
    ]
    await gateway.world.publish(*recorded)
    view = await eventually(lambda: gateway.parcel(number), lambda seen: seen["status"] == "delivered")
    assert len(view["events"]) == 2


async def test_an_unknown_code_leaves_the_status_and_is_counted(gateway: Gateway) -> None:
    number, code = waybill(), f"ODD{waybill()}"
    await gateway.scans(scan(number, "COLLECTED", "2026-01-03T18:00:00+08:00"))
    await gateway.scans(scan(number, code, "2026-01-04T18:00:00+08:00", description="某种操作"))
    assert (await gateway.parcel(number))["status"] == "picked_up"
    listed = (await gateway.client.get("/v1/unmapped-codes")).json()["items"]
    mine = next(entry for entry in listed if entry["code"] == code)
    assert (mine["count"], mine["sample_text"], mine["sample_waybill_no"]) == (1, "某种操作", number)


async def test_a_scan_from_the_future_is_set_aside(gateway: Gateway) -> None:
    number = waybill()
    await gateway.scans(scan(number, "COLLECTED", "2026-01-03T18:00:00+08:00"))
    taken = await gateway.scans(scan(number, "SIGNED", "2031-01-03T18:00:00+08:00"))
    assert taken["results"][0]["outcome"] == "set_aside"
    assert (await gateway.parcel(number))["status"] == "picked_up"


async def test_a_number_used_again_is_another_parcel(gateway: Gateway) -> None:
    number = waybill()
    await gateway.scans(scan(number, "SIGNED", "2024-01-03T18:00:00+08:00"))
    await gateway.scans(scan(number, "COLLECTED", "2025-11-03T18:00:00+08:00"))
    view = await gateway.parcel(number)
    assert (view["status"], len(view["events"])) == ("picked_up", 1)
    assert [other["status"] for other in view["others"]] == ["delivered"]


async def test_explain_names_the_raw_event_and_what_the_others_did(gateway: Gateway) -> None:
    number = waybill()
    await gateway.scans(
        scan(number, "SIGNED", "2026-01-05T10:00:00+08:00", description="已签收", extra_field={"kept": True}),
        scan(number, "DEPARTED", "2026-01-05T11:00:00+08:00"),
    )
    answer = (await gateway.client.get(f"/v1/parcels/{number}/explain")).json()
    assert answer["status_event"]["code"] == "SIGNED"
    assert answer["status_event"]["raw"]["extra_field"] == {"kept": True}
    assert "SIGNED" in answer["status_event"]["basis"]
    assert [event["effect"] for event in answer["events"]] == ["moved", "after_final"]
    assert "delivered" in answer["explanation"]["en"]
