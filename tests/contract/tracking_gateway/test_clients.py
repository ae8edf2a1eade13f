"""How providers are asked: each request checked against the documentation, each kind of answer understood."""

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from chassis.clock import ManualClock
from tests.contract.tracking_gateway.provider_double import Asked, ProviderDouble, provider_double
from tracking_gateway.carriers.aftership.client import AftershipClient
from tracking_gateway.carriers.dhl.client import DhlClient
from tracking_gateway.carriers.easypost.client import EasypostClient
from tracking_gateway.carriers.fedex.client import FEDEX as FEDEX_API
from tracking_gateway.carriers.kdniao.client import KdniaoClient
from tracking_gateway.carriers.oauth_carrier import OAuthCarrierClient
from tracking_gateway.carriers.port import NotReached, PhoneNeeded, QuerySource, RateLimited, SourceError, SourceRefused
from tracking_gateway.carriers.sf.client import SfClient
from tracking_gateway.carriers.sf.sign import msg_digest
from tracking_gateway.carriers.track17.client import Track17Client
from tracking_gateway.carriers.ups.client import UPS as UPS_API
from tracking_gateway.carriers.usps.client import USPS as USPS_API

Options = dict[str, Any]


@pytest.fixture
async def provider() -> AsyncIterator[ProviderDouble]:
    async with provider_double() as double:
        yield double


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def make(provider: ProviderDouble, clock: ManualClock) -> AsyncIterator[Callable[[str], QuerySource]]:
    made: list[QuerySource] = []

    def client(name: str, url: str = "") -> QuerySource:
        where: Options = {"url": url or provider.url, "timeout_seconds": 5}
        account: Options = {**where, "client_id": "id", "secret": "s3", "clock": clock}
        sources: dict[str, Callable[[], QuerySource]] = {
            "kdniao": lambda: KdniaoClient(**where, business_id="1234567", app_key="key"),
            "17track": lambda: Track17Client(**where, key="key"),
            "aftership": lambda: AftershipClient(**where, api_key="key"),
            "easypost": lambda: EasypostClient(**where, api_key="key"),
            "sf": lambda: SfClient(**where, partner_id="P1", check_word="cw", clock=clock),
            "ups": lambda: OAuthCarrierClient(UPS_API, **account),
            "fedex": lambda: OAuthCarrierClient(FEDEX_API, **account),
            "usps": lambda: OAuthCarrierClient(USPS_API, **account),
            "dhl": lambda: DhlClient(**where, api_key="key"),
        }
        made.append(sources[name]())
        return made[-1]

    yield client
    for source in made:
        await source.close()


Make = Callable[..., QuerySource]

ZTO, YTO, SF, UPS, FEDEX = "73000000000001", "YT0000000000001", "SF1390012345678", "1ZA1B2C30398765433", "773012345675"
TOKEN = {"access_token": "t1", "token_type": "Bearer", "expires_in": "3600"}


async def test_kdniao(provider: ProviderDouble, make: Make) -> None:
    def answer(asked: Asked) -> tuple[int, Any]:
        data = asked.form["RequestData"]
        signature = b64decode(asked.form["DataSign"]).decode()
        assert signature == hashlib.md5((data + "key").encode()).hexdigest()
        assert (asked.form["RequestType"], asked.form["DataType"], asked.form["EBusinessID"]) == (
            "8001",
            "2",
            "1234567",
        )
        request = json.loads(data)
        if request["LogisticCode"] == YTO:
            assert "CustomerName" not in request
            return 200, {"Success": False, "Reason": "暂无轨迹信息", "ShipperCode": "YTO", "LogisticCode": YTO}
        assert request["CustomerName"] == "1234"
        trace = {"AcceptTime": "2026-03-01 10:00:00", "AcceptStation": "已签收", "Action": "301"}
        return 200, {"Success": True, "ShipperCode": "ZTO", "LogisticCode": ZTO, "State": "3", "Traces": [trace]}

    provider.answers["/api/dist"] = answer
    source = make("kdniao")
    told = await source.query("zto", ZTO, phone="13900001234")
    assert told is not None
    assert told[0].reports[0].code == "301"
    assert await source.query("yto", YTO, phone=None) is None
    with pytest.raises(PhoneNeeded):
        await source.query("sf", SF, phone=None)
    provider.answers["/api/dist"] = lambda _: (200, {"Success": False, "Reason": "非法参数"})
    with pytest.raises(SourceError):
        await source.query("yto", YTO, phone=None)


