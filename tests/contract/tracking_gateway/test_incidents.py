"""Incidents: parcels with one problem in one place are one incident, whatever the order in which it became known."""

import random
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from chassis.clock import ManualClock
from contracts.parcels import ParcelIncidentClosed, ParcelIncidentJoined, ParcelIncidentOpened
from tests.contract.tracking_gateway.conftest import Gateway, scan, waybill
from tests.support.world import World, eventually
from tracking_gateway.app import build
from tracking_gateway.incidents import IncidentWatch
from tracking_gateway.parameters import TrackingParameters
from tracking_gateway.settings import Settings


@pytest.fixture
async def network(manual_world: World) -> AsyncIterator[Gateway]:
    service = await manual_world.start(build, Settings())
    async with manual_world.client(service, "tracking:read", "tracking:write") as client:
        yield Gateway(service, client, manual_world)


def now(network: Gateway, minutes: float = 0) -> str:
    return (network.world.clock.now() + timedelta(minutes=minutes)).isoformat()


def on_truck(network: Gateway, number: str, truck: str, code: str, minutes: float = 0) -> dict[str, Any]:
    return scan(number, code, now(network, minutes), node="杭州分拨中心", node_kind="hub", vehicle=truck)


async def look(network: Gateway) -> None:
    """Let another process's watch look, as the service's own would within seconds."""
    state = network.service.app.state
    await IncidentWatch(network.service.db, state.knowledge.exceptions, TrackingParameters(), state.catalogue).look()


async def test_one_incident_is_opened_grows_and_is_closed_once(network: Gateway) -> None:
    numbers = [waybill() for _ in range(7)]
    scans = [on_truck(network, number, "浙A1", "DAMAGED", index) for index, number in enumerate(numbers[:5])]
    await network.scans(*scans[:4])
    await look(network)
    assert (await network.client.get("/v1/incidents")).json()["items"] == []
    await network.scans(scans[4])
    for _ in range(3):
        await look(network)
    (opened,) = await network.world.wait_published(ParcelIncidentOpened)
    assert (opened.scope, opened.place, opened.node, opened.exception) == ("vehicle", "浙A1", "杭州分拨中心", "damaged")
    assert (opened.count, opened.severity) == (5, 2)
    assert {parcel.waybill_no for parcel in opened.parcels} == set(numbers[:5])
    assert "浙A1" in opened.evidence
    await network.scans(*(on_truck(network, number, "浙A1", "DAMAGED", 9) for number in numbers[5:]))
    await look(network)
    (joined,) = await network.world.wait_published(ParcelIncidentJoined)
    assert (joined.count, len(joined.parcels)) == (7, 2)
    view = (await network.client.get(f"/v1/incidents/{opened.incident_id}")).json()
    assert [member["waybill_no"] for member in view["members"]] == sorted(numbers[:5]) + sorted(numbers[5:])
    assert [item["id"] for item in (await network.parcel(numbers[6]))["incidents"]] == [str(opened.incident_id)]
    await network.scans(*(scan(number, "RESOLVED", now(network, 20)) for number in numbers[:6]))
    await look(network)
    assert (await network.client.get("/v1/incidents")).json()["items"][0]["closed_at"] is None
    await network.scans(scan(numbers[6], "RESOLVED", now(network, 20)))
    for _ in range(2):
        await look(network)
    (closed,) = await network.world.wait_published(ParcelIncidentClosed)
    assert (closed.incident_id, closed.reason, closed.count) == (opened.incident_id, "resolved", 7)
    assert (await network.client.get("/v1/incidents")).json()["items"] == []


async def test_a_wider_incident_takes_over_a_narrower_one(network: Gateway) -> None:
    def at_hub(number: str, bag: str | None = None) -> dict[str, Any]:
        return scan(number, "MISROUTED", now(network), node="广州分拨中心", node_kind="hub", bag=bag)

    bagged = [waybill() for _ in range(3)]
    await network.scans(*(at_hub(number, "B7") for number in bagged))
    await look(network)
    (bag,) = await network.world.wait_published(ParcelIncidentOpened)
    assert (bag.scope, bag.place) == ("bag", "B7")
    await network.scans(*(at_hub(waybill()) for _ in range(17)))
    await look(network)
    _, hub = await network.world.wait_published(ParcelIncidentOpened, 2)
    (closed,) = await network.world.wait_published(ParcelIncidentClosed)
    assert (hub.scope, hub.count) == ("hub", 20)
    assert (closed.incident_id, closed.reason, closed.merged_into) == (bag.incident_id, "merged", hub.incident_id)


async def test_the_order_of_scans_repetition_and_splits_do_not_matter(network: Gateway) -> None:
    chance = random.Random(7)
    outcomes = []
    for round_no in range(3):
        numbers = [waybill() for _ in range(8)]
        scans = []
        for index, number in enumerate(numbers):
            scans.append(
                scan(number, "LOADED", now(network, index), vehicle=f"T{round_no}", bag=f"G{round_no}{index % 2}")
            )
            if index != 3:
                scans.append(scan(number, "DAMAGED", now(network, 30 + index)))
        if round_no:
            scans += chance.choices(scans, k=6)
            chance.shuffle(scans)
        size = len(scans) if round_no == 0 else 5
        for start in range(0, len(scans), size):
            await network.scans(*scans[start : start + size])
            if round_no == 1:
                await look(network)
        await look(network)
        items = (await network.client.get("/v1/incidents")).json()["items"]
        mine = [item for item in items if item["place"].endswith(f"T{round_no}")]
        outcomes.append([(item["scope"], item["parcels"], item["exception"], item["severity"]) for item in mine])
    assert outcomes[0] == outcomes[1] == outcomes[2] == [("vehicle", 7, "damaged", 2)]


async def test_stalled_parcels_of_a_truck_are_one_incident_of_the_clock(network: Gateway) -> None:
    numbers = [waybill() for _ in range(6)]
    await network.scans(
        *(on_truck(network, number, "沪B2", "DEPARTED", -index) for index, number in enumerate(numbers))
    )
    clock = network.world.clock
    assert isinstance(clock, ManualClock)
    await clock.advance(121 * 3600)

    async def told() -> list[ParcelIncidentOpened]:
        await clock.advance(2)  # the service's own watches look
        return await network.world.published(ParcelIncidentOpened)

    opened = await eventually(told)
    assert (opened[0].scope, opened[0].place, opened[0].exception, opened[0].count) == ("vehicle", "沪B2", "stalled", 6)
