"""Providers that watch parcels for us: their requests as documented, their refusals understood, and the policy."""

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from chassis.clock import ManualClock
from tests.contract.tracking_gateway.conftest import SALT, Gateway, item, push_form
from tests.contract.tracking_gateway.kuaidi100_double import CUSTOMER, KEY
from tests.contract.tracking_gateway.provider_double import Asked, ProviderDouble, provider_double
from tests.support.world import World, eventually
from tests.unit.tracking_gateway.numbers import compose
from tracking_gateway.app import build
from tracking_gateway.carriers.aftership.subscribe import AftershipSubscriptions
from tracking_gateway.carriers.easypost.subscribe import EasypostSubscriptions
from tracking_gateway.carriers.kdniao.subscribe import KdniaoSubscriptions
from tracking_gateway.carriers.kuaidi100.subscribe import Kuaidi100Subscriptions
from tracking_gateway.carriers.port import (
    NotReached,
    NumberRefused,
    PhoneNeeded,
    RateLimited,
    SourceError,
    SourceRefused,
    SubscribeSource,
)
from tracking_gateway.carriers.track17.subscribe import Track17Subscriptions
from tracking_gateway.following import Following
from tracking_gateway.parameters import TrackingParameters
from tracking_gateway.polling import Poller
from tracking_gateway.settings import Settings
from tracking_gateway.store import provider_subscriptions as agreed
from tracking_gateway.store import watches
from tracking_gateway.store.provider_subscriptions import Agreement
from tracking_gateway.store.watches import Watch

CALLBACK = "https://posthouse.example/tracking/v1/kuaidi100/push"
YTO, ZTO, UPS, EMS = (compose(form, 811) for form in ("yto", "zto", "ups_1z", "ems_s10"))
TRACKINGS = "/tracking/2024-07/trackings"

Make = Callable[..., SubscribeSource]


@pytest.fixture
async def provider() -> AsyncIterator[ProviderDouble]:
    async with provider_double() as double:
        yield double


@pytest.fixture
async def make(provider: ProviderDouble) -> AsyncIterator[Make]:
    made: list[SubscribeSource] = []

    def source(name: str, url: str = "") -> SubscribeSource:
        where: dict[str, Any] = {"url": url or provider.url, "timeout_seconds": 5}
        kinds: dict[str, Callable[[], SubscribeSource]] = {
            "kuaidi100": lambda: Kuaidi100Subscriptions(**where, key=KEY, salt=SALT, callback_url=CALLBACK),
            "kdniao": lambda: KdniaoSubscriptions(**where, business_id="1234567", app_key="key"),
            "17track": lambda: Track17Subscriptions(**where, key="key"),
            "aftership": lambda: AftershipSubscriptions(**where, api_key="key"),
            "easypost": lambda: EasypostSubscriptions(**where, api_key="key"),
        }
        made.append(kinds[name]())
        return made[-1]

    yield source
    for one in made:
        await one.close()


async def test_kuaidi100(provider: ProviderDouble, make: Make) -> None:
    provider.answers["/poll"] = lambda _: (200, {"result": True, "returnCode": "200", "message": "提交成功"})
    source = make("kuaidi100")
    assert await source.subscribe("yto", YTO, phone=None) == ""
    assert await source.subscribe("zto", ZTO, phone="1234") == ""
    assert provider.asked[0].form["schema"] == "json"
    parameters = {"callbackurl": CALLBACK, "salt": SALT, "resultv2": "4"}
    plain, with_phone = (json.loads(asked.form["param"]) for asked in provider.asked)
    assert plain == {"company": "yuantong", "number": YTO, "key": KEY, "parameters": parameters}
    assert with_phone["parameters"] == {**parameters, "phone": "1234"}
    with pytest.raises(PhoneNeeded):
        await source.subscribe("zto", ZTO, phone=None)
    await source.unsubscribe("yto", YTO, "")
    assert len(provider.asked) == 2


async def test_kdniao(provider: ProviderDouble, make: Make) -> None:
    provider.answers["/api/dist"] = lambda _: (200, {"EBusinessID": "1234567", "Success": True, "Reason": ""})
    source = make("kdniao")
    assert await source.subscribe("zto", ZTO, phone="13900001234") == ""
    form = provider.asked[0].form
    assert json.loads(form["RequestData"]) == {"ShipperCode": "ZTO", "LogisticCode": ZTO, "CustomerName": "1234"}
    assert (form["RequestType"], form["EBusinessID"], form["DataType"]) == ("8008", "1234567", "2")
    expected = hashlib.md5((form["RequestData"] + "key").encode()).hexdigest()
    assert b64decode(form["DataSign"]).decode() == expected
    assert source.needs_phone("kye")
    with pytest.raises(PhoneNeeded):
        await source.subscribe("sf", "SF1390012345678", phone=None)


