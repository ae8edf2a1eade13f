"""Scans of the courier's own network, from the API and from the topic `scans`."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from tracking_gateway.domain.events import Report
from tracking_gateway.domain.identity import canonical_number
from tracking_gateway.domain.model import Carried, SourceTime, TzSource
from tracking_gateway.domain.observation import Told
from tracking_gateway.domain.times import from_aware, source_time


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan. `scan_id` is the network's own id: a repeat of it is the same scan. `raw` is JSON text, if kept."""

    scan_id: str
    waybill_no: str
    code: str
    description: str
    node: str | None
    city: str | None
    time: SourceTime
    raw: str | None = None
    node_kind: str | None = None
    bag: str | None = None
    vehicle: str | None = None


def scan_time(occurred_at: datetime | str, zone: tzinfo) -> SourceTime:
    """When a scan happened. A text without an offset is wall time of the courier's own zone."""
    if isinstance(occurred_at, datetime):
        return from_aware(occurred_at)
    return source_time(occurred_at, zone=zone, tz_source=TzSource.CARRIER_DEFAULT)


def told(scan: Scan, carrier: str) -> Told:
    """The scan as one report of its parcel."""
    report = Report(
        time=scan.time,
        code=scan.code.strip(),
        text=scan.description,
        location=scan.city,
        node=scan.node,
        unique=scan.scan_id,
        carried=Carried(scan.bag, scan.vehicle, scan.node_kind) if scan.bag or scan.vehicle or scan.node_kind else None,
    )
    return Told(carrier, canonical_number(scan.waybill_no), (report,), (scan.raw,))
