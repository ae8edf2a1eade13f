"""Who may ask, what is refused, and how."""

from tests.contract.tracking_gateway.conftest import Gateway, item, push_form, scan, waybill, zto_number
from tests.unit.tracking_gateway.numbers import compose


async def test_scopes(gateway: Gateway) -> None:
    number = waybill()
    body = scan(number, "COLLECTED", "2026-01-03T18:00:00+08:00")
    world, service = gateway.world, gateway.service
    async with world.client(service) as nobody, world.client(service, "tracking:read") as reader:
        assert (await nobody.get(f"/v1/parcels/{number}")).status_code == 401
        assert (await nobody.get("/v1/detect", params={"text": "x"})).status_code == 401
        assert (await nobody.post("/v1/scans", json=body)).status_code == 401
        assert (await reader.post("/v1/scans", json=body)).status_code == 403
        assert (await reader.get(f"/v1/parcels/{number}")).status_code == 404
    async with world.client(service, "tracking:write") as writer:
        assert (await writer.get(f"/v1/parcels/{number}")).status_code == 403
        assert (await writer.get(f"/v1/parcels/{number}/explain")).status_code == 403
        assert (await writer.get("/v1/unmapped-codes")).status_code == 403


async def test_unknown_parcels_are_404(gateway: Gateway) -> None:
    for path in (f"/v1/parcels/{waybill()}", f"/v1/parcels/{waybill()}/explain"):
        answer = await gateway.client.get(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


async def test_numbers_are_found_however_they_are_written(gateway: Gateway) -> None:
    number = waybill()
    await gateway.scans(scan(number.lower(), "COLLECTED", "2026-01-03T18:00:00+08:00"))
    assert (await gateway.parcel(f" {number[:6]}-{number[6:]} "))["waybill_no"] == number


async def test_bad_queries_name_the_parameter(gateway: Gateway) -> None:
    for path, parameters, pointer in [
        ("/v1/parcels/----", {}, "path/waybill_no"),
        ("/v1/parcels/abc", {}, "path/waybill_no"),
        (f"/v1/parcels/{'9' * 81}", {}, "path/waybill_no"),
        ("/v1/parcels/PH000000000001", {"phone": "secret"}, "query/phone"),
        ("/v1/parcels/PH000000000001", {"carrier": "No Such"}, "query/carrier"),
        ("/v1/detect", {}, "query/text"),
        ("/v1/detect", {"text": "x" * 4001}, "query/text"),
        ("/v1/unmapped-codes", {"limit": "0"}, "query/limit"),
    ]:
        answer = await gateway.client.get(path, params=parameters)
        assert answer.status_code == 400, (path, answer.text)
        assert answer.json()["errors"][0]["pointer"] == pointer


async def test_bad_scans_are_refused_whole_and_name_the_field(gateway: Gateway) -> None:
    number = waybill()
    good = scan(number, "COLLECTED", "2026-01-03T18:00:00+08:00")
    for spoiled, pointer in [
        ({**good, "scan_id": ""}, "#/1/scan_id"),
        ({**good, "waybill_no": "-----"}, "#/1/waybill_no"),
        ({**good, "code": "x" * 41}, "#/1/code"),
        ({**good, "occurred_at": "yesterday"}, "#/1/occurred_at"),
        ({**good, "occurred_at": None}, "#/1/occurred_at"),
        ({key: value for key, value in good.items() if key != "code"}, "#/1/code"),
        ("not a scan", "#/1"),
    ]:
        answer = await gateway.client.post("/v1/scans", json=[good, spoiled])
        assert answer.status_code == 400, answer.text
        assert answer.json()["errors"][0]["pointer"].startswith(pointer), answer.text
    for body in ("", "{", "[]", "null", "7"):
        answer = await gateway.client.post("/v1/scans", content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 400, (body, answer.text)
    too_many = await gateway.client.post("/v1/scans", json=[good] * 1001)
    assert too_many.status_code == 400
    assert (await gateway.client.get(f"/v1/parcels/{number}")).status_code == 404


async def test_detection_ranks_and_gives_reasons(gateway: Gateway) -> None:
    zto, ups = compose("zto", 77), compose("ups_1z", 77)
    answer = await gateway.client.get("/v1/detect", params={"text": f"单号{zto}，还有 UPS {ups}"})
    first, *others = answer.json()["candidates"]
    assert (first["waybill_no"], first["carrier"], first["format"]) == (zto, "zto", "zto")
    assert {"pattern", "no_check_digit"} <= {reason["code"] for reason in first["reasons"]}
    assert any(entry["waybill_no"] == ups and entry["carrier"] == "ups" for entry in others)
    assert all(set(reason["text"]) == {"zh-CN", "en"} for reason in first["reasons"])


async def test_detection_knows_the_store(gateway: Gateway) -> None:
    number = zto_number()[:-4] + "ABCD"
    before = await gateway.client.get("/v1/detect", params={"text": f"where is {number}?"})
    assert before.json()["candidates"] == []
    await gateway.push(push_form(number, [item("2026-01-03 18:00:00", "已揽收")]))
    after = (await gateway.client.get("/v1/detect", params={"text": f"where is {number}?"})).json()["candidates"]
    assert [(entry["waybill_no"], entry["carrier"]) for entry in after] == [(number, "zto")]
    assert after[0]["reasons"][0]["code"] == "known"


async def test_detection_tells_a_mistyped_number(gateway: Gateway) -> None:
    ups = compose("ups_1z", 78)
    wrong = ups[:-1] + str((int(ups[-1]) + 1) % 10)
    answer = (await gateway.client.get("/v1/detect", params={"text": wrong})).json()
    assert [(entry["carrier"], entry["reasons"][0]["code"]) for entry in answer["rejected"]] == [
        ("ups", "check_digit_wrong")
    ]


async def test_reading_a_parcel_is_in_the_audit_log(gateway: Gateway) -> None:
    number = waybill()
    await gateway.scans(scan(number, "COLLECTED", "2026-01-03T18:00:00+08:00"))
    parcel_id = (await gateway.parcel(number))["parcel_id"]
    async with gateway.world.client(gateway.service, "audit:read") as auditor:
        entries = (await auditor.get("/v1/audit", params={"resource": f"parcel/{parcel_id}"})).json()["items"]
    assert [(entry["actor"], entry["action"]) for entry in entries] == [("agent-1", "parcel.read")]


async def test_the_answer_can_be_quoted_in_both_languages(gateway: Gateway) -> None:
    number = waybill()
    await gateway.scans(scan(number, "ABSENT", "2026-01-03T18:00:00+08:00", city="北京", description="家中无人"))
    answer = (await gateway.parcel(number))["answer"]
    assert answer["zh-CN"] == (
        f"驿站快递运单{number}：派送未成功。最新动态（2026-01-03 18:00，北京）：家中无人。注意：收件人不在。"
    )
    assert answer["en"].startswith(f"Posthouse {number}: delivery was not possible.")
