"""Requests to the account's webhooks: signed, bounded, retried as Twilio's connection overrides say.

Overrides stand in the URL's fragment, which is never sent: `rc` retries (0–5, default 1), `rp` the reasons
(`ct` connect, `rt` read, `4xx`, `5xx`, `all`; default `ct`), `ct`/`rt`/`tt` milliseconds.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urldefrag, urlencode

import httpx

from chassis.clock import Clock
from chassis.twilio.signature import FORM, SIGNATURE_HEADER, sign
from posthouse.simulators.twilio.faults import CALLBACK_KINDS, Faults
from posthouse.simulators.twilio.settings import SimulatorSettings
from posthouse.simulators.twilio.state import Alert, Hook, World, new_sid

HTTP_RETRIEVAL_FAILURE = 11200


class WebhookFailed(Exception):
    """No usable answer: `status` is the last HTTP status, or None when there was none."""

    def __init__(self, url: str, status: int | None, reason: str) -> None:
        super().__init__(f"{url}: {reason}")
        self.url, self.status, self.reason = url, status, reason


@dataclass(frozen=True)
class Overrides:
    """Connection overrides of one URL; seconds."""

    retries: int
    reasons: frozenset[str]
    connect: float
    read: float
    total: float

    @classmethod
    def of(cls, fragment: str, settings: SimulatorSettings) -> "Overrides":
        given = {name: values[-1] for name, values in parse_qs(fragment).items()}
        return cls(
            retries=int(given.get("rc", 1)),
            reasons=frozenset(given.get("rp", "ct").split(",")),
            connect=int(given["ct"]) / 1000 if "ct" in given else settings.webhook_connect_seconds,
            read=int(given["rt"]) / 1000 if "rt" in given else settings.webhook_total_seconds,
            total=int(given["tt"]) / 1000 if "tt" in given else settings.webhook_total_seconds,
        )

    def retry(self, reason: str) -> bool:
        return reason in self.reasons or "all" in self.reasons


class Webhooks:
    """Sends signed requests and keeps each resource's callbacks in order."""

    def __init__(
        self, settings: SimulatorSettings, world: World, clock: Clock, faults: Faults, http: httpx.AsyncClient
    ) -> None:
        self._settings, self._world, self._clock, self._faults, self._http = settings, world, clock, faults, http
        self._tails: dict[str, asyncio.Task[None]] = {}
        self._held: dict[str, tuple[Hook, dict[str, str]]] = {}
        self.in_flight = 0
        """Requests that wait for our side's answer now."""

    async def fetch(self, hook: Hook, fields: Mapping[str, str], resource: str) -> httpx.Response:
        """Ask the webhook, then its fallback; raises WebhookFailed (and leaves alerts) when neither answers 2xx."""
        try:
            return await self._ask(hook.url, hook.method, fields)
        except WebhookFailed as failure:
            self.alert(HTTP_RETRIEVAL_FAILURE, str(failure), resource)
            if hook.fallback is None:
                raise
            error = {"ErrorCode": str(HTTP_RETRIEVAL_FAILURE), "ErrorUrl": urldefrag(hook.url).url}
            try:
                return await self._ask(hook.fallback, hook.method, {**fields, **error})
            except WebhookFailed as again:
                self.alert(HTTP_RETRIEVAL_FAILURE, str(again), resource)
                raise

    def notify(self, resource: str, hook: Hook, fields: dict[str, str]) -> None:
        """Send a status callback in the background, after the earlier ones of this resource."""
        subject = hook.url + " " + " ".join(f"{name}={value}" for name, value in fields.items())
        fault = self._faults.take(CALLBACK_KINDS, subject)
        kind = fault.kind if fault else None
        if kind == "drop":
            return
        if kind == "reorder":
            self._held[resource] = (hook, fields)
            return
        self._send_later(resource, hook, fields)
        if kind == "duplicate":
            self._send_later(resource, hook, fields)
        if held := self._held.pop(resource, None):
            self._send_later(resource, *held)

    async def settled(self) -> None:
        """Return when every callback so far was delivered or given up."""
        while self._tails:
            await asyncio.gather(*self._tails.values(), return_exceptions=True)
            self._tails = {resource: task for resource, task in self._tails.items() if not task.done()}

    async def close(self) -> None:
        """Stop sending."""
        for task in self._tails.values():
            task.cancel()
        await asyncio.gather(*self._tails.values(), return_exceptions=True)

    def alert(self, code: int, text: str, resource: str) -> None:
        """Leave a line in the debugger."""
        self._world.alerts.append(Alert(self._clock.now(), code, text, resource))

    def _send_later(self, resource: str, hook: Hook, fields: dict[str, str]) -> None:
        earlier = self._tails.get(resource)

        async def send() -> None:
            if earlier is not None:
                await asyncio.wait({earlier})
            try:
                await self._ask(hook.url, hook.method, fields)
            except WebhookFailed as failure:
                self.alert(HTTP_RETRIEVAL_FAILURE, str(failure), resource)

        self._tails = {name: task for name, task in self._tails.items() if not task.done()}
        self._tails[resource] = asyncio.create_task(send())

    async def _ask(self, url: str, method: str, fields: Mapping[str, str]) -> httpx.Response:
        url, fragment = urldefrag(url)
        overrides = Overrides.of(fragment, self._settings)
        token = new_sid("")
        for attempt in range(overrides.retries + 1):
            if attempt:
                await self._clock.sleep(self._settings.pace.retry)
            try:
                answer = await self._once(url, method, fields, overrides, token)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                status, reason = None, "ct"
            except (httpx.HTTPError, TimeoutError):
                status, reason = None, "rt"
            else:
                if answer.is_success:
                    return answer
                status, reason = answer.status_code, f"{answer.status_code // 100}xx"
            if not overrides.retry(reason):
                break
        raise WebhookFailed(url, status, f"HTTP {status}" if status else "no answer")

    async def _once(
        self, url: str, method: str, fields: Mapping[str, str], overrides: Overrides, token: str
    ) -> httpx.Response:
        headers = {"User-Agent": "TwilioProxy/1.1", "I-Twilio-Idempotency-Token": token}
        if method == "GET":
            url = f"{url}{'&' if '?' in url else '?'}{urlencode(fields)}"
            content = None
            signature = sign(self._settings.auth_token, url)
        else:
            content = urlencode(fields)
            headers["Content-Type"] = f"{FORM}; charset=UTF-8"
            signature = sign(self._settings.auth_token, url, list(fields.items()))
        headers[SIGNATURE_HEADER] = signature
        timeout = httpx.Timeout(overrides.read, connect=overrides.connect)
        self.in_flight += 1
        try:
            async with asyncio.timeout(overrides.total):
                return await self._http.request(method, url, content=content, headers=headers, timeout=timeout)
        finally:
            self.in_flight -= 1
