"""Having EasyPost watch a number: a tracker is created. It lives until the parcel's end; there is nothing to end."""

import orjson

from tracking_gateway.carriers.easypost.parse import NAMES
from tracking_gateway.carriers.http import ProviderHttp
from tracking_gateway.carriers.json_items import Malformed, as_object, parse_object, text_of
from tracking_gateway.carriers.port import NumberRefused, SourceError, SourceRefused

_EXPLAINED = frozenset({400, 402, 422})
_ACCOUNT = ("PAYMENT", "BILLING", "APIKEY", "MODE.UNAUTHORIZED")


class EasypostSubscriptions:
    """The account's trackers. Where webhooks go is set in the provider's console."""

    name = "easypost"

    def __init__(self, *, url: str, api_key: str, timeout_seconds: float) -> None:
        self._auth = (api_key, "")
        self._http = ProviderHttp(url, timeout_seconds)
        self.close = self._http.close

    def serves(self, carrier: str) -> bool:
        return NAMES.name_for(carrier) is not None

    def needs_phone(self, carrier: str) -> bool:
        return False

    async def subscribe(self, carrier: str, waybill_no: str, *, phone: str | None) -> str:
        name = NAMES.name_for(carrier)
        if name is None:
            raise NumberRefused(f"carrier {carrier} is not watched")
        content = orjson.dumps({"tracker": {"tracking_code": waybill_no, "carrier": name}})
        headers = {"content-type": "application/json"}
        body = await self._http.request(
            "POST", "/v2/trackers", content=content, headers=headers, auth=self._auth, explained=_EXPLAINED
        )
        try:
            answer = parse_object(body or "")
            if "error" in answer:
                code = text_of(as_object(answer["error"], "#/error"), "code")
                if code.startswith(_ACCOUNT):
                    raise SourceRefused(code[:100])
                raise NumberRefused(code[:100] or "refused without a code")
            reference = text_of(answer, "id")
        except Malformed as error:
            raise SourceError(f"the answer is not as documented: {error}") from error
        if not reference:
            raise SourceError("the answer names no tracker")
        return reference

    async def unsubscribe(self, carrier: str, waybill_no: str, reference: str) -> None:
        """Nothing to ask: a tracker ends with its parcel."""
