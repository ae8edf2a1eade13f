"""Texts, macros and views that agents keep: variables, atomic macros, stable pages, counts, export."""

import csv
import io
from uuid import UUID, uuid4

from contracts.values import Channel
from contracts.work import WorkRequested
from tests.contract.cases.conftest import Bench

TEXTS = {
    "zh": "您好,{{customer_name}},工单 {{case_no}} 预计 {{pickup_time}} 处理。",
    "en": "Hello {{customer_name}}, {{case_no}} is due {{pickup_time}}.",
}


class TestTemplates:
    async def test_a_hole_in_a_text_is_refused_and_never_sent(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case("hello", name="王芳{{case_no}}")
        async with bench.agent() as agent:
            made = await agent.post("/v1/templates", json={"name": "预约", "texts": TEXTS})
            assert made.status_code == 201, made.text
            template = made.json()
            assert template["variables"] == ["customer_name", "case_no", "pickup_time"]
            url = f"/v1/templates/{template['id']}/render"
            hole = await agent.post(url, json={"case_id": str(case_id)})
            assert (hole.status_code, hole.json()["missing"]) == (422, ["pickup_time"])
            assert hole.json()["errors"][0]["pointer"] == "#/values/pickup_time"
            values = {"pickup_time": "10:00"}
            text = (await agent.post(url, json={"case_id": str(case_id), "values": values})).json()
            assert text["language"] == "en" and text["text"].startswith("Hello 王芳{{case_no}}, C")
            chinese = {"case_id": str(case_id), "values": values, "language": "zh-CN"}
            assert (await agent.post(url, json=chinese)).json()["text"].startswith("您好,王芳")
            phone = {"name": "x", "texts": {"zh": "{{customer_phone}}", "en": "{{customer_phone}}"}}
            masked = f"/v1/templates/{(await agent.post('/v1/templates', json=phone)).json()['id']}/render"
            assert (await agent.post(masked, json={"case_id": str(case_id)})).json()["missing"] == ["customer_phone"]
            for texts in (
                {"zh": "{{a}}", "en": "{{b}}"},
                {"zh": "{{ A }}", "en": "{{ A }}"},
                {"zh": "{{a", "en": "x"},
                {"zh": "x"},
            ):
                assert (await agent.post("/v1/templates", json={"name": "x", "texts": texts})).status_code == 400

    async def test_names_owners_and_versions(self, bench: Bench) -> None:
        async with bench.agent() as agent, bench.agent("agent-2") as other, bench.supervisor() as boss:
            body = {"name": "问候", "texts": {"zh": "您好", "en": "Hello"}}
            mine = await agent.post("/v1/templates", json=body)
            assert (await agent.post("/v1/templates", json=body)).status_code == 409
            assert (await other.post("/v1/templates", json=body)).status_code == 201
            url = f"/v1/templates/{mine.json()['id']}"
            assert (await other.get(url)).status_code == 404
            assert (await agent.post("/v1/templates", json={**body, "name": "a", "shared": True})).status_code == 403
            shared = (await boss.post("/v1/templates", json={**body, "name": "a", "shared": True})).json()
            assert {one["id"] for one in (await other.get("/v1/templates")).json()} >= {shared["id"]}
            match = {"If-Match": mine.headers["ETag"]}
            changed = await agent.put(url, json={**body, "name": "b"}, headers=match)
            assert (changed.status_code, changed.json()["version"]) == (200, 2)
            assert (await agent.put(url, json=body, headers=match)).status_code == 412
            assert (await agent.delete(url)).status_code == 204
            assert (await agent.delete(url)).status_code == 404


class TestMacros:
    async def test_all_actions_or_none(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case("hello", name="王芳")
        async with bench.agent() as agent:
            actions = [
                {"do": "tag", "add": ["proof"]},
                {"do": "reply", "texts": {"zh": "请提供 {{what}}", "en": "Please send {{what}}"}},
                {"do": "await", "reason": "等待证明"},
            ]
            macro = (await agent.post("/v1/macros", json={"name": "要证明", "actions": actions})).json()
            url = f"/v1/cases/{case_id}/macros/{macro['id']}"
            hole = await agent.post(url, json={})
            assert (hole.status_code, hole.json()["missing"]) == (422, ["what"])
            assert await bench.value("select tags from service_case") == []
            done = await agent.post(url, json={"values": {"what": "an invoice"}})
            assert done.status_code == 200, done.text
            assert (done.json()["tags"], done.json()["next_action"]["waits_for"]) == (["proof"], "customer")
            codes = [(e["kind"], e["code"], e["text"]) for e in await bench.timeline(case_id)]
            assert ("message_out", None, "Please send an invoice") in codes

            closing = [{"do": "tag", "add": ["x"]}, {"do": "close", "resolution": "answered"}]
            close = (await agent.post("/v1/macros", json={"name": "关闭", "actions": closing})).json()
            refused = await agent.post(f"/v1/cases/{case_id}/macros/{close['id']}", json={})
            assert (refused.status_code, refused.json()["action"]) == (409, 1)
            assert await bench.value("select tags from service_case") == ["proof"]
            read = await agent.get(f"/v1/macros/{close['id']}")
            assert (read.headers["ETag"], read.json()["actions"][1]["do"]) == ('"1"', "close")
            wrong = [{"do": "close", "resolution": "a"}, {"do": "note", "text": "b"}]
            assert (await agent.post("/v1/macros", json={"name": "c", "actions": wrong})).status_code == 400
            assert (await agent.post(f"/v1/cases/{case_id}/macros/{uuid4()}", json={})).status_code == 404


async def several(bench: Bench, count: int) -> list[UUID]:
    """Open cases of different customers, oldest first."""
    contacts = [bench.contact(Channel.SMS, f"+8613900{n:06d}", name=f"=1+{n}") for n in range(count)]
    await bench.world.publish(*(event for c in contacts for event in (c.started(), c.says("hello"))))
    await bench.world.wait_published(WorkRequested, count)
    return [row["id"] for row in await bench.rows("select id from service_case order by id")]


class TestViews:
    async def test_pages_neither_skip_nor_repeat_in_any_order(self, bench: Bench) -> None:
        ids = await several(bench, 9)
        due = "update service_case set next_due_at = '2026-01-05Z'::timestamptz + $2 * interval '1 h' where id = $1"
        for number, case_id in enumerate(ids[:5]):
            await bench.rows(due, case_id, number // 2)
            await bench.rows(
                "update service_case set priority = $2, tags = '{vip}' where id = $1", case_id, 3 - number // 2
            )
        async with bench.supervisor() as boss, bench.agent() as agent:
            orders = {
                "newest": ids[::-1],
                "oldest": ids,
                "due": ids,
                "priority": [ids[4], ids[2], ids[3], ids[0], ids[1], *ids[5:]],
            }
            for sort, wanted in orders.items():
                view = (
                    await boss.post("/v1/views", json={"name": sort, "shared": True, "filters": {}, "sort": sort})
                ).json()
                for client in (boss, agent):  # agents read by branches: own, unowned, watched, had
                    seen, cursor = [], None
                    while True:
                        params = {"limit": 2, **({"cursor": cursor} if cursor else {})}
                        page = (await client.get(f"/v1/views/{view['id']}/cases", params=params)).json()
                        seen += [item["id"] for item in page["items"]]
                        cursor = page["next"]
                        if cursor is None:
                            break
                    assert seen == [str(one) for one in wanted], sort
            read = await agent.get(f"/v1/views/{view['id']}")
            assert (read.headers["ETag"], read.json()["sort"]) == ('"1"', "priority")
            count = (await agent.get(f"/v1/views/{view['id']}/count")).json()
            assert count == {"count": 9, "more": False}
            vip = (await agent.post("/v1/cases/find", json={"tags_any": ["vip", "x"]})).json()
            assert len(vip["items"]) == 5
            overdue = (await agent.post("/v1/cases/count", json={"overdue": True})).json()["count"]
            assert overdue == 5
            wrong = await agent.post("/v1/cases/find", json={}, params={"cursor": "W10", "sort": "due"})
            assert wrong.status_code == 400
            assert (await agent.post("/v1/cases/find", json={"state": "gone"})).status_code == 400
            assert (await agent.get(f"/v1/views/{uuid4()}/count")).status_code == 404

    async def test_the_export_is_masked_safe_and_audited(self, bench: Bench) -> None:
        ids = await several(bench, 3)
        async with bench.supervisor() as boss:
            body = {"filters": {}, "sort": "oldest", "columns": ["case_no", "customer_name", "waits_for"]}
            answer = await boss.post("/v1/cases/export", json=body)
            assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/csv")
            rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
            assert rows[0] == ["case_no", "customer_name", "waits_for"] and len(rows) == 1 + len(ids)
            assert all("=1+" not in row[1] for row in rows[1:])
        full = bench.agent("boss", "cases:read", "cases:write", "cases:admin", "personal:read")
        async with full as clear, bench.agent("agent-2") as agent:
            answer = await clear.post("/v1/cases/export", json=body)
            cells = {row[1] for row in csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))}
            assert cells >= {"'=1+0", "'=1+1", "'=1+2"}
            assert (await agent.post("/v1/cases/export", json={"columns": ["secret"]})).status_code == 400
            await bench.rows("update service_case set owner = 'agent-1'")
            nothing = await agent.post("/v1/cases/export", json=body)
            assert len(list(csv.reader(io.StringIO(nothing.text)))) == 1
        who = await bench.rows("select actor from audit where action = 'cases.export' order by id")
        assert [row["actor"] for row in who] == ["boss", "boss", "agent-2"]
