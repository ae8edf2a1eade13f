"""Asking USPS about a number."""

from tracking_gateway.carriers.oauth_carrier import CarrierApi, Question
from tracking_gateway.carriers.usps.parse import parse_answer


def _ask(waybill_no: str) -> Question:
    return Question("GET", f"/tracking/v3/tracking/{waybill_no}", options={"params": {"expand": "DETAIL"}})


USPS = CarrierApi("usps", "/oauth2/v3/token", account_in_form=True, ask=_ask, read=parse_answer)
