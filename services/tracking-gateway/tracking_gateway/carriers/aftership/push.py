"""AfterShip's webhooks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tracking_gateway.carriers.aftership.parse import parse_webhook
from tracking_gateway.carriers.aftership.sign import webhook_is_genuine
from tracking_gateway.carriers.forms import json_schema
from tracking_gateway.carriers.port import Forged
from tracking_gateway.domain.observation import Told


class AftershipPush:
    """Webhooks signed with the account's secret; without one all are refused."""

    name = "aftership"
    snapshots = True
    body_schema: Mapping[str, Any] = json_schema()

    def __init__(self, secret: str | None) -> None:
        self._secret = secret

    def open(self, headers: Mapping[str, str], query: Mapping[str, str], body: bytes) -> Sequence[Told]:
        signature = headers.get("aftership-hmac-sha256", "")
        if self._secret is None or not webhook_is_genuine(body, signature, self._secret):
            raise Forged
        told = parse_webhook(body)
        return [told] if told else []

    def reply(self, now: datetime) -> Mapping[str, Any]:
        return {"received": True}
