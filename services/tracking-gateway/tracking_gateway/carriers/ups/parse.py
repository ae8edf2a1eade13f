"""UPS's answer: activities of a package, newest first, with local and UTC time."""

from collections.abc import Mapping
from datetime import UTC, timedelta, timezone
from functools import lru_cache
from typing import Any

from tracking_gateway.carriers.collect import collect, mapping_of
from tracking_gateway.carriers.json_items import as_list, as_object, text_of
from tracking_gateway.domain.events import Report
from tracking_gateway.domain.model import SourceTime, TzSource
from tracking_gateway.domain.observation import Told
from tracking_gateway.domain.times import TimeUnreadable, source_time
from tracking_gateway.domain.zones import zone_of

NAMES = mapping_of("ups")


def parse_answer(answer: Mapping[str, Any], waybill_no: str) -> Told | None:
    """The package with this number; None if the answer has none."""
    response = as_object(answer.get("trackResponse"), "#/trackResponse")
    for shipment in as_list(response.get("shipment"), "#/trackResponse/shipment"):
        packages = as_list(
            as_object(shipment, "#/trackResponse/shipment").get("package"), "#/trackResponse/shipment/package"
        )
        for package in packages:
            found = as_object(package, "#/trackResponse/shipment/package")
            if text_of(found, "trackingNumber").upper() == waybill_no:
                items = collect(reversed(as_list(found.get("activity"), "#/trackResponse/shipment/activity")), _report)
                return Told("ups", waybill_no, items.reports, items.raw, items.unreadable)
    return None


def _report(item: Mapping[str, Any]) -> Report:
    status = as_object(item.get("status"), "#/status")
    location = item.get("location")
    address = location.get("address") if isinstance(location, dict) else None
    place: Mapping[str, Any] = address if isinstance(address, dict) else {}
    city, state, country = text_of(place, "city"), text_of(place, "stateProvince"), text_of(place, "countryCode")
    return Report(
        time=_time(item, country, state),
        code=NAMES.code(text_of(status, "code"), text_of(status, "type")),
        text=text_of(status, "description"),
        location=", ".join(filter(None, (city, state, country))) or None,
    )


def _time(item: Mapping[str, Any], country: str, state: str) -> SourceTime:
    """The UTC pair where UPS gives it, with the offset; else local time by the place."""
    local = text_of(item, "date") + text_of(item, "time").rjust(6, "0")
    utc_date, utc_time = text_of(item, "gmtDate"), text_of(item, "gmtTime").replace(":", "")
    if utc_date and utc_time:
        time = source_time(utc_date + utc_time.rjust(6, "0"), zone=UTC, tz_source=TzSource.PAYLOAD)
        return SourceTime(time.instant, local, _offset_minutes(text_of(item, "gmtOffset")), TzSource.PAYLOAD)
    zone = zone_of(country, state)
    return source_time(local, zone=zone or UTC, tz_source=TzSource.LOCATION if zone else TzSource.UNKNOWN)


@lru_cache(64)
def _offset_minutes(text: str) -> int:
    if not text:
        return 0
    hours, _, minutes = text.lstrip("+-").partition(":")
    try:
        away = timedelta(hours=int(hours), minutes=int(minutes or 0)) * (-1 if text.startswith("-") else 1)
        return round(away.total_seconds() / 60) if timezone(away) else 0
    except (ValueError, OverflowError) as error:
        raise TimeUnreadable(f"not an offset: {text[:20]!r}") from error
