"""17TRACK's payloads: events of one or more carriers of a parcel, newest first."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from tracking_gateway.carriers.collect import collect, mapping_of, number_at
from tracking_gateway.carriers.json_items import as_list, as_object, parse_object, required, text_of
from tracking_gateway.domain.events import Report
from tracking_gateway.domain.model import TrackingState, TzSource
from tracking_gateway.domain.observation import Told
from tracking_gateway.domain.times import source_time

NAMES = mapping_of("track17")


def parse_push(body: bytes) -> Told:
    """A push: TRACKING_UPDATED with the history, or TRACKING_STOPPED without."""
    push = parse_object(body)
    stopped = text_of(push, "event") == "TRACKING_STOPPED"
    told = parse_track(as_object(push.get("data"), "#/data"), "#/data")
    return _with(told, TrackingState.STOPPED) if stopped else told


def parse_track(data: Mapping[str, Any], pointer: str) -> Told:
    """One number with its `track_info`, as pushes and answers have it."""
    info = as_object(data.get("track_info") or {}, f"{pointer}/track_info")
    tracking = as_object(info.get("tracking") or {}, f"{pointer}/track_info/tracking")
    providers = as_list(tracking.get("providers"), f"{pointer}/track_info/tracking/providers")
    events: list[Any] = []
    for index, provider in enumerate(providers):
        here = f"{pointer}/track_info/tracking/providers/{index}"
        events += reversed(as_list(as_object(provider, here).get("events"), f"{here}/events"))
    items = collect(events, _report)
    latest = as_object(info.get("latest_status") or {}, f"{pointer}/track_info/latest_status")
    told = Told(
        carrier=NAMES.carrier(required(data, "carrier", pointer)),
        waybill_no=number_at(required(data, "number", pointer), f"{pointer}/number"),
        reports=items.reports,
        raw=items.raw,
        unreadable=items.unreadable,
        envelope=NAMES.code(text_of(latest, "sub_status"), text_of(latest, "status")),
    )
    return _with(told, TrackingState.EXPIRED) if text_of(latest, "status") == "Expired" else told


def _report(item: Mapping[str, Any]) -> Report:
    # time_iso has the scan's own offset where the carrier gave one; time_utc is what the provider made of it.
    local, utc = text_of(item, "time_iso"), text_of(item, "time_utc")
    return Report(
        time=source_time(local or utc, zone=UTC, tz_source=TzSource.UNKNOWN),
        code=NAMES.code(text_of(item, "sub_status"), text_of(item, "stage")),
        text=text_of(item, "description"),
        location=text_of(item, "location") or None,
    )


def _with(told: Told, tracking: TrackingState) -> Told:
    return Told(told.carrier, told.waybill_no, told.reports, told.raw, told.unreadable, told.envelope, tracking)
