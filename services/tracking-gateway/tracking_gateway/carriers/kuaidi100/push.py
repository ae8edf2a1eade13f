"""Kuaidi100's pushes: a form of `param` and `sign`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tracking_gateway.carriers.forms import form_fields, form_schema
from tracking_gateway.carriers.kuaidi100.parse import parse_push
from tracking_gateway.carriers.kuaidi100.sign import push_is_genuine
from tracking_gateway.carriers.port import Forged
from tracking_gateway.domain.observation import Told


class Kuaidi100Push:
    """Pushes signed with the salt given at subscription; without one all are refused."""

    name = "kuaidi100"
    snapshots = True
    body_schema: Mapping[str, Any] = form_schema("param", "sign")

    def __init__(self, salt: str | None) -> None:
        self._salt = salt

    def open(self, headers: Mapping[str, str], query: Mapping[str, str], body: bytes) -> Sequence[Told]:
        fields = form_fields(body, "param", "sign")
        if self._salt is None or not push_is_genuine(fields["param"], fields["sign"], self._salt):
            raise Forged
        return [parse_push(fields["param"])]

    def reply(self, now: datetime) -> Mapping[str, Any]:
        return {"result": True, "returnCode": "200", "message": "成功"}