async def test_17track(provider: ProviderDouble, make: Make) -> None:
    accepted = {"code": 0, "data": {"accepted": [{"number": EMS, "carrier": 3013}], "rejected": []}}
    provider.answers["/track/v2.4/register"] = lambda _: (200, accepted)
    provider.answers["/track/v2.4/stoptrack"] = lambda _: (200, accepted)
    source = make("17track")
    assert await source.subscribe("ems", EMS, phone=None) == ""
    assert await source.subscribe("sf", "SF1390012345678", phone="139-0000-1234") == ""
    await source.unsubscribe("ems", EMS, "")
    assert all(asked.headers["17token"] == "key" for asked in provider.asked)
    assert [json.loads(asked.body) for asked in provider.asked] == [
        [{"number": EMS, "carrier": 3013}],
        [{"number": "SF1390012345678", "carrier": 100012, "param": "1234"}],
        [{"number": EMS, "carrier": 3013}],
    ]
    assert provider.asked[2].path.endswith("/stoptrack")
    gone = {"code": 0, "data": {"accepted": [], "rejected": [{"number": EMS, "error": {"code": -18019902}}]}}
    provider.answers["/track/v2.4/stoptrack"] = lambda _: (200, gone)
    await source.unsubscribe("ems", EMS, "")


async def test_aftership(provider: ProviderDouble, make: Make) -> None:
    created = {"meta": {"code": 201}, "data": {"id": "t-1", "tracking_number": UPS, "slug": "ups"}}
    provider.answers[TRACKINGS] = lambda _: (201, created)
    provider.answers[f"{TRACKINGS}/t-1"] = lambda _: (200, {"meta": {"code": 200}, "data": {"id": "t-1"}})
    source = make("aftership")
    assert await source.subscribe("ups", UPS, phone=None) == "t-1"
    assert json.loads(provider.asked[0].body) == {"tracking_number": UPS, "slug": "ups"}
    assert provider.asked[0].headers["as-api-key"] == "key"
    exists = {"meta": {"code": 4003, "message": "Tracking already exists."}, "data": {"id": "t-1"}}
    provider.answers[TRACKINGS] = lambda _: (400, exists)
    assert await source.subscribe("ups", UPS, phone=None) == "t-1"
    await source.unsubscribe("ups", UPS, "t-1")
    assert provider.asked[-1].method == "DELETE"
    provider.answers[f"{TRACKINGS}/t-1"] = lambda _: (404, {"meta": {"code": 4004}})
    await source.unsubscribe("ups", UPS, "t-1")


async def test_easypost(provider: ProviderDouble, make: Make) -> None:
    provider.answers["/v2/trackers"] = lambda _: (201, {"id": "trk_1", "object": "Tracker", "tracking_code": UPS})
    source = make("easypost")
    assert await source.subscribe("ups", UPS, phone=None) == "trk_1"
    assert provider.asked[0].headers["authorization"] == "Basic " + b64encode(b"key:").decode()
    assert json.loads(provider.asked[0].body) == {"tracker": {"tracking_code": UPS, "carrier": "UPS"}}
    await source.unsubscribe("ups", UPS, "trk_1")
    assert len(provider.asked) == 1


def kuaidi100(code: str) -> tuple[int, Any]:
    return 200, {"result": False, "returnCode": code, "message": "x"}


def kdniao(reason: str) -> tuple[int, Any]:
    return 200, {"Success": False, "Reason": reason}


def rejected(code: int) -> tuple[int, Any]:
    return 200, {"code": 0, "data": {"accepted": [], "rejected": [{"number": EMS, "error": {"code": code}}]}}


def aftership(status: int, code: int) -> tuple[int, Any]:
    return status, {"meta": {"code": code}, "data": {}}


def easypost(status: int, code: str) -> tuple[int, Any]:
    return status, {"error": {"code": code, "message": "x"}}


