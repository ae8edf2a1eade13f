"""Asking Kdniao (instant query, request type 8001)."""

import orjson

from tracking_gateway.carriers.http import ProviderHttp
from tracking_gateway.carriers.json_items import Malformed, parse_object, text_of
from tracking_gateway.carriers.kdniao.parse import NAMES, parse_answer
from tracking_gateway.carriers.kdniao.sign import data_sign
from tracking_gateway.carriers.port import PhoneNeeded, SourceError
from tracking_gateway.domain.observation import Told

_INSTANT_QUERY = "8001"
_NO_TRACE = "轨迹"
"""Part of the provider's reason when it has no trace of a number ("暂无轨迹信息")."""


class KdniaoClient:
    """The account's query interface."""

    name = "kdniao"

    def __init__(self, *, url: str, business_id: str, app_key: str, timeout_seconds: float) -> None:
        self._business_id = business_id
        self._app_key = app_key
        self._http = ProviderHttp(url, timeout_seconds)
        self.close = self._http.close

    def serves(self, carrier: str) -> bool:
        return NAMES.name_for(carrier) is not None

    def needs_phone(self, carrier: str) -> bool:
        return NAMES.wants_phone(carrier)

    async def query(self, carrier: str, waybill_no: str, *, phone: str | None) -> tuple[Told, str] | None:
        if self.needs_phone(carrier) and not phone:
            raise PhoneNeeded(carrier)
        request = {"ShipperCode": NAMES.name_for(carrier), "LogisticCode": waybill_no}
        data = orjson.dumps(request | ({"CustomerName": phone[-4:]} if phone else {})).decode()
        form = {
            "RequestData": data,
            "EBusinessID": self._business_id,
            "RequestType": _INSTANT_QUERY,
            "DataSign": data_sign(data, self._app_key),
            "DataType": "2",
        }
        body = await self._http.request("POST", "/api/dist", data=form) or ""
        return self._read(body, waybill_no)

    def _read(self, body: str, waybill_no: str) -> tuple[Told, str] | None:
        try:
            answer = parse_object(body)
            if answer.get("Success") is not True:
                reason = text_of(answer, "Reason")
                if _NO_TRACE in reason:
                    return None
                raise SourceError(f"refused: {reason[:100]}")
            told = parse_answer(answer)
        except Malformed as error:
            raise SourceError(f"the answer is not as documented: {error}") from error
        if told.waybill_no != waybill_no:
            raise SourceError("the answer is about another number")
        return (told, body) if told.reports or told.unreadable else None
