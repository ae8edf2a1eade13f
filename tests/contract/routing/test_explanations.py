"""Explanations: why an item waits, why an agent has nothing; in words and figures."""

from uuid import uuid4

from contracts.values import Channel, Language
from tests.contract.routing.conftest import Bench


class TestWork:
    async def test_why_an_item_still_waits(self, bench: Bench) -> None:
        await bench.available("ann", "bob")
        await bench.assigned("ann", channel=Channel.VOICE, queue="tracking")
        async with bench.desk("bob") as desk:
            await desk.put("/v1/agents/me", json={"presence": "away", "reason": "meal"})
        first = await bench.request(Channel.VOICE, "tracking", language=Language.EN)
        item = await bench.request(Channel.VOICE, "tracking", language=Language.EN)
        async with bench.desk() as desk:
            told = (await desk.get(f"/v1/work/{item.work_item_id}/explanation")).json()
            zh = {"Accept-Language": "zh-CN"}
            chinese = (await desk.get(f"/v1/work/{item.work_item_id}/explanation", headers=zh)).json()
        assert (told["state"], told["ahead"], told["hold"]) == ("waiting", 1, None)
        assert told["asks"][0]["skills"] == {"language.en": 1, "tracking": 1}
        assert (told["agents"]["full"], told["agents"]["away"], told["agents"]["free"]) == (1, 1, 0)
        assert told["next"]["because"] == "relaxation/1"
        assert told["words"][0] == "It asks for language.en ≥ 1, tracking ≥ 1."
        assert "1 with no room for more, 1 away" in told["words"][1]
        assert "同队列中排在前面的有 1 个。" in chinese["words"]
        assert first.work_item_id != item.work_item_id

    async def test_items_in_hand_ended_and_unknown(self, bench: Bench) -> None:
        await bench.available("ann")
        item = await bench.assigned("ann", channel=Channel.CHAT)
        async with bench.desk() as desk:
            path = f"/v1/work/{item.work_item_id}/explanation"
            told = (await desk.get(path)).json()
            assert told["words"][0] == "ann has it."
            assert "Offered to ann: of those free who may have it, idle longest" in told["words"][1]
            assert told["words"][2].startswith("ann took it, after")
            assert (told["chosen"]["order"], told["chosen"]["used"]) == ("longest_idle", 30)
            decisions = (await desk.get(f"/v1/work/{item.work_item_id}/decisions")).json()
            assert decisions[0]["words"] == "Entered the queue general, because it was asked for."
            zh = (await desk.get("/v1/agents/ann/decisions", headers={"Accept-Language": "zh-CN"})).json()
            assert [one["kind"] for one in zh][:2] == ["work_accepted", "offer_made"]
            assert zh[1]["words"].startswith("派发给 ann：在可接的空闲坐席中空闲最久")
            await desk.post(f"/v1/assignments/{item.work_item_id}/complete")
            assert (await desk.get(path)).status_code == 409
            assert (await desk.get(f"/v1/work/{uuid4()}/explanation")).status_code == 404


class TestAgents:
    async def test_why_an_agent_has_nothing(self, bench: Bench) -> None:
        await bench.available("ann")
        await bench.request(Channel.CHAT, "complaints")
        async with bench.desk() as desk:
            told = (await desk.get("/v1/agents/ann/explanation")).json()
            assert (await desk.get("/v1/agents/nobody/explanation")).status_code == 404
        assert (told["waiting"], told["would_get"]) == ({"skills_missing": 1}, None)
        assert told["channels_with_room"] == ["chat", "email", "sms", "telegram", "voice"]

    async def test_questions_write_nothing(self, bench: Bench) -> None:
        await bench.available("ann")
        before = await bench.rows("select epoch, batch from routing_domain")
        async with bench.desk() as desk:
            for _ in range(3):
                await desk.get("/v1/agents/ann/explanation")
        assert await bench.rows("select epoch, batch from routing_domain") == before

    async def test_an_item_can_be_made_older_once(self, bench: Bench) -> None:
        first, second = [await bench.request(Channel.VOICE) for _ in range(2)]
        async with bench.admin() as admin:
            for _ in range(2):
                headers = {"Idempotency-Key": "older"}
                path = f"/v1/work/{second.work_item_id}/age"
                assert (await admin.post(path, json={"seconds": 60}, headers=headers)).status_code == 204
            listed = (await admin.get("/v1/work")).json()["items"]
            decided = (await admin.get(f"/v1/work/{second.work_item_id}/decisions")).json()
        assert [one["work_item_id"] for one in listed] == [str(second.work_item_id), str(first.work_item_id)]
        assert [one["kind"] for one in decided] == ["work_queued", "age_adjusted"]
