"""Kuaidi100's pushes over HTTP: full lists, duplicates, forgeries, malformed bodies."""

import json
from urllib.parse import quote, urlencode

from contracts.parcels import ParcelDelivered, ParcelUpdated
from tests.contract.tracking_gateway.conftest import SALT, Gateway, item, push_form, scan, waybill, zto_number
from tests.support.world import World
from tracking_gateway.app import build
from tracking_gateway.carriers.kuaidi100.sign import push_signature
from tracking_gateway.settings import Settings

JOURNEY = [
    item("2026-01-05 10:00:00", "【北京市】已签收，签收人：本人", status="签收", statusCode="301"),
    item("2026-01-05 08:00:00", "【北京市】快递员正在派送", status="在途", statusCode="0"),
    item("2026-01-04 20:00:00", "【上海市】离开上海转运中心", status="干线", statusCode="1002"),
    item("2026-01-03 18:00:00", "【上海市】已揽收", status="揽收", statusCode="103", areaName="上海,上海市"),
]


async def test_a_push_becomes_a_parcel(gateway: Gateway) -> None:
    number = zto_number()
    answer = await gateway.push(push_form(number, JOURNEY, last={"state": "3", "ischeck": "1"}))
    assert answer.json() == {"result": True, "returnCode": "200", "message": "成功"}
    view = await gateway.parcel(number)
    assert (view["carrier"], view["status"], view["source"]) == ("zto", "delivered", "kuaidi100")
    assert view["status_since"] == "2026-01-05T02:00:00Z"
    assert set(view["milestones"]) == {"picked_up", "departed", "out_for_delivery", "delivered"}
    assert view["age_seconds"] < 60


async def test_growing_lists_and_repeats_tell_each_fact_once(gateway: Gateway) -> None:
    number = zto_number()
    for length in (1, 2, 2, 3, 4, 4):
        assert (await gateway.push(push_form(number, JOURNEY[-length:]))).status_code == 200
    view = await gateway.parcel(number)
    assert len(view["events"]) == 4
    updates = await gateway.world.wait_published(ParcelUpdated, 4)
    assert [event.status for event in updates] == ["picked_up", "in_transit", "out_for_delivery", "delivered"]
    assert len(await gateway.world.wait_published(ParcelDelivered)) == 1


async def test_the_last_list_first_ends_the_same(gateway: Gateway) -> None:
    forwards, backwards = zto_number(), zto_number()
    for length in (1, 2, 3, 4):
        await gateway.push(push_form(forwards, JOURNEY[-length:]))
    for length in (4, 2, 3, 1):
        await gateway.push(push_form(backwards, JOURNEY[-length:]))
    views = [await gateway.parcel(number) for number in (forwards, backwards)]
    assert views[0]["milestones"] == views[1]["milestones"]
    assert views[0]["status"] == views[1]["status"]


async def test_signed_is_not_read_into_a_refusal(gateway: Gateway) -> None:
    number = zto_number()
    refused = [item("2026-01-05 10:00:00", "派送失败，收件人拒收，无法签收", statusCode="3"), *JOURNEY[1:]]
    await gateway.push(push_form(number, refused, last={"state": "3"}))
    view = await gateway.parcel(number)
    assert view["status"] == "delivery_failed"
    assert [entry["code"] for entry in view["exceptions"]] == ["refused"]
    assert await gateway.world.published(ParcelDelivered) == []


async def test_sixty_days_of_silence_expire_the_tracking_not_the_status(gateway: Gateway) -> None:
    number = zto_number()
    await gateway.push(push_form(number, JOURNEY[2:]))
    await gateway.push(push_form(number, JOURNEY[2:], status="abort", message="60天无变化"))
    view = await gateway.parcel(number)
    assert (view["status"], view["tracking_state"]) == ("in_transit", "expired")
    await gateway.push(push_form(number, JOURNEY[1:]))
    assert (await gateway.parcel(number))["tracking_state"] == "active"


