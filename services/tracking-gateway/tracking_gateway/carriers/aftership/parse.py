"""AfterShip's payloads: a tracking with its checkpoints, oldest first."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from tracking_gateway.carriers.collect import collect, mapping_of, number_at
from tracking_gateway.carriers.json_items import as_list, as_object, parse_object, required, text_of
from tracking_gateway.domain.events import Report
from tracking_gateway.domain.model import TrackingState, TzSource
from tracking_gateway.domain.observation import Told
from tracking_gateway.domain.times import source_time
from tracking_gateway.domain.zones import zone_of

NAMES = mapping_of("aftership")


def parse_webhook(body: bytes) -> Told | None:
    """A webhook; None for kinds that say nothing about the parcel (a revised estimate)."""
    webhook = parse_object(body)
    if text_of(webhook, "event") not in ("tracking_update", ""):
        return None
    return parse_tracking(as_object(webhook.get("msg"), "#/msg"), "#/msg")


def parse_tracking(tracking: Mapping[str, Any], pointer: str) -> Told:
    """One tracking, as webhooks and answers have it."""
    items = collect(as_list(tracking.get("checkpoints"), f"{pointer}/checkpoints"), _report)
    return Told(
        carrier=NAMES.carrier(required(tracking, "slug", pointer)),
        waybill_no=number_at(required(tracking, "tracking_number", pointer), f"{pointer}/tracking_number"),
        reports=items.reports,
        raw=items.raw,
        unreadable=items.unreadable,
        envelope=NAMES.code(text_of(tracking, "subtag"), text_of(tracking, "tag")),
        tracking=TrackingState.EXPIRED if text_of(tracking, "tag") == "Expired" else None,
    )


def _report(item: Mapping[str, Any]) -> Report:
    zone = zone_of(text_of(item, "country_region", "country_iso3", "country_name"), text_of(item, "state"))
    return Report(
        time=source_time(
            text_of(item, "checkpoint_time"),
            zone=zone or UTC,
            tz_source=TzSource.LOCATION if zone else TzSource.UNKNOWN,
        ),
        code=NAMES.code(text_of(item, "subtag"), text_of(item, "tag")),
        text=text_of(item, "message"),
        location=text_of(item, "location") or ", ".join(filter(None, (text_of(item, "city"), text_of(item, "state")))),
        unique=text_of(item, "hash") or None,
    )
