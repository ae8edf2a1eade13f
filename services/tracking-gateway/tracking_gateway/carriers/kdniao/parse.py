"""Kdniao's payloads: one push holds several parcels, each with its whole list, oldest first."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from tracking_gateway.carriers.collect import collect, mapping_of, number_at
from tracking_gateway.carriers.json_items import as_list, as_object, parse_object, required, text_of
from tracking_gateway.domain.events import Report
from tracking_gateway.domain.model import TzSource
from tracking_gateway.domain.observation import Told
from tracking_gateway.domain.times import source_time

CHINA = ZoneInfo("Asia/Shanghai")
NAMES = mapping_of("kdniao")


def parse_push(request_data: str) -> Sequence[Told]:
    """All parcels of a push."""
    push = parse_object(request_data, "#/RequestData")
    entries = as_list(push.get("Data"), "#/RequestData/Data")
    return [
        _told(as_object(entry, f"#/RequestData/Data/{index}"), f"#/RequestData/Data/{index}")
        for index, entry in enumerate(entries)
    ]


def parse_answer(answer: Mapping[str, Any]) -> Told:
    """The answer to a query."""
    return _told(answer, "#")


def _told(entry: Mapping[str, Any], pointer: str) -> Told:
    """State 4 stays with a parcel whatever follows, so the parcel's own state is not read; each trace has its own."""
    items = collect(as_list(entry.get("Traces"), f"{pointer}/Traces"), _report)
    return Told(
        carrier=NAMES.carrier(required(entry, "ShipperCode", pointer)),
        waybill_no=number_at(required(entry, "LogisticCode", pointer), f"{pointer}/LogisticCode"),
        reports=items.reports,
        raw=items.raw,
        unreadable=items.unreadable,
    )


def _report(item: Mapping[str, Any]) -> Report:
    return Report(
        time=source_time(text_of(item, "AcceptTime"), zone=CHINA, tz_source=TzSource.CARRIER_DEFAULT),
        code=text_of(item, "Action"),
        text=" ".join(filter(None, (text_of(item, "AcceptStation"), text_of(item, "Remark")))),
        location=text_of(item, "Location") or None,
    )