async def test_a_watch_without_any_trace_is_still_an_unknown_parcel(gateway: Gateway) -> None:
    number = zto_number()
    assert (await gateway.push(push_form(number, [], status="abort", message="3天查询无记录"))).status_code == 200
    assert (await gateway.client.get(f"/v1/parcels/{number}")).status_code == 404


async def test_unreadable_items_do_not_lose_the_others(gateway: Gateway) -> None:
    number = zto_number()
    form = push_form(number, [item("soon", "?"), item("2026-01-03 18:00:00", "已揽收")])
    assert (await gateway.push(form)).status_code == 200
    assert [event["text"] for event in (await gateway.parcel(number))["events"]] == ["已揽收"]


async def test_every_change_of_one_byte_is_refused_and_stores_nothing(gateway: Gateway) -> None:
    number = zto_number()
    param = json.dumps({"lastResult": {"nu": number, "com": "zhongtong", "data": JOURNEY[-1:]}}, ensure_ascii=True)
    signature = push_signature(param, SALT)
    for position in range(len(signature)):
        forged = signature[:position] + ("0" if signature[position] != "0" else "1") + signature[position + 1 :]
        assert (await gateway.push(urlencode({"param": param, "sign": forged}))).status_code == 403
    for position in range(0, len(param), 7):
        forged = param[:position] + chr(ord(param[position]) ^ 1) + param[position + 1 :]
        assert (await gateway.push(urlencode({"param": forged, "sign": signature}))).status_code == 403
    for signature_form in (signature.lower(), signature + "0", signature[:-1]):
        assert (await gateway.push(urlencode({"param": param, "sign": signature_form}))).status_code == 403
    assert (await gateway.push(push_form(number, JOURNEY, salt="other"))).status_code == 403
    assert (await gateway.client.get(f"/v1/parcels/{number}")).status_code == 404


async def test_bodies_that_are_no_form_name_the_field(gateway: Gateway) -> None:
    for body, pointer in [
        ("", "#/param"),
        ("param=x", "#/sign"),
        ("sign=x", "#/param"),
        ("param=&sign=x", "#/param"),
        ("param=a&param=b&sign=c", "#/param"),
        ("\x00\xff", "#"),
        ("param=%ff&sign=x", "#"),
        ("x" * 100, "#"),
    ]:
        answer = await gateway.push(body)
        assert answer.status_code == 400, body
        assert answer.json()["errors"][0]["pointer"] == pointer, body


async def test_signed_bodies_of_another_form_are_bad_requests(gateway: Gateway) -> None:
    for param in ["null", "{", "[]", "{}", '{"lastResult":{"nu":5}}', '{"lastResult":{"nu":"12345678"}}']:
        answer = await gateway.push(f"param={quote(param)}&sign={push_signature(param, SALT)}")
        assert answer.status_code == 400, param
        assert answer.json()["errors"][0]["pointer"].startswith("#/param"), param


async def test_a_body_beyond_the_limit_is_too_large(gateway: Gateway) -> None:
    assert (await gateway.push("param=" + "x" * 1_100_000)).status_code == 413


async def test_pushes_are_refused_where_no_salt_is_set(world: World) -> None:
    service = await world.start(build, Settings())
    async with world.client(service) as client:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        form = push_form(zto_number(), JOURNEY, salt="")
        assert (await client.post("/v1/kuaidi100/push", content=form, headers=headers)).status_code == 403


async def test_one_number_of_two_carriers_is_two_parcels(gateway: Gateway) -> None:
    number = waybill()
    await gateway.scans(scan(number, "COLLECTED", "2026-01-03T18:00:00+08:00"))
    await gateway.push(push_form(number, JOURNEY))
    assert (await gateway.parcel(number, carrier="posthouse"))["status"] == "picked_up"
    assert (await gateway.parcel(number, carrier="zto"))["status"] == "delivered"
    assert len((await gateway.parcel(number))["others"]) == 1
