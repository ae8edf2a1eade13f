"""Answers and pushes of every source as its documentation describes them, composed for the benchmark.

Each payload tells the same journey in five events: order, collection, transit, a failed attempt, delivery. Numbers,
days and places vary with `seed`, so that no two payloads are equal; wordings repeat, as those of carriers do.
"""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

START = datetime(2026, 2, 1, 1, 0, tzinfo=UTC)
CITIES = (("RENO", "NV"), ("DENVER", "CO"), ("NEWARK", "NJ"), ("SEATTLE", "WA"), ("ATLANTA", "GA"))
ZH_CITIES = ("上海", "北京", "广州", "成都", "杭州")
EN = (
    "Shipment information received",
    "Picked up",
    "Departed from facility",
    "Delivery attempted, recipient not home",
    "Delivered, front door",
)
ZH = (
    "卖家已下单，等待揽收",
    "快件已揽收",
    "快件离开转运中心，发往下一站",
    "派送失败，收件人不在家",
    "已签收，签收人：本人",
)

Payload = tuple[str, bytes]
"""(waybill number, body)."""


def _hours(seed: int) -> list[datetime]:
    chance = random.Random(seed)
    moment = START + timedelta(hours=seed % 400)
    return [moment := moment + timedelta(minutes=chance.randint(30, 900)) for _ in range(5)]


def _china(moment: datetime) -> str:
    return moment.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%d %H:%M:%S")


def _place(seed: int, index: int) -> tuple[str, str]:
    return CITIES[(seed + index) % len(CITIES)]


def _joined(*parts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for part in parts for name, value in part.items()}


def _json(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False).encode()


def kuaidi100(seed: int) -> Payload:
    number, codes = f"YT{seed:013d}", ("101", "103", "1002", "204", "301")
    data = [
        {"time": _china(at), "ftime": _china(at), "context": text, "statusCode": code, "areaName": city}
        for at, text, code, city in zip(_hours(seed), ZH, codes, ZH_CITIES, strict=True)
    ]
    result = {"message": "ok", "state": "3", "status": "200", "ischeck": "1", "com": "yuantong", "nu": number}
    return number, _json({"status": "polling", "message": "", "lastResult": {**result, "data": data[::-1]}})


def kdniao(seed: int) -> Payload:
    number, codes = f"YT{seed:013d}", ("10", "1", "204", "405", "301")
    traces = [
        {"AcceptTime": _china(at), "AcceptStation": text, "Action": code, "Location": city}
        for at, text, code, city in zip(_hours(seed), ZH, codes, ZH_CITIES, strict=True)
    ]
    entry = {"ShipperCode": "YTO", "LogisticCode": number, "State": "3", "StateEx": "301", "Success": True}
    return number, _json({"EBusinessID": "1", "Count": "1", "Data": [{**entry, "Traces": traces}]})


def track17(seed: int) -> Payload:
    number = f"1ZA{seed:015d}"
    stages = ("InfoReceived", "InTransit_PickedUp", "InTransit_Departure", "DeliveryFailure_NoBody", "Delivered_Other")
    events = [
        _joined(
            {"time_iso": at.isoformat(), "time_utc": at.isoformat(), "description": text, "sub_status": stage},
            {"location": ", ".join(_place(seed, index)), "stage": None},
        )
        for index, (at, text, stage) in enumerate(zip(_hours(seed), EN, stages, strict=True))
    ]
    info = {
        "latest_status": {"status": "Delivered", "sub_status": "Delivered_Other"},
        "tracking": {"providers": [{"provider": {"key": 100002}, "events": events[::-1]}]},
    }
    data = {"number": number, "carrier": 100002, "track_info": info}
    return number, _json({"event": "TRACKING_UPDATED", "data": data})


