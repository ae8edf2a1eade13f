"""Twilio's REST API for asyncio: twilio's own client on an HTTP layer that keeps our rules.

twilio's asynchronous HTTP client ignores its time-out, retries POSTs (which sends twice) and logs query parameters
(telephone numbers). `_Http` replaces it: one bounded attempt, a settable address, nothing logged. What a failure
means for the thing asked for is the caller's real question, so every failure is one of three classes.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import aiohttp
from opentelemetry import trace
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from chassis.twilio.settings import TwilioSettings

T = TypeVar("T")
_tracer = trace.get_tracer("chassis.twilio")
_silent = logging.getLogger("chassis.twilio.unused")
_REQUEST_TIMEOUT, _TOO_MANY_REQUESTS = 408, 429


class TwilioFailure(Exception):
    """A REST request did not succeed. Subclasses say what that means."""


class TwilioRefused(TwilioFailure):
    """Twilio answered 4xx: it did not and will not do this. `code` is Twilio's error code (21211: bad number, …)."""

    def __init__(self, status: int, code: int | None, message: str) -> None:
        super().__init__(f"Twilio refused with HTTP {status}, code {code}: {message}")
        self.status, self.code, self.message = status, code, message

    @property
    def retry_later(self) -> bool:
        """Only the rate limit was hit: the same request may be repeated later."""
        return self.status == _TOO_MANY_REQUESTS


class TwilioNotSent(TwilioFailure):
    """The request never reached Twilio (no connection): repeating it is safe."""


class TwilioAmbiguous(TwilioFailure):
    """Twilio may or may not have done it (time-out, broken connection, 5xx): ask before repeating."""


class TwilioRest:
    """Requests to one Twilio account. Create anywhere, use in any running event loop, close at the end."""

    def __init__(self, settings: TwilioSettings) -> None:
        self._settings = settings
        self._http: _Http | None = None

    @property
    def account_sid(self) -> str:
        return self._settings.twilio_account_sid

    async def call(self, operation: str, request: Callable[[Client], Awaitable[T]]) -> T:
        """Run `request` with twilio's client and return its answer.

        `operation` names it in traces. Raises TwilioRefused, TwilioNotSent or TwilioAmbiguous.
        """
        with _tracer.start_as_current_span(f"twilio {operation}", kind=trace.SpanKind.CLIENT):
            try:
                return await request(self._client())
            except (TwilioRestException, TwilioServiceException) as error:
                raise _classify(error) from error
            except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
                raise TwilioNotSent(type(error).__name__) from error
            except (aiohttp.ClientError, TimeoutError, TwilioException, ValueError) as error:
                # twilio raises TwilioException and ValueError for answers it cannot read: it had been asked by then.
                raise TwilioAmbiguous(type(error).__name__) from error

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    def _client(self) -> Client:
        loop = asyncio.get_running_loop()
        if self._http is None or self._http.loop is not loop:
            self._http = _Http(self._settings, loop)
        return Client(  # type: ignore[no-untyped-call]
            self._settings.twilio_account_sid,
            self._settings.twilio_auth_token.get_secret_value(),
            http_client=self._http,
        )


class _Http(AsyncHttpClient):
    """One attempt per request, within the configured time, at the configured address."""

    def __init__(self, settings: TwilioSettings, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(logger=_silent, is_async=True)
        self.loop = loop
        self._base = urlsplit(settings.twilio_api_url)
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(
                total=settings.twilio_request_seconds, sock_connect=settings.twilio_connect_seconds
            )
        )

    async def request(  # type: ignore[override]  # twilio declares the asynchronous one as if it were not
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        async with self._session.request(
            method.upper(),
            self._rebased(url),
            params=_pairs(params) or None,
            data=_pairs(data) or None,
            headers={**(headers or {}), **({"Authorization": aiohttp.encode_basic_auth(*auth)} if auth else {})},
            allow_redirects=False,
        ) as answer:
            return Response(answer.status, await answer.text(), answer.headers)

    async def close(self) -> None:
        await self._session.close()

    def _rebased(self, url: str) -> str:
        asked = urlsplit(url)
        path = self._base.path.rstrip("/") + asked.path
        return urlunsplit((self._base.scheme, self._base.netloc, path, asked.query, ""))


def _pairs(values: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Form fields as Twilio reads them: lists repeat the name, truth values are lower case."""
    pairs: list[tuple[str, str]] = []
    for name, value in (values or {}).items():
        for item in value if isinstance(value, list | tuple) else (value,):
            if item is not None:
                pairs.append((name, str(item).lower() if isinstance(item, bool) else str(item)))
    return pairs


def _classify(error: TwilioRestException | TwilioServiceException) -> TwilioFailure:
    message = str(getattr(error, "msg", None) or getattr(error, "title", ""))
    if 400 <= error.status < 500 and error.status != _REQUEST_TIMEOUT:
        return TwilioRefused(error.status, error.code, message)
    return TwilioAmbiguous(f"HTTP {error.status}")
