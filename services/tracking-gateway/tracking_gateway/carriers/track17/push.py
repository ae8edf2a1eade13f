"""17TRACK's pushes: JSON with the signature in the header `sign`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tracking_gateway.carriers.forms import json_schema
from tracking_gateway.carriers.port import Forged
from tracking_gateway.carriers.track17.parse import parse_push
from tracking_gateway.carriers.track17.sign import push_is_genuine
from tracking_gateway.domain.observation import Told


class Track17Push:
    """Pushes signed with the account's key; without one all are refused."""

    name = "17track"
    snapshots = True
    body_schema: Mapping[str, Any] = json_schema()

    def __init__(self, key: str | None) -> None:
        self._key = key

    def open(self, headers: Mapping[str, str], query: Mapping[str, str], body: bytes) -> Sequence[Told]:
        if self._key is None or not push_is_genuine(body, headers.get("sign", ""), self._key):
            raise Forged
        return [parse_push(body)]

    def reply(self, now: datetime) -> Mapping[str, Any]:
        return {"code": 0}