def aftership(seed: int) -> Payload:
    number = f"1ZA{seed:015d}"
    subtags = ("InfoReceived_001", "InTransit_002", "InTransit_007", "AttemptFail_002", "Delivered_001")
    checkpoints = [
        {"checkpoint_time": at.isoformat(), "subtag": subtag, "tag": subtag.split("_")[0], "message": text}
        | {"city": _place(seed, index)[0], "state": _place(seed, index)[1], "country_region": "USA"}
        | {"hash": f"{seed}-{index}"}
        for index, (at, text, subtag) in enumerate(zip(_hours(seed), EN, subtags, strict=True))
    ]
    tracking = {"slug": "ups", "tracking_number": number, "tag": "Delivered", "subtag": "Delivered_001"}
    return number, _json({"event": "tracking_update", "msg": {**tracking, "checkpoints": checkpoints}})


def easypost(seed: int) -> Payload:
    number = f"94001{seed:017d}"
    states = ("pre_transit", "in_transit", "in_transit", "failure", "delivered")
    details = (
        "label_created",
        "received_at_origin_facility",
        "departed_facility",
        "recipient_unavailable",
        "signed_by",
    )
    events = [
        _joined(
            {"object": "TrackingDetail", "message": text, "status": status, "status_detail": detail, "source": "USPS"},
            {"datetime": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "carrier_code": ""},
            {"tracking_location": {"city": city, "state": state, "country": "US", "zip": None}},
        )
        for at, text, status, detail, (city, state) in zip(_hours(seed), EN, states, details, CITIES, strict=True)
    ]
    tracker: dict[str, Any] = {"id": f"trk_{seed}", "object": "Tracker", "tracking_code": number, "status": "delivered"}
    tracker |= {"status_detail": "arrived_at_destination", "carrier": "USPS", "est_delivery_date": None}
    result = {**tracker, "signed_by": "J DOE", "weight": None, "public_url": "", "tracking_details": events}
    return number, _json({"object": "Event", "description": "tracker.updated", "result": result})


def sf(seed: int) -> Payload:
    number, codes = f"SF1{seed:012d}", ("41", "54", "36", "70", "80")
    routes = [
        {"mailno": number, "acceptTime": _china(at), "acceptAddress": city, "remark": text, "opCode": code, "id": code}
        for at, text, code, city in zip(_hours(seed), ZH, codes, ZH_CITIES, strict=True)
    ]
    return number, _json({"Body": {"WaybillRoute": routes}})


def epcis(seed: int) -> Payload:
    steps = ("packing", "accepting", "departing", "holding", "delivering")
    number = f"PH{seed:012d}"
    events = [
        {"type": "ObjectEvent", "action": "OBSERVE", "eventTime": at.strftime("%Y-%m-%dT%H:%M:%SZ")}
        | {"eventTimeZoneOffset": "+08:00", "bizStep": step, "eventID": f"urn:x:{seed}:{step}", "epcList": []}
        | {"bizLocation": {"id": f"urn:x:{city}"}, "description": text}
        | {"bizTransactionList": [{"type": "bol", "bizTransaction": f"urn:x:{number}"}]}
        for at, text, step, city in zip(_hours(seed), ZH, steps, ZH_CITIES, strict=True)
    ]
    return number, _json({"type": "EPCISDocument", "epcisBody": {"eventList": events}})


def ups(seed: int) -> Payload:
    number, kinds = f"1ZA{seed:015d}", ("M", "P", "I", "X", "D")
    activity = [
        {"date": at.strftime("%Y%m%d"), "time": at.strftime("%H%M%S"), "gmtDate": at.strftime("%Y%m%d")}
        | {"gmtTime": at.strftime("%H:%M:%S"), "gmtOffset": "-05:00"}
        | {"status": {"type": kind, "code": code, "description": text, "statusCode": "003"}}
        | {"location": {"address": {"city": city, "stateProvince": state, "countryCode": "US"}, "slic": "8957"}}
        for at, text, kind, code, (city, state) in zip(
            _hours(seed), EN, kinds, ("MP", "XD", "DP", "48", "FS"), CITIES, strict=True
        )
    ]
    package = {"trackingNumber": number, "activity": activity[::-1], "packageCount": 1}
    package |= {"currentStatus": {"type": "D", "code": "011", "description": "Delivered"}}
    package |= {"deliveryDate": [{"type": "DEL", "date": "20260301"}], "weight": {"unitOfMeasurement": "LBS"}}
    shipment = {"inquiryNumber": number, "package": [package]}
    return number, _json({"trackResponse": {"shipment": [shipment]}})