async def test_17track_registers_what_it_does_not_know(provider: ProviderDouble, make: Make) -> None:
    number = "EE123456785CN"
    event = {"time_iso": "2026-03-01T10:00:00+08:00", "description": "Delivered", "sub_status": "Delivered_Other"}
    known: list[Any] = []

    def info(asked: Asked) -> tuple[int, Any]:
        assert asked.headers["17token"] == "key"
        assert json.loads(asked.body) == [{"number": number, "carrier": 3013}]
        rejected = [] if known else [{"number": number, "error": {"code": -18019902}}]
        return 200, {"code": 0, "data": {"accepted": known, "rejected": rejected}}

    provider.answers["/track/v2.4/gettrackinfo"] = info
    provider.answers["/track/v2.4/register"] = lambda _: (200, {"code": 0, "data": {"accepted": [], "rejected": []}})
    source = make("17track")
    assert await source.query("ems", number, phone=None) is None
    assert [asked.path for asked in provider.asked] == ["/track/v2.4/gettrackinfo", "/track/v2.4/register"]
    tracking = {"providers": [{"events": [event]}]}
    known.append({"number": number, "carrier": 3013, "track_info": {"tracking": tracking}})
    told = await source.query("ems", number, phone=None)
    assert told is not None
    assert told[0].reports[0].code == "Delivered_Other"


async def test_aftership(provider: ProviderDouble, make: Make) -> None:
    def answer(asked: Asked) -> tuple[int, Any]:
        assert (asked.method, asked.headers["as-api-key"]) == ("GET", "key")
        assert asked.query == {"tracking_numbers": UPS, "slug": "ups"}
        checkpoint = {"checkpoint_time": "2026-03-01T10:00:00Z", "subtag": "Delivered_001", "message": "Delivered"}
        tracking = {"slug": "ups", "tracking_number": UPS, "checkpoints": [checkpoint]}
        return 200, {"meta": {"code": 200}, "data": {"trackings": [{**tracking, "slug": "other"}, tracking]}}

    provider.answers["/tracking/2024-07/trackings"] = answer
    told = await make("aftership").query("ups", UPS, phone=None)
    assert told is not None
    assert told[0].reports[0].code == "Delivered_001"
    provider.answers["/tracking/2024-07/trackings"] = lambda _: (404, {})
    assert await make("aftership").query("ups", UPS, phone=None) is None


async def test_easypost(provider: ProviderDouble, make: Make) -> None:
    def answer(asked: Asked) -> tuple[int, Any]:
        assert asked.headers["authorization"] == "Basic " + b64encode(b"key:").decode()
        assert asked.query == {"tracking_code": FEDEX, "carrier": "FedEx"}
        detail = {"status": "delivered", "datetime": "2026-03-01T10:00:00Z", "message": "Delivered"}
        return 200, {"trackers": [{"tracking_code": FEDEX, "carrier": "FedEx", "tracking_details": [detail]}]}

    provider.answers["/v2/trackers"] = answer
    told = await make("easypost").query("fedex", FEDEX, phone=None)
    assert told is not None
    assert told[0].reports[0].code == "delivered"
    provider.answers["/v2/trackers"] = lambda _: (200, {"trackers": []})
    assert await make("easypost").query("fedex", FEDEX, phone=None) is None


