"""EPCIS 2.0 events: what, when, where and why, told of logistic units by SSCC or of consignments by waybill."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta, timezone
from typing import Any

from tracking_gateway.carriers.collect import collect, mapping_of, number_at
from tracking_gateway.carriers.json_items import Malformed, as_list, as_object, parse_object, text_of
from tracking_gateway.domain.events import Report
from tracking_gateway.domain.model import SourceTime, TzSource
from tracking_gateway.domain.numbers.checks import weighted_mod10
from tracking_gateway.domain.observation import Told
from tracking_gateway.domain.times import TimeUnreadable, source_time

NAMES = mapping_of("epcis")
_SSCC_URN = re.compile(r"urn:epc:id:sscc:(\d{6,12})\.(\d)(\d{4,10})")
_SSCC_LINK = re.compile(r"https?://[^/]+/(?:.*/)?00/(\d{18})")
_OFFSET = re.compile(r"([+-])(\d{2}):(\d{2})")
_WAYBILL_TRANSACTIONS = ("bol", "desadv", "waybill")
"""Kinds of business transaction whose id is a waybill number (Core Business Vocabulary: bol, desadv; ours: waybill)."""


def parse_document(body: bytes, carrier: str) -> Sequence[Told]:
    """An EPCIS document, or a single event. Events about nothing we track are left out."""
    document = parse_object(body)
    if "epcisBody" in document:
        content = as_object(document["epcisBody"], "#/epcisBody")
        events = as_list(content.get("eventList"), "#/epcisBody/eventList")
        pointer = "#/epcisBody/eventList"
    else:
        events, pointer = [document], "#"
    by_number: dict[str, list[Any]] = {}
    for index, event in enumerate(events):
        here = f"{pointer}/{index}" if pointer != "#" else "#"
        for number in _numbers(as_object(event, here), here):
            by_number.setdefault(number, []).append(event)
    told = []
    for number, items in by_number.items():
        read = collect(items, _report)
        told.append(Told(carrier, number, read.reports, read.raw, read.unreadable))
    return told


def _numbers(event: Mapping[str, Any], pointer: str) -> list[str]:
    """Waybill numbers the event is about: named transactions first, else the logistic units themselves."""
    named = []
    for index, item in enumerate(as_list(event.get("bizTransactionList"), f"{pointer}/bizTransactionList")):
        here = f"{pointer}/bizTransactionList/{index}"
        transaction = as_object(item, here)
        kind = re.split(r"[:/-]", text_of(transaction, "type"))[-1].lower()
        if kind in _WAYBILL_TRANSACTIONS:
            last = re.split(r"[:/]", text_of(transaction, "bizTransaction"))[-1]
            named.append(number_at(last, f"{here}/bizTransaction"))
    if named:
        return named
    units = [*as_list(event.get("epcList"), f"{pointer}/epcList"), event.get("parentID")]
    return [number for unit in units if isinstance(unit, str) and (number := _sscc(unit))]


def _sscc(unit: str) -> str | None:
    """The 18 digits of a serial shipping container code; its URN form lacks the check digit."""
    if link := _SSCC_LINK.fullmatch(unit):
        return link[1]
    if urn := _SSCC_URN.fullmatch(unit):
        prefix, extension, reference = urn.groups()
        serial = f"{extension}{prefix}{reference}"
        return serial + weighted_mod10(serial, (3, 1)) if len(serial) == 17 else None
    return None


def _report(event: Mapping[str, Any]) -> Report:
    step, disposition = _word(text_of(event, "bizStep")), _word(text_of(event, "disposition"))
    says_more = disposition not in ("", "in_transit", "in_progress")
    return Report(
        time=_time(event),
        code=NAMES.code(*((disposition, step) if says_more else (step, disposition))),
        text=text_of(event, "description", "comment"),
        location=_place(event, "bizLocation"),
        node=_place(event, "readPoint"),
        unique=text_of(event, "eventID") or None,
    )


def _word(text: str) -> str:
    """The last part of a vocabulary element: `urn:epcglobal:cbv:bizstep:shipping`, a link, or the bare word."""
    return re.split(r"[:/#-]", text.strip())[-1].lower()


def _place(event: Mapping[str, Any], name: str) -> str | None:
    place = event.get(name)
    return text_of(place, "name", "id") or None if isinstance(place, dict) else None


def _time(event: Mapping[str, Any]) -> SourceTime:
    """eventTime is an instant; eventTimeZoneOffset says how far local time was from it."""
    offset = _OFFSET.fullmatch(text_of(event, "eventTimeZoneOffset"))
    if offset is None:
        raise Malformed("#/eventTimeZoneOffset", "must be of the form +08:00")
    sign, hours, minutes = offset.groups()
    away = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
    if abs(away) >= timedelta(hours=24):
        raise TimeUnreadable("an offset of a day or more")
    written = text_of(event, "eventTime")
    time = source_time(written, zone=timezone(away), tz_source=TzSource.PAYLOAD)
    return SourceTime(time.instant, written, round(away.total_seconds() / 60), TzSource.PAYLOAD)
