"""Asking Kuaidi100: limits, phones, single flight, and answers that degrade and recover."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from chassis.clock import ManualClock
from tests.contract.tracking_gateway.conftest import Gateway, item
from tests.contract.tracking_gateway.kuaidi100_double import (
    CUSTOMER,
    KEY,
    Kuaidi100Double,
    kuaidi100_double,
    raw,
    stall,
)
from tests.support.world import World
from tests.unit.tracking_gateway.numbers import compose
from tracking_gateway.app import build
from tracking_gateway.settings import Settings

YTO, ZTO = compose("yto", 901), compose("zto", 901)
EARLY = [item("2026-01-04 18:00:00", "已揽收", statusCode="103")]
LATER = [item("2026-01-05 08:00:00", "正在派送", statusCode="5"), *EARLY]
DONE = [item("2026-01-05 10:00:00", "已签收", statusCode="301"), *LATER]


@pytest.fixture
async def provider() -> AsyncIterator[Kuaidi100Double]:
    async with kuaidi100_double() as double:
        yield double
    assert double.violations == []


@pytest.fixture
async def asking(manual_world: World, provider: Kuaidi100Double) -> AsyncIterator[Gateway]:
    """A gateway that may ask the provider, on a clock that stands still."""
    settings = Settings(
        kuaidi100_url=provider.url, kuaidi100_customer=CUSTOMER, kuaidi100_key=SecretStr(KEY), kuaidi100_salt=None
    )
    service = await manual_world.start(build, settings)
    async with manual_world.client(service, "tracking:read") as client:
        yield Gateway(service, client, manual_world)


def clock(gateway: Gateway) -> ManualClock:
    assert isinstance(gateway.world.clock, ManualClock)
    return gateway.world.clock


async def minutes_pass(gateway: Gateway, minutes: float) -> None:
    await clock(gateway).advance(minutes * 60)


async def test_an_unknown_number_is_asked_for_by_its_likeliest_carrier(
    asking: Gateway, provider: Kuaidi100Double
) -> None:
    provider.parcels[YTO] = ("yuantong", "1", EARLY)
    view = await asking.parcel(YTO)
    assert (view["carrier"], view["status"], view["source"], view["stale"]) == ("yto", "picked_up", "kuaidi100", False)
    assert provider.asked[0]["com"] == "yuantong"


async def test_the_next_candidate_is_asked_if_the_first_knows_nothing(
    asking: Gateway, provider: Kuaidi100Double
) -> None:
    number = compose("fedex_12", 901)
    provider.parcels[number] = ("fedex", "0", EARLY)
    answer = await asking.client.get(f"/v1/parcels/{number}", params={"phone": "13800000000"})
    assert answer.json()["carrier"] == "fedex"


async def test_the_same_number_is_not_asked_for_again_within_the_limit(
    asking: Gateway, provider: Kuaidi100Double
) -> None:
    provider.parcels[YTO] = ("yuantong", "1", EARLY)
    await asking.parcel(YTO)
    provider.parcels[YTO] = ("yuantong", "5", LATER)
    await minutes_pass(asking, 29)
    assert (await asking.parcel(YTO))["status"] == "picked_up"
    assert len(provider.asked) == 1
    await minutes_pass(asking, 2)
    view = await asking.parcel(YTO)
    assert (view["status"], view["refresh"], len(provider.asked)) == ("out_for_delivery", "answered", 2)


async def test_ten_thousand_askers_cost_one_question(asking: Gateway, provider: Kuaidi100Double) -> None:
    provider.parcels[YTO] = ("yuantong", "1", EARLY)
    views = await asyncio.gather(*(asking.parcel(YTO) for _ in range(50)))
    assert {view["status"] for view in views} == {"picked_up"}
    assert len(provider.asked) == 1


async def test_a_delivered_parcel_is_not_asked_for_again(asking: Gateway, provider: Kuaidi100Double) -> None:
    provider.parcels[YTO] = ("yuantong", "3", DONE)
    await asking.parcel(YTO)
    await minutes_pass(asking, 24 * 60)
    assert (await asking.parcel(YTO))["status"] == "delivered"
    assert len(provider.asked) == 1


async def test_a_carrier_that_wants_a_phone_gets_one_or_the_caller_is_told(
    asking: Gateway, provider: Kuaidi100Double
) -> None:
    provider.parcels[ZTO] = ("zhongtong", "1", EARLY)
    provider.phones[ZTO] = "13900001234"
    without = await asking.client.get(f"/v1/parcels/{ZTO}")
    assert (without.status_code, without.json()["needs"]) == (404, ["phone"])
    assert provider.asked == []
    wrong = await asking.client.get(f"/v1/parcels/{ZTO}", params={"phone": "9999"})
    assert (wrong.status_code, wrong.json()["needs"]) == (404, ["phone"])
    at_once = await asking.client.get(f"/v1/parcels/{ZTO}", params={"phone": "1234"})
    assert at_once.status_code == 404  # guessing is slowed down
    await minutes_pass(asking, 1)
    assert (await asking.parcel(ZTO, phone="1234"))["status"] == "picked_up"


async def test_nothing_known_is_404_and_remembered(asking: Gateway, provider: Kuaidi100Double) -> None:
    for _ in range(3):
        answer = await asking.client.get(f"/v1/parcels/{YTO}")
        assert answer.status_code == 404
        assert "needs" not in answer.json()
    assert len(provider.asked) == 1


TROUBLE = [
    (raw("<html>maintenance</html>"), "failed"),
    (raw("[]"), "failed"),
    (raw('{"message":"ok"}'), "failed"),
    (raw('{"nu":"99999999","com":"yuantong","data":[]}'), "failed"),
    (raw('{"nu":"12345678","com":"yuantong","data":{"renamed":1}}'), "failed"),
    (raw("", status=500), "failed"),
    (raw("", status=429), "too_often"),
    (raw('{"result":false,"returnCode":"501","message":"x"}'), "failed"),
    (raw('{"result":false,"returnCode":"503","message":"x"}'), "refused"),
    (raw('{"result":false,"message":"x"}'), "failed"),
]


async def test_a_provider_in_trouble_gives_the_last_answer_with_its_age(
    asking: Gateway, provider: Kuaidi100Double
) -> None:
    for seed, (behaviour, refresh) in enumerate(TROUBLE, start=300):
        number = compose("yto", seed)
        provider.parcels[number] = ("yuantong", "1", EARLY)
        await asking.parcel(number)
        await minutes_pass(asking, 45)
        provider.behave.append(behaviour)
        view = await asking.parcel(number)
        assert (view["status"], view["stale"], view["refresh"]) == ("picked_up", True, refresh)
        assert view["age_seconds"] == 45 * 60
        assert "45" in view["answer"]["zh-CN"]
        await minutes_pass(asking, 31)
        provider.parcels[number] = ("yuantong", "5", LATER)
        recovered = await asking.parcel(number)
        assert (recovered["status"], recovered["stale"]) == ("out_for_delivery", False)


async def test_an_answer_that_lost_its_events_does_not_lose_ours(asking: Gateway, provider: Kuaidi100Double) -> None:
    provider.parcels[YTO] = ("yuantong", "5", LATER)
    await asking.parcel(YTO)
    await minutes_pass(asking, 31)
    provider.parcels[YTO] = ("yuantong", "1", EARLY)
    assert (await asking.parcel(YTO))["status"] == "out_for_delivery"


async def test_a_provider_that_keeps_failing_is_left_alone_and_tried_again(
    asking: Gateway, provider: Kuaidi100Double
) -> None:
    numbers = [compose("yto", seed) for seed in range(100, 108)]
    provider.behave = [raw("", status=500) for _ in range(5)]
    for number in numbers[:5]:
        answer = await asking.client.get(f"/v1/parcels/{number}")
        assert (answer.status_code, answer.json()["unanswered"]) == (404, ["yto"])
    provider.parcels[numbers[5]] = ("yuantong", "1", EARLY)
    assert (await asking.client.get(f"/v1/parcels/{numbers[5]}")).status_code == 404
    assert len(provider.asked) == 5
    await minutes_pass(asking, 1)
    assert (await asking.parcel(numbers[5]))["status"] == "picked_up"


async def test_a_provider_that_is_not_there_does_not_use_up_the_limit(
    asking: Gateway, provider: Kuaidi100Double, manual_world: World
) -> None:
    settings = Settings(kuaidi100_url="http://127.0.0.1:9", kuaidi100_customer=CUSTOMER, kuaidi100_key=SecretStr(KEY))
    service = build(manual_world.runtime, settings)
    try:
        async with manual_world.client(service, "tracking:read") as client:
            assert (await client.get(f"/v1/parcels/{YTO}")).json()["unanswered"] == ["yto"]
    finally:
        await service.stop()
    provider.parcels[YTO] = ("yuantong", "1", EARLY)
    assert (await asking.parcel(YTO))["status"] == "picked_up"


async def test_a_slow_provider_does_not_keep_the_customer(asking: Gateway, provider: Kuaidi100Double) -> None:
    released = asyncio.Event()
    provider.behave.append(stall(released))
    asking.service.app.state.lookup._asker._timeout = 0.05
    answer = await asking.client.get(f"/v1/parcels/{YTO}")
    assert (answer.status_code, answer.json()["unanswered"]) == (404, ["yto"])
    released.set()