async def test_sf(provider: ProviderDouble, make: Make, clock: ManualClock) -> None:
    routes: list[Any] = [{"acceptTime": "2026-03-01 10:00:00", "opCode": "80", "remark": "已签收"}]

    def answer(asked: Asked) -> tuple[int, Any]:
        form = asked.form
        assert (form["partnerID"], form["serviceCode"]) == ("P1", "EXP_RECE_SEARCH_ROUTES")
        assert form["timestamp"] == str(int(clock.now().timestamp() * 1000))
        assert form["msgDigest"] == msg_digest(form["msgData"], form["timestamp"], "cw")
        assert json.loads(form["msgData"])["trackingNumber"] == [SF]
        assert json.loads(form["msgData"])["checkPhoneNo"] == "1234"
        data = {"success": True, "errorCode": "S0000", "msgData": {"routeResps": [{"mailNo": SF, "routes": routes}]}}
        return 200, {"apiResultCode": "A1000", "apiResultData": json.dumps(data)}

    provider.answers["/std/service"] = answer
    source = make("sf")
    told = await source.query("sf", SF, phone="13900001234")
    assert told is not None
    assert told[0].reports[0].code == "80"
    routes.clear()
    assert await source.query("sf", SF, phone="1234") is None
    with pytest.raises(PhoneNeeded):
        await source.query("sf", SF, phone=None)
    provider.answers["/std/service"] = lambda _: (200, {"apiResultCode": "A1001", "apiErrorMsg": "x"})
    with pytest.raises(SourceRefused):
        await source.query("sf", SF, phone="1234")


async def test_ups_with_a_token_that_is_kept(provider: ProviderDouble, make: Make, clock: ManualClock) -> None:
    def token(asked: Asked) -> tuple[int, Any]:
        assert asked.headers["authorization"] == "Basic " + b64encode(b"id:s3").decode()
        assert asked.form == {"grant_type": "client_credentials"}
        return 200, TOKEN

    def answer(asked: Asked) -> tuple[int, Any]:
        assert asked.headers["authorization"] == "Bearer t1"
        assert asked.headers["transid"]
        assert asked.headers["transactionsrc"]
        status = {"type": "D", "code": "ZZ", "description": "Delivered"}
        package = {"trackingNumber": UPS, "activity": [{"status": status, "date": "20260301", "time": "100000"}]}
        return 200, {"trackResponse": {"shipment": [{"package": [package]}]}}

    provider.answers["/security/v1/oauth/token"] = token
    provider.answers[f"/api/track/v1/details/{UPS}"] = answer
    source = make("ups")
    for _ in range(2):
        told = await source.query("ups", UPS, phone=None)
        assert told is not None
        assert told[0].reports[0].code == "D"
    assert len(provider.asked) == 3
    await clock.advance(3599)
    await source.query("ups", UPS, phone=None)
    assert len(provider.asked) == 5
    provider.answers[f"/api/track/v1/details/{UPS}"] = lambda _: (404, {})
    assert await source.query("ups", UPS, phone=None) is None
    provider.answers[f"/api/track/v1/details/{UPS}"] = lambda _: (401, {})
    with pytest.raises(SourceRefused):
        await source.query("ups", UPS, phone=None)
    with pytest.raises(SourceRefused):
        await source.query("ups", UPS, phone=None)
    assert [asked.path for asked in provider.asked[-2:]] == [
        "/security/v1/oauth/token",
        f"/api/track/v1/details/{UPS}",
    ]


async def test_fedex(provider: ProviderDouble, make: Make) -> None:
    def token(asked: Asked) -> tuple[int, Any]:
        assert asked.form == {"grant_type": "client_credentials", "client_id": "id", "client_secret": "s3"}
        return 200, {**TOKEN, "expires_in": 3600}

    def answer(asked: Asked) -> tuple[int, Any]:
        wanted = {"trackingNumberInfo": {"trackingNumber": FEDEX}}
        assert json.loads(asked.body) == {"includeDetailedScans": True, "trackingInfo": [wanted]}
        scan = {"eventType": "DL", "date": "2026-03-01T10:00:00-06:00", "eventDescription": "Delivered"}
        result = {"trackingNumber": FEDEX, "trackResults": [{"scanEvents": [scan]}]}
        return 200, {"output": {"completeTrackResults": [result]}}

    provider.answers["/oauth/token"] = token
    provider.answers["/track/v1/trackingnumbers"] = answer
    told = await make("fedex").query("fedex", FEDEX, phone=None)
    assert told is not None
    assert told[0].reports[0].code == "DL"
    error = {"code": "TRACKING.TRACKINGNUMBER.NOTFOUND"}
    nothing = {"trackingNumber": FEDEX, "trackResults": [{"error": error}]}
    provider.answers["/track/v1/trackingnumbers"] = lambda _: (200, {"output": {"completeTrackResults": [nothing]}})
    assert await make("fedex").query("fedex", FEDEX, phone=None) is None


