"""Having Kdniao watch a parcel (request type 8008). It stops by itself at the parcel's end."""

import orjson

from tracking_gateway.carriers.http import ProviderHttp
from tracking_gateway.carriers.json_items import Malformed, parse_object, text_of
from tracking_gateway.carriers.kdniao.parse import NAMES
from tracking_gateway.carriers.kdniao.sign import data_sign
from tracking_gateway.carriers.port import NumberRefused, PhoneNeeded, SourceError, SourceRefused

_SUBSCRIBE = "8008"
# The provider tells refusals apart by its Chinese reasons only: repeated, account or signature, number or carrier code.
_REPEATED = ("重复",)
_ACCOUNT = ("签名", "EBusinessID", "商户", "余额", "未开通", "套餐")
_NUMBER = ("单号", "快递公司编码", "不支持")


class KdniaoSubscriptions:
    """The account's subscription interface. Where pushes go is set in the provider's console."""

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

    async def subscribe(self, carrier: str, waybill_no: str, *, phone: str | None) -> str:
        name = NAMES.name_for(carrier)
        if name is None:
            raise NumberRefused(f"carrier {carrier} is not watched")
        if self.needs_phone(carrier) and not phone:
            raise PhoneNeeded(carrier)
        request = {"ShipperCode": name, "LogisticCode": waybill_no}
        data = orjson.dumps(request | ({"CustomerName": phone[-4:]} if phone else {})).decode()
        form = {
            "RequestData": data,
            "EBusinessID": self._business_id,
            "RequestType": _SUBSCRIBE,
            "DataSign": data_sign(data, self._app_key),
            "DataType": "2",
        }
        body = await self._http.request("POST", "/api/dist", data=form) or ""
        try:
            answer = parse_object(body)
        except Malformed as error:
            raise SourceError(f"the answer is not as documented: {error}") from error
        if answer.get("Success") is not True:
            _check(text_of(answer, "Reason"))
        return ""

    async def unsubscribe(self, carrier: str, waybill_no: str, reference: str) -> None:
        """Nothing to ask: the provider documents no way to end a subscription early."""


def _check(reason: str) -> None:
    if any(word in reason for word in _REPEATED):
        return
    if any(word in reason for word in _ACCOUNT):
        raise SourceRefused(reason[:100])
    if any(word in reason for word in _NUMBER):
        raise NumberRefused(reason[:100])
    raise SourceError(f"refused: {reason[:100] or 'without a reason'}")
