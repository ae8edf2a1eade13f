"""Who gets what: order of items, order of agents, skills, capacity, strict queues."""

import pytest

from routing.domain.decisions import OfferRescinded
from tests.unit.routing.floors import FloorUnderTest


class TestOrderOfItems:
    def test_the_longest_waiting_comes_first(self) -> None:
        floor = FloorUnderTest()
        floor.request("second", age=10)
        floor.request("first", age=20)
        floor.agent("ann")
        assert floor.offers() == {"first": "ann"}

    def test_a_point_of_priority_is_a_minute_of_head_start(self) -> None:
        floor = FloorUnderTest()
        floor.request("plain", age=59)
        floor.request("urgent", priority=4)
        floor.agent("ann")
        assert floor.offers() == {"urgent": "ann"}
        floor = FloorUnderTest()
        floor.request("plain", age=61)
        floor.request("urgent", priority=4)
        floor.agent("ann")
        assert floor.offers() == {"plain": "ann"}

    def test_an_item_nobody_free_may_have_blocks_nobody(self) -> None:
        floor = FloorUnderTest()
        floor.request("needs claims", needs={"claims": 1}, age=600, priority=1)
        floor.request("plain")
        floor.agent("ann")
        assert floor.offers() == {"plain": "ann"}

    def test_newest_first_queues_are_served_newest_first_and_after_the_others(self) -> None:
        floor = FloorUnderTest(mails={"served": "newest_first"})
        floor.request("old mail", "email", "mails", age=300)
        floor.request("new mail", "email", "mails", age=30)
        floor.request("chat", "chat", age=5)
        floor.agent("ann", capacity=50)
        assert list(floor.offers()) == ["chat", "new mail"]

    def test_a_changed_priority_changes_the_place(self) -> None:
        from routing.domain.commands import ChangePriority

        floor = FloorUnderTest()
        floor.request("one", age=100)
        floor.request("two")
        floor.apply(ChangePriority(floor.at, floor.id_of("two"), 1))
        floor.agent("ann")
        assert floor.offers() == {"two": "ann"}


class TestOrderOfAgents:
    @pytest.mark.parametrize(
        ("order", "winner"),
        [
            ("longest_idle", "ann"),
            ("linear", "cid"),
            ("best_proficiency", "bob"),
            ("least_flexible", "dan"),
        ],
    )
    def test_the_queue_says_who_is_first(self, order: str, winner: str) -> None:
        floor = FloorUnderTest(claims={"agent_order": order, "needs": {"claims": 1}})
        floor.agent("ann", claims=2, rank=3, other=1)
        floor.agent("bob", claims=5, rank=2, other=3)
        floor.agent("cid", claims=3, rank=1, other=1)
        floor.agent("dan", claims=1, rank=4)
        floor.request("item", queue="claims")
        assert floor.offers() == {"item": winner}

    def test_least_loaded(self) -> None:
        floor = FloorUnderTest(chats={"agent_order": "least_loaded"})
        floor.agent("ann", capacity=100)
        floor.agent("bob", capacity=200)
        for number in range(3):
            floor.request(f"chat {number}", "chat", "chats")
        assert floor.offers() == {"chat 0": "ann", "chat 1": "bob", "chat 2": "bob"}

    def test_fewest_handled_and_round_robin(self) -> None:
        for order in ("fewest_handled", "round_robin"):
            floor = FloorUnderTest(chats={"agent_order": order})
            floor.agent("ann")
            floor.agent("bob")
            takers = []
            for number in range(4):
                floor.now += 1
                floor.request(f"chat {number}", "chat", "chats")
                takers.append(floor.offers()[f"chat {number}"])
                floor.accept(f"chat {number}")
                floor.complete(f"chat {number}")
            assert takers == ["ann", "bob", "ann", "bob"], order

    def test_equal_agents_get_equally_much(self) -> None:
        """I14: with equal service times, calls of identical agents differ by at most one."""
        floor = FloorUnderTest()
        agents = ["ann", "bob", "cid"]
        for name in agents:
            floor.agent(name)
        calls = dict.fromkeys(agents, 0)
        for number in range(31):
            floor.now += 10
            floor.request(f"call {number}")
            calls[floor.offers()[f"call {number}"]] += 1
            floor.accept(f"call {number}")
            floor.now += 7
            floor.complete(f"call {number}")
        assert max(calls.values()) - min(calls.values()) <= 1