async def test_usps(provider: ProviderDouble, make: Make) -> None:
    number = "9400100000000000123453"
    event = {"eventCode": "01", "eventTimestamp": "2026-03-01T10:00:00", "eventType": "Delivered"}
    provider.answers["/oauth2/v3/token"] = lambda _: (200, TOKEN)
    provider.answers[f"/tracking/v3/tracking/{number}"] = lambda asked: (
        (200, {"trackingEvents": [event]}) if asked.query == {"expand": "DETAIL"} else (400, {})
    )
    told = await make("usps").query("usps", number, phone=None)
    assert told is not None
    assert told[0].reports[0].code == "01"


async def test_dhl(provider: ProviderDouble, make: Make) -> None:
    def answer(asked: Asked) -> tuple[int, Any]:
        assert asked.headers["dhl-api-key"] == "key"
        assert asked.query["trackingNumber"] == "1234567890"
        event = {"statusCode": "delivered", "timestamp": "2026-03-01T10:00:00", "description": "Delivered"}
        return 200, {"shipments": [{"id": "1234567890", "events": [event]}]}

    provider.answers["/track/shipments"] = answer
    told = await make("dhl").query("dhl", "1234567890", phone=None)
    assert told is not None
    assert told[0].reports[0].code == "delivered"
    provider.answers["/track/shipments"] = lambda _: (404, {"status": 404})
    assert await make("dhl").query("dhl", "1234567890", phone=None) is None


CASES = {
    "kdniao": ("yto", YTO, ["/api/dist"]),
    "17track": ("ems", "EE123456785CN", ["/track/v2.4/gettrackinfo"]),
    "aftership": ("ups", UPS, ["/tracking/2024-07/trackings"]),
    "easypost": ("fedex", FEDEX, ["/v2/trackers"]),
    "sf": ("sf", SF, ["/std/service"]),
    "ups": ("ups", UPS, ["/security/v1/oauth/token", f"/api/track/v1/details/{UPS}"]),
    "fedex": ("fedex", FEDEX, ["/oauth/token", "/track/v1/trackingnumbers"]),
    "usps": ("usps", UPS, ["/oauth2/v3/token", f"/tracking/v3/tracking/{UPS}"]),
    "dhl": ("dhl", "1234567890", ["/track/shipments"]),
}


@pytest.mark.parametrize("name", CASES)
async def test_trouble_is_told_apart_and_never_crashes(provider: ProviderDouble, make: Make, name: str) -> None:
    carrier, number, paths = CASES[name]
    source = make(name)
    for path in paths[:-1]:
        provider.answers[path] = lambda _: (200, TOKEN)
    bodies: list[Any] = ["<html>", "", "null", "[]", {"x": 1}, {"data": []}, {"output": 1}, {"trackResponse": []}]
    for status, content, error in [
        (500, "", SourceError),
        (429, "", RateLimited),
        (403, "", SourceRefused),
        (302, "", SourceError),
        *((200, body, None) for body in bodies),
    ]:
        provider.answers[paths[-1]] = lambda _, status=status, content=content: (status, content)  # type: ignore[misc]
        if error:
            with pytest.raises(error):
                await source.query(carrier, number, phone="1234")
            continue
        try:
            assert await source.query(carrier, number, phone="1234") is None, content
        except SourceError:
            continue
    with pytest.raises(NotReached):
        await make(name, url="http://127.0.0.1:9").query(carrier, number, phone="1234")