REFUSALS: list[tuple[str, tuple[int, Any], type[Exception] | None]] = [
    ("kuaidi100", kuaidi100("501"), None),
    *[("kuaidi100", kuaidi100(code), NumberRefused) for code in ("700", "701", "702")],
    *[("kuaidi100", kuaidi100(code), SourceRefused) for code in ("600", "601")],
    *[("kuaidi100", kuaidi100(code), SourceError) for code in ("500", "999", "")],
    ("kdniao", kdniao("该单号重复订阅"), None),
    ("kdniao", kdniao("快递单号格式错误"), NumberRefused),
    ("kdniao", kdniao("数据签名错误"), SourceRefused),
    ("kdniao", kdniao("服务器繁忙"), SourceError),
    ("kdniao", kdniao(""), SourceError),
    ("17track", rejected(-18019901), None),
    ("17track", rejected(-18010012), NumberRefused),
    ("17track", rejected(-18019908), RateLimited),
    ("17track", rejected(-1), SourceError),
    ("17track", (200, {"code": -18010002, "data": {}}), SourceRefused),
    ("17track", (200, {"code": 0, "data": {"accepted": [], "rejected": []}}), SourceError),
    ("aftership", aftership(400, 4005), NumberRefused),
    ("aftership", aftership(400, 4002), SourceError),
    ("easypost", easypost(422, "TRACKER.CREATE.ERROR"), NumberRefused),
    ("easypost", easypost(402, "PAYMENT.REQUIRED"), SourceRefused),
    ("easypost", (201, {"object": "Tracker"}), SourceError),
    *[
        (name, trouble, error)
        for name in ("kuaidi100", "kdniao", "17track", "aftership", "easypost")
        for trouble, error in [
            ((500, ""), SourceError),
            ((429, ""), RateLimited),
            ((401, ""), SourceRefused),
            ((302, ""), SourceError),
            ((200, "<html>"), SourceError),
            ((200, "[]"), SourceError),
            ((200, {"data": [1]}), SourceError),
        ]
    ],
]
PATHS = {"kuaidi100": "/poll", "kdniao": "/api/dist", "aftership": TRACKINGS, "easypost": "/v2/trackers"}


async def test_refusals_and_trouble_are_told_apart(provider: ProviderDouble, make: Make) -> None:
    numbers = {"kuaidi100": ("yto", YTO), "kdniao": ("yto", YTO), "17track": ("ems", EMS)}
    for name, answer, error in REFUSALS:
        source = make(name)
        carrier, number = numbers.get(name, ("ups", UPS))
        provider.answers[PATHS.get(name, "/track/v2.4/register")] = lambda _, answer=answer: answer  # type: ignore[misc]
        if error is None:
            await source.subscribe(carrier, number, phone=None)
            continue
        with pytest.raises(error) as raised:
            await source.subscribe(carrier, number, phone=None)
        assert error is not SourceError or type(raised.value) is SourceError, (name, answer)
    for name in ("kuaidi100", "kdniao", "17track", "aftership", "easypost"):
        source = make(name, url="http://127.0.0.1:9")
        carrier, number = numbers.get(name, ("ups", UPS))
        with pytest.raises(NotReached):
            await source.subscribe(carrier, number, phone=None)
        with pytest.raises(NumberRefused):
            await source.subscribe("nobody", number, phone=None)
        assert not source.serves("nobody")


class House:
    """A gateway whose providers watch parcels; its background tasks stand still with the clock."""

    def __init__(self, gateway: Gateway, provider: ProviderDouble) -> None:
        self.gateway = gateway
        self.provider = provider
        state = gateway.service.app.state
        self.db = gateway.service.db
        self.following: Following = state.following
        self.poller = Poller(self.db, state.asker, self.following, TrackingParameters())

    async def hours_pass(self, hours: float) -> None:
        clock = self.gateway.world.clock
        assert isinstance(clock, ManualClock)
        await clock.advance(hours * 3600)

    async def watch(self, number: str, carrier: str, days: float = 30, phone: str | None = None) -> Watch:
        """Follow a parcel; the background poller is kept out of it by a plan far ahead."""
        async with self.db.transaction() as tx:
            watch = Watch(number, carrier, phone, tx.now + timedelta(days=days))
            await watches.add_watch(tx, watch, tx.now + timedelta(days=400))
        return watch

    async def agreement(self, watch: Watch) -> agreed.ProviderSubscription | None:
        async with self.db.read() as tx:
            return await agreed.get(tx, watch.waybill_no, watch.carrier)

    async def is_forgotten(self, watch: Watch) -> None:
        """Released subscriptions are ended, by us or by the background task, and then forgotten."""
        await self.following.end_released()
        await eventually(lambda: self.agreement(watch), lambda known: known is None)

    def subscriptions(self) -> int:
        return sum(asked.path == "/poll" for asked in self.provider.asked)


@pytest.fixture
async def house(manual_world: World, provider: ProviderDouble) -> AsyncIterator[House]:
    provider.answers["/poll"] = lambda _: (200, {"result": True, "returnCode": "200"})
    provider.answers["/poll/query.do"] = lambda _: (200, {"result": False, "returnCode": "500"})
    provider.answers[TRACKINGS] = lambda asked: (
        (201, {"meta": {"code": 201}, "data": {"id": "t-9"}}) if asked.method == "POST" else (404, {})
    )
    settings = Settings(
        kuaidi100_url=provider.url,
        kuaidi100_customer=CUSTOMER,
        kuaidi100_key=SecretStr(KEY),
        kuaidi100_salt=SecretStr(SALT),
        aftership_url=provider.url,
        aftership_api_key=SecretStr("key"),
        aftership_webhook_secret=SecretStr("secret"),
    )
    service = await manual_world.start(build, settings)
    async with manual_world.client(service, "tracking:read") as client:
        yield House(Gateway(service, client, manual_world), provider)


