"""DHL's answer: events of a shipment, newest first. Divisions differ in form; five status codes are shared."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from tracking_gateway.carriers.collect import collect
from tracking_gateway.carriers.json_items import as_list, as_object, text_of
from tracking_gateway.domain.events import Report
from tracking_gateway.domain.model import TzSource
from tracking_gateway.domain.observation import Told
from tracking_gateway.domain.times import source_time
from tracking_gateway.domain.zones import zone_of


def parse_answer(answer: Mapping[str, Any], carrier: str, waybill_no: str) -> Told | None:
    """The shipment with this number; None if the answer has none."""
    for shipment in as_list(answer.get("shipments"), "#/shipments"):
        found = as_object(shipment, "#/shipments")
        if text_of(found, "id").upper() == waybill_no:
            items = collect(reversed(as_list(found.get("events"), "#/shipments/events")), _report)
            return Told(carrier, waybill_no, items.reports, items.raw, items.unreadable)
    return None


def _report(item: Mapping[str, Any]) -> Report:
    location = item.get("location")
    address = location.get("address") if isinstance(location, dict) else None
    place: Mapping[str, Any] = address if isinstance(address, dict) else {}
    zone = zone_of(text_of(place, "countryCode"))
    described = (text_of(item, "description", "status"), text_of(item, "remark"))
    return Report(
        time=source_time(
            text_of(item, "timestamp"), zone=zone or UTC, tz_source=TzSource.LOCATION if zone else TzSource.UNKNOWN
        ),
        code=text_of(item, "statusCode"),
        text=" - ".join(dict.fromkeys(filter(None, described))),
        location=text_of(place, "addressLocality", "countryCode") or None,
    )
