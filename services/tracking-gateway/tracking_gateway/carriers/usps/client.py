"""Asking USPS about a number."""

from chassis.clock import Clock
from tracking_gateway.carriers.http import AuthorisedHttp, ProviderHttp
from tracking_gateway.carriers.json_items import Malformed, parse_object
from tracking_gateway.carriers.port import SourceError
from tracking_gateway.carriers.usps.parse import parse_answer
from tracking_gateway.domain.observation import Told

_NOT_FOUND = frozenset({404})


class UspsClient:
    """The account's query interface."""

    name = "usps"

    def __init__(self, *, url: str, client_id: str, secret: str, timeout_seconds: float, clock: Clock) -> None:
        self._http = AuthorisedHttp(
            ProviderHttp(url, timeout_seconds),
            clock,
            path="/oauth2/v3/token",
            client_id=client_id,
            secret=secret,
            in_form=True,
        )
        self.close = self._http.close

    def serves(self, carrier: str) -> bool:
        return carrier == "usps"

    def needs_phone(self, carrier: str) -> bool:
        return False

    async def query(self, carrier: str, waybill_no: str, *, phone: str | None) -> tuple[Told, str] | None:
        path = f"/tracking/v3/tracking/{waybill_no}"
        body = await self._http.request("GET", path, headers={}, params={"expand": "DETAIL"}, nothing_known=_NOT_FOUND)
        if body is None:
            return None
        try:
            told = parse_answer(parse_object(body), waybill_no)
        except Malformed as error:
            raise SourceError(f"the answer is not as documented: {error}") from error
        return (told, body) if told.reports or told.unreadable else None
