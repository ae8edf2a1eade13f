"""Carriers slow, down, lying, overrun and changed: answers degrade as documented and recover by themselves.

UPS is asked directly, AfterShip where UPS does not answer. Both are doubles on real sockets, the clock is the test's.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from chassis.clock import ManualClock
from tests.contract.tracking_gateway.conftest import Gateway
from tests.contract.tracking_gateway.provider_double import Asked, ProviderDouble, provider_double
from tests.support.world import World, eventually
from tests.unit.tracking_gateway.numbers import compose
from tracking_gateway.app import build
from tracking_gateway.asking import Asker
from tracking_gateway.settings import Settings

TOKEN_PATH = "/security/v1/oauth/token"
TRACKINGS = "/tracking/2024-07/trackings"


def activity(kind: str, time: str, text: str, code: str = "ZZ") -> dict[str, Any]:
    """One of UPS's activities on the first of January 2026."""
    return {
        "status": {"type": kind, "code": code, "description": text},
        "date": "20260101",
        "time": time,
        "gmtDate": "20260101",
        "gmtTime": f"{time[:2]}:{time[2:4]}:{time[4:]}",
        "gmtOffset": "+00:00",
    }


PICKED_UP = activity("P", "080000", "Picked up", "XD")
DEPARTED = activity("I", "090000", "Departed from facility", "DP")
OUT = activity("I", "100000", "Out for delivery", "OT")


class Carrier:
    """UPS and AfterShip as the gateway sees them."""

    def __init__(self, double: ProviderDouble) -> None:
        self.double = double
        self.ups: dict[str, Any] = {}
        self.aftership: dict[str, Any] = {}
        self.trouble: tuple[int, Any] | None = None
        self.aftership_trouble: tuple[int, Any] | None = (404, {"meta": {"code": 4004}})
        double.answers[TOKEN_PATH] = lambda _: (200, {"access_token": "t", "expires_in": "3600"})
        double.answers[TRACKINGS] = self._aftership

    def knows(self, number: str, *activities: dict[str, Any]) -> None:
        """UPS has these activities, given oldest first."""
        package = {"trackingNumber": number, "activity": list(reversed(activities))}
        self.answers(number, {"trackResponse": {"shipment": [{"package": [package]}]}})

    def answers(self, number: str, content: Any) -> None:
        """UPS answers this about the number, unless it is in trouble."""
        self.double.answers[f"/api/track/v1/details/{number}"] = lambda _: self.trouble or (200, content)

    def asked(self) -> int:
        """How often UPS was asked about a number."""
        return sum(asked.path.startswith("/api/track") for asked in self.double.asked)

    def _aftership(self, asked: Asked) -> tuple[int, Any]:
        if self.aftership_trouble:
            return self.aftership_trouble
        number = asked.query["tracking_numbers"]
        checkpoints = [{"checkpoint_time": "2026-01-01T12:00:00Z", "subtag": "OutForDelivery_001", "hash": "1"}]
        tracking = {"slug": "ups", "tracking_number": number, "tag": "OutForDelivery", "checkpoints": checkpoints}
        return 200, {"data": {"trackings": [tracking]}}


@pytest.fixture
async def carrier() -> AsyncIterator[Carrier]:
    async with provider_double() as double:
        yield Carrier(double)


@pytest.fixture
async def gateway(manual_world: World, carrier: Carrier) -> AsyncIterator[Gateway]:
    url = carrier.double.url
    settings = Settings(
        ups_url=url,
        ups_client_id="id",
        ups_client_secret=SecretStr("s3"),
        aftership_url=url,
        aftership_api_key=SecretStr("key"),
    )
    service = await manual_world.start(build, settings)
    async with manual_world.client(service, "tracking:read") as client:
        yield Gateway(service, client, manual_world)


async def minutes_pass(gateway: Gateway, minutes: float) -> None:
    assert isinstance(gateway.world.clock, ManualClock)
    await gateway.world.clock.advance(minutes * 60)


async def ask(gateway: Gateway, number: str) -> httpx.Response:
    return await gateway.client.get(f"/v1/parcels/{number}", params={"carrier": "ups"})


async def view(gateway: Gateway, number: str) -> dict[str, Any]:
    return await gateway.parcel(number, carrier="ups")


DOWN: list[tuple[str, tuple[int, Any]]] = [
    ("failed", (500, "")),
    ("failed", (200, "<html>maintenance</html>")),
    ("refused", (401, "")),
    ("too_often", (429, "")),
]


async def test_a_carrier_that_is_down_is_told_of_by_another_source_or_answered_for_with_its_age(
    gateway: Gateway, carrier: Carrier
) -> None:
    for seed, (refresh, trouble) in enumerate(DOWN):
        number = compose("ups_1z", 7000 + seed)
        carrier.knows(number, PICKED_UP)
        assert (await view(gateway, number))["source"] == "ups"
        await minutes_pass(gateway, 45)
        carrier.trouble, carrier.aftership_trouble = trouble, (503, "")
        alone = await view(gateway, number)
        assert (alone["status"], alone["stale"], alone["refresh"]) == ("picked_up", True, refresh)
        assert alone["age_seconds"] == 45 * 60
        await minutes_pass(gateway, 31)
        carrier.aftership_trouble = None
        helped = await view(gateway, number)
        assert (helped["status"], helped["source"], helped["stale"]) == ("out_for_delivery", "aftership", False)
        await minutes_pass(gateway, 31)
        carrier.trouble = None
        carrier.knows(number, PICKED_UP, DEPARTED, activity("D", "140000", "Delivered", "FS"))
        recovered = await view(gateway, number)
        assert (recovered["status"], recovered["source"], recovered["stale"]) == ("delivered", "ups", False)


