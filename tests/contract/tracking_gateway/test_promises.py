"""Promises and estimates: by product and route, broken by the clock, learned from what parcels of a lane took."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from chassis.clock import ManualClock
from contracts.orders import OrderParty, OrderPersonal, OrderPlaced, OrderStatus, OrderStatusChanged, OrderTerms
from contracts.parcels import (
    Area,
    ParcelExceptionClosed,
    ParcelExceptionOpened,
    Party,
    ShipmentDeclared,
    ShipmentPersonal,
)
from tests.contract.tracking_gateway.conftest import Gateway, all_silences_heard, scan, waybill
from tests.support.world import World, eventually
from tracking_gateway.app import build
from tracking_gateway.ingest import Ingest
from tracking_gateway.parameters import TrackingParameters
from tracking_gateway.settings import Settings
from tracking_gateway.silences import SilenceWatch

SHENZHEN, HANGZHOU = {"province": "广东", "city": "深圳"}, {"province": "浙江", "city": "杭州市"}


@pytest.fixture
async def network(manual_world: World) -> AsyncIterator[Gateway]:
    service = await manual_world.start(build, Settings())
    scopes = ("tracking:read", "tracking:write", "tracking:disclose")
    async with manual_world.client(service, *scopes) as client:
        yield Gateway(service, client, manual_world)


def now(network: Gateway, hours: float = 0) -> str:
    return (network.world.clock.now() + timedelta(hours=hours)).isoformat()


async def hours_pass(network: Gateway, hours: float) -> None:
    clock = network.world.clock
    assert isinstance(clock, ManualClock)
    await clock.advance(hours * 3600)
    state = network.service.app.state
    parameters = TrackingParameters()
    ingest = Ingest(state.knowledge, parameters)
    await SilenceWatch(network.service.db, ingest, parameters, state.catalogue).look()
    await all_silences_heard(network)


async def declare(network: Gateway, number: str, **fields: Any) -> dict[str, Any]:
    answer = await network.client.put(f"/v1/parcels/{number}/shipment", json=fields)
    assert answer.status_code == 200, answer.text
    view: dict[str, Any] = answer.json()
    return view


async def test_a_parcel_is_late_by_the_clock_until_it_arrives(network: Gateway) -> None:
    number = waybill()
    declared = await declare(network, number, origin=SHENZHEN, destination=HANGZHOU)
    assert declared["promise"]["basis"] == "none"  # nothing was collected yet
    await network.scans(scan(number, "COLLECTED", now(network), city="深圳"))
    view = await network.parcel(number)
    promised = datetime.fromisoformat(view["promise"]["promised_at"])
    assert promised - network.world.clock.now() == timedelta(hours=72)
    assert (view["promise"]["route"], view["promise"]["source"][:9]) == ("inter_city", "GB/T 2791")
    assert (view["estimate"]["basis"], view["estimate"]["expected_at"]) == ("tariff", view["promise"]["promised_at"])
    local = promised.astimezone(network.service.app.state.own_zone)
    assert local.strftime("承诺%Y-%m-%d %H:%M前送达") in view["answer"]["zh-CN"]
    await hours_pass(network, 60)
    await network.scans(scan(number, "ARRIVED", now(network)))
    await hours_pass(network, 12.1)
    await network.scans(scan(number, "ARRIVED_DEST", now(network)))  # a movement does not mend a broken promise
    view = await network.parcel(number)
    (late,) = view["exceptions"]
    assert (late["code"], late["open"], late["opened_at"]) == ("delayed", True, view["promise"]["promised_at"])
    assert view["promise"]["delayed"] is True
    assert view["estimate"]["reason"] == "promise_passed"
    await hours_pass(network, 24 * 7 + 24)
    codes = {entry["code"]: entry["severity"] for entry in (await network.parcel(number))["exceptions"]}
    assert codes == {"delayed": 3, "complete_delay": 1, "stalled": 3}
    await network.scans(scan(number, "SIGNED", now(network)))
    opened = await network.world.wait_published(ParcelExceptionOpened, 3)
    closed = await network.world.wait_published(ParcelExceptionClosed, 3)
    assert sorted(event.exception for event in closed) == sorted(event.exception for event in opened)
    view = await network.parcel(number)
    assert view["promise"]["complete_delay"] is True
    assert view["promise"]["delay_seconds"] == (12.1 + 24 * 8 - 12) * 3600
    assert view["estimate"] == {**view["estimate"], "basis": "none", "reason": "journey_over"}


async def test_a_later_declaration_counts_and_takes_back_what_the_clock_said_by_the_earlier(network: Gateway) -> None:
    number = waybill()
    await network.scans(scan(number, "COLLECTED", now(network)))
    await declare(network, number, product="express", origin=HANGZHOU, destination=HANGZHOU)
    await hours_pass(network, 13)
    assert [entry["code"] for entry in (await network.parcel(number))["exceptions"]] == ["delayed"]
    await declare(network, number, origin=HANGZHOU, destination=HANGZHOU, declared_at=now(network, -20))  # came late
    assert (await network.parcel(number))["promise"]["product"] == "express"
    await declare(network, number, origin=HANGZHOU, destination=SHENZHEN)
    view = await network.parcel(number)
    assert (view["exceptions"], view["promise"]["product"]) == ([], "standard")
    await network.world.wait_published(ParcelExceptionClosed)
    exact = now(network, 5)
    await network.world.publish(
        ShipmentDeclared(
            waybill_no=number,
            product="standard",
            origin=Area(city="深圳"),
            destination=Area(country="FR"),
            promised_at=datetime.fromisoformat(exact),
            occurred_at=network.world.clock.now(),
        )
    )
    view = await eventually(lambda: network.parcel(number), lambda seen: seen["promise"]["basis"] == "declared")
    assert (view["promise"]["route"], datetime.fromisoformat(view["promise"]["promised_at"])) == (
        "europe",
        datetime.fromisoformat(exact),
    )


async def test_estimates_learn_from_the_lane_and_forget_what_was_not_so(network: Gateway) -> None:
    route = {"origin": SHENZHEN, "destination": HANGZHOU, "product": "economy"}
    for index in range(20):
        number = waybill()
        await declare(network, number, **route)
        start = -100 - index
        await network.scans(
            scan(number, "COLLECTED", now(network, start)),
            scan(number, "SIGNED", now(network, start + 40 + index)),
        )
    number = waybill()
    await declare(network, number, **route)
    await network.scans(scan(number, "COLLECTED", now(network)))
    view = (await network.parcel(number))["estimate"]
    assert (view["basis"], view["samples"]) == ("history", 20)
    hours = [
        (datetime.fromisoformat(view[name]) - network.world.clock.now()).total_seconds() / 3600
        for name in ("earliest", "expected_at", "latest")
    ]
    assert [abs(found - true) / true < 0.06 for found, true in zip(hours, (41, 49, 57), strict=True)] == [True] * 3
    assert "by experience" in (await network.parcel(number))["answer"]["en"].lower()
    revoked = waybill()
    await declare(network, revoked, **route)
    await network.scans(scan(revoked, "COLLECTED", now(network, -60)), scan(revoked, "SIGNED", now(network, -1)))
    assert (await network.parcel(number))["estimate"]["samples"] == 21
    await network.scans(scan(revoked, "SIGN_REVOKED", now(network), description="签收作废"))
    assert (await network.parcel(number))["estimate"]["samples"] == 20


async def test_who_sent_it_is_told_to_the_inspected_recipient_only(network: Gateway) -> None:
    number = waybill()
    parties = ShipmentPersonal(
        sender=Party(name="张三", phone="+8613800001111", address="深圳市南山区某路1号"),
        recipient=Party(name="李四", phone="13900002222", address="杭州市西湖区某路2号"),
    )
    await network.scans(scan(number, "COLLECTED", now(network)))
    await declare(network, number, **parties.model_dump(mode="json"))
    masked = (await network.parcel(number))["parties"]
    assert masked["sender"] == {"name": "张**", "phone": "+86138****1111", "address": "深圳市南山区***"}
    async with network.world.client(network.service, "tracking:read", "personal:read") as supervisor:
        full = (await supervisor.get(f"/v1/parcels/{number}")).json()["parties"]
        assert full["recipient"]["phone"] == "13900002222"
        party = await supervisor.get(f"/v1/parcels/{number}", params={"asker": "recipient", "identity": "confirmed"})
        assert party.json()["parties"] == masked
        stranger = await supervisor.get(f"/v1/parcels/{number}", params={"asker": "recipient"})
        assert stranger.json()["parties"] == {}
        assert (await supervisor.post(f"/v1/parcels/{number}/sender", json={})).status_code == 403
    asks = {"asked_by": "recipient", "identity": "identity", "phone": "+86 139 0000 2222", "evidence": "身份证核验"}
    for spoiled in ({"identity": "confirmed"}, {"phone": "13800001111"}):
        refused = await network.client.post(f"/v1/parcels/{number}/sender", json={**asks, **spoiled})
        assert refused.status_code == 403
    told = await network.client.post(f"/v1/parcels/{number}/sender", json=asks)
    assert told.json() == {"waybill_no": number, **parties.model_dump()["sender"]}
    assert (await network.client.post(f"/v1/parcels/{waybill()}/sender", json=asks)).status_code == 403
    async with network.service.db.read() as tx:
        rows = await tx.fetch("select action, count(*) as n from audit where action like 'parcel.sender%' group by 1")
    assert {row["action"]: row["n"] for row in rows} == {"parcel.sender_disclosed": 1, "parcel.sender_refused": 3}


async def test_an_order_placed_with_us_is_the_shipment_of_its_waybill(network: Gateway) -> None:
    order_id, number, now_ = uuid4(), waybill(), network.world.clock.now()

    def party(name: str, province: str, city: str) -> OrderParty:
        return OrderParty(name=name, phone="13800001111", province=province, city=city, address=f"{city}某路1号")

    terms = OrderTerms(
        goods_name="书",
        goods_nature="paper",
        goods_quantity=1,
        product="standard",
        mode="air",
        weight_g=1000,
        chargeable_g=1000,
        freight=2600,
        currency="CNY",
        payment_method="sender",
        promise_hours=120,
        pickup_from=now_,
        pickup_to=now_ + timedelta(hours=2),
        tariff_version="2026-1",
        goods_list_version="1",
    )
    personal = OrderPersonal(sender=party("张三", "GD", "深圳市"), recipient=party("李四", "XZ", "拉萨市"))
    placed = OrderPlaced(
        order_id=order_id, order_no="PO1", source="agent", terms=terms, occurred_at=now_, personal=personal
    )
    picked_up = OrderStatusChanged(
        order_id=order_id, order_no="PO1", status=OrderStatus.PICKED_UP, waybill_no=number, occurred_at=now_
    )
    await network.scans(scan(number, "COLLECTED", now(network)))
    await network.world.publish(placed, picked_up)
    view = await eventually(lambda: network.parcel(number), lambda seen: seen["promise"]["basis"] == "declared")
    promised = datetime.fromisoformat(view["promise"]["promised_at"])
    assert (promised - now_, view["promise"]["route"]) == (timedelta(hours=120), "inter_city")
    assert view["parties"]["recipient"]["name"] == "李**"