async def test_a_followed_parcel_is_watched_by_its_provider_until_it_is_followed_no_longer(house: House) -> None:
    watch = await house.watch(YTO, "yto")
    assert await house.following.follow(watch)
    assert await house.following.follow(watch)
    assert house.subscriptions() == 1
    param = json.loads(house.provider.asked[0].form["param"])
    assert param["parameters"]["callbackurl"].endswith("/tracking/v1/kuaidi100/push")
    # What it pushes is taken in, under the salt that was agreed.
    told = push_form(YTO, [item("2026-01-04 18:00:00", "已揽收")], last={"com": "yuantong"})
    assert (await house.gateway.push(told)).status_code == 200
    # A provider that gives up is asked again, but not more often than it allows in a month.
    for times in range(2, 6):
        given_up = push_form(YTO, [], status="abort", message="60天无变化", last={"com": "yuantong"})
        assert (await house.gateway.push(given_up)).status_code == 200
        assert not await house.following.follow(watch)
        await house.hours_pass(1.1)
        assert await house.following.follow(watch) == (times <= 4)
        assert house.subscriptions() == min(times, 4)
    await house.hours_pass(24 * 31)
    assert await house.following.follow(watch)
    await house.following.release(watch)
    await house.is_forgotten(watch)


async def test_trouble_is_tried_again_later_and_a_refusal_is_final(house: House) -> None:
    plain, phone_less, refused = (
        await house.watch(compose("yto", 812), "yto"),
        await house.watch(ZTO, "zto"),
        await house.watch(compose("yto", 813), "yto"),
    )
    assert not await house.following.follow(phone_less)
    assert house.subscriptions() == 0
    house.provider.answers["/poll"] = lambda _: (500, "")
    assert not await house.following.follow(plain)
    house.provider.answers["/poll"] = lambda _: kuaidi100("702")
    assert not await house.following.follow(refused)
    house.provider.answers["/poll"] = lambda _: (200, {"result": True, "returnCode": "200"})
    assert not await house.following.follow(plain)
    await house.hours_pass(1.1)
    assert await house.following.follow(plain)
    assert await house.following.follow(Watch(ZTO, "zto", "1234", phone_less.until))
    assert not await house.following.follow(refused)
    told = await house.agreement(refused)
    assert told is not None
    assert (told.state, told.next_at) == (Agreement.REFUSED, None)


async def test_what_a_provider_can_end_is_ended_even_if_it_was_away(house: House) -> None:
    watch = await house.watch(UPS, "ups")
    house.provider.answers["/poll"] = lambda _: (500, "")
    source = house.following._sources.pop("kuaidi100")  # leaves AfterShip, which can end what it began
    try:
        assert await house.following.follow(watch)
        house.provider.answers[f"{TRACKINGS}/t-9"] = lambda _: (500, "")
        await house.following.release(watch)
        await house.following.end_released()
        assert house.provider.asked[-1].method == "DELETE"
        assert await house.agreement(watch) is not None
        house.provider.answers[f"{TRACKINGS}/t-9"] = lambda _: (200, {})
        await house.hours_pass(1.1)
        await house.is_forgotten(watch)
    finally:
        house.following._sources["kuaidi100"] = source


async def test_a_pushed_parcel_is_asked_about_rarely_and_its_end_ends_everything(house: House) -> None:
    watch = await house.watch(compose("yto", 814), "yto")
    await house.poller._poll(watch)
    assert house.subscriptions() == 1
    async with house.db.read() as tx:
        rows = await tx.fetch("select poll_at from watch where waybill_no = $1", watch.waybill_no)
        assert rows[0]["poll_at"] - tx.now >= timedelta(hours=12)
    done = push_form(
        watch.waybill_no, [item("2026-01-05 10:00:00", "已签收", statusCode="301")], last={"com": "yuantong"}
    )
    assert (await house.gateway.push(done)).status_code == 200
    await house.poller._poll(watch)
    await house.is_forgotten(watch)
    async with house.db.read() as tx:
        assert not await tx.fetch("select 1 from watch where waybill_no = $1", watch.waybill_no)


async def test_many_followers_cost_one_subscription(house: House) -> None:
    watch = await house.watch(compose("yto", 815), "yto")
    for _ in range(20):
        await house.watch(watch.waybill_no, "yto")
    await house.following.follow(watch)
    await house.following.follow(watch)
    assert house.subscriptions() == 1
    asked: list[Asked] = [asked for asked in house.provider.asked if asked.path == "/poll"]
    assert json.loads(asked[0].form["param"])["number"] == watch.waybill_no
