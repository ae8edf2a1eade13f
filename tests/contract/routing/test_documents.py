"""Configurations as documents: draft, validate, dry run, activate, history, and the way back."""

from copy import deepcopy
from typing import Any

import httpx

from contracts.values import Channel
from tests.contract.routing.conftest import Bench
from tests.contract.routing.test_ownership import engine_memory, stored_memory

DRAFTS = "/v1/configuration/drafts"


async def drafted(admin: httpx.AsyncClient, body: dict[str, Any] | None, note: str | None = None) -> dict[str, Any]:
    """A new draft."""
    answer = await admin.post(DRAFTS, json={"body": body, "note": note})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


class TestDrafts:
    async def test_from_draft_to_force_and_back(self, bench: Bench) -> None:
        await bench.available("ann")
        item = await bench.request(Channel.CHAT, "complaints")
        async with bench.admin() as admin:
            before = (await admin.get("/v1/configuration")).json()
            assert {one["name"] for one in before["body"]["queues"]} >= {"general", "complaints", "emergency"}
            body = deepcopy(before["body"])
            body["queues"] = [one for one in body["queues"] if one["name"] != "complaints"]
            body["queues"][0]["needs"] = {"claims": 5}
            draft = await drafted(admin, body, "complaints go to everybody")
            path = f"{DRAFTS}/{draft['draft_id']}"

            tried = (await admin.post(f"{path}/dry-run")).json()
            assert tried["valid"] and tried["queues_removed"] == ["complaints"]
            assert tried["items_moved"] == {"number": 1, "work_item_ids": [str(item.work_item_id)]}
            assert "Queues removed: complaints." in tried["words"]
            chinese = (await admin.post(f"{path}/dry-run", headers={"Accept-Language": "zh-CN"})).json()
            assert "删除队列：complaints。" in chinese["words"]
            assert (await admin.get("/v1/configuration")).json() == before

            done = (await admin.post(f"{path}/activate")).json()
            assert (done["version"], done["note"]) == (before["version"] + 1, "complaints go to everybody")
            assert (await admin.post(f"{path}/activate")).json()["version"] == done["version"]  # again: the same answer
            assert (await admin.get("/v1/queues/complaints")).status_code == 404
            assert (await admin.get(f"/v1/work/{item.work_item_id}")).json()["queue"] == "general"
            assert (await admin.get(path)).json()["state"] == "activated"
            assert (await admin.put(path, json={})).status_code == 409
            assert await stored_memory(bench.service) == engine_memory(bench.service)

            back = await admin.post(f"/v1/configuration/versions/{before['version']}/restore")
            assert (back.status_code, back.json()["body"]) == (200, before["body"])
            listed = (await admin.get("/v1/configuration/versions?limit=2")).json()
            assert [one["version"] for one in listed["items"]] == [done["version"] + 1, done["version"]]
            rest = await admin.get("/v1/configuration/versions", params={"cursor": listed["next"]})
            assert rest.json()["items"][0]["version"] == before["version"]
            assert (await admin.get("/v1/configuration/versions/99")).status_code == 404
            complaints = (await admin.get("/v1/queues/complaints")).json()
            assert (complaints["version"], complaints["changed_by"]) == (2, "sue")

    async def test_a_bad_one_is_refused_with_the_reason_and_where(self, bench: Bench) -> None:
        async with bench.admin() as admin:
            circle = [
                {"name": "general", "overflow": [{"when": "unstaffed", "to": "b"}]},
                {"name": "b", "overflow": [{"when": "waited", "limit": 60, "to": "general"}]},
            ]
            for body, pointer, says in (
                ({"queues": circle}, "#/queues/0/overflow", "general → b → general"),
                ({"queues": [{"name": "general", "offer_secnds": 3}]}, "#/queues/0/offer_secnds", "not permitted"),
                ({"queues": [{"name": "b"}]}, "#/queues", "cannot be missing"),
                ({"queues": [{"name": "general", "calendar": "x"}]}, "#/queues/0/calendar", "no calendar x"),
            ):
                draft = await drafted(admin, body)
                path = f"{DRAFTS}/{draft['draft_id']}"
                checked = (await admin.post(f"{path}/validate")).json()
                assert not checked["valid"] and not checked["outdated"]
                assert any(one["pointer"] == pointer and says in one["detail"] for one in checked["errors"]), checked
                refused = await admin.post(f"{path}/activate")
                assert refused.status_code == 422
                assert {one["pointer"] for one in refused.json()["errors"]} == {
                    one["pointer"] for one in checked["errors"]
                }
            assert (await admin.get("/v1/configuration")).json()["version"] == 1

    async def test_a_colleagues_change_is_not_overwritten(self, bench: Bench) -> None:
        async with bench.admin() as admin:
            draft = await drafted(admin, None)
            await admin.put("/v1/queues/claims", json={"name": "claims"})
            path = f"{DRAFTS}/{draft['draft_id']}"
            assert (await admin.post(f"{path}/validate")).json()["outdated"]
            stale = await admin.post(f"{path}/activate")
            assert (stale.status_code, stale.headers["etag"]) == (412, '"2"')
            lost = await admin.put(path, json={"note": "mine"}, headers={"If-Match": '"7"'})
            assert lost.status_code == 412
            merged = await admin.put(path, json={"note": "merged", "base_version": 2}, headers={"If-Match": '"1"'})
            assert merged.json()["version"] == 2
            assert (await admin.post(f"{path}/activate")).json()["version"] == 3
            assert (await admin.get("/v1/queues/claims")).status_code == 404
            other = await drafted(admin, None)
            gone = await admin.delete(f"{DRAFTS}/{other['draft_id']}")
            assert gone.status_code == 204
            assert (await admin.post(f"{DRAFTS}/{other['draft_id']}/activate")).status_code == 409
            assert len((await admin.get(DRAFTS)).json()) == 2
        async with bench.desk() as desk:
            assert (await desk.post(DRAFTS, json={})).status_code == 403
