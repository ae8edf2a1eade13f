"""Having AfterShip watch a number: a tracking is created, and deleted when it is no longer wanted."""

from collections.abc import Mapping
from typing import Any

import orjson

from tracking_gateway.carriers.aftership.parse import NAMES
from tracking_gateway.carriers.http import ProviderHttp
from tracking_gateway.carriers.json_items import Malformed, as_object, parse_object, text_of
from tracking_gateway.carriers.port import NumberRefused, SourceError

_PATH = "/tracking/2024-07/trackings"
_TAKEN = frozenset({"200", "201", "4003"})
"""4003: the tracking exists already; its id comes with the answer."""
_NUMBER = frozenset({"4005", "4009", "4010", "4012"})
"""Invalid number, courier not detected, invalid slug, courier not accepted."""
_EXPLAINED = frozenset({400, 404, 409, 422})


class AftershipSubscriptions:
    """The account's trackings. Where webhooks go is set in the provider's console."""

    name = "aftership"

    def __init__(self, *, url: str, api_key: str, timeout_seconds: float) -> None:
        self._headers = {"as-api-key": api_key, "content-type": "application/json"}
        self._http = ProviderHttp(url, timeout_seconds)
        self.close = self._http.close

    def serves(self, carrier: str) -> bool:
        return NAMES.name_for(carrier) is not None

    def needs_phone(self, carrier: str) -> bool:
        return False

    async def subscribe(self, carrier: str, waybill_no: str, *, phone: str | None) -> str:
        slug = NAMES.name_for(carrier)
        if slug is None:
            raise NumberRefused(f"carrier {carrier} is not watched")
        content = orjson.dumps({"tracking_number": waybill_no, "slug": slug})
        body = await self._http.request("POST", _PATH, content=content, headers=self._headers, explained=_EXPLAINED)
        try:
            return _reference(parse_object(body or ""))
        except Malformed as error:
            raise SourceError(f"the answer is not as documented: {error}") from error

    async def unsubscribe(self, carrier: str, waybill_no: str, reference: str) -> None:
        if reference:
            gone = frozenset({404})
            await self._http.request("DELETE", f"{_PATH}/{reference}", headers=self._headers, nothing_known=gone)


def _reference(answer: Mapping[str, Any]) -> str:
    code = text_of(as_object(answer.get("meta"), "#/meta"), "code")
    if code in _NUMBER:
        raise NumberRefused(f"code {code}")
    if code not in _TAKEN:
        raise SourceError(f"code {code or 'missing'}")
    data = as_object(answer.get("data") or {}, "#/data")
    inner = data.get("tracking")
    return text_of(inner if isinstance(inner, dict) else data, "id")
