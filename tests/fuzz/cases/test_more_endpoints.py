"""Endpoints of notices, files, persons and money under arbitrary input: problems, never a 5xx."""

import random
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.contract.cases.conftest import Bench, bench  # noqa: F401
from tests.fuzz.cases.test_endpoints import junk
from tests.support.world import World

_ROUNDS = 10


@pytest.fixture(autouse=True)
def _own_folder(world: World, tmp_path: Path) -> None:
    world.runtime.settings.data_dir = str(tmp_path)


async def test_no_body_breaks_them(bench: Bench) -> None:  # noqa: F811
    case_id, sms = await bench.owned_case("hello")
    customer = await bench.value("select customer_id from interaction where id = $1", sms.id)
    point = await bench.value("select id from contact_point")
    scopes = ("cases:read", "cases:write", "cases:admin", "personal:read")
    chance = random.Random(7)
    nul = "a\u0000b"
    people, case = f"/v1/customers/{customer}", f"/v1/cases/{case_id}"
    bodies: list[tuple[str, dict[str, Any]]] = [
        (f"{people}/contact-points", {"kind": "phone", "address": "13900000009"}),
        (f"{people}/contact-points", {"kind": "chat", "address": nul, "display_name": nul}),
        (f"{people}/contact-points/{point}/verifications", {"level": "none", "method": "callback", "evidence": nul}),
        (f"{people}/contact-points/{point}/codes", {"case_id": str(case_id)}),
        (f"{people}/consents", {"kind": "contact", "granted": True, "evidence": nul}),
        (f"{people}/erasure", {"reason": nul}),
        (f"{case}/notices/{uuid4()}/told", {"how": nul}),
        (f"{case}/sanctions", {"unit": nul, "person": nul, "cause": nul, "measure": nul}),
        (f"{case}/improvements", {"cause": nul, "action": nul, "owner": nul}),
        (f"/v1/payouts/{uuid4()}/state", {"state": "paid", "reference": nul}),
        (f"/v1/sanctions/{uuid4()}/decision", {"decision": "revoked", "reason": nul}),
        ("/v1/compensation/quote", {"carriage": "cn_express", "harm": "goodwill", "goodwill": 1}),
    ]
    async with bench.agent("agent-1", *scopes) as agent:
        for path, good in bodies:
            answers = [await agent.post(path, json=good)]
            for _ in range(_ROUNDS):
                worse = {key: junk(chance) if chance.random() < 0.5 else value for key, value in good.items()}
                answers.append(await agent.post(path, json=worse))
            assert [a.text for a in answers if a.status_code >= 500] == [], path
        for path in (f"{case}/notices", f"{case}/attachments", f"{people}/export", f"{people}/erasure"):
            assert (await agent.get(path)).status_code in (200, 409), path
        for cursor in ("x", "WzEsMl0", "WyJ4Il0"):
            for path in ("/v1/payouts", "/v1/improvements", f"{people}/interactions"):
                assert (await agent.get(path, params={"cursor": cursor})).status_code == 400, path
        named = await agent.post(f"{case}/attachments", params={"name": "/..\\\n"}, content=b"hello")
        assert (named.status_code, named.json()["name"]) == (201, "file")
