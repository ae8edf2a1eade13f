"""SF's payloads: routes of several waybills, each route with an operation code and a remark."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from tracking_gateway.carriers.collect import collect, number_at
from tracking_gateway.carriers.json_items import Malformed, as_list, as_object, parse_object, required, text_of
from tracking_gateway.domain.events import Report
from tracking_gateway.domain.model import TzSource
from tracking_gateway.domain.observation import Told
from tracking_gateway.domain.times import source_time

_CHINA = ZoneInfo("Asia/Shanghai")
_CARRIER = "sf"


def parse_push(body: bytes) -> Sequence[Told]:
    """A push: new routes only, possibly of several waybills."""
    content = as_object(parse_object(body).get("Body"), "#/Body")
    routes = as_list(content.get("WaybillRoute"), "#/Body/WaybillRoute")
    by_number: dict[str, list[Any]] = defaultdict(list)
    for index, route in enumerate(routes):
        pointer = f"#/Body/WaybillRoute/{index}"
        number = required(as_object(route, pointer), "mailno", pointer)
        by_number[number_at(number, f"{pointer}/mailno")].append(route)
    return [_told(number, items) for number, items in by_number.items()]


def parse_answer(answer: Mapping[str, Any]) -> Sequence[Told]:
    """The answer to a route query: `apiResultData` is JSON in a string."""
    result = parse_object(required(answer, "apiResultData", "#"), "#/apiResultData")
    if result.get("success") is not True:
        raise Malformed("#/apiResultData", f"errorCode {text_of(result, 'errorCode')}")
    message = as_object(result.get("msgData"), "#/apiResultData/msgData")
    pointer = "#/apiResultData/msgData/routeResps"
    return [
        _told(
            number_at(required(as_object(entry, pointer), "mailNo", pointer), f"{pointer}/mailNo"),
            as_list(entry.get("routes"), f"{pointer}/routes"),
        )
        for entry in as_list(message.get("routeResps"), pointer)
    ]


def _told(number: str, routes: Sequence[Any]) -> Told:
    items = collect(routes, _report)
    return Told(_CARRIER, number, items.reports, items.raw, items.unreadable)


def _report(item: Mapping[str, Any]) -> Report:
    return Report(
        time=source_time(text_of(item, "acceptTime"), zone=_CHINA, tz_source=TzSource.CARRIER_DEFAULT),
        code=text_of(item, "opCode"),
        text=text_of(item, "remark"),
        location=text_of(item, "acceptAddress") or None,
    )
