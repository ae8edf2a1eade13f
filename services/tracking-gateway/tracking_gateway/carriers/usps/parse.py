"""USPS's answer: events of a number, newest first, in local time of the place."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from tracking_gateway.carriers.collect import collect, mapping_of
from tracking_gateway.carriers.json_items import as_list, text_of
from tracking_gateway.domain.events import Report
from tracking_gateway.domain.model import TzSource
from tracking_gateway.domain.observation import Told
from tracking_gateway.domain.times import source_time
from tracking_gateway.domain.zones import zone_of

NAMES = mapping_of("usps")


def parse_answer(answer: Mapping[str, Any], waybill_no: str) -> Told:
    """The events of the number that was asked for."""
    items = collect(reversed(as_list(answer.get("trackingEvents"), "#/trackingEvents")), _report)
    return Told("usps", waybill_no, items.reports, items.raw, items.unreadable)


def _report(item: Mapping[str, Any]) -> Report:
    city, state, country = (text_of(item, name) for name in ("eventCity", "eventState", "eventCountry"))
    zone = zone_of(country or "US", state)
    return Report(
        time=source_time(
            text_of(item, "eventTimestamp"),
            zone=zone or UTC,
            tz_source=TzSource.LOCATION if zone else TzSource.UNKNOWN,
        ),
        code=text_of(item, "eventCode"),
        text=text_of(item, "eventType", "eventDescription"),
        location=", ".join(filter(None, (city, state, country))) or None,
    )