def fedex(seed: int) -> Payload:
    number, kinds = f"{seed:012d}", ("OC", "PU", "DP", "DE", "DL")
    scans = [
        {"date": at.isoformat(), "eventType": kind, "eventDescription": text, "derivedStatusCode": kind}
        | {"exceptionCode": "", "exceptionDescription": "", "derivedStatus": text, "locationType": "FEDEX_FACILITY"}
        | {"scanLocation": {"city": city, "stateOrProvinceCode": state, "postalCode": "89502", "countryCode": "US"}}
        for at, text, kind, (city, state) in zip(_hours(seed), EN, kinds, CITIES, strict=True)
    ]
    latest = {"code": "DL", "derivedCode": "DL", "statusByLocale": "Delivered", "description": "Delivered"}
    result = {
        "trackingNumberInfo": {"trackingNumber": number, "carrierCode": "FDXE"},
        "latestStatusDetail": latest,
        "dateAndTimes": [{"type": "ACTUAL_DELIVERY", "dateTime": _hours(seed)[-1].isoformat()}],
        "scanEvents": scans[::-1],
    }
    complete = {"trackingNumber": number, "trackResults": [result]}
    return number, _json({"transactionId": "t", "output": {"completeTrackResults": [complete]}})


def usps(seed: int) -> Payload:
    number, codes = f"94001{seed:017d}", ("GX", "03", "T1", "02", "01")
    events = [
        {"eventType": text, "eventTimestamp": at.strftime("%Y-%m-%dT%H:%M:%S"), "eventCode": code, "eventZIP": "89502"}
        | {"eventCity": city, "eventState": state, "eventCountry": "", "firm": "", "name": "", "authorizedAgent": False}
        for at, text, code, (city, state) in zip(_hours(seed), EN, codes, CITIES, strict=True)
    ]
    answer = {"trackingNumber": number, "statusCategory": "Delivered", "status": "Delivered", "mailClass": "PARCEL"}
    return number, _json({**answer, "trackingEvents": events[::-1]})


def dhl(seed: int) -> Payload:
    number = f"{seed:010d}"
    codes = ("pre-transit", "transit", "transit", "failure", "delivered")
    events = [
        {"timestamp": at.isoformat(), "statusCode": code, "status": text, "description": text, "remark": ""}
        | {"location": {"address": {"addressLocality": city, "countryCode": "DE"}}}
        for at, text, code, (city, _) in zip(_hours(seed), EN, codes, CITIES, strict=True)
    ]
    shipment = {"id": number, "service": "express", "status": events[-1], "events": events[::-1]}
    return number, _json({"shipments": [shipment]})


def courier(seed: int) -> Payload:
    """Five scans of our own network, as `POST /v1/scans` takes them."""
    number = f"PH{seed:012d}"
    codes = ("ORDERED", "COLLECTED", "DEPARTED", "ABSENT", "SIGNED")
    scans = [
        {"scan_id": f"{number}-{code}", "waybill_no": number, "code": code, "description": text}
        | {"node": f"{city}01", "city": city, "occurred_at": at.isoformat()}
        for at, text, code, city in zip(_hours(seed), ZH, codes, ZH_CITIES, strict=True)
    ]
    return number, _json(scans)


PAYLOADS: dict[str, Callable[[int], Payload]] = {
    "courier": courier,
    "kuaidi100": kuaidi100,
    "kdniao": kdniao,
    "17track": track17,
    "aftership": aftership,
    "easypost": easypost,
    "sf": sf,
    "ups": ups,
    "fedex": fedex,
    "usps": usps,
    "dhl": dhl,
    "epcis": epcis,
}
