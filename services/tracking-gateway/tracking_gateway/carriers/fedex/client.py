"""Asking FedEx about a tracking number."""

import orjson

from chassis.clock import Clock
from tracking_gateway.carriers.fedex.parse import parse_answer
from tracking_gateway.carriers.http import AuthorisedHttp, ProviderHttp
from tracking_gateway.carriers.json_items import Malformed, parse_object
from tracking_gateway.carriers.port import SourceError
from tracking_gateway.domain.observation import Told


class FedexClient:
    """The account's query interface."""

    name = "fedex"

    def __init__(self, *, url: str, client_id: str, secret: str, timeout_seconds: float, clock: Clock) -> None:
        self._http = AuthorisedHttp(
            ProviderHttp(url, timeout_seconds),
            clock,
            path="/oauth/token",
            client_id=client_id,
            secret=secret,
            in_form=True,
        )
        self.close = self._http.close

    def serves(self, carrier: str) -> bool:
        return carrier == "fedex"

    def needs_phone(self, carrier: str) -> bool:
        return False

    async def query(self, carrier: str, waybill_no: str, *, phone: str | None) -> tuple[Told, str] | None:
        wanted = {"trackingNumberInfo": {"trackingNumber": waybill_no}}
        content = orjson.dumps({"includeDetailedScans": True, "trackingInfo": [wanted]})
        headers = {"content-type": "application/json", "x-locale": "en_US"}
        body = await self._http.request("POST", "/track/v1/trackingnumbers", content=content, headers=headers) or ""
        try:
            told = parse_answer(parse_object(body), waybill_no)
        except Malformed as error:
            raise SourceError(f"the answer is not as documented: {error}") from error
        return (told, body) if told else None
