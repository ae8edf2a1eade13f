"""Asking EasyPost for a tracker by its code."""

from tracking_gateway.carriers.easypost.parse import NAMES, parse_tracker
from tracking_gateway.carriers.http import ProviderHttp
from tracking_gateway.carriers.json_items import Malformed, as_list, as_object, parse_object
from tracking_gateway.carriers.port import SourceError
from tracking_gateway.domain.observation import Told


class EasypostClient:
    """The account's query interface."""

    name = "easypost"

    def __init__(self, *, url: str, api_key: str, timeout_seconds: float) -> None:
        self._auth = (api_key, "")
        self._http = ProviderHttp(url, timeout_seconds)
        self.close = self._http.close

    def serves(self, carrier: str) -> bool:
        return NAMES.name_for(carrier) is not None

    def needs_phone(self, carrier: str) -> bool:
        return False

    async def query(self, carrier: str, waybill_no: str, *, phone: str | None) -> tuple[Told, str] | None:
        name = NAMES.name_for(carrier)
        if name is None:
            return None
        parameters = {"tracking_code": waybill_no, "carrier": name}
        body = await self._http.request("GET", "/v2/trackers", params=parameters, auth=self._auth) or ""
        try:
            trackers = as_list(parse_object(body).get("trackers"), "#/trackers")
            told = parse_tracker(as_object(trackers[0], "#/trackers/0"), "#/trackers/0") if trackers else None
        except Malformed as error:
            raise SourceError(f"the answer is not as documented: {error}") from error
        if told is None or told.waybill_no != waybill_no:
            return None
        return (told, body) if told.reports or told.unreadable else None
