"""Cases that turn out to be one, and one that turns out to be two."""

from uuid import UUID

from contracts.cases import CaseClosed, CaseMerged, CaseOpened, CaseReopened, CaseSplit, CaseUnmerged
from contracts.values import Channel
from contracts.work import WorkCancelled, WorkRequested
from tests.contract.cases.conftest import Bench, Contact

ONE, TWO = "SF1234567890123", "YT9876543210123"


async def two_cases(bench: Bench, number: int = 7) -> tuple[UUID, UUID, Contact, Contact]:
    """Two cases of one customer about two waybills: the first is an agent's, the second waits for one."""
    first, contact = await bench.owned_case(f"{ONE} 到哪了", address=f"+861380000000{number}")
    before = len(await bench.world.published(WorkRequested))
    other = bench.contact(Channel.TELEGRAM, f"tg-{number}")
    await bench.world.publish(other.started(), other.says(f"{TWO} 坏了"))
    requests = await bench.world.wait_published(WorkRequested, before + 1)
    second = requests[-1].case_id
    async with bench.supervisor() as boss:
        mine, theirs = [
            await bench.value("select customer_id from service_case where id = $1", one) for one in (first, second)
        ]
        merged = await boss.post(f"/v1/customers/{mine}/merges", json={"other_id": str(theirs), "reason": "同一人"})
        assert merged.status_code == 201, merged.text
    return first, second, contact, other


async def gapless(bench: Bench, case_id: UUID) -> list[str]:
    """The texts of a case's messages, after checking that its numbers have no gap."""
    entries = await bench.timeline(case_id)
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    last = await bench.value("select last_seq from service_case where id = $1", case_id)
    assert last == len(entries)
    return [entry["text"] for entry in entries if entry["kind"] == "message_in"]


class TestMerge:
    async def test_everything_of_the_merged_case_goes_on_in_the_other(self, bench: Bench) -> None:
        first, second, _, other = await two_cases(bench)
        async with bench.agent() as agent:
            url = f"/v1/cases/{first}/merges"
            made = await agent.post(url, json={"other_id": str(second), "reason": "同一问题"})
            assert made.status_code == 201, made.text
            assert await gapless(bench, first) == [f"{ONE} 到哪了", f"{TWO} 坏了"]
            assert await gapless(bench, second) == []
            view = (await agent.get(f"/v1/cases/{first}")).json()
            assert {i["id"] for i in view["interactions"]} >= {str(other.id)}
            gone = (await agent.get(f"/v1/cases/{second}")).json()
            assert (gone["state"], gone["resolution"], gone["merged_into"]) == ("closed", "merged", str(first))
            reply = await agent.post(f"/v1/cases/{second}/messages", json={"text": "x"})
            assert reply.status_code in (403, 409)
            relations = (await agent.get(f"/v1/cases/{first}/relations")).json()
            assert ("merged_into", True) in {(one["kind"], one["inverse"]) for one in relations}
            found = (await agent.get("/v1/search", params={"q": "坏了"})).json()
            assert {hit["case"]["id"] for hit in found["entries"]} == {str(first)}
        merged = (await bench.world.wait_published(CaseMerged))[0]
        assert (merged.case_id, merged.merged_case_id) == (first, second)
        assert (await bench.world.wait_published(CaseClosed))[0].resolution == "merged"
        assert (await bench.world.wait_published(WorkCancelled))[0].reason == "merged"
        async with bench.supervisor() as boss:
            again = await boss.post(f"/v1/cases/{second}/reopen", json={"reason": "x"})
            assert (again.status_code, again.json()["merged_into"]) == (409, str(first))

    async def test_threads_follow(self, bench: Bench) -> None:
        first, second, _, other = await two_cases(bench)
        async with bench.agent() as agent:
            await agent.post(f"/v1/cases/{first}/merges", json={"other_id": str(second), "reason": "同一问题"})
        before = await bench.value("select count(*) from inbox")
        fresh = bench.contact(Channel.SMS, "+8613800000007", case_id=second)  # a thread token of the merged case
        await bench.world.publish(other.says("还在吗"), fresh.started(), fresh.says("token"))
        await bench.settled(before + 3)
        assert sorted((await gapless(bench, first))[2:]) == ["token", "还在吗"]
        same = bench.contact(Channel.SMS, "+8613800000007")
        await bench.world.publish(same.started(), same.says(f"{TWO} 有消息吗"))
        await bench.settled(before + 5)
        assert (await gapless(bench, first))[4:] == [f"{TWO} 有消息吗"]

    async def test_undoing_gives_back_what_was_brought_and_what_came_since(self, bench: Bench) -> None:
        first, second, contact, other = await two_cases(bench)
        async with bench.agent() as agent:
            url = f"/v1/cases/{first}/merges"
            made = (await agent.post(url, json={"other_id": str(second), "reason": "同一问题"})).json()
            before = await bench.value("select count(*) from inbox")
            await bench.world.publish(other.says("还在吗"), contact.says("第一个件呢"))
            await bench.settled(before + 2)
            undone = await agent.post(f"{url}/{made['id']}/undo", json={"reason": "两件不同的事"})
            assert undone.status_code == 200, undone.text
            assert await gapless(bench, first) == [f"{ONE} 到哪了", "第一个件呢"]
            assert await gapless(bench, second) == [f"{TWO} 坏了", "还在吗"]
            back = await agent.get(f"/v1/cases/{second}")
            assert back.json()["state"] == "open" and back.json()["merged_into"] is None
            assert [i["id"] for i in back.json()["interactions"]] == [str(other.id)]
            assert (await agent.post(f"{url}/{made['id']}/undo", json={"reason": "x"})).status_code == 409
            listed = (await agent.get(url)).json()
            assert [one["undone_by"] for one in listed] == ["agent-1"]
        assert (await bench.world.wait_published(CaseUnmerged))[0].unmerged_case_id == second
        assert (await bench.world.wait_published(CaseReopened))[0].case_id == second
        requests = await bench.world.wait_published(WorkRequested, 3)
        assert requests[-1].case_id == second
        before = await bench.value("select count(*) from inbox")
        await bench.world.publish(other.says("谢谢"))
        await bench.settled(before + 1)
        assert (await gapless(bench, second))[-1] == "谢谢"

    async def test_what_must_not_be_merged_is_refused_with_the_reason(self, bench: Bench) -> None:
        first, _ = await bench.owned_case("hello", address="+8613800000001")
        second, _ = await bench.owned_case("hello", address="+8613800000002")
        async with bench.agent() as agent:
            strangers = await agent.post(f"/v1/cases/{first}/merges", json={"other_id": str(second), "reason": "x"})
            assert (strangers.status_code, strangers.json()["type"]) == (409, "urn:posthouse:problem:cannot-merge")
            assert "different customers" in strangers.json()["detail"]
            itself = await agent.post(f"/v1/cases/{first}/merges", json={"other_id": str(first), "reason": "x"})
            assert itself.status_code == 400
        one, two, _, _ = await two_cases(bench, 8)
        async with bench.supervisor() as boss:
            await boss.post(f"/v1/cases/{two}/classify", json={"case_type": "complaint", "reason": "投诉"})
            law = await boss.post(f"/v1/cases/{one}/merges", json={"other_id": str(two), "reason": "x"})
            assert law.status_code == 409 and "law" in law.json()["detail"]
            other_way = await boss.post(f"/v1/cases/{two}/merges", json={"other_id": str(one), "reason": "x"})
            assert other_way.status_code == 201, other_way.text


