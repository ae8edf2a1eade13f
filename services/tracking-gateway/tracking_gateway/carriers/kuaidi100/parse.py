"""Kuaidi100's payloads: pushes and answers carry the same list of events, newest first."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from tracking_gateway.carriers.json_items import Malformed, as_list, as_object, dump, parse_object, required, text_of
from tracking_gateway.domain.events import Report, in_sequence
from tracking_gateway.domain.identity import NumberUnusable, canonical_number
from tracking_gateway.domain.model import TrackingState, TzSource
from tracking_gateway.domain.observation import Told, Unreadable
from tracking_gateway.domain.times import TimeUnreadable, source_time

_CHINA = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Carrier:
    """One of Kuaidi100's carriers: its code there, ours, whether a phone is required, whose wall clock it uses."""

    com: str
    carrier: str
    phone: bool
    chinese: bool


@cache
def _carriers() -> tuple[Mapping[str, Carrier], Mapping[str, Carrier]]:
    data = json.loads((files(__package__) / "carriers.json").read_text("utf-8"))["carriers"]
    known = [Carrier(com, entry["carrier"], entry.get("phone", False), "zone" in entry) for com, entry in data.items()]
    return {item.com: item for item in known}, {item.carrier: item for item in known}


def carrier_of(com: str) -> Carrier:
    """The carrier behind Kuaidi100's code; one that is not listed keeps its code."""
    name = com.strip().lower()
    return _carriers()[0].get(name) or Carrier(name, name, False, False)


def known_carrier(carrier: str) -> Carrier | None:
    """Kuaidi100's entry for one of our carrier codes, if it has one."""
    return _carriers()[1].get(carrier)


def parse_push(param: str) -> Told:
    """A push: `param` as delivered. `Malformed` if it is not what the provider documents."""
    push = parse_object(param, "#/param")
    last = as_object(push.get("lastResult"), "#/param/lastResult")
    told = _told(last, "#/param/lastResult", _tracking(push))
    overseas = push.get("destResult")
    if isinstance(overseas, dict) and as_list(overseas.get("data"), "#/param/destResult/data"):
        return _with_destination(told, overseas)
    return told


def parse_answer(text: str | bytes) -> Told:
    """The answer to a query that found events."""
    answer = parse_object(text)
    return _told(answer, "#", None)


def _told(result: Mapping[str, Any], pointer: str, tracking: TrackingState | None) -> Told:
    carrier = carrier_of(required(result, "com", pointer))
    try:
        number = canonical_number(required(result, "nu", pointer))
    except NumberUnusable as error:
        raise Malformed(f"{pointer}/nu", str(error)) from error
    reports, raw, unreadable = _events(result, carrier, pointer)
    return Told(
        carrier=carrier.carrier,
        waybill_no=number,
        reports=reports,
        raw=raw,
        unreadable=unreadable,
        envelope=text_of(result, "state"),
        tracking=tracking,
    )


def _with_destination(told: Told, overseas: Mapping[str, Any]) -> Told:
    """Events of the carrier in the country of destination, which belong to the same parcel."""
    carrier = carrier_of(text_of(overseas, "com"))
    reports, raw, unreadable = _events(overseas, carrier, "#/param/destResult")
    return Told(
        carrier=told.carrier,
        waybill_no=told.waybill_no,
        reports=told.reports + reports,
        raw=told.raw + raw,
        unreadable=told.unreadable + unreadable,
        envelope=text_of(overseas, "state") if reports else told.envelope,
        tracking=told.tracking,
    )


def _events(
    result: Mapping[str, Any], carrier: Carrier, pointer: str
) -> tuple[tuple[Report, ...], tuple[str | None, ...], tuple[Unreadable, ...]]:
    reports: list[Report] = []
    raw: list[str | None] = []
    unreadable: list[Unreadable] = []
    for item in reversed(as_list(result.get("data"), f"{pointer}/data")):
        try:
            reports.append(_report(as_object(item, f"{pointer}/data"), carrier))
            raw.append(dump(item))
        except (TimeUnreadable, Malformed) as error:
            unreadable.append(Unreadable(str(error), dump(item)))
    return tuple(in_sequence(reports)), tuple(raw), tuple(unreadable)


def _report(item: Mapping[str, Any], carrier: Carrier) -> Report:
    # The provider does not say in which zone scans abroad are; what it shows is the local wall clock, if anything.
    known = TzSource.CARRIER_DEFAULT if carrier.chinese else TzSource.UNKNOWN
    return Report(
        time=source_time(text_of(item, "ftime", "time"), zone=_CHINA, tz_source=known),
        code=text_of(item, "statusCode", "status"),
        text=text_of(item, "context"),
        location=text_of(item, "location", "areaName") or None,
    )


def _tracking(push: Mapping[str, Any]) -> TrackingState | None:
    match text_of(push, "status"):
        case "polling" | "updateall":
            return TrackingState.ACTIVE
        case "shutdown":
            return TrackingState.STOPPED
        case "abort":
            return TrackingState.EXPIRED
    return None
