"""Asking 17TRACK (gettrackinfo). It answers for numbers that were registered; an unknown one is registered then."""

from typing import Any

import orjson

from tracking_gateway.carriers.http import ProviderHttp
from tracking_gateway.carriers.json_items import Malformed, as_list, as_object, parse_object
from tracking_gateway.carriers.port import SourceError
from tracking_gateway.carriers.track17.parse import NAMES, parse_track
from tracking_gateway.domain.observation import Told


class Track17Client:
    """The account's query interface."""

    name = "17track"

    def __init__(self, *, url: str, key: str, timeout_seconds: float) -> None:
        self._key = key
        self._http = ProviderHttp(url, timeout_seconds)
        self.close = self._http.close

    def serves(self, carrier: str) -> bool:
        return NAMES.name_for(carrier) is not None

    def needs_phone(self, carrier: str) -> bool:
        return False

    async def query(self, carrier: str, waybill_no: str, *, phone: str | None) -> tuple[Told, str] | None:
        key = NAMES.name_for(carrier)
        if key is None:
            return None
        wanted = {"number": waybill_no, "carrier": int(key)}
        body = await self._post("gettrackinfo", wanted)
        try:
            accepted = self._accepted(body)
            if not accepted:
                # Not registered yet: from now on the provider watches the number and pushes what it finds.
                await self._post("register", wanted)
                return None
            told = parse_track(as_object(accepted[0], "#/data/accepted/0"), "#/data/accepted/0")
        except Malformed as error:
            raise SourceError(f"the answer is not as documented: {error}") from error
        if told.waybill_no != waybill_no:
            raise SourceError("the answer is about another number")
        return (told, body) if told.reports or told.unreadable else None

    async def _post(self, method: str, wanted: dict[str, Any]) -> str:
        headers = {"17token": self._key, "content-type": "application/json"}
        content = orjson.dumps([wanted])
        return await self._http.request("POST", f"/track/v2.4/{method}", content=content, headers=headers) or ""

    def _accepted(self, body: str) -> Any:
        answer = parse_object(body)
        if answer.get("code") != 0:
            raise SourceError(f"code {answer.get('code')!r}")
        return as_list(as_object(answer.get("data"), "#/data").get("accepted"), "#/data/accepted")
