"""The tracking gateway on real PostgreSQL, with helpers that report scans and push as Kuaidi100 does."""

import itertools
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from pydantic import SecretStr

from chassis.service import Service
from tests.support.world import World, eventually
from tracking_gateway.app import build
from tracking_gateway.carriers.kuaidi100.sign import push_signature
from tracking_gateway.settings import Settings

SALT = "pinch-of-salt"
_numbers = itertools.count(1)


def waybill() -> str:
    """A number of our own network that no other test uses."""
    return f"PH{next(_numbers):012d}"


def zto_number() -> str:
    """A ZTO-shaped number that no other test uses."""
    return f"73{next(_numbers):012d}"


def scan(number: str, code: str, at: str, **fields: Any) -> dict[str, Any]:
    """A scan of our own network."""
    return {"scan_id": f"s{next(_numbers)}", "waybill_no": number, "code": code, "occurred_at": at, **fields}


def push_form(number: str, data: list[dict[str, Any]], *, salt: str = SALT, **fields: Any) -> str:
    """The form of a Kuaidi100 push about a ZTO parcel, signed."""
    last = {"message": "ok", "nu": number, "ischeck": "0", "com": "zhongtong", "status": "200", "data": data}
    last |= fields.pop("last", {})
    push = {"status": "polling", "billstatus": "got", "message": "", "lastResult": last, **fields}
    param = json.dumps(push, ensure_ascii=False)
    return urlencode({"sign": push_signature(param, salt), "param": param})


def item(at: str, context: str, **fields: Any) -> dict[str, Any]:
    """One event in a Kuaidi100 list."""
    return {"time": at, "ftime": at, "context": context, **fields}


@dataclass
class Gateway:
    """A running gateway and somebody who may read and write."""

    service: Service
    client: httpx.AsyncClient
    world: World

    async def scans(self, *scans: dict[str, Any]) -> dict[str, Any]:
        """Report scans that are accepted."""
        answer = await self.client.post("/v1/scans", json=list(scans))
        assert answer.status_code == 200, answer.text
        taken: dict[str, Any] = answer.json()
        return taken

    async def push(self, form: str) -> httpx.Response:
        """Post a Kuaidi100 form."""
        return await self.client.post(
            "/v1/kuaidi100/push", content=form, headers={"content-type": "application/x-www-form-urlencoded"}
        )

    async def parcel(self, number: str, **query: str) -> dict[str, Any]:
        """The view of a parcel that is known."""
        answer = await self.client.get(f"/v1/parcels/{number}", params=query)
        assert answer.status_code == 200, answer.text
        view: dict[str, Any] = answer.json()
        return view


async def all_silences_heard(gateway: Gateway) -> None:
    """Wait until every parcel that is due for a look at its silence had one, by whichever watch took it."""

    async def due() -> int:
        async with gateway.service.db.read() as tx:
            rows = await tx.fetch("select count(*) as due from parcel where check_at <= $1", tx.now)
        return int(rows[0]["due"])

    assert await eventually(due, lambda count: count == 0) == 0


@pytest.fixture
async def gateway(world: World) -> AsyncIterator[Gateway]:
    """A gateway that takes scans and Kuaidi100 pushes and asks nobody."""
    service = await world.start(build, Settings(kuaidi100_salt=SecretStr(SALT)))
    async with world.client(service, "tracking:read", "tracking:write") as client:
        yield Gateway(service, client, world)
