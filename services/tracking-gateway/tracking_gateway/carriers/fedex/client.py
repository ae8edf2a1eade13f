"""Asking FedEx about a tracking number."""

import orjson

from tracking_gateway.carriers.fedex.parse import parse_answer
from tracking_gateway.carriers.oauth_carrier import CarrierApi, Question


def _ask(waybill_no: str) -> Question:
    wanted = {"trackingNumberInfo": {"trackingNumber": waybill_no}}
    return Question(
        "POST",
        "/track/v1/trackingnumbers",
        headers={"content-type": "application/json", "x-locale": "en_US"},
        options={"content": orjson.dumps({"includeDetailedScans": True, "trackingInfo": [wanted]})},
    )


FEDEX = CarrierApi("fedex", "/oauth/token", account_in_form=True, ask=_ask, read=parse_answer)
