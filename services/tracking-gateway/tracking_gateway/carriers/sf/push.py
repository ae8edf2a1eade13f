"""SF's route pushes. SF documents no signature for them, so the address given to SF carries a secret token."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tracking_gateway.carriers.digests import same
from tracking_gateway.carriers.forms import json_schema
from tracking_gateway.carriers.port import Forged
from tracking_gateway.carriers.sf.parse import parse_push
from tracking_gateway.domain.observation import Told


class SfPush:
    """Pushes to the address with our token (`?token=…`); without a token all are refused."""

    name = "sf"
    snapshots = False
    body_schema: Mapping[str, Any] = json_schema()

    def __init__(self, token: str | None) -> None:
        self._token = token

    def open(self, headers: Mapping[str, str], query: Mapping[str, str], body: bytes) -> Sequence[Told]:
        if self._token is None or not same(self._token, query.get("token", "")):
            raise Forged
        return parse_push(body)

    def reply(self, now: datetime) -> Mapping[str, Any]:
        return {"return_code": "0000", "return_msg": "成功"}
