"""Asking Kuaidi100 (query.do). One attempt; what its return codes mean is decided here."""

import orjson

from tracking_gateway.carriers.http import ProviderHttp
from tracking_gateway.carriers.json_items import Malformed, parse_object, text_of
from tracking_gateway.carriers.kuaidi100.parse import known_carrier, parse_answer
from tracking_gateway.carriers.kuaidi100.sign import query_signature
from tracking_gateway.carriers.port import PhoneNeeded, SourceError, SourceRefused
from tracking_gateway.domain.observation import Told

# Return codes of query.do. 500 is "no result"; the provider's texts tell the others apart only for people.
_NOTHING_KNOWN = frozenset({"500"})
_PHONE = frozenset({"408"})
_REFUSED = frozenset({"400", "503", "600", "601"})


class Kuaidi100Client:
    """The account's query interface. Secrets are sent only inside signatures."""

    name = "kuaidi100"

    def __init__(self, *, url: str, customer: str, key: str, timeout_seconds: float) -> None:
        self._customer = customer
        self._key = key
        self._http = ProviderHttp(url, timeout_seconds)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    def serves(self, carrier: str) -> bool:
        return known_carrier(carrier) is not None

    def needs_phone(self, carrier: str) -> bool:
        known = known_carrier(carrier)
        return known is not None and known.phone

    async def query(self, carrier: str, waybill_no: str, *, phone: str | None) -> tuple[Told, str] | None:
        known = known_carrier(carrier)
        if known is None:
            return None
        if known.phone and not phone:
            raise PhoneNeeded(carrier)
        fields = {"com": known.com, "num": waybill_no, "resultv2": "4", "show": "0", "order": "desc"}
        param = orjson.dumps(fields | ({"phone": phone} if phone else {})).decode()
        sign = query_signature(param, self._key, self._customer)
        form = {"customer": self._customer, "sign": sign, "param": param}
        return self._read(await self._http.request("POST", "/poll/query.do", data=form) or "", waybill_no)

    def _read(self, body: str, waybill_no: str) -> tuple[Told, str] | None:
        try:
            answer = parse_object(body)
            code = text_of(answer, "returnCode")
            if answer.get("result") is False or code not in ("", "200"):
                _check_refusal(code)
                return None
            told = parse_answer(body)
        except Malformed as error:
            raise SourceError(f"the answer is not as documented: {error}") from error
        if told.waybill_no != waybill_no:
            raise SourceError("the answer is about another number")
        return (told, body) if told.reports or told.unreadable else None


def _check_refusal(code: str) -> None:
    """Return for "nothing known"; raise what the other return codes mean."""
    if code in _NOTHING_KNOWN:
        return
    if code in _PHONE:
        raise PhoneNeeded(code)
    if code in _REFUSED:
        raise SourceRefused(f"return code {code}")
    raise SourceError(f"return code {code or 'missing'}")
