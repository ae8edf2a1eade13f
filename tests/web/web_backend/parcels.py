"""Tracking and customers: fixed facts the panels show."""

import re
from typing import Any

from fastapi import APIRouter, Request

from web_backend.auth import signed_in
from web_backend.clock import now
from web_backend.problems import Refusal

router = APIRouter()
WAYBILL = "SF1234567890123"


@router.get("/tracking/v1/detect")
def detect(request: Request, text: str) -> dict[str, Any]:
    signed_in(request)
    found = re.findall(r"\b(?:SF\d{13}|YT\d{13})\b", text)
    return {"candidates": [{"waybill_no": no, "carrier": no[:2].lower(), "confidence": 0.9, "reasons": ["format"]} for no in found]}


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
    return {
        "waybill_no": waybill_no,
        "carrier": "sf",
        "status": "in_transit",
        "direction": "forward",
        "milestones": {"info_received": now(-30 * 3600), "picked_up": now(-28 * 3600), "in_transit": now(-20 * 3600)},
        "exceptions": [],
        "tracking_state": "active",
        "last_event": None,
        "events": [{"at": now(age), "text": text, "location": city, "source": "kuaidi100"} for text, city, age in events],
        "as_of": now(-300),
        "age_seconds": 300,
        "source": "kuaidi100",
    }


@router.get("/cases/v1/customers/{customer_id}")
def customer(request: Request, customer_id: str) -> dict[str, Any]:
    signed_in(request)
    return {
        "customer_id": customer_id,
        "name": "陈晓",
        "language": "zh-CN",
        "contact_points": [
            {"kind": "phone", "address": "+8613800138000", "verified": True},
            {"kind": "email", "address": "chen.xiao@example.com", "verified": False},
        ],
        "cases": [],
    }