async def test_a_carrier_that_asks_for_a_pause_gets_it(gateway: Gateway, carrier: Carrier) -> None:
    numbers = [compose("ups_1z", 7100 + seed) for seed in range(3)]
    for number in numbers:
        carrier.knows(number, PICKED_UP)
    carrier.trouble, carrier.double.headers = (429, ""), {"Retry-After": "300"}
    assert (await ask(gateway, numbers[0])).json()["unanswered"] == ["ups"]
    carrier.trouble, carrier.double.headers = None, {}
    await minutes_pass(gateway, 4)
    assert (await ask(gateway, numbers[1])).json()["unanswered"] == ["ups"]
    assert carrier.asked() == 1
    await minutes_pass(gateway, 2)
    assert (await view(gateway, numbers[2]))["status"] == "picked_up"
    assert carrier.asked() == 2


async def test_a_carrier_that_keeps_failing_is_paused_and_tried_once_again(gateway: Gateway, carrier: Carrier) -> None:
    numbers = [compose("ups_1z", 7200 + seed) for seed in range(9)]
    for number in numbers:
        carrier.knows(number, PICKED_UP)
    carrier.trouble = (500, "")
    for number in numbers[:7]:
        assert (await ask(gateway, number)).status_code == 404
    assert carrier.asked() == 5
    carrier.trouble = None
    await minutes_pass(gateway, 1)
    assert (await view(gateway, numbers[7]))["status"] == "picked_up"
    assert (await view(gateway, numbers[8]))["status"] == "picked_up"


async def test_a_slow_carrier_does_not_keep_the_customer_and_its_late_answer_counts(
    gateway: Gateway, carrier: Carrier
) -> None:
    number = compose("ups_1z", 7300)
    carrier.knows(number, PICKED_UP)
    await view(gateway, number)
    await minutes_pass(gateway, 45)
    carrier.knows(number, PICKED_UP, DEPARTED)
    asker: Asker = gateway.service.app.state.asker
    asker._timeout = asker._total = 0.05
    carrier.double.held = asyncio.Event()
    stale = await view(gateway, number)
    assert (stale["status"], stale["stale"], stale["refresh"]) == ("picked_up", True, "failed")
    carrier.double.held.set()
    late = await eventually(lambda: view(gateway, number), lambda seen: seen["status"] == "in_transit")
    assert late["source"] == "ups"


LIES: list[tuple[str, Any]] = [
    ("another number", {"trackResponse": {"shipment": [{"package": [{"trackingNumber": "1ZOTHER", "activity": []}]}]}}),
    ("an empty history", {"trackResponse": {"shipment": []}}),
    ("renamed", {"trackingResponse": {"shipments": []}}),
    ("a list for an object", {"trackResponse": []}),
    ("null", None),
    ("dates of a new form", "DATES"),
    ("delivered tomorrow", "FUTURE"),
    ("delivered, and not", "DENIED"),
    ("an unknown code", "UNKNOWN"),
]


async def test_what_a_carrier_says_wrongly_changes_nothing_and_the_truth_counts_again(
    gateway: Gateway, carrier: Carrier
) -> None:
    forms = {
        "DATES": {**activity("D", "120000", "Delivered", "FS"), "date": "1 Jan 26", "gmtDate": "1 Jan 26"},
        "FUTURE": {**activity("D", "120000", "Delivered", "FS"), "gmtDate": "20990101", "date": "20990101"},
        "DENIED": activity("D", "120000", "Delivery attempted, package was not delivered", "FS"),
        "UNKNOWN": activity("?", "120000", "Qwerty", "Q!"),
    }
    for seed, (lie, content) in enumerate(LIES):
        number = compose("ups_1z", 7400 + seed)
        carrier.knows(number, PICKED_UP, DEPARTED)
        await view(gateway, number)
        await minutes_pass(gateway, 31)
        if isinstance(content, str):
            carrier.knows(number, PICKED_UP, DEPARTED, forms[content])
        else:
            carrier.answers(number, content)
        seen = await view(gateway, number)
        assert seen["status"] == ("delivery_failed" if content == "DENIED" else "in_transit"), lie
        assert len(seen["events"]) >= 2
        await minutes_pass(gateway, 31)
        carrier.knows(number, PICKED_UP, DEPARTED, activity("D", "180000", "Delivered", "FS"))
        truth = await view(gateway, number)
        assert (truth["status"], truth["stale"]) == ("delivered", False), lie
    answer = await gateway.client.get("/v1/unmapped-codes")
    assert ("ups", "Q!") in {(item["source"], item["code"]) for item in answer.json()["items"]}


async def test_a_lost_token_is_got_anew(gateway: Gateway, carrier: Carrier) -> None:
    number, other = compose("ups_1z", 7500), compose("ups_1z", 7501)
    carrier.knows(number, PICKED_UP)
    carrier.knows(other, PICKED_UP)
    carrier.double.answers[TOKEN_PATH] = lambda _: (500, "")
    assert (await ask(gateway, number)).json()["unanswered"] == ["ups"]
    carrier.double.answers[TOKEN_PATH] = lambda _: (200, {"access_token": "t", "expires_in": "3600"})
    assert (await view(gateway, other))["status"] == "picked_up"
    await minutes_pass(gateway, 31)
    assert (await view(gateway, number))["status"] == "picked_up"
