"""Kdniao's pushes: a form of `RequestData` and `DataSign`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tracking_gateway.carriers.forms import form_fields, form_schema
from tracking_gateway.carriers.kdniao.parse import CHINA, parse_push
from tracking_gateway.carriers.kdniao.sign import push_is_genuine
from tracking_gateway.carriers.port import Forged
from tracking_gateway.domain.observation import Told


class KdniaoPush:
    """Pushes signed with the account's key; without one all are refused."""

    name = "kdniao"
    snapshots = True
    body_schema: Mapping[str, Any] = form_schema("RequestData", "DataSign")

    def __init__(self, business_id: str | None, app_key: str | None) -> None:
        self._app_key = app_key
        self._business_id = business_id

    def open(self, headers: Mapping[str, str], query: Mapping[str, str], body: bytes) -> Sequence[Told]:
        fields = form_fields(body, "RequestData", "DataSign")
        if self._app_key is None or not push_is_genuine(fields["RequestData"], fields["DataSign"], self._app_key):
            raise Forged
        return parse_push(fields["RequestData"])

    def reply(self, now: datetime) -> Mapping[str, Any]:
        updated = now.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
        return {"EBusinessID": self._business_id or "", "UpdateTime": updated, "Success": True, "Reason": ""}
