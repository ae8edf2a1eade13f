"""HTTP towards providers: one attempt, errors in the words of the port, answers bounded in size."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from chassis.clock import Clock
from tracking_gateway.carriers.json_items import Malformed, parse_object, text_of
from tracking_gateway.carriers.port import NotReached, RateLimited, SourceError, SourceRefused

_MAX_ANSWER = 2_000_000
_EARLIER_SECONDS = 60
"""A token is renewed this long before it ends: it must outlive the request it goes with."""
_LONGEST_PAUSE = 3600.0
"""A provider that asks for a longer pause is tried again after an hour all the same."""


class ProviderHttp:
    """Requests to one provider."""

    def __init__(self, url: str, timeout_seconds: float) -> None:
        self._http = httpx.AsyncClient(base_url=url, timeout=timeout_seconds, follow_redirects=False)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def request(
        self,
        method: str,
        path: str,
        *,
        nothing_known: frozenset[int] = frozenset(),
        explained: frozenset[int] = frozenset(),
        **options: Any,
    ) -> str | None:
        """The body of a 200 answer; None for a status in `nothing_known`; everything else is a `SourceError`.

        Statuses in `explained` are errors whose body says more: it is returned like an answer.
        """
        try:
            response = await self._http.request(method, path, **options)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotReached(f"not reached: {type(error).__name__}") from error
        except httpx.HTTPError as error:
            raise SourceError(f"no answer: {type(error).__name__}") from error
        if response.status_code in nothing_known:
            return None
        if response.status_code == 429:
            raise RateLimited("HTTP 429", _retry_after(response.headers))
        if response.status_code in (401, 403):
            raise SourceRefused(f"HTTP {response.status_code}")
        if response.status_code not in (200, 201, 204) and response.status_code not in explained:
            raise SourceError(f"HTTP {response.status_code}")
        if len(response.content) > _MAX_ANSWER:
            raise SourceError("the answer is too long")
        return response.text


def _retry_after(headers: httpx.Headers) -> float | None:
    """How long a provider wants to be left alone: Retry-After, or the moment its limit is reset."""
    told, reset = headers.get("retry-after", ""), headers.get("x-ratelimit-reset", "")
    if told.isdecimal():
        return min(float(told), _LONGEST_PAUSE)
    try:
        # Both moments are of the provider's clock, so ours does not matter.
        now = parsedate_to_datetime(headers.get("date", "")).timestamp()
        until = float(reset) if reset.isdecimal() else parsedate_to_datetime(told).timestamp()
    except (ValueError, OverflowError):
        return None
    return min(max(until - now, 0.0), _LONGEST_PAUSE)


class AuthorisedHttp:
    """Requests with an OAuth 2.0 access token, got by client credentials and kept until shortly before its end."""

    def __init__(
        self, http: ProviderHttp, clock: Clock, *, path: str, client_id: str, secret: str, in_form: bool
    ) -> None:
        """`in_form`: the provider wants id and secret as form fields instead of basic authentication."""
        self._http = http
        self._clock = clock
        self._path = path
        self._client_id = client_id
        self._secret = secret
        self._in_form = in_form
        self._token: str | None = None
        self._until = 0.0

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        nothing_known: frozenset[int] = frozenset(),
        **options: Any,
    ) -> str | None:
        """As `ProviderHttp.request`. A token that is not accepted is forgotten: the next request gets a new one."""
        if self._token is None or self._clock.monotonic() >= self._until:
            await self._fetch()
        carried = {**headers, "authorization": f"Bearer {self._token}"}
        try:
            return await self._http.request(method, path, headers=carried, nothing_known=nothing_known, **options)
        except SourceRefused:
            self._token = None
            raise

    async def _fetch(self) -> None:
        form = {"grant_type": "client_credentials"}
        options: dict[str, Any] = {}
        if self._in_form:
            form |= {"client_id": self._client_id, "client_secret": self._secret}
        else:
            options["auth"] = (self._client_id, self._secret)
        body = await self._http.request("POST", self._path, data=form, **options)
        try:
            answer = parse_object(body or "")
        except Malformed as error:
            raise SourceError("the token answer is not JSON") from error
        token, lifetime = text_of(answer, "access_token"), text_of(answer, "expires_in")
        if not token:
            raise SourceRefused("no access token was given")
        seconds = float(lifetime) if lifetime.isdigit() else 0.0
        self._token = token
        self._until = self._clock.monotonic() + max(seconds - _EARLIER_SECONDS, 0)
