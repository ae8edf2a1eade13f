"""EasyPost's payloads: a tracker with its details, oldest first.

Times are written with a Z whatever they are: where the place is known they are local to it, else UTC.
"""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from tracking_gateway.carriers.collect import collect, mapping_of, number_at
from tracking_gateway.carriers.json_items import as_list, as_object, parse_object, required, text_of
from tracking_gateway.domain.events import Report
from tracking_gateway.domain.model import SourceTime, TzSource
from tracking_gateway.domain.observation import Told
from tracking_gateway.domain.times import source_time
from tracking_gateway.domain.zones import zone_of

NAMES = mapping_of("easypost")


def parse_webhook(body: bytes) -> Told | None:
    """A webhook; None for events about anything but a tracker."""
    event = parse_object(body)
    result = as_object(event.get("result"), "#/result")
    if text_of(result, "object") != "Tracker":
        return None
    return parse_tracker(result, "#/result")


def parse_tracker(tracker: Mapping[str, Any], pointer: str) -> Told:
    """One tracker, as webhooks and answers have it."""
    items = collect(as_list(tracker.get("tracking_details"), f"{pointer}/tracking_details"), _report)
    return Told(
        carrier=NAMES.carrier(required(tracker, "carrier", pointer)),
        waybill_no=number_at(required(tracker, "tracking_code", pointer), f"{pointer}/tracking_code"),
        reports=items.reports,
        raw=items.raw,
        unreadable=items.unreadable,
        envelope=_code(tracker),
    )


def _code(item: Mapping[str, Any]) -> str:
    """The detail says more than the status, where it says anything."""
    detail = text_of(item, "status_detail")
    vague = detail in ("unknown", "status_update")
    return NAMES.code("" if vague else detail, text_of(item, "status"))


def _report(item: Mapping[str, Any]) -> Report:
    place = item.get("tracking_location")
    location: Mapping[str, Any] = place if isinstance(place, dict) else {}
    city, state, country = (text_of(location, name) for name in ("city", "state", "country"))
    return Report(
        time=_time(text_of(item, "datetime"), country, state, known=bool(city or state)),
        code=_code(item),
        text=text_of(item, "message", "description"),
        location=", ".join(filter(None, (city, state, country))) or None,
    )


def _time(text: str, country: str, state: str, *, known: bool) -> SourceTime:
    written = text.removesuffix("Z") if known else text
    zone = zone_of(country or "US", state)
    if not known:
        return source_time(text, zone=UTC, tz_source=TzSource.PAYLOAD)
    return source_time(written, zone=zone or UTC, tz_source=TzSource.LOCATION if zone else TzSource.UNKNOWN)
