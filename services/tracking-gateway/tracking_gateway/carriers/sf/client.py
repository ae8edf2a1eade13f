"""Asking SF for the routes of a waybill (EXP_RECE_SEARCH_ROUTES)."""

from uuid import uuid4

import orjson

from chassis.clock import Clock
from tracking_gateway.carriers.http import ProviderHttp
from tracking_gateway.carriers.json_items import Malformed, parse_object, text_of
from tracking_gateway.carriers.port import PhoneNeeded, SourceError, SourceRefused
from tracking_gateway.carriers.sf.parse import parse_answer
from tracking_gateway.carriers.sf.sign import msg_digest
from tracking_gateway.domain.observation import Told

_SERVICE = "EXP_RECE_SEARCH_ROUTES"
_TAKEN = "A1000"


class SfClient:
    """The account's query interface."""

    name = "sf"

    def __init__(self, *, url: str, partner_id: str, check_word: str, timeout_seconds: float, clock: Clock) -> None:
        self._partner_id = partner_id
        self._check_word = check_word
        self._clock = clock
        self._http = ProviderHttp(url, timeout_seconds)
        self.close = self._http.close

    def serves(self, carrier: str) -> bool:
        return carrier == "sf"

    def needs_phone(self, carrier: str) -> bool:
        return True

    async def query(self, carrier: str, waybill_no: str, *, phone: str | None) -> tuple[Told, str] | None:
        if not phone:
            raise PhoneNeeded(carrier)
        message = orjson.dumps(
            {
                "language": "zh-CN",
                "trackingType": "1",
                "trackingNumber": [waybill_no],
                "methodType": "1",
                "checkPhoneNo": phone[-4:],
            }
        ).decode()
        timestamp = str(int(self._clock.now().timestamp() * 1000))
        form = {
            "partnerID": self._partner_id,
            "requestID": uuid4().hex,
            "serviceCode": _SERVICE,
            "timestamp": timestamp,
            "msgDigest": msg_digest(message, timestamp, self._check_word),
            "msgData": message,
        }
        body = await self._http.request("POST", "/std/service", data=form) or ""
        return self._read(body, waybill_no)

    def _read(self, body: str, waybill_no: str) -> tuple[Told, str] | None:
        try:
            answer = parse_object(body)
            code = text_of(answer, "apiResultCode")
            if code != _TAKEN:
                raise SourceRefused(f"apiResultCode {code or 'missing'}")
            found = {told.waybill_no: told for told in parse_answer(answer)}
        except Malformed as error:
            raise SourceError(f"the answer is not as documented: {error}") from error
        told = found.get(waybill_no)
        # A wrong phone number gives an empty route list, like an unknown waybill does.
        return (told, body) if told and (told.reports or told.unreadable) else None
