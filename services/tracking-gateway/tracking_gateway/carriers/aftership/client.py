"""Asking AfterShip for a tracking by its number."""

from tracking_gateway.carriers.aftership.parse import NAMES, parse_tracking
from tracking_gateway.carriers.http import ProviderHttp
from tracking_gateway.carriers.json_items import Malformed, as_list, as_object, parse_object, text_of
from tracking_gateway.carriers.port import SourceError
from tracking_gateway.domain.observation import Told

_NOT_FOUND = frozenset({404})


class AftershipClient:
    """The account's query interface."""

    name = "aftership"

    def __init__(self, *, url: str, api_key: str, timeout_seconds: float) -> None:
        self._headers = {"as-api-key": api_key}
        self._http = ProviderHttp(url, timeout_seconds)
        self.close = self._http.close

    def serves(self, carrier: str) -> bool:
        return NAMES.name_for(carrier) is not None

    def needs_phone(self, carrier: str) -> bool:
        return False

    async def query(self, carrier: str, waybill_no: str, *, phone: str | None) -> tuple[Told, str] | None:
        slug = NAMES.name_for(carrier)
        if slug is None:
            return None
        parameters = {"tracking_numbers": waybill_no, "slug": slug}
        body = await self._http.request(
            "GET", "/tracking/2024-07/trackings", params=parameters, headers=self._headers, nothing_known=_NOT_FOUND
        )
        return self._read(body, slug, waybill_no) if body is not None else None

    def _read(self, body: str, slug: str, waybill_no: str) -> tuple[Told, str] | None:
        try:
            data = as_object(parse_object(body).get("data"), "#/data")
            for item in as_list(data.get("trackings"), "#/data/trackings"):
                tracking = as_object(item, "#/data/trackings")
                if text_of(tracking, "slug") != slug:
                    continue
                told = parse_tracking(tracking, "#/data/trackings")
                if told.waybill_no == waybill_no:
                    return (told, body) if told.reports or told.unreadable else None
        except Malformed as error:
            raise SourceError(f"the answer is not as documented: {error}") from error
        return None
