"""The SMS service on real PostgreSQL, and somebody who signs webhooks as Twilio does."""

import itertools
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from pydantic import SecretStr

from channel_sms.app import build
from channel_sms.settings import Settings
from chassis.service import Service
from chassis.twilio.signature import sign
from tests.contract.channel_sms.twilio_double import TwilioDouble, twilio_double
from tests.support.world import World

TOKEN = "0123456789abcdef0123456789abcdef"
SECONDARY = "fedcba9876543210fedcba9876543210"
ACCOUNT = "AC" + "0" * 32
BASE = "https://posthouse.test"
OURS = "+8610955430000"
CUSTOMER = "+8613800138000"

_numbers = itertools.count(1)


def sid(number: int | None = None, kind: str = "SM") -> str:
    """A MessageSid nobody used before."""
    return f"{kind}{number if number is not None else next(_numbers):032x}"


def form(**fields: str) -> list[tuple[str, str]]:
    """The fields of an ordinary inbound message, some of them replaced."""
    message = fields.get("MessageSid", sid())
    ordinary = {
        "ToCountry": "CN",
        "SmsMessageSid": message,
        "NumMedia": "0",
        "FromCity": "",
        "SmsSid": message,
        "FromState": " ",
        "SmsStatus": "received",
        "Body": "我的快递到哪里了？",
        "To": OURS,
        "MessageSid": message,
        "NumSegments": "1",
        "AccountSid": ACCOUNT,
        "From": CUSTOMER,
        "ApiVersion": "2010-04-01",
    }
    return list({**ordinary, **fields}.items())


class Twilio:
    """Posts signed forms to the service."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def post(
        self,
        path: str,
        fields: Sequence[tuple[str, str]],
        *,
        token: str = TOKEN,
        signature: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Post `fields` to `/sms<path>` as seen from outside, signed with `token` unless `signature` is given."""
        proof = sign(token, f"{BASE}/sms{path}", fields) if signature is None else signature
        return await self._client.post(
            path,
            content=urlencode(fields),
            headers={
                "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
                **({"x-twilio-signature": proof} if proof else {}),
                **(headers or {}),
            },
        )

    async def message(self, **fields: str) -> httpx.Response:
        """Deliver an inbound message."""
        return await self.post("/v1/twilio/messages", form(**fields))

    async def status(self, message_sid: str, status: str, *, ours: Any = None, **fields: str) -> httpx.Response:
        """Report a status; `ours` is our id from the callback URL."""
        path = "/v1/twilio/status" + (f"?message={ours}" if ours else "")
        pairs = {"MessageSid": message_sid, "MessageStatus": status, "AccountSid": ACCOUNT, "From": OURS, **fields}
        return await self.post(path, list(pairs.items()))


@pytest.fixture
async def double() -> AsyncIterator[TwilioDouble]:
    """Twilio's REST API, as far as this channel uses it, on a real socket."""
    async with twilio_double() as running:
        yield running


@pytest.fixture
def settings(double: TwilioDouble) -> Settings:
    """Settings that point at the double."""
    return Settings(
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=SecretStr(TOKEN),
        twilio_auth_token_secondary=SecretStr(SECONDARY),
        twilio_api_url=double.url,
        twilio_request_seconds=0.5,
    )


@pytest.fixture
async def service(world: World, settings: Settings) -> Service:
    """The running service."""
    return await world.start(build, settings)


@pytest.fixture
async def twilio(world: World, service: Service) -> AsyncIterator[Twilio]:
    """Twilio's end of the webhooks."""
    async with world.client(service) as client:
        yield Twilio(client)
