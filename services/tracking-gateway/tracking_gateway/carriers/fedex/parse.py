"""FedEx's answer: scan events of a tracking number, newest first, each with its own offset."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from tracking_gateway.carriers.collect import collect, mapping_of
from tracking_gateway.carriers.json_items import as_list, as_object, text_of
from tracking_gateway.domain.events import Report
from tracking_gateway.domain.model import TzSource
from tracking_gateway.domain.observation import Told
from tracking_gateway.domain.times import source_time

NAMES = mapping_of("fedex")


def parse_answer(answer: Mapping[str, Any], waybill_no: str) -> Told | None:
    """The events of this number; None if FedEx knows nothing of it. A number used again has several results."""
    output = as_object(answer.get("output"), "#/output")
    events: list[Any] = []
    for complete in as_list(output.get("completeTrackResults"), "#/output/completeTrackResults"):
        entry = as_object(complete, "#/output/completeTrackResults")
        if text_of(entry, "trackingNumber").upper() != waybill_no:
            continue
        for result in as_list(entry.get("trackResults"), "#/output/completeTrackResults/trackResults"):
            scans = as_list(
                as_object(result, "#/output/completeTrackResults/trackResults").get("scanEvents"),
                "#/output/completeTrackResults/scanEvents",
            )
            events += reversed(scans)
    if not events:
        return None
    items = collect(events, _report)
    return Told("fedex", waybill_no, items.reports, items.raw, items.unreadable)


def _report(item: Mapping[str, Any]) -> Report:
    location = item.get("scanLocation")
    place: Mapping[str, Any] = location if isinstance(location, dict) else {}
    parts = (text_of(place, name) for name in ("city", "stateOrProvinceCode", "countryCode"))
    described = (text_of(item, "eventDescription"), text_of(item, "exceptionDescription"))
    return Report(
        time=source_time(text_of(item, "date"), zone=UTC, tz_source=TzSource.UNKNOWN),
        code=NAMES.code(text_of(item, "eventType"), text_of(item, "derivedStatusCode")),
        text=" - ".join(filter(None, described)),
        location=", ".join(filter(None, parts)) or None,
    )
