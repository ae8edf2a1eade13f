"""Endpoints for details, merges, incidents, bulk commands, texts and views under arbitrary input: never a 5xx."""

import random
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.contract.cases.conftest import Bench, bench  # noqa: F401
from tests.fuzz.cases.test_endpoints import junk, text

_ROUNDS = 110
_WORDS = {"zh": "您好", "en": "Hello"}


def calls(chance: random.Random, case_id: UUID, other_id: UUID, kept: UUID) -> list[tuple[str, str, Any]]:
    """Requests that each endpoint could take, as they are or with one value replaced."""
    one = chance.choice([case_id, other_id])
    case, named = f"/v1/cases/{one}", str(chance.choice([case_id, other_id, uuid4()]))
    tag = {"do": "tag", "add": [text(chance)[:40] or "x"]}
    return [
        ("PATCH", case, {"category": "parcel.lost", "severity": "S1", "priority": 3, "tags": ["a"]}),
        ("POST", f"{case}/assign", {"agent_id": "agent-1", "reason": "x"}),
        ("PUT", f"{case}/watchers/agent-2", None),
        ("POST", f"{case}/await", {"reason": "x", "due_at": chance.choice(["2999-01-01T00:00:00Z", None])}),
        ("DELETE", f"{case}/await", None),
        ("POST", f"{case}/relations", {"other_id": named, "kind": "related"}),
        ("POST", f"{case}/merges", {"other_id": named, "reason": "x"}),
        ("POST", f"{case}/merges/{kept}/undo", {"reason": "x"}),
        ("POST", f"{case}/split", {"entry_seqs": [chance.randrange(1, 9)], "case_type": "inquiry", "reason": "x"}),
        ("PUT", f"{case}/incident", None),
        ("POST", f"{case}/members", {"case_ids": [named]}),
        ("POST", f"{case}/updates", {"update": _WORDS, "message": _WORDS}),
        ("POST", "/v1/bulk", {"filter": {"owner": "me"}, "action": tag}),
        ("POST", "/v1/templates", {"name": text(chance)[:90], "texts": {"zh": "{{a}}", "en": "{{a}}"}}),
        ("POST", f"/v1/templates/{kept}/render", {"case_id": named, "values": {"a": text(chance)}}),
        ("POST", "/v1/macros", {"name": text(chance)[:90], "actions": [tag]}),
        ("POST", f"{case}/macros/{kept}", {"values": {}}),
        ("POST", "/v1/views", {"name": text(chance)[:90], "filters": {"tags_any": ["a"]}, "sort": "due"}),
        ("GET", f"/v1/views/{kept}/cases", None),
        ("POST", "/v1/cases/find?sort=due&cursor=" + chance.choice(["W10", "WyJkdWUiLG51bGwsIngiXQ", "x"]), {}),
        ("POST", "/v1/cases/count", {"due_within_minutes": 5, "category": "parcel"}),
        ("POST", "/v1/cases/export", {"columns": ["case_no", "tags"], "filters": {"state": "all"}}),
        ("GET", f"/v1/jobs/{kept}/items", None),
    ]


@pytest.mark.parametrize("seed", [1, 2])
async def test_arbitrary_input_is_refused_or_done(bench: Bench, seed: int) -> None:  # noqa: F811
    chance = random.Random(seed)
    case_id, _ = await bench.owned_case("hello", address="+8613800000001")
    other_id, _ = await bench.owned_case("hello", address="+8613800000002")
    kept, answers = uuid4(), set()
    async with bench.supervisor() as boss:
        for _ in range(_ROUNDS):
            method, path, body = chance.choice(calls(chance, case_id, other_id, kept))
            if isinstance(body, dict) and body and chance.random() < 0.6:
                body[chance.choice([*body, "x"])] = junk(chance)
            answer = await boss.request(method, path, json=body)
            assert answer.status_code < 500, (method, path, body, answer.text)
            answers.add(answer.status_code)
            if answer.status_code in (201, 202) and "id" in answer.json():
                kept = UUID(answer.json()["id"])
        assert (await boss.get(f"/v1/cases/{case_id}")).status_code == 200
    assert answers >= {200, 201, 202, 400, 404}
    gaps = """select c.id from service_case c left join timeline_entry e on e.case_id = c.id
              group by c.id having count(e.seq) <> c.last_seq"""
    assert await bench.rows(gaps) == []
