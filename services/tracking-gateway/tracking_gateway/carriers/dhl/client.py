"""Asking DHL about a shipment."""

from tracking_gateway.carriers.dhl.parse import parse_answer
from tracking_gateway.carriers.http import ProviderHttp
from tracking_gateway.carriers.json_items import Malformed, parse_object
from tracking_gateway.carriers.port import SourceError
from tracking_gateway.domain.observation import Told

_NOT_FOUND = frozenset({404})
_DIVISIONS = {"dhl": "express", "dhl_ecommerce": "ecommerce"}


class DhlClient:
    """The account's query interface."""

    name = "dhl"

    def __init__(self, *, url: str, api_key: str, timeout_seconds: float) -> None:
        self._headers = {"DHL-API-Key": api_key, "accept": "application/json"}
        self._http = ProviderHttp(url, timeout_seconds)
        self.close = self._http.close

    def serves(self, carrier: str) -> bool:
        return carrier in _DIVISIONS

    def needs_phone(self, carrier: str) -> bool:
        return False

    async def query(self, carrier: str, waybill_no: str, *, phone: str | None) -> tuple[Told, str] | None:
        parameters = {"trackingNumber": waybill_no, "service": _DIVISIONS[carrier], "language": "en"}
        body = await self._http.request(
            "GET", "/track/shipments", params=parameters, headers=self._headers, nothing_known=_NOT_FOUND
        )
        if body is None:
            return None
        try:
            told = parse_answer(parse_object(body), carrier, waybill_no)
        except Malformed as error:
            raise SourceError(f"the answer is not as documented: {error}") from error
        return (told, body) if told and (told.reports or told.unreadable) else None
