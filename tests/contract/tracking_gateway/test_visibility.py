"""Who sees what: agents all, verified parties without other people's data, strangers status and dates only."""

import json

from tests.contract.tracking_gateway.conftest import Gateway, scan, waybill

TEXT = "派件员：李小明 13812345678 正在派送，签收人：王大力"


async def _parcel(gateway: Gateway) -> str:
    number = waybill()
    await gateway.scans(
        scan(number, "OUT_FOR_DELIVERY", "2026-01-05T08:00:00+08:00", description=TEXT, city="北京", node="朝阳网点")
    )
    return number


async def test_each_audience_sees_its_part(gateway: Gateway) -> None:
    number = await _parcel(gateway)
    agent = await gateway.parcel(number)
    assert agent["last_event"]["text"] == TEXT
    assert agent["events"][0]["node"] == "朝阳网点"
    party = await gateway.parcel(number, audience="party")
    assert party["last_event"]["text"] == "派件员：李** 138****5678 正在派送，签收人：王**"
    assert party["events"][0]["node"] is None
    public = await gateway.parcel(number, audience="public")
    assert (public["status"], public["events"]) == ("out_for_delivery", [])
    assert public["last_event"]["text"] == ""
    for view in (party, public):
        shown = json.dumps(view, ensure_ascii=False)
        for secret in ("李小明", "13812345678", "王大力"):
            assert secret not in shown
    assert "北京" not in json.dumps(public, ensure_ascii=False)
    assert public["answer"]["zh-CN"] == f"驿站快递运单{number}：正在派送。"


async def test_a_public_caller_gets_no_more_than_the_public_answer(gateway: Gateway) -> None:
    number = await _parcel(gateway)
    async with gateway.world.client(gateway.service, "tracking:public") as stranger:
        answer = await stranger.get(f"/v1/parcels/{number}", params={"audience": "agent"})
        assert answer.status_code == 200
        assert "13812345678" not in answer.text
        assert (await stranger.get(f"/v1/parcels/{number}/explain")).status_code == 403
        assert (await stranger.post("/v1/parcels/query", json={"waybill_nos": [number]})).status_code == 403
    async with gateway.world.client(gateway.service, "cases:read") as other:
        assert (await other.get(f"/v1/parcels/{number}")).status_code == 403


async def test_many_parcels_in_one_question(gateway: Gateway) -> None:
    numbers = [waybill() for _ in range(3)]
    await gateway.scans(*(scan(number, "COLLECTED", "2026-01-05T08:00:00+08:00") for number in numbers[:2]))
    await gateway.scans(scan(numbers[0], "DAMAGED", "2026-01-05T09:00:00+08:00"))
    asked = [numbers[2], numbers[0].lower(), numbers[1], numbers[0]]
    answer = (await gateway.client.post("/v1/parcels/query", json={"waybill_nos": asked})).json()["items"]
    assert [entry["waybill_no"] for entry in answer] == [numbers[2], numbers[0], numbers[1], numbers[0]]
    assert answer[0]["parcel"] is None
    assert answer[1]["parcel"]["exceptions"] == ["damaged"]
    assert answer[2]["parcel"]["status"] == "picked_up"
    for body, pointer in [
        ({"waybill_nos": []}, "#/waybill_nos"),
        ({"waybill_nos": ["ok123456", "-"]}, "#/waybill_nos/1"),
        ({"waybill_nos": ["12345678"] * 101}, "#/waybill_nos"),
    ]:
        refused = await gateway.client.post("/v1/parcels/query", json=body)
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["pointer"] == pointer