class TestSplit:
    async def test_part_of_a_case_becomes_a_case_of_its_own(self, bench: Bench) -> None:
        case_id, contact = await bench.owned_case(f"{ONE} 到哪了")
        before = await bench.value("select count(*) from inbox")
        mail = bench.contact(Channel.EMAIL, "li@example.com", case_id=case_id)
        await bench.world.publish(contact.says("另外,发票怎么开?"), mail.started(), mail.says("发票抬头"))
        await bench.settled(before + 3)
        async with bench.agent() as agent:
            entries = await bench.timeline(case_id)
            single = next(entry["seq"] for entry in entries if entry["text"] == "另外,发票怎么开?")
            body = {
                "interaction_ids": [str(mail.id)],
                "entry_seqs": [single],
                "case_type": "inquiry",
                "reason": "发票是另一件事",
            }
            split = await agent.post(f"/v1/cases/{case_id}/split", json=body)
            assert split.status_code == 201, split.text
            new = UUID(split.json()["new_case"]["id"])
            assert split.json()["new_case"]["owner"] == "agent-1"
            assert await gapless(bench, case_id) == [f"{ONE} 到哪了"]
            assert sorted(await gapless(bench, new)) == ["发票抬头", "另外,发票怎么开?"]
            pointers = [entry for entry in await bench.timeline(case_id) if entry["code"] == "entry.moved"]
            assert len(pointers) == 2
            await bench.world.publish(mail.says("还有税号"), contact.says("件呢"))
            await bench.settled(before + 5)
            assert (await gapless(bench, new))[-1] == "还有税号"
            assert (await gapless(bench, case_id))[-1] == "件呢"
            for wrong in ({"entry_seqs": [999]}, {"interaction_ids": [str(mail.id)]}):
                refused = await agent.post(
                    f"/v1/cases/{case_id}/split", json={**wrong, "case_type": "inquiry", "reason": "x"}
                )
                assert refused.status_code == 409, refused.text
            nothing = await agent.post(f"/v1/cases/{case_id}/split", json={"case_type": "inquiry", "reason": "x"})
            assert nothing.status_code == 400
        event = (await bench.world.wait_published(CaseSplit))[0]
        assert (event.case_id, event.new_case_id, event.interaction_ids) == (case_id, new, (mail.id,))
        assert {opened.case_id for opened in await bench.world.wait_published(CaseOpened, 2)} == {case_id, new}
