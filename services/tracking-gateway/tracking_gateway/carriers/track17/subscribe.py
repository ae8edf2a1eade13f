"""Having 17TRACK watch a number (`register`), and no longer (`stoptrack`)."""

from collections.abc import Mapping
from typing import Any

import orjson

from tracking_gateway.carriers.http import ProviderHttp
from tracking_gateway.carriers.json_items import Malformed, as_list, as_object, parse_object, text_of
from tracking_gateway.carriers.port import NumberRefused, RateLimited, SourceError, SourceRefused
from tracking_gateway.carriers.track17.parse import NAMES

# Codes of rejected items and of whole answers, from general knowledge of the interface (the vendor's text of v2.4 was
# not to be had): what is not listed counts as trouble that may pass.
_ALREADY_REGISTERED = "-18019901"
_NOT_WATCHED = frozenset({"-18019902", "-18019906"})
_NUMBER = frozenset({"-18010012", "-18010013", "-18010014", "-18019903", "-18019910"})
_QUOTA = frozenset({"-18019907", "-18019908"})
_ACCOUNT = frozenset({"-18010001", "-18010002", "-18010003", "-18010004"})


class Track17Subscriptions:
    """The account's registrations. Where pushes go is set in the provider's console."""

    name = "17track"

    def __init__(self, *, url: str, key: str, timeout_seconds: float) -> None:
        self._key = key
        self._http = ProviderHttp(url, timeout_seconds)
        self.close = self._http.close

    def serves(self, carrier: str) -> bool:
        return NAMES.name_for(carrier) is not None

    def needs_phone(self, carrier: str) -> bool:
        return NAMES.wants_phone(carrier)

    async def subscribe(self, carrier: str, waybill_no: str, *, phone: str | None) -> str:
        code = await self._post("register", carrier, waybill_no, {"param": phone[-4:]} if phone else {})
        if code in ("", _ALREADY_REGISTERED):
            return ""
        if code in _NUMBER:
            raise NumberRefused(f"code {code}")
        if code in _QUOTA:
            raise RateLimited(f"code {code}")
        raise SourceError(f"code {code}")

    async def unsubscribe(self, carrier: str, waybill_no: str, reference: str) -> None:
        code = await self._post("stoptrack", carrier, waybill_no, {})
        if code and code not in _NOT_WATCHED:
            raise SourceError(f"code {code}")

    async def _post(self, method: str, carrier: str, waybill_no: str, more: Mapping[str, str]) -> str:
        """The code with which the number was rejected; empty if it was accepted."""
        key = NAMES.name_for(carrier)
        if key is None:
            raise NumberRefused(f"carrier {carrier} is not watched")
        content = orjson.dumps([{"number": waybill_no, "carrier": int(key), **more}])
        headers = {"17token": self._key, "content-type": "application/json"}
        body = await self._http.request("POST", f"/track/v2.4/{method}", content=content, headers=headers) or ""
        try:
            return _rejected(parse_object(body))
        except Malformed as error:
            raise SourceError(f"the answer is not as documented: {error}") from error


def _rejected(answer: Mapping[str, Any]) -> str:
    code = text_of(answer, "code")
    if code in _ACCOUNT:
        raise SourceRefused(f"code {code}")
    if code != "0":
        raise SourceError(f"code {code or 'missing'}")
    data = as_object(answer.get("data"), "#/data")
    for item in as_list(data.get("rejected"), "#/data/rejected"):
        rejected = as_object(item, "#/data/rejected/0")
        return text_of(as_object(rejected.get("error"), "#/data/rejected/0/error"), "code") or "missing"
    if not as_list(data.get("accepted"), "#/data/accepted"):
        raise Malformed("#/data", "the number is neither accepted nor rejected")
    return ""
