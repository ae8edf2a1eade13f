"""Clock rules in virtual time: raised once, at the right moment, closed by the next event, undone by a late one."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from chassis.clock import ManualClock
from contracts.parcels import ParcelExceptionClosed, ParcelExceptionOpened
from tests.contract.tracking_gateway.conftest import Gateway, all_silences_heard, scan, waybill
from tests.support.world import World, eventually
from tracking_gateway.app import build
from tracking_gateway.ingest import Ingest
from tracking_gateway.parameters import TrackingParameters
from tracking_gateway.settings import Settings
from tracking_gateway.silences import SilenceWatch


@pytest.fixture
async def quiet(manual_world: World) -> AsyncIterator[Gateway]:
    service = await manual_world.start(build, Settings())
    async with manual_world.client(service, "tracking:read", "tracking:write") as client:
        yield Gateway(service, client, manual_world)


async def hours_pass(gateway: Gateway, hours: float) -> None:
    """Move time and let another process's watch look, as the service's own would within seconds."""
    clock = gateway.world.clock
    assert isinstance(clock, ManualClock)
    await clock.advance(hours * 3600)
    await watch(gateway).look()
    await all_silences_heard(gateway)


def watch(gateway: Gateway) -> SilenceWatch:
    state = gateway.service.app.state
    parameters = TrackingParameters()
    ingest = Ingest(state.knowledge, parameters)
    return SilenceWatch(gateway.service.db, ingest, parameters, state.catalogue)


def now(gateway: Gateway, hours: float = 0) -> str:
    return (gateway.world.clock.now() + timedelta(hours=hours)).isoformat()


async def open_codes(gateway: Gateway, number: str) -> list[str]:
    return [entry["code"] for entry in (await gateway.parcel(number))["exceptions"] if entry["open"]]


async def test_unsigned_after_thirty_six_hours(quiet: Gateway) -> None:
    number = waybill()
    out = now(quiet)
    await quiet.scans(scan(number, "OUT_FOR_DELIVERY", out, city="北京"))
    await hours_pass(quiet, 35.9)
    assert await open_codes(quiet, number) == []
    await hours_pass(quiet, 0.2)
    view = await quiet.parcel(number)
    assert [(entry["code"], entry["open"]) for entry in view["exceptions"]] == [("unsigned", True)]
    assert view["exceptions"][0]["evidence"] == "派送后36小时没有签收或其他物流信息"
    assert view["last_event"]["source"] == "courier"
    assert view["status"] == "out_for_delivery"
    for _ in range(3):
        await hours_pass(quiet, 1)
    opened = await quiet.world.wait_published(ParcelExceptionOpened)
    assert [event.exception for event in opened] == ["unsigned"]
    assert opened[0].occurred_at - quiet.world.clock.now() == timedelta(hours=-3.1)
    await quiet.scans(scan(number, "SIGNED", now(quiet)))
    closed = await quiet.world.wait_published(ParcelExceptionClosed)
    assert [event.exception for event in closed] == ["unsigned"]
    await hours_pass(quiet, 200)
    assert await open_codes(quiet, number) == []


async def test_pickup_overdue_and_stalled_stand_beside_each_other(quiet: Gateway) -> None:
    number = waybill()
    await quiet.scans(scan(number, "LOCKER_IN", now(quiet)))
    await hours_pass(quiet, 18.1)
    assert await open_codes(quiet, number) == ["pickup_overdue"]
    await hours_pass(quiet, 102)
    assert set(await open_codes(quiet, number)) == {"pickup_overdue", "stalled"}


async def test_each_silence_is_raised_once_and_a_new_one_again(quiet: Gateway) -> None:
    number = waybill()
    await quiet.scans(scan(number, "DEPARTED", now(quiet)))
    for _ in range(2):
        await hours_pass(quiet, 121)
        assert await open_codes(quiet, number) == ["stalled"]
        await quiet.scans(scan(number, "ARRIVED", now(quiet)))
        assert await open_codes(quiet, number) == []
    assert len(await quiet.world.wait_published(ParcelExceptionOpened, 2)) == 2
    assert len(await quiet.world.wait_published(ParcelExceptionClosed, 2)) == 2


async def test_an_order_without_a_trace(quiet: Gateway) -> None:
    number = waybill()
    await quiet.scans(scan(number, "ORDERED", now(quiet)))
    await hours_pass(quiet, 48.5)
    assert await open_codes(quiet, number) == ["no_info"]


async def test_a_scan_that_arrives_late_undoes_a_silence_that_was_none(quiet: Gateway) -> None:
    number = waybill()
    await quiet.scans(scan(number, "DEPARTED", now(quiet)))
    await hours_pass(quiet, 121)
    assert await open_codes(quiet, number) == ["stalled"]
    await quiet.scans(scan(number, "ARRIVED", now(quiet, -50)))
    assert await open_codes(quiet, number) == []
    effects = (await quiet.client.get(f"/v1/parcels/{number}/explain")).json()["events"]
    assert [event["effect"] for event in effects] == ["moved", "confirmed", "clock_void"]
    await hours_pass(quiet, 75)
    assert await open_codes(quiet, number) == ["stalled"]


async def test_silences_are_noticed_by_the_service_itself_and_by_one_process_only(quiet: Gateway) -> None:
    numbers = [waybill() for _ in range(5)]
    await quiet.scans(*(scan(number, "OUT_FOR_DELIVERY", now(quiet)) for number in numbers))
    clock = quiet.world.clock
    assert isinstance(clock, ManualClock)
    await clock.advance(37 * 3600)
    others = [watch(quiet) for _ in range(2)]
    for other in others:
        await other.look()

    async def all_open() -> bool:
        await clock.advance(20)
        return all([await open_codes(quiet, number) == ["unsigned"] for number in numbers])

    assert await eventually(all_open)
    assert len(await quiet.world.wait_published(ParcelExceptionOpened, 5)) == 5


async def test_a_delivered_parcel_may_be_silent(quiet: Gateway) -> None:
    number = waybill()
    await quiet.scans(scan(number, "SIGNED", now(quiet)))
    await hours_pass(quiet, 1000)
    assert await open_codes(quiet, number) == []
