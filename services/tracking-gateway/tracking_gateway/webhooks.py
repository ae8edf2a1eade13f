"""Sending webhooks, signed as Standard Webhooks: at least once, retried with growing pauses, refused addresses refused.

A message keeps its `webhook-id` over all attempts, so subscribers can drop repeats.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
from standardwebhooks import Webhook

from chassis.db import Database, DatabaseUnavailable
from chassis.telemetry.logs import get_logger
from tracking_gateway import metrics
from tracking_gateway.parameters import TrackingParameters
from tracking_gateway.store import subscriptions
from tracking_gateway.store.subscriptions import Delivery

log = get_logger(__name__)

_LEASE = timedelta(minutes=2)
_BATCH = 50
_GONE = 410


class AddressRefused(Exception):
    """The address is not one we send to: not HTTPS, or inside a private network."""


class WebhookSender:
    """Sends what is due. Any number of processes may run it."""

    def __init__(self, db: Database, parameters: TrackingParameters, *, allow_private: bool) -> None:
        """`allow_private` permits plain HTTP and private addresses: for laptops and tests only."""
        self._db = db
        self._pauses = [timedelta(seconds=seconds) for seconds in parameters.webhook_retry_seconds]
        self._poll = parameters.webhook_poll_seconds
        self._allow_private = allow_private
        self._http = httpx.AsyncClient(timeout=parameters.webhook_timeout_seconds, follow_redirects=False)

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            try:
                while await self.send_due():
                    continue
            except DatabaseUnavailable:
                pass
            await self._db.clock.sleep(self._poll)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def send_due(self) -> int:
        """Send one batch of what is due. Returns how many were tried."""
        async with self._db.transaction() as tx:
            due = await subscriptions.take_due(tx, _BATCH, _LEASE)
        if due:
            results = await asyncio.gather(*(self._send(delivery) for delivery in due))
            await self._note(due, results)
        return len(due)

    async def _send(self, delivery: Delivery) -> tuple[bool, str]:
        """Whether the subscriber took it, and what it answered."""
        now = self._db.clock.now()
        headers = {
            "content-type": "application/json",
            "webhook-id": f"msg_{delivery.id.hex}",
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(delivery.secret).sign(f"msg_{delivery.id.hex}", now, delivery.body),
        }
        try:
            await self._check(delivery.url)
            response = await self._http.post(delivery.url, content=delivery.body.encode(), headers=headers)
        except AddressRefused as error:
            return False, str(error)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return False, type(error).__name__
        return response.is_success, str(response.status_code)

    async def _check(self, url: str) -> None:
        """Addresses inside our own network are none of a subscriber's business."""
        if self._allow_private:
            return
        host = check_address(url, allow_private=False)
        found = await asyncio.get_running_loop().getaddrinfo(host, 443, type=socket.SOCK_STREAM)
        if not all(ipaddress.ip_address(entry[4][0]).is_global for entry in found):
            raise AddressRefused("the address is inside a private network")

    async def _note(self, due: Sequence[Delivery], results: Sequence[tuple[bool, str]]) -> None:
        async with self._db.transaction() as tx:
            for delivery, (taken, result) in zip(due, results, strict=True):
                metrics.WEBHOOKS_SENT.labels("taken" if taken else "refused").inc()
                again = None if taken else self._pause(delivery.attempts)
                await subscriptions.note_result(
                    tx, delivery.id, delivered=taken, result=result, next_at=tx.now + again if again else None
                )
                if result == str(_GONE):
                    await subscriptions.end(tx, [delivery.subscription_id], "the subscriber answered 410 Gone")
                elif not taken and again is None:
                    log.warning("a webhook was given up", subscription=str(delivery.subscription_id), result=result)
                    await subscriptions.end(tx, [delivery.subscription_id], f"undeliverable: {result}")

    def _pause(self, attempts: int) -> timedelta | None:
        return self._pauses[attempts - 1] if attempts <= len(self._pauses) else None


def check_address(url: str, *, allow_private: bool) -> str:
    """The host of an acceptable address; `AddressRefused` otherwise. Names are resolved only when sending."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (allow_private and parts.scheme == "http"):
        raise AddressRefused("the address must begin with https://")
    if not parts.hostname or parts.username or parts.password:
        raise AddressRefused("the address needs a host and no user information")
    try:
        literal = ipaddress.ip_address(parts.hostname)
    except ValueError:
        return parts.hostname
    if not literal.is_global and not allow_private:
        raise AddressRefused("the address is inside a private network")
    return parts.hostname
