"""Asking UPS about a package."""

from uuid import uuid4

from tracking_gateway.carriers.oauth_carrier import CarrierApi, Question
from tracking_gateway.carriers.ups.parse import parse_answer


def _ask(waybill_no: str) -> Question:
    return Question(
        "GET",
        f"/api/track/v1/details/{waybill_no}",
        headers={"transId": uuid4().hex, "transactionSrc": "posthouse"},
        options={"params": {"locale": "en_US"}},
    )


UPS = CarrierApi("ups", "/security/v1/oauth/token", account_in_form=False, ask=_ask, read=parse_answer)
