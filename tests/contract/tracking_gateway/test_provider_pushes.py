"""Pushes of every provider over HTTP: taken once, refused when forged, answered as the provider expects."""

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import pytest
from pydantic import SecretStr

from tests.contract.tracking_gateway.conftest import Gateway, scan, waybill
from tests.support.world import World
from tests.unit.tracking_gateway.numbers import compose
from tracking_gateway.app import build
from tracking_gateway.carriers.aftership.sign import webhook_signature as aftership_signature
from tracking_gateway.carriers.easypost.sign import webhook_signature as easypost_signature
from tracking_gateway.carriers.kdniao.sign import data_sign
from tracking_gateway.carriers.track17.sign import push_signature as track17_signature
from tracking_gateway.settings import Settings

SECRET = "one-secret"
ZTO, EMS, UPS, FEDEX, SF = (compose(form, 55) for form in ("zto", "ems_s10", "ups_1z", "fedex_12", "sf"))
FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}


@pytest.fixture
async def hub(world: World) -> AsyncIterator[Gateway]:
    secret = SecretStr(SECRET)
    settings = Settings(
        kdniao_business_id="1234567",
        kdniao_app_key=secret,
        track17_key=secret,
        aftership_webhook_secret=secret,
        easypost_webhook_secret=secret,
        sf_push_token=secret,
    )
    service = await world.start(build, settings)
    async with world.client(service, "tracking:read", "tracking:write") as client:
        yield Gateway(service, client, world)


def pushes() -> dict[str, tuple[str, dict[str, str], bytes, str, str]]:
    """By provider: path, headers, body, the number it is about, the status it gives."""
    trace = {"AcceptTime": "2026-01-03 10:00:00", "AcceptStation": "已揽收", "Action": "1"}
    kdniao = json.dumps({"Data": [{"ShipperCode": "ZTO", "LogisticCode": ZTO, "Traces": [trace]}]})
    event = {"time_iso": "2026-01-03T10:00:00+08:00", "description": "Departed", "sub_status": "InTransit_Departure"}
    tracking = {"tracking": {"providers": [{"events": [event]}]}}
    track17 = json.dumps(
        {"event": "TRACKING_UPDATED", "data": {"number": EMS, "carrier": 3013, "track_info": tracking}}
    )
    checkpoint = {"checkpoint_time": "2026-01-03T10:00:00Z", "subtag": "OutForDelivery_001", "message": ""}
    message = {"tracking_number": UPS, "slug": "ups", "checkpoints": [checkpoint]}
    aftership = json.dumps({"event": "tracking_update", "msg": message})
    detail = {"status": "delivered", "datetime": "2026-01-03T10:00:00Z", "message": "Delivered"}
    tracker = {"object": "Tracker", "tracking_code": FEDEX, "carrier": "FedEx", "tracking_details": [detail]}
    easypost = json.dumps({"object": "Event", "result": tracker})
    route = {"mailno": SF, "acceptTime": "2026-01-03 10:00:00", "opCode": "54", "remark": "已收取"}
    sf = json.dumps({"Body": {"WaybillRoute": [route]}})
    kdniao_form = urlencode({"RequestData": kdniao, "DataSign": data_sign(kdniao, SECRET), "RequestType": "101"})
    return {
        "kdniao": ("/v1/kdniao/push", FORM, kdniao_form.encode(), ZTO, "picked_up"),
        "17track": (
            "/v1/17track/push",
            {**JSON, "sign": track17_signature(track17.encode(), SECRET)},
            track17.encode(),
            EMS,
            "in_transit",
        ),
        "aftership": (
            "/v1/aftership/push",
            {**JSON, "aftership-hmac-sha256": aftership_signature(aftership.encode(), SECRET)},
            aftership.encode(),
            UPS,
            "out_for_delivery",
        ),
        "easypost": (
            "/v1/easypost/push",
            {**JSON, "X-Hmac-Signature": easypost_signature(easypost.encode(), SECRET)},
            easypost.encode(),
            FEDEX,
            "delivered",
        ),
        "sf": (f"/v1/sf/push?token={SECRET}", JSON, sf.encode(), SF, "picked_up"),
    }


async def test_pushes_are_taken_once(hub: Gateway) -> None:
    for name, (path, headers, body, number, status) in pushes().items():
        for _ in range(2):
            answer = await hub.client.post(path, content=body, headers=headers)
            assert answer.status_code == 200, (name, answer.text)
        view = await hub.parcel(number)
        assert (view["status"], view["source"], len(view["events"])) == (status, name, 1)


async def test_providers_hear_what_they_expect(hub: Gateway) -> None:
    expected: dict[str, dict[str, Any]] = {
        "kdniao": {"EBusinessID": "1234567", "Success": True, "Reason": ""},
        "sf": {"return_code": "0000", "return_msg": "成功"},
    }
    for name, reply in expected.items():
        path, headers, body, _, _ = pushes()[name]
        answer = (await hub.client.post(path, content=body, headers=headers)).json()
        assert reply.items() <= answer.items()
    assert len(answer) == 2


async def test_forged_pushes_are_refused_and_store_nothing(hub: Gateway) -> None:
    for name, (path, headers, body, number, _) in pushes().items():
        changed = body.replace(b"2026-01-03", b"2026-01-04")
        attempts = [(path, headers, changed)] if name != "sf" else [(path + "x", headers, body)]
        if name != "kdniao":  # there the signature is in the form, and its absence a malformed form
            attempts.append((path.split("?")[0], {"content-type": headers["content-type"]}, body))
        for where, carried, content in attempts:
            answer = await hub.client.post(where, content=content, headers=carried)
            assert answer.status_code == 403, (name, answer.text)
        assert (await hub.client.get(f"/v1/parcels/{number}")).status_code == 404


async def test_epcis_events_join_the_courier_s_own_scans(hub: Gateway) -> None:
    number = waybill()
    await hub.scans(scan(number, "COLLECTED", "2026-01-03T10:00:00+08:00"))
    event = {
        "type": "ObjectEvent",
        "eventID": "ni:///sha-256;00",
        "eventTime": "2026-01-04T02:00:00Z",
        "eventTimeZoneOffset": "+08:00",
        "bizStep": "departing",
        "bizTransactionList": [{"type": "bol", "bizTransaction": f"urn:x:{number}"}],
        "readPoint": {"id": "urn:epc:id:sgln:690.1.2"},
    }
    document = {"type": "EPCISDocument", "epcisBody": {"eventList": [event, {**event, "eventTime": "?"}]}}
    first = await hub.client.post("/v1/epcis/capture", json=document)
    assert (first.status_code, first.json()) == (202, {"parcels": 1, "events": 1, "set_aside": 1})
    assert (await hub.client.post("/v1/epcis/capture", json=event)).json()["events"] == 0
    assert (await hub.parcel(number))["status"] == "in_transit"
    assert (await hub.client.post("/v1/epcis/capture", content=b"{")).status_code == 400
    async with hub.world.client(hub.service, "tracking:read") as reader:
        assert (await reader.post("/v1/epcis/capture", json=event)).status_code == 403
