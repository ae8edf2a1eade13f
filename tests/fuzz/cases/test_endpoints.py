"""Every endpoint under arbitrary input: problems, never a 5xx, and a case that still works afterwards."""

import random
import string
from collections import Counter
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from tests.contract.cases.conftest import Bench, bench  # noqa: F401
from tests.unit.cases.walking import LIBRARY

_ALPHABET = string.printable + "单号签收\u0000\ud7ff\u200b😀"
_ROUNDS = 120
_FIELDS = sorted(LIBRARY.dictionary.fields)
_STEPS = [step.id for procedure in LIBRARY.procedures.values() for step in procedure.steps]


def text(chance: random.Random) -> str:
    """Any text, sometimes very long."""
    return "".join(chance.choices(_ALPHABET, k=chance.choice([0, 1, 8, 60, 600])))


def junk(chance: random.Random, depth: int = 0) -> Any:
    """Some JSON value."""
    match chance.randrange(8 if depth < 3 else 6):
        case 0:
            return None
        case 1:
            return chance.choice([True, False])
        case 2:
            return chance.choice([0, -1, 2**63, 2**70, 1.5, 10**30])
        case 3 | 4:
            return text(chance)
        case 5:
            return chance.choice(["2026-03-02T09:00:00+08:00", "none", "S1", "SF1234567890123", str(uuid4())])
        case 6:
            return [junk(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {chance.choice([*_FIELDS, "x"]): junk(chance, depth + 1) for _ in range(chance.randrange(5))}


def good(chance: random.Random) -> dict[str, dict[str, Any]]:
    """A body that each endpoint could take."""
    fields = {"customer_name": "王芳", "answer_text": "在途", "verification_level": "none"}
    some = {name: value for name, value in fields.items() if chance.random() < 0.5}
    return {
        "messages": {"text": "hello"},
        "notes": {"text": "seen"},
        "steps": {
            "fields": some,
            "step": chance.choice([None, *_STEPS]),
            "outcome": chance.choice([None, "answered", "dissatisfied"]),
            "complete": chance.random() < 0.8,
            "deviation_reason": chance.choice([None, "because"]),
        },
        "close": {"resolution": "done", "fields": some, "deviation_reason": chance.choice([None, "because"])},
        "reopen": {"reason": "because"},
    }


def body(chance: random.Random, path: str) -> Any:
    """A good body, or one with something spoiled."""
    made: dict[str, Any] = good(chance)[path]
    if chance.random() < 0.4:
        return made
    if chance.random() < 0.2:
        return junk(chance)
    if "fields" in made and chance.random() < 0.5:
        made["fields"] = {**made["fields"], chance.choice(_FIELDS): junk(chance)}
    else:
        made[chance.choice([*made, "extra"])] = junk(chance)
    return made


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_no_input_breaks_an_endpoint(bench: Bench, seed: int) -> None:  # noqa: F811
    chance = random.Random(seed)
    case_id, contact = await bench.owned_case("SF1234567890123 到哪了")
    statuses: Counter[int] = Counter()
    broken = []
    async with bench.agent() as agent:
        for _ in range(_ROUNDS):
            path = chance.choice(["messages", "notes", "steps", "steps", "close", "reopen"])
            headers = {"If-Match": text(chance).encode("ascii", "ignore").decode().strip("\r\n\x0b\x0c\x00 ") or "*"}
            headers = headers if chance.random() < 0.1 else {}
            given = body(chance, path)
            answer = await agent.post(f"/v1/cases/{case_id}/{path}", json=given, headers=headers)
            statuses[answer.status_code] += 1
            if answer.status_code >= 500:
                broken.append((path, given, answer.text))
            query = {name: text(chance)[:80] for name in ("state", "owner", "cursor", "after", "waybill_no", "limit")}
            query = {name: value for name, value in query.items() if chance.random() < 0.4}
            for url in ("/v1/cases", f"/v1/cases/{case_id}/timeline", f"/v1/cases/{quote(text(chance)[:9], safe='')}"):
                listed = await agent.get(url, params=query)
                if listed.status_code >= 500:
                    broken.append((url, query, listed.text))
    assert broken == []
    assert statuses[400] and (statuses[200] or statuses[201])
    seqs = [row["seq"] for row in await bench.timeline(case_id)]
    assert seqs == list(range(1, len(seqs) + 1))
    await bench.world.publish(contact.says("still there?"))
