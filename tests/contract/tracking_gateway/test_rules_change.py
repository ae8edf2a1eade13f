"""A change of rules re-derives history, and the store survives concurrent writers."""

import asyncio

from contracts.parcels import ParcelUpdated
from tests.contract.tracking_gateway.conftest import Gateway, scan, waybill
from tracking_gateway.carriers.courier.parse import Scan, scan_time, told
from tracking_gateway.domain.codes import CodeMap
from tracking_gateway.domain.observation import observe
from tracking_gateway.ingest import Ingest
from tracking_gateway.knowledge import COURIER, Knowledge, load_mapping
from tracking_gateway.parameters import TrackingParameters
from tracking_gateway.upkeep import Upkeep


def better_knowledge(code: str) -> Knowledge:
    """Rules of the next release: one more code is mapped."""
    knowledge = Knowledge(TrackingParameters(), own_carrier="posthouse", own_pattern=r"PH\d+")
    mapping = {**load_mapping(COURIER)}
    mapping["codes"] = {**mapping["codes"], code: {"status": "out_for_delivery"}}
    knowledge.codes[COURIER] = CodeMap.load(mapping)
    knowledge.rules = "next"
    return knowledge


async def test_a_mapping_fix_replays_history(gateway: Gateway) -> None:
    number, untouched = waybill(), waybill()
    await gateway.scans(
        scan(number, "COLLECTED", "2026-01-03T18:00:00+08:00"),
        scan(number, "NEWCODE", "2026-01-04T18:00:00+08:00", description="新操作"),
        scan(untouched, "COLLECTED", "2026-01-03T18:00:00+08:00"),
    )
    assert (await gateway.parcel(number))["status"] == "picked_up"
    knowledge = better_knowledge("NEWCODE")
    parameters = TrackingParameters()
    upkeep = Upkeep(gateway.service.db, Ingest(knowledge, parameters), knowledge, parameters)
    assert await upkeep.fold_anew() == 1
    assert (await gateway.parcel(number))["status"] == "out_for_delivery"
    updates = await gateway.world.wait_published(ParcelUpdated, 3)
    assert [event.status for event in updates if event.waybill_no == number] == ["picked_up", "out_for_delivery"]
    assert await upkeep.fold_anew() == 0


async def test_new_events_bring_a_parcel_to_the_new_rules(gateway: Gateway) -> None:
    number = waybill()
    await gateway.scans(scan(number, "NEWCODE", "2026-01-03T18:00:00+08:00"))
    gateway.service.app.state.intake._ingest.knowledge = better_knowledge("NEWCODE")
    await gateway.scans(scan(number, "NO_SUCH_CODE", "2026-01-04T18:00:00+08:00"))
    assert (await gateway.parcel(number))["status"] == "out_for_delivery"


async def test_concurrent_writers_of_overlapping_parcels_lose_nothing(gateway: Gateway) -> None:
    numbers = [waybill() for _ in range(12)]
    codes = ["COLLECTED", "DEPARTED", "ARRIVED", "ARRIVED_DEST", "OUT_FOR_DELIVERY", "SIGNED"]
    batches = [
        [scan(number, code, f"2026-01-0{day}T18:00:00+08:00") for number in numbers[start::3]]
        for day, code in enumerate(codes, start=1)
        for start in range(3)
    ]
    batches += [list(reversed(batch)) for batch in batches]
    await asyncio.gather(*(gateway.scans(*batch) for batch in reversed(batches)))
    for number in numbers:
        view = await gateway.parcel(number)
        assert (view["status"], len(view["events"])) == ("delivered", len(codes))


async def test_two_processes_may_ingest_the_same_parcels(gateway: Gateway) -> None:
    """Different transactions at the same time, not one group commit: rows are locked in one order."""
    knowledge = gateway.service.app.state.knowledge
    zone = gateway.service.app.state.own_zone
    numbers = [waybill() for _ in range(8)]

    async def process(day: int) -> None:
        async with gateway.service.db.transaction() as tx:
            observations = [
                observe(
                    told(
                        Scan(f"{number}{day}", number, "ARRIVED", "", None, None, scan_time(tx.now, zone)),
                        "posthouse",
                    ),
                    source=COURIER,
                    codes=knowledge.codes[COURIER],
                    interpreter=knowledge.interpreter,
                    received_at=tx.now,
                    snapshot=False,
                )
                for number in (numbers if day % 2 else reversed(numbers))
            ]
            await Ingest(knowledge, TrackingParameters()).apply(tx, observations)

    await asyncio.gather(*(process(day) for day in range(6)))
    for number in numbers:
        assert len((await gateway.parcel(number))["events"]) == 6
