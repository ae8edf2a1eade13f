"""Subscriptions: signed webhooks once per change, retried by schedule, given up where they must be; watches."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from standardwebhooks import Webhook

from chassis.clock import ManualClock
from chassis.webhooks import WebhookParameters
from tests.contract.tracking_gateway.conftest import Gateway, item, scan, waybill
from tests.contract.tracking_gateway.kuaidi100_double import CUSTOMER, KEY, Kuaidi100Double, kuaidi100_double
from tests.contract.tracking_gateway.provider_double import Asked, ProviderDouble, provider_double
from tests.support.world import World, eventually
from tests.unit.tracking_gateway.numbers import compose
from tracking_gateway.app import build
from tracking_gateway.parameters import TrackingParameters
from tracking_gateway.polling import Poller
from tracking_gateway.settings import Settings

SCOPES = ("tracking:read", "tracking:write", "tracking:subscribe")


@pytest.fixture
async def subscriber() -> AsyncIterator[ProviderDouble]:
    """Somebody who takes webhooks at /hook."""
    async with provider_double() as double:
        double.answers["/hook"] = lambda _: (200, {})
        yield double


@pytest.fixture
async def provider() -> AsyncIterator[Kuaidi100Double]:
    async with kuaidi100_double() as double:
        yield double


@pytest.fixture
async def hub(manual_world: World, provider: Kuaidi100Double) -> AsyncIterator[Gateway]:
    settings = Settings(
        webhooks_to_private_addresses=True,
        kuaidi100_url=provider.url,
        kuaidi100_customer=CUSTOMER,
        kuaidi100_key=SecretStr(KEY),
    )
    service = await manual_world.start(build, settings)
    async with manual_world.client(service, *SCOPES) as client:
        yield Gateway(service, client, manual_world)


async def subscribe(hub: Gateway, subscriber: ProviderDouble, number: str, **fields: Any) -> dict[str, Any]:
    answer = await hub.client.post(
        "/v1/subscriptions", json={"waybill_no": number, "url": f"{subscriber.url}/hook", **fields}
    )
    assert answer.status_code == 201, answer.text
    created: dict[str, Any] = answer.json()
    return created


async def pass_time(hub: Gateway, seconds: float) -> None:
    assert isinstance(hub.world.clock, ManualClock)
    await hub.world.clock.advance(seconds)


def at(hub: Gateway) -> str:
    return hub.world.clock.now().isoformat()


async def received(hub: Gateway, subscriber: ProviderDouble, count: int) -> list[Asked]:
    async def asked() -> list[Asked]:
        await pass_time(hub, 1)
        return subscriber.asked

    return await eventually(asked, lambda seen: len(seen) >= count)


async def test_each_change_is_told_once_and_signed(hub: Gateway, subscriber: ProviderDouble) -> None:
    number = waybill()
    created = await subscribe(hub, subscriber, number)
    await hub.scans(scan(number, "COLLECTED", at(hub)))
    await hub.scans(scan(number, "DAMAGED", at(hub), description="外包装破损"))
    asked = await received(hub, subscriber, 3)
    types = [json.loads(message.body)["type"] for message in asked]
    assert sorted(types) == ["parcel.exception.opened", "parcel.updated", "parcel.updated"]
    data = json.loads(asked[0].body)["data"]
    assert (data["waybill_no"], data["carrier"]) == (number, "posthouse")
    for message in asked:
        # The library checks the time stamp against the machine's clock; the signature is checked on its own.
        stamp = datetime.fromtimestamp(int(message.headers["webhook-timestamp"]), UTC)
        expected = Webhook(created["secret"]).sign(message.headers["webhook-id"], stamp, message.body.decode())
        assert message.headers["webhook-signature"] == expected
    assert len({message.headers["webhook-id"] for message in asked}) == 3

    async def results() -> list[str]:
        log = (await hub.client.get(f"/v1/subscriptions/{created['id']}/deliveries")).json()
        return [entry["last_result"] for entry in log]

    assert await eventually(results, lambda seen: None not in seen) == ["200"] * 3


async def test_only_what_was_asked_for_is_told(hub: Gateway, subscriber: ProviderDouble) -> None:
    number, other = waybill(), waybill()
    await subscribe(hub, subscriber, number, events=["parcel.delivered"])
    await subscribe(hub, subscriber, number, events=["parcel.updated"], carrier="zto")
    await hub.scans(scan(number, "COLLECTED", at(hub)), scan(other, "SIGNED", at(hub)))
    await hub.scans(scan(number, "SIGNED", at(hub)))
    asked = await received(hub, subscriber, 1)
    await pass_time(hub, 5)
    assert [json.loads(message.body)["type"] for message in asked] == ["parcel.delivered"]


async def test_failed_attempts_are_repeated_with_the_same_id_until_taken(
    hub: Gateway, subscriber: ProviderDouble
) -> None:
    answers = iter([500, 302, 200])
    subscriber.answers["/hook"] = lambda _: (next(answers), {})
    number = waybill()
    created = await subscribe(hub, subscriber, number)
    await hub.scans(scan(number, "COLLECTED", at(hub)))
    await received(hub, subscriber, 1)
    await pass_time(hub, 10)
    await received(hub, subscriber, 2)
    await pass_time(hub, 310)
    asked = await received(hub, subscriber, 3)
    assert len({message.headers["webhook-id"] for message in asked}) == 1

    async def delivery() -> dict[str, Any]:
        log: list[dict[str, Any]] = (await hub.client.get(f"/v1/subscriptions/{created['id']}/deliveries")).json()
        return log[0]

    assert (await eventually(delivery, lambda seen: seen["delivered_at"] is not None))["attempts"] == 3


async def test_a_subscriber_that_is_gone_is_left_alone(hub: Gateway, subscriber: ProviderDouble) -> None:
    subscriber.answers["/hook"] = lambda _: (410, {})
    number = waybill()
    created = await subscribe(hub, subscriber, number)
    await hub.scans(scan(number, "COLLECTED", at(hub)))
    await received(hub, subscriber, 1)

    async def view() -> dict[str, Any]:
        seen: dict[str, Any] = (await hub.client.get(f"/v1/subscriptions/{created['id']}")).json()
        return seen

    ended = await eventually(view, lambda seen: seen["ended_at"] is not None)
    assert "410" in ended["ended_because"]
    await hub.scans(scan(number, "SIGNED", at(hub)))
    await pass_time(hub, 10)
    assert len(subscriber.asked) == 1


async def test_a_subscription_that_nothing_reaches_ends_with_the_schedule(
    hub: Gateway, subscriber: ProviderDouble
) -> None:
    subscriber.answers["/hook"] = lambda _: (503, {})
    number = waybill()
    created = await subscribe(hub, subscriber, number)
    await hub.scans(scan(number, "COLLECTED", at(hub)))
    attempts = len(WebhookParameters().retry_seconds) + 1

    async def asked() -> int:
        await pass_time(hub, 3600)
        return len(subscriber.asked)

    for attempt in range(1, attempts + 1):
        await eventually(asked, lambda count, attempt=attempt: count >= attempt)  # type: ignore[misc]

    async def view() -> dict[str, Any]:
        seen: dict[str, Any] = (await hub.client.get(f"/v1/subscriptions/{created['id']}")).json()
        return seen

    assert "undeliverable" in (await eventually(view, lambda seen: seen["ended_at"] is not None))["ended_because"]
    await pass_time(hub, 48 * 3600)
    assert len(subscriber.asked) == attempts


async def test_deleting_stops_what_is_on_its_way(hub: Gateway, subscriber: ProviderDouble) -> None:
    number = waybill()
    created = await subscribe(hub, subscriber, number)
    async with hub.world.client(hub.service, *SCOPES, subject="somebody-else") as stranger:
        for path in (f"/v1/subscriptions/{created['id']}", f"/v1/subscriptions/{created['id']}/deliveries"):
            assert (await stranger.get(path)).status_code == 404
        assert (await stranger.delete(f"/v1/subscriptions/{created['id']}")).status_code == 404
        assert (await stranger.get("/v1/subscriptions")).json()["items"] == []
    assert (await hub.client.delete(f"/v1/subscriptions/{created['id']}")).status_code == 204
    await hub.scans(scan(number, "COLLECTED", at(hub)))
    await pass_time(hub, 5)
    assert subscriber.asked == []


async def test_lists_have_pages_and_show_no_secret(hub: Gateway, subscriber: ProviderDouble) -> None:
    ids = [(await subscribe(hub, subscriber, waybill()))["id"] for _ in range(3)]
    first = (await hub.client.get("/v1/subscriptions", params={"limit": 2})).json()
    second = (await hub.client.get("/v1/subscriptions", params={"limit": 2, "cursor": first["next"]})).json()
    assert [entry["id"] for entry in first["items"] + second["items"]] == ids[::-1]
    assert "secret" not in first["items"][0]


async def test_a_repeated_request_makes_one_subscription(hub: Gateway, subscriber: ProviderDouble) -> None:
    body = {"waybill_no": waybill(), "url": f"{subscriber.url}/hook"}
    headers = {"Idempotency-Key": "once"}
    first = await hub.client.post("/v1/subscriptions", json=body, headers=headers)
    again = await hub.client.post("/v1/subscriptions", json=body, headers=headers)
    assert first.json() == again.json()
    assert len((await hub.client.get("/v1/subscriptions")).json()["items"]) == 1


async def test_bad_subscriptions_name_the_field(hub: Gateway) -> None:
    good = {"waybill_no": waybill(), "url": "https://example.org/hook"}
    for spoiled, pointer in [
        ({**good, "waybill_no": "--"}, "#/waybill_no"),
        ({**good, "url": "ftp://example.org"}, "#/url"),
        ({**good, "url": "https://user:pass@example.org/"}, "#/url"),
        ({**good, "url": "https://[broken"}, "#/url"),
        ({**good, "events": ["parcel.exploded"]}, "#/events"),
        ({**good, "events": []}, "#/events"),
        ({**good, "phone": "call me"}, "#/phone"),
    ]:
        answer: httpx.Response = await hub.client.post("/v1/subscriptions", json=spoiled)
        assert answer.status_code == 400, answer.text
        assert answer.json()["errors"][0]["pointer"] == pointer
    async with hub.world.client(hub.service, "tracking:read") as reader:
        assert (await reader.post("/v1/subscriptions", json=good)).status_code == 403


YTO = compose("yto", 700)
EARLY = [item("2026-01-04 18:00:00", "已揽收", statusCode="103")]
OUT = [item("2026-01-05 08:00:00", "正在派送", statusCode="5"), *EARLY]
DONE = [item("2026-01-05 10:00:00", "已签收", statusCode="301"), *OUT]


async def test_a_followed_parcel_is_asked_about_by_policy_until_its_end(
    hub: Gateway, subscriber: ProviderDouble, provider: Kuaidi100Double
) -> None:
    provider.parcels[YTO] = ("yuantong", "1", EARLY)
    for _ in range(3):
        await subscribe(hub, subscriber, YTO, carrier="yto", events=["parcel.updated"])

    async def questions() -> int:
        await pass_time(hub, 20)
        return len(provider.asked)

    async def next_in() -> float:
        """Seconds until the next question is planned; the lease of a question under way is five minutes."""
        async with hub.service.db.read() as tx:
            rows = await tx.fetch("select poll_at from watch where waybill_no = $1", YTO)
        return float((rows[0]["poll_at"] - hub.world.clock.now()).total_seconds())

    await eventually(questions, lambda count: count >= 1)
    assert await eventually(next_in, lambda seconds: seconds > 301) <= 6 * 3600
    await pass_time(hub, 3600)
    assert len(provider.asked) == 1
    provider.parcels[YTO] = ("yuantong", "5", OUT)
    await pass_time(hub, 5 * 3600 + 60)
    await eventually(questions, lambda count: count >= 2)
    assert await eventually(next_in, lambda seconds: seconds > 301) <= 30 * 60
    provider.parcels[YTO] = ("yuantong", "3", DONE)
    await pass_time(hub, 31 * 60)
    await eventually(questions, lambda count: count >= 3)
    messages = await received(hub, subscriber, 9)
    told = [json.loads(message.body)["data"]["status"] for message in messages]
    assert sorted(told) == sorted(["picked_up", "out_for_delivery", "delivered"] * 3)
    await pass_time(hub, 24 * 3600)
    await pass_time(hub, 60)
    assert len(provider.asked) == 3
    assert provider.violations == []


async def test_the_pause_follows_status_and_silence(hub: Gateway, provider: Kuaidi100Double) -> None:
    state = hub.service.app.state
    poller = Poller(hub.service.db, state.asker, state.following, TrackingParameters())
    provider.parcels[YTO] = ("yuantong", "5", OUT)
    view = await hub.parcel(YTO)
    assert view["status"] == "out_for_delivery"
    parcel = (await state.lookup.stored(YTO, None)).parcel.state
    assert poller.pause(parcel, parcel.last.at).total_seconds() == 30 * 60
    assert poller.pause(parcel, parcel.last.at.replace(month=3)).total_seconds() == 4 * 30 * 60
    assert poller.pause(parcel, parcel.last.at, pushed=True).total_seconds() == 12 * 3600
