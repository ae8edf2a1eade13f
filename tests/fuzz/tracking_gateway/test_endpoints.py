"""Every endpoint under arbitrary input: problems, never a 5xx, and nothing stored that was refused."""

import json
import random
import string
from typing import Any
from urllib.parse import urlencode

import pytest
from pydantic import SecretStr

from tests.contract.tracking_gateway.conftest import SALT
from tests.support.world import World
from tracking_gateway.app import build
from tracking_gateway.carriers.kuaidi100.sign import push_signature
from tracking_gateway.settings import Settings

_ALPHABET = string.printable + "单号签收\u0000\ud7ff\u200b😀"
_ROUNDS = 150


def junk(chance: random.Random, depth: int = 0) -> Any:
    """Some JSON value."""
    kind = chance.randrange(7 if depth < 3 else 5)
    match kind:
        case 0:
            return None
        case 1:
            return chance.choice([True, False])
        case 2:
            return chance.choice([0, -1, 2**63, 1.5, 10**30])
        case 3 | 4:
            return "".join(chance.choices(_ALPHABET, k=chance.choice([0, 1, 8, 60])))
        case 5:
            return [junk(chance, depth + 1) for _ in range(chance.randrange(4))]
    names = ["scan_id", "waybill_no", "code", "occurred_at", "lastResult", "nu", "com", "data", "time", "context"]
    return {chance.choice(names): junk(chance, depth + 1) for _ in range(chance.randrange(5))}


def scan(chance: random.Random) -> dict[str, Any]:
    """A scan with some field spoiled, or none."""
    good: dict[str, Any] = {
        "scan_id": f"f{chance.random()}",
        "waybill_no": "PH000000009999",
        "code": chance.choice(["SIGNED", "COLLECTED", "??", "14"]),
        "description": junk(chance) if chance.random() < 0.3 else "已签收",
        "occurred_at": chance.choice(["2026-01-03 10:00:00", "2026-01-03T10:00:00Z", "x", 5]),
    }
    if chance.random() < 0.6:
        good[chance.choice([*good, "extra"])] = junk(chance)
    if chance.random() < 0.2:
        good["more"] = [10**30, -(10**25), {"\x00": "\x00\ud800"}]
    return good


def push(chance: random.Random) -> str:
    """A signed Kuaidi100 form whose payload may be anything."""
    data = [{"time": "2026-01-03 10:00:00", "context": junk(chance), "statusCode": junk(chance)}, junk(chance)]
    last = {"nu": "73000000009999", "com": "zhongtong", "state": junk(chance), "data": data}
    param = json.dumps(chance.choice([{"status": junk(chance), "lastResult": last}, {"lastResult": junk(chance)}]))
    return urlencode({"param": param, "sign": push_signature(param, SALT)})


@pytest.mark.parametrize("seed", [1, 2])
async def test_no_input_breaks_an_endpoint(world: World, seed: int) -> None:
    chance = random.Random(seed)
    service = await world.start(build, Settings(kuaidi100_salt=SecretStr(SALT)))
    statuses: dict[str, set[int]] = {}
    async with world.client(service, "tracking:read", "tracking:write") as client:
        for _ in range(_ROUNDS):
            text = "".join(chance.choices(_ALPHABET, k=chance.choice([1, 12, 90])))
            answers = {
                "scans": await client.post(
                    "/v1/scans",
                    content=json.dumps(chance.choice([scan(chance), [scan(chance)], junk(chance)])),
                    headers={"content-type": "application/json"},
                ),
                "push": await client.post(
                    "/v1/kuaidi100/push",
                    content=chance.choice([push(chance), text.encode("utf-8", "replace")]),
                    headers={"content-type": "application/x-www-form-urlencoded"},
                ),
                "detect": await client.get("/v1/detect", params={"text": text, "country": text[:2]}),
                "parcel": await client.get("/v1/parcels/x", params={"phone": text, "carrier": text}),
            }
            for name, answer in answers.items():
                statuses.setdefault(name, set()).add(answer.status_code)
                assert answer.status_code < 500, (name, answer.request.content, answer.text)
                if answer.status_code >= 400:
                    assert answer.headers["content-type"] == "application/problem+json"
    assert statuses["scans"] == {200, 400}
    assert {200, 400} <= statuses["push"] <= {200, 400, 403}
