"""Asking UPS about a package."""

from uuid import uuid4

from chassis.clock import Clock
from tracking_gateway.carriers.http import AuthorisedHttp, ProviderHttp
from tracking_gateway.carriers.json_items import Malformed, parse_object
from tracking_gateway.carriers.port import SourceError
from tracking_gateway.carriers.ups.parse import parse_answer
from tracking_gateway.domain.observation import Told

_NOT_FOUND = frozenset({404})


class UpsClient:
    """The account's query interface."""

    name = "ups"

    def __init__(self, *, url: str, client_id: str, secret: str, timeout_seconds: float, clock: Clock) -> None:
        self._http = AuthorisedHttp(
            ProviderHttp(url, timeout_seconds),
            clock,
            path="/security/v1/oauth/token",
            client_id=client_id,
            secret=secret,
            in_form=False,
        )
        self.close = self._http.close

    def serves(self, carrier: str) -> bool:
        return carrier == "ups"

    def needs_phone(self, carrier: str) -> bool:
        return False

    async def query(self, carrier: str, waybill_no: str, *, phone: str | None) -> tuple[Told, str] | None:
        headers = {"transId": uuid4().hex, "transactionSrc": "posthouse"}
        path = f"/api/track/v1/details/{waybill_no}"
        body = await self._http.request(
            "GET", path, headers=headers, params={"locale": "en_US"}, nothing_known=_NOT_FOUND
        )
        if body is None:
            return None
        try:
            told = parse_answer(parse_object(body), waybill_no)
        except Malformed as error:
            raise SourceError(f"the answer is not as documented: {error}") from error
        return (told, body) if told and (told.reports or told.unreadable) else None
