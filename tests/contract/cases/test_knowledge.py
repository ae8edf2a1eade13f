"""Knowledge over HTTP: workflow and validity, finding, gaps, what a case is shown."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.contract.cases.conftest import Bench
from tests.contract.cases.test_approvals import at_step
from tests.contract.cases.test_deadlines import elapse

PROBLEM = "urn:posthouse:problem:"
QUESTIONS = {
    "充电宝能不能寄": "lithium-batteries",
    "can I send a power bank": "lithium-batteries",
    "打火机可以寄吗": "prohibited-goods",
    "投诉多久给答复": "complaint-seven-days",
    "没收到却签收了怎么办": "proxy-sign-off",
    "my parcel went into a locker without asking": "proxy-sign-off",
    "没保价弄丢了怎么赔偿": "uninsured-compensation",
    "三倍运费": "uninsured-compensation",
    "保价费率": "insured-value-choice",
    "体积重量怎么算": "quote-and-weight",
    "水果坏了 生鲜": "fresh-goods",
    "被海关扣留": "customs",
    "customs duty": "customs",
    "想改地址": "redirect-and-intercept",
    "implied sign-off of a parcel by proxy": "proxy-sign-off",
    "包裹上门派送几次": "delivery-attempts",
    "要不要提供身份证实名": "real-name-and-inspection",
    "网点关门停运": "disruption",
    "向邮政局申诉": "appeal-to-authority",
    "one-time code for payment": "safe-payment",
}
ARTICLE: dict[str, Any] = {
    "content": {
        "kind": "faq",
        "zh": {"title": "雨伞怎么寄", "body": "雨伞用纸筒包装。"},
        "en": {"title": "Sending umbrellas", "body": "Umbrellas go in a tube."},
        "laws": [{"law": "快递暂行条例", "article": "22"}],
        "company_rules": ["收寄规范 9"],
    },
    "case_types": ["order_taking"],
    "steps": ["order_taking/capacity_quote"],
}


def editor(bench: Bench, subject: str = "editor") -> httpx.AsyncClient:
    """Somebody who writes and publishes."""
    return bench.agent(subject, "knowledge:read", "knowledge:write", "knowledge:publish", "cases:read")


def reader(bench: Bench) -> httpx.AsyncClient:
    """An agent."""
    return bench.agent("agent-1", "knowledge:read", "cases:read", "cases:write")


async def draft(client: httpx.AsyncClient, slug: str = "umbrellas", **content: Any) -> dict[str, Any]:
    """A new article."""
    body = {**ARTICLE, "slug": slug, "content": {**ARTICLE["content"], **content}}
    answer = await client.post("/v1/articles", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def slugs(client: httpx.AsyncClient, question: str) -> list[str]:
    """What a question finds."""
    found = (await client.get("/v1/articles/search", params={"q": question})).json()
    return [item["article"]["slug"] for item in found["items"]]


class TestFinding:
    async def test_the_packaged_articles_answer_what_customers_ask(self, bench: Bench) -> None:
        async with reader(bench) as agent, editor(bench) as author:
            found = {question: await slugs(agent, question) for question in QUESTIONS}
            first = [q for q, slug in QUESTIONS.items() if found[q][:1] == [slug]]
            among = [q for q, slug in QUESTIONS.items() if slug in found[q][:3]]
            assert len(among) >= 18, {q: found[q] for q in QUESTIONS if q not in among}
            assert len(first) >= 15, {q: found[q] for q in QUESTIONS if q not in first}

            for question in ("宠物托运", "宠物 托运！", "航班延误险 PH2600000001", "zeppelin freight?", "？？"):
                await agent.get("/v1/articles/search", params={"q": question})
            gaps = (await author.get("/v1/articles/gaps")).json()
            counted = {gap["query"]: gap["searches"] for gap in gaps}
            assert counted["zeppelin freight"] == 1
            assert not any("2600000001" in query for query in counted)
            assert (await agent.get("/v1/articles/gaps")).status_code == 403
            closed = await author.delete("/v1/articles/gaps", params={"query": "zeppelin freight"})
            assert closed.status_code == 204
            gone = await author.delete("/v1/articles/gaps", params={"query": "zeppelin freight"})
            assert gone.status_code == 404
            empty = await agent.get("/v1/articles/search", params={"q": "？？"})
            assert (empty.status_code, empty.json()["errors"][0]["pointer"]) == (400, "query/q")
            assert (await agent.get("/v1/articles/search", params={"q": "锂" * 501})).status_code == 400
            listed = (await agent.get("/v1/articles", params={"case_type": "claim", "limit": 3})).json()
            assert len(listed["items"]) == 3 and listed["next"]


class TestWorkflow:
    async def test_drafts_are_published_by_somebody_else_and_follow_each_other(self, still_bench: Bench) -> None:
        bench = still_bench
        async with editor(bench) as author, editor(bench, "chief") as chief, reader(bench) as agent:
            made = await draft(author)
            url = f"/v1/articles/{made['id']}"
            taken = await author.post("/v1/articles", json={**ARTICLE, "slug": "umbrellas"})
            assert (taken.status_code, taken.json()["type"]) == (409, PROBLEM + "slug-taken")
            assert await slugs(agent, "雨伞") == []
            assert (await agent.get("/v1/articles", params={"state": "draft"})).status_code == 400
            own = await author.post(f"{url}/publish", json={})
            assert (own.status_code, own.json()["type"]) == (409, PROBLEM + "own-draft")
            published = await chief.post(f"{url}/publish", json={}, headers={"If-Match": '"1"'})
            assert published.json()["current"]["reference"] == "umbrellas@1"
            assert await slugs(agent, "雨伞怎么寄") == ["umbrellas"]
            assert (await chief.post(f"{url}/publish", json={})).json()["type"] == PROBLEM + "no-draft"

            newer = {**ARTICLE, "content": {**ARTICLE["content"], "keywords": ["遮阳伞"]}}
            stale = await author.put(f"{url}/draft", json=newer, headers={"If-Match": '"1"'})
            assert stale.status_code == 412
            assert (await author.put(f"{url}/draft", json=newer)).json()["draft"]["number"] == 2
            tomorrow = bench.world.clock.now() + timedelta(days=1)
            past = bench.world.clock.now() - timedelta(days=1)
            early = await chief.post(f"{url}/publish", json={"valid_from": past.isoformat()})
            assert early.json()["errors"][0]["pointer"] == "#/valid_from"
            later = await chief.post(f"{url}/publish", json={"valid_from": tomorrow.isoformat()})
            assert later.json()["current"]["number"] == 1
            assert await slugs(agent, "遮阳伞") == []
            await elapse(bench, timedelta(days=1).total_seconds())
            assert await slugs(agent, "遮阳伞") == ["umbrellas"]
            assert (await agent.get(url)).json()["current"]["number"] == 2

            assert (await agent.post(f"{url}/feedback", json={"number": 2, "useful": False})).status_code == 204
            body = {"number": 2, "useful": True, "comment": "清楚"}
            assert (await agent.post(f"{url}/feedback", json=body)).status_code == 204
            assert (await agent.post(f"{url}/feedback", json={"number": 9, "useful": True})).status_code == 404
            report = (await author.get(f"{url}/feedback")).json()
            assert (report["useful"], report["not_useful"]) == (1, 0)

            retired = await chief.post(f"{url}/retire", json={"reason": "不再收寄"})
            assert retired.json()["current"] is None
            assert await slugs(agent, "雨伞怎么寄") == []
            versions = (await agent.get(f"{url}/versions")).json()
            assert [(v["number"], v["state"]) for v in versions] == [(2, "retired"), (1, "retired")]

    async def test_changed_public_terms_are_announced(self, bench: Bench) -> None:
        async with editor(bench) as author, editor(bench, "chief") as chief:
            made = await draft(author, "surcharges", public_terms=True)
            url = f"/v1/articles/{made['id']}"
            assert (await chief.post(f"{url}/publish", json={})).status_code == 200
            await author.put(f"{url}/draft", json={**ARTICLE, "content": {**ARTICLE["content"], "public_terms": True}})
            at_once = await chief.post(f"{url}/publish", json={})
            assert (at_once.status_code, at_once.json()["errors"][0]["pointer"]) == (422, "#/valid_from")
            day = (bench.world.clock.now() + timedelta(days=11)).isoformat()
            assert (await chief.post(f"{url}/publish", json={"valid_from": day})).status_code == 200


class TestOnCases:
    @pytest.mark.parametrize("step", ["explain"])
    async def test_a_case_is_shown_what_its_step_needs_and_keeps_what_was_used(self, bench: Bench, step: str) -> None:
        case_id, _ = await bench.owned_case("我要投诉，没收到却签收了")
        await at_step(bench, case_id, step)
        async with reader(bench) as agent:
            shown = (await agent.get(f"/v1/cases/{case_id}/knowledge")).json()
            assert [item["slug"] for item in shown["step"]] == ["complaint-seven-days"]
            assert "proxy-sign-off" in [item["article"]["slug"] for item in shown["question"]]
            assert "goodwill-authority" in [item["slug"] for item in shown["case_type"]]
            article = shown["step"][0]
            used = await agent.post(f"/v1/cases/{case_id}/knowledge", json={"article_id": article["article_id"]})
            assert used.status_code == 201 and used.json()["data"]["reference"] == "complaint-seven-days@1"
            unknown = await agent.post(f"/v1/cases/{case_id}/knowledge", json={"article_id": str(case_id)})
            assert unknown.json()["errors"][0]["pointer"] == "#/article_id"
        assert "knowledge.used" in [entry["code"] for entry in await bench.timeline(case_id)]