class TestSkills:
    def test_levels_count(self) -> None:
        floor = FloorUnderTest()
        floor.agent("ann", claims=2)
        floor.agent("bob", claims=4)
        floor.request("hard", needs={"claims": 3})
        assert floor.offers() == {"hard": "bob"}

    def test_alternatives_and_exclusions(self) -> None:
        floor = FloorUnderTest(mixed={"any_of": [{"claims": 3}, {"law": 1, "tracking": 1}], "none_of": ["trainee"]})
        floor.agent("ann", claims=2)
        floor.agent("bob", claims=5, trainee=1)
        floor.agent("cid", law=1, tracking=2)
        floor.request("item", queue="mixed")
        assert floor.offers() == {"item": "cid"}

    def test_the_language_is_a_skill_unless_the_queue_says_otherwise(self) -> None:
        floor = FloorUnderTest(any={"ask_language": False}, spoken={})
        floor.agent("ann", **{"language.en": 1})
        floor.request("zh", "chat", "spoken", language="zh-CN")
        floor.request("en", "chat", "spoken", language="en")
        floor.request("whatever", "chat", "any", language="zh-CN")
        assert floor.offers() == {"en": "ann", "whatever": "ann"}


class TestCapacity:
    def test_a_call_takes_the_whole_agent_and_chats_share(self) -> None:
        floor = FloorUnderTest()
        floor.agent("ann")
        for number in range(4):
            floor.request(f"chat {number}", "chat")
        floor.request("call", "voice", priority=1)
        assert set(floor.offers()) == {"chat 0", "chat 1", "chat 2"}
        for number in range(3):
            floor.accept(f"chat {number}")
            floor.complete(f"chat {number}")
        assert "call" not in floor.offers(), "the fourth chat came while there was room for a chat but not for a call"
        floor.accept("chat 3")
        floor.complete("chat 3")
        assert floor.offers() == {"call": "ann"}

    def test_own_limits_of_an_agent(self) -> None:
        floor = FloorUnderTest()
        floor.agent("ann", at_most={"chat": 1, "voice": 0})
        floor.request("call")
        floor.request("chat 0", "chat")
        floor.request("chat 1", "chat")
        assert floor.offers() == {"chat 0": "ann"}

    def test_wrap_up_holds_the_capacity_until_it_ends(self) -> None:
        floor = FloorUnderTest(calls={"wrap_up_seconds": 30})
        floor.agent("ann")
        floor.request("one", queue="calls")
        floor.accept("one")
        floor.finish("one")
        floor.request("two", queue="calls")
        assert (floor.state("one"), floor.offers()) == ("wrapping", {})
        floor.wait(30)
        assert (floor.state("one"), floor.offers()) == ("completed", {"two": "ann"})


EMERGENCY = {"strict": True, "may_rescind": True}


class TestStrictQueues:
    def test_strict_comes_before_any_wait_and_priority(self) -> None:
        floor = FloorUnderTest(emergency={"strict": True})
        floor.request("old", priority=1, age=86_400)
        floor.request("emergency", queue="emergency", priority=9)
        floor.agent("ann")
        assert floor.offers() == {"emergency": "ann"}

    def test_an_emergency_takes_back_offers_but_not_work(self) -> None:
        floor = FloorUnderTest(emergency=EMERGENCY)
        floor.agent("ann")
        floor.agent("bob")
        floor.request("in hand")
        floor.accept("in hand")
        floor.request("on offer")
        assert floor.offers() == {"on offer": "bob"}
        floor.request("emergency", queue="emergency")
        assert floor.offers() == {"emergency": "bob"}
        assert [one.reason for one in floor.made(OfferRescinded)] == ["emergency"]
        assert floor.state("on offer") == "waiting"

    def test_as_few_offers_as_needed_are_taken_back(self) -> None:
        floor = FloorUnderTest(emergency=EMERGENCY)
        floor.agent("ann", capacity=160)
        for number in range(3):
            floor.request(f"chat {number}", "chat", age=10 - number)
        floor.request("emergency", queue="emergency")
        assert set(floor.offers()) == {"chat 0", "chat 1", "emergency"}

    def test_an_emergency_that_found_nobody_is_served_when_work_ends(self) -> None:
        floor = FloorUnderTest(emergency=EMERGENCY)
        floor.agent("ann")
        floor.request("mail", "email")
        floor.accept("mail")
        floor.request("chat", "chat")
        floor.request("emergency", queue="emergency")
        assert floor.offers() == {"chat": "ann"}
        floor.complete("mail")
        assert floor.offers() == {"emergency": "ann"}
