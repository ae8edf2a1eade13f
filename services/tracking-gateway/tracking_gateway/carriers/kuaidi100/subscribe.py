"""Having Kuaidi100 watch a parcel (`/poll`). It stops by itself at the parcel's end or when nothing happens."""

import orjson

from tracking_gateway.carriers.http import ProviderHttp
from tracking_gateway.carriers.json_items import Malformed, parse_object, text_of
from tracking_gateway.carriers.kuaidi100.parse import known_carrier
from tracking_gateway.carriers.port import NumberRefused, PhoneNeeded, SourceError, SourceRefused

# Return codes of /poll, as documented: 501 is a repeated subscription, 701 refused by the carrier, 702 not recognised.
_TAKEN = frozenset({"200", "501"})
_ACCOUNT = frozenset({"600", "601"})
_NUMBER = frozenset({"700", "701", "702"})


class Kuaidi100Subscriptions:
    """The account's subscription interface. Pushes are signed with the salt that goes with each subscription."""

    name = "kuaidi100"

    def __init__(self, *, url: str, key: str, salt: str, callback_url: str, timeout_seconds: float) -> None:
        self._key = key
        self._salt = salt
        self._callback_url = callback_url
        self._http = ProviderHttp(url, timeout_seconds)
        self.close = self._http.close

    def serves(self, carrier: str) -> bool:
        return known_carrier(carrier) is not None

    def needs_phone(self, carrier: str) -> bool:
        known = known_carrier(carrier)
        return known is not None and known.phone

    async def subscribe(self, carrier: str, waybill_no: str, *, phone: str | None) -> str:
        known = known_carrier(carrier)
        if known is None:
            raise NumberRefused(f"carrier {carrier} is not watched")
        if known.phone and not phone:
            raise PhoneNeeded(carrier)
        parameters = {"callbackurl": self._callback_url, "salt": self._salt, "resultv2": "4"}
        param = {
            "company": known.com,
            "number": waybill_no,
            "key": self._key,
            "parameters": parameters | ({"phone": phone} if phone else {}),
        }
        form = {"schema": "json", "param": orjson.dumps(param).decode()}
        body = await self._http.request("POST", "/poll", data=form) or ""
        try:
            code = text_of(parse_object(body), "returnCode")
        except Malformed as error:
            raise SourceError(f"the answer is not as documented: {error}") from error
        _check(code)
        return ""

    async def unsubscribe(self, carrier: str, waybill_no: str, reference: str) -> None:
        """Nothing to ask: the provider documents no way to end a subscription early."""


def _check(code: str) -> None:
    if code in _TAKEN:
        return
    if code in _NUMBER:
        raise NumberRefused(f"return code {code}")
    if code in _ACCOUNT:
        raise SourceRefused(f"return code {code}")
    raise SourceError(f"return code {code or 'missing'}")
