"""Events the gateway listens to."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from chassis.db import Tx
from chassis.inbox import Handler, Poison, batched
from contracts.event import Event
from contracts.parcels import ScanRecorded, ShipmentDeclared
from tracking_gateway.carriers.courier.parse import Scan, scan_time, told
from tracking_gateway.declaring import Declaration, Declaring, declaration
from tracking_gateway.domain.identity import NumberUnusable
from tracking_gateway.domain.observation import Observation, observe
from tracking_gateway.domain.times import TimeUnreadable
from tracking_gateway.ingest import Ingest
from tracking_gateway.knowledge import COURIER, Knowledge


def on_scan_recorded(ingest: Ingest, knowledge: Knowledge, *, own_carrier: str, zone: ZoneInfo) -> Handler:
    """The handler of the courier's scan topic: a batch is one transaction, an unreadable scan is poison."""

    @batched
    async def handle(tx: Tx, events: Sequence[Event[ScanRecorded]]) -> None:
        await ingest.apply(tx, [observation(tx, event.data) for event in events])

    def observation(tx: Tx, data: ScanRecorded) -> Observation:
        try:
            scan = Scan(
                scan_id=data.scan_id,
                waybill_no=data.waybill_no,
                code=data.code,
                description=data.description,
                node=data.node,
                city=data.city,
                time=scan_time(data.occurred_at, zone),
                node_kind=data.node_kind,
                bag=data.bag or None,
                vehicle=data.vehicle or None,
            )
            report = told(scan, own_carrier)
        except (NumberUnusable, TimeUnreadable) as error:
            raise Poison(str(error)) from error
        return observe(
            report,
            source=COURIER,
            codes=knowledge.codes[COURIER],
            interpreter=knowledge.interpreter,
            received_at=tx.now,
            snapshot=False,
        )

    return handle


def on_shipment_declared(declaring: Declaring, *, own_carrier: str) -> Handler:
    """The handler of the courier's orders: what was agreed about a shipment."""

    @batched
    async def handle(tx: Tx, events: Sequence[Event[ShipmentDeclared]]) -> None:
        await declaring.apply(tx, [declared(event.data) for event in events])

    def declared(data: ShipmentDeclared) -> Declaration:
        try:
            return declaration(data, own_carrier)
        except (NumberUnusable, TimeUnreadable) as error:
            raise Poison(str(error)) from error

    return handle
