"""Asking a carrier that speaks OAuth 2.0 and JSON: get a token, ask about one number, read the answer.

Carriers differ in how they want the account and the question, and in their answer; each says so in its `client.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chassis.clock import Clock
from tracking_gateway.carriers.http import AuthorisedHttp, ProviderHttp
from tracking_gateway.carriers.json_items import Malformed, parse_object
from tracking_gateway.carriers.port import SourceError
from tracking_gateway.domain.observation import Told

_NOT_FOUND = frozenset({404})


@dataclass(frozen=True, slots=True)
class Question:
    """The request that asks about one number."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CarrierApi:
    """What is particular to a carrier: its code (also the source's name), where tokens are, question and answer.

    `account_in_form`: the token request carries the account as form fields instead of basic authentication.
    """

    name: str
    token_path: str
    account_in_form: bool
    ask: Callable[[str], Question]
    read: Callable[[Mapping[str, Any], str], Told | None]


class OAuthCarrierClient:
    """The account's query interface at such a carrier."""

    def __init__(
        self, api: CarrierApi, *, url: str, client_id: str, secret: str, timeout_seconds: float, clock: Clock
    ) -> None:
        self.name = api.name
        self._api = api
        self._http = AuthorisedHttp(
            ProviderHttp(url, timeout_seconds),
            clock,
            path=api.token_path,
            client_id=client_id,
            secret=secret,
            in_form=api.account_in_form,
        )
        self.close = self._http.close

    def serves(self, carrier: str) -> bool:
        return carrier == self.name

    def needs_phone(self, carrier: str) -> bool:
        return False

    async def query(self, carrier: str, waybill_no: str, *, phone: str | None) -> tuple[Told, str] | None:
        question = self._api.ask(waybill_no)
        body = await self._http.request(
            question.method, question.path, headers=question.headers, nothing_known=_NOT_FOUND, **question.options
        )
        if body is None:
            return None
        try:
            told = self._api.read(parse_object(body), waybill_no)
        except Malformed as error:
            raise SourceError(f"the answer is not as documented: {error}") from error
        return (told, body) if told and (told.reports or told.unreadable) else None
