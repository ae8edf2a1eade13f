"""Sending what is due, with growing pauses between attempts, until it is taken or given up.

A message keeps its `webhook-id` over all attempts, so subscribers can drop repeats.
"""

import asyncio
import secrets
import ssl
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import httpx
from pydantic import Field
from standardwebhooks import Webhook

from chassis.db import Database, DatabaseUnavailable, Tx
from chassis.parameters import ParameterSet
from chassis.telemetry import metrics
from chassis.telemetry.logs import get_logger
from chassis.webhooks.address import AddressRefused, resolve

log = get_logger(__name__)

_LEASE = timedelta(minutes=2)
_BATCH = 50
_GONE = 410
_SECRET_BYTES = 32


class WebhookParameters(ParameterSet):
    """How patient we are with subscribers."""

    version: int = 1
    retry_seconds: list[float] = Field(
        default=[5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400],
        description="pauses between attempts of a webhook; the schedule that Standard Webhooks suggests",
    )
    timeout_seconds: float = Field(default=15, description="how long a subscriber may take; 15 to 30 suggested")
    poll_seconds: float = Field(default=1, description="how late a webhook may be sent; proposed")


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message on its way, with where to and the secret it is signed with. `attempts` counts the one being made."""

    id: UUID
    subscription_id: UUID
    body: str
    attempts: int
    url: str
    secret: str


class DeliveryStore(Protocol):
    """What a service keeps of its webhooks; each has its own kinds of subscription."""

    async def take_due(self, tx: Tx, limit: int, lease: timedelta) -> list[Delivery]:
        """Messages to send now. If nobody says what became of them, they come up again after `lease`."""

    async def note_result(
        self, tx: Tx, delivery_id: UUID, *, delivered: bool, result: str, next_at: datetime | None
    ) -> None:
        """Note what became of an attempt, and when to try again (None: never)."""

    async def end(self, tx: Tx, subscription_ids: Sequence[UUID], because: str) -> None:
        """End subscriptions; what was not delivered yet is dropped."""


def new_secret() -> str:
    """A signing secret of a new subscription, in the form that Standard Webhooks libraries take."""
    return "whsec_" + b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def pinned_client(timeout_seconds: float, *, verify: ssl.SSLContext | bool = True) -> httpx.AsyncClient:
    """An HTTP client for addresses that were resolved beforehand (`Destination`).

    Connections are not kept: they are known by address only, and one that was opened, and whose certificate was
    checked, for one subscriber's name must not carry another's message that resolves to the same address.
    """
    return httpx.AsyncClient(
        timeout=timeout_seconds,
        follow_redirects=False,
        trust_env=False,
        verify=verify,
        limits=httpx.Limits(max_keepalive_connections=0),
    )


class WebhookSender:
    """Sends what is due. Any number of processes may run it."""

    def __init__(
        self,
        db: Database,
        store: DeliveryStore,
        *,
        service: str,
        allow_private: bool,
        parameters: WebhookParameters | None = None,
    ) -> None:
        """`allow_private` permits plain HTTP and private addresses: for laptops and tests only."""
        self._db = db
        self._store = store
        self._service = service
        parameters = parameters or WebhookParameters.load()
        self._pauses = [timedelta(seconds=seconds) for seconds in parameters.retry_seconds]
        self._poll = parameters.poll_seconds
        self._allow_private = allow_private
        self._http = pinned_client(parameters.timeout_seconds)

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
            due = await self._store.take_due(tx, _BATCH, _LEASE)
        if due:
            results = await asyncio.gather(*(self._send(delivery) for delivery in due))
            await self._note(due, results)
        return len(due)

    async def _send(self, delivery: Delivery) -> tuple[bool, str]:
        """Whether the subscriber took it, and what it answered."""
        now = self._db.clock.now()
        webhook_id = f"msg_{delivery.id.hex}"
        headers = {
            "content-type": "application/json",
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(delivery.secret).sign(webhook_id, now, delivery.body),
        }
        try:
            to = await resolve(delivery.url, allow_private=self._allow_private)
            response = await self._http.post(
                to.url,
                content=delivery.body.encode(),
                headers={**headers, "host": to.host},
                extensions={"sni_hostname": to.server_name},
            )
        except AddressRefused as error:
            return False, str(error)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            return False, type(error).__name__
        return response.is_success, str(response.status_code)

    async def _note(self, due: Sequence[Delivery], results: Sequence[tuple[bool, str]]) -> None:
        async with self._db.transaction() as tx:
            for delivery, (taken, result) in zip(due, results, strict=True):
                metrics.WEBHOOKS_SENT.labels(self._service, "taken" if taken else "refused").inc()
                again = None if taken else self._pause(delivery.attempts)
                await self._store.note_result(
                    tx, delivery.id, delivered=taken, result=result, next_at=tx.now + again if again else None
                )
                if result == str(_GONE):
                    await self._store.end(tx, [delivery.subscription_id], "the subscriber answered 410 Gone")
                elif not taken and again is None:
                    log.warning("a webhook was given up", subscription=str(delivery.subscription_id), result=result)
                    await self._store.end(tx, [delivery.subscription_id], f"undeliverable: {result}")

    def _pause(self, attempts: int) -> timedelta | None:
        return self._pauses[attempts - 1] if attempts <= len(self._pauses) else None
