"""Tracking and customers: fixed facts the panels show."""

import re
from typing import Any

from fastapi import APIRouter, Request

from web_backend.auth import signed_in
from web_backend.clock import now
from web_backend.problems import Refusal

router = APIRouter()
WAYBILL = "SF1234567890123"
REASON = {"zh-CN": "号码格式", "en": "the form of the number"}


@router.get("/tracking/v1/detect")
def detect(request: Request, text: str) -> dict[str, Any]:
    signed_in(request)
    found = re.findall(r"\b(?:SF\d{13}|YT\d{13})\b", text)
    return {
        "candidates": [
            {"waybill_no": no, "carrier": no[:2].lower(), "confidence": 0.9, "reasons": [{"text": REASON}]}
            for no in found
        ]
    }


@router.get("/tracking/v1/parcels/{waybill_no}")
def parcel(request: Request, waybill_no: str) -> dict[str, Any]:
    signed_in(request)
    if waybill_no != WAYBILL:
        raise Refusal(404, "Not found", f"There is no parcel {waybill_no!r}.")
    events = [
        ("已到达【上海浦东集散中心】", "上海", -5 * 3600),
        ("快件在【深圳宝安集散中心】已装车，准备发往【上海浦东集散中心】", "深圳", -20 * 3600),
        ("已到达【深圳宝安集散中心】", "深圳", -24 * 3600),
        ("顺丰速运已收取快件", "深圳", -28 * 3600),
        ("订单已生成", "深圳", -30 * 3600),
    ]

    def stage(hours: int) -> dict[str, Any]:
        return {"first": now(hours * 3600), "last": now(hours * 3600), "count": 1}

    return {
        "waybill_no": waybill_no,
        "carrier": "sf",
        "carrier_name": {"zh-CN": "顺丰速运", "en": "SF Express"},
        "status": "in_transit",
        "status_text": {"zh-CN": "运输中", "en": "On the way"},
        "direction": "forward",
        "milestones": {
            "info_received": stage(-30),
            "picked_up": stage(-28),
            "departed": stage(-20),
            "arrived": stage(-5),
        },
        "exceptions": [],
        "tracking_state": "active",
        "events": [{"key": str(age), "at": now(age), "text": text, "location": city} for text, city, age in events],
        "as_of": now(-300),
        "age_seconds": 300.0,
        "source": "kuaidi100",
        "stale": False,
        "answer": {"zh-CN": "您的快件已到达上海浦东集散中心。", "en": "Your parcel has arrived in Shanghai."},
    }


@router.get("/cases/v1/customers/{customer_id}")
def customer(request: Request, customer_id: str) -> dict[str, Any]:
    signed_in(request)
    return {
        "customer_id": customer_id,
        "name": "陈晓",
        "language": "zh-CN",
        "contact_points": [
            {"id": "1", "kind": "phone", "address": "+86138****8000", "verification": "channel"},
            {"id": "2", "kind": "email", "address": "c***o@customer.example", "verification": "none"},
        ],
        "cases": [
            {"id": "c0", "case_no": "C2026-000000", "state": "closed", "opened_at": now(-86400), "waybill_no": None}
        ],
    }
