"""Search in Chinese and English, by number and by words, within what the caller may read."""

import pytest

from tests.contract.cases.conftest import Bench


async def filled(bench: Bench) -> None:
    """Three customers with something to find."""
    await bench.owned_case("我的快递破损了 SF1234567890123", address="+8613800000001")
    await bench.owned_case("the box arrived damaged yesterday", address="+8613800000002")
    await bench.owned_case("快递员态度很好", agent="agent-2", address="+8613800000003")


class TestSearch:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("破损", ["我的快递破损了 SF1234567890123"]),
            ("快递破损", ["我的快递破损了 SF1234567890123"]),
            ("破", ["我的快递破损了 SF1234567890123"]),
            ("快递", ["快递员态度很好", "我的快递破损了 SF1234567890123"]),
            ("损破", []),
            ("DAMAGED box", ["the box arrived damaged yesterday"]),
            ("dama", []),
            ("sf1234567890123", ["我的快递破损了 SF1234567890123"]),
            ("破损 damaged", []),
            ("' & | ! ( 破损", ["我的快递破损了 SF1234567890123"]),
        ],
    )
    async def test_words(self, bench: Bench, text: str, found: list[str]) -> None:
        await filled(bench)
        async with bench.supervisor() as boss:
            answer = (await boss.get("/v1/search", params={"q": text})).json()
        assert [hit["snippet"] for hit in answer["entries"]] == found

    async def test_numbers_lead_to_their_case(self, bench: Bench) -> None:
        await filled(bench)
        number = await bench.value("select case_no from service_case order by id limit 1")
        async with bench.supervisor() as boss:
            for text in (number, number.lower(), "sf 1234567890123"):
                answer = (await boss.get("/v1/search", params={"q": text})).json()
                assert [case["case_no"] for case in answer["cases"]] == [number]

    async def test_agents_find_what_they_may_read(self, bench: Bench) -> None:
        await filled(bench)
        async with bench.agent("agent-2") as agent:
            answer = (await agent.get("/v1/search", params={"q": "快递"})).json()
            assert [hit["snippet"] for hit in answer["entries"]] == ["快递员态度很好"]
            hidden = (await agent.get("/v1/search", params={"q": "SF1234567890123"})).json()
            assert hidden["cases"] == [] and hidden["entries"] == []
        assert await bench.value("select count(*) from audit where action = 'search'") == 2

    async def test_pages(self, bench: Bench) -> None:
        _, contact = await bench.owned_case("parcel 0")
        before = await bench.value("select count(*) from inbox")
        await bench.world.publish(*(contact.says(f"parcel {n}") for n in range(1, 7)))
        await bench.settled(before + 6)
        seen, cursor = [], None
        async with bench.agent() as agent:
            while True:
                params = {"q": "parcel", "limit": 3, **({"cursor": cursor} if cursor else {})}
                page = (await agent.get("/v1/search", params=params)).json()
                seen += [hit["snippet"] for hit in page["entries"]]
                cursor = page.get("next")
                if not cursor:
                    break
        assert seen == [f"parcel {n}" for n in range(6, -1, -1)]

    @pytest.mark.parametrize(
        "params",
        [{}, {"q": ""}, {"q": "x" * 10_000}, {"q": "!?。"}, {"q": "x", "cursor": "WzEsMl0"}, {"q": "x", "limit": 0}],
    )
    async def test_bad_input(self, bench: Bench, params: dict) -> None:
        async with bench.agent() as agent:
            refused = await agent.get("/v1/search", params=params)
        assert (refused.status_code, refused.headers["content-type"]) == (400, "application/problem+json")
