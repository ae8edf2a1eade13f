"""Offers and what follows: declining, missing, several at once, preferred agents, going away."""

from routing.domain import commands as c
from routing.domain.decisions import OfferMade, OfferRescinded, PresenceChanged, WorkAccepted, WorkCompleted
from routing.domain.parameters import Parameters
from routing.domain.values import Code, Presence
from tests.unit.routing.floors import FloorUnderTest


class TestCoolDown:
    def test_a_declined_item_goes_to_the_next_agent_and_keeps_its_place(self) -> None:
        floor = FloorUnderTest()
        floor.agent("ann")
        floor.agent("bob")
        floor.request("item")
        floor.decline("item")
        assert floor.offers() == {"item": "bob"}
        floor.decline("item")
        assert floor.offers() == {}
        floor.wait(29)
        assert floor.offers() == {}
        floor.wait(1)
        assert floor.offers() == {"item": "ann"}

    def test_the_agent_who_declined_gets_the_next_item_meanwhile(self) -> None:
        floor = FloorUnderTest()
        floor.agent("ann")
        floor.request("unwanted", age=100)
        floor.request("other")
        floor.decline("unwanted")
        assert floor.offers() == {"other": "ann"}


class TestMisses:
    def test_the_second_miss_in_a_row_sets_the_agent_away(self) -> None:
        floor = FloorUnderTest()
        floor.agent("ann")
        floor.request("one")
        floor.wait(15)
        floor.wait(30)
        assert floor.offers() == {"one": "ann"}
        floor.wait(15)
        changed = floor.made(PresenceChanged)[-1]
        assert (changed.presence, changed.reason) == (Presence.AWAY, "missed")

    def test_an_acceptance_in_between_forgives(self) -> None:
        floor = FloorUnderTest()
        floor.agent("ann")
        floor.request("one")
        floor.wait(15)
        floor.request("two")
        floor.accept("two")
        floor.complete("two")
        floor.request("three", priority=1)
        floor.wait(15)
        assert floor.made(PresenceChanged)[-1].presence is Presence.AVAILABLE

    def test_no_timer_is_left_behind(self) -> None:
        """I8: without input, everything that was reserved is free again after the longest time-out."""
        floor = FloorUnderTest(Parameters(new_agent_skills={}))
        floor.agent("ann")
        floor.agent("bob")
        for number, channel in enumerate(("voice", "chat", "email", "sms", "voice")):
            floor.request(f"item {number}", channel)
        floor.wait(3600)
        assert floor.offers() == {}
        assert {agent.presence for agent in floor.engine.floor.agents.values()} == {Presence.OFFLINE}


class TestSeveralOffersAtOnce:
    def test_the_first_to_accept_has_it_and_the_others_are_told(self) -> None:
        floor = FloorUnderTest(shared={"offers_at_once": 2})
        for name in ("ann", "bob", "cid"):
            floor.agent(name)
        floor.request("item", queue="shared")
        assert floor.offered_to("item") == {"ann", "bob"}
        floor.accept("item", "bob")
        assert floor.held_by("item") == "bob"
        assert [(one.agent_id, one.reason) for one in floor.made(OfferRescinded)] == [("ann", "taken_by_another")]

    def test_who_declines_is_replaced(self) -> None:
        floor = FloorUnderTest(shared={"offers_at_once": 2})
        for name in ("ann", "bob", "cid"):
            floor.agent(name)
        floor.request("item", queue="shared")
        floor.decline("item")
        assert floor.offered_to("item") == {"bob", "cid"}

    def test_accepted_at_once_where_the_queue_says_so(self) -> None:
        floor = FloorUnderTest(auto={"auto_accept": True})
        floor.agent("ann")
        floor.request("item", "chat", "auto")
        assert floor.held_by("item") == "ann"
        assert floor.made(WorkAccepted)[0].by == "auto_accept"


class TestPreferredAgent:
    def test_waits_a_while_for_the_preferred_agent_although_others_are_free(self) -> None:
        floor = FloorUnderTest()
        floor.agent("ann")
        floor.agent("bob")
        floor.request("call", needs={})
        floor.accept("call")
        assert floor.held_by("call") == "ann"
        floor.request("again", preferred="ann")
        assert floor.offers() == {}
        floor.wait(19)
        floor.complete("call")
        assert floor.offers() == {"again": "ann"}

    def test_not_longer_than_that(self) -> None:
        floor = FloorUnderTest()
        floor.agent("ann")
        floor.agent("bob")
        floor.request("call")
        floor.accept("call")
        floor.request("again", preferred="ann")
        floor.wait(20)
        assert floor.offers() == {"again": "bob"}

    def test_not_at_all_for_an_agent_who_is_not_there(self) -> None:
        floor = FloorUnderTest()
        floor.agent("ann")
        floor.agent("bob")
        floor.away("ann")
        floor.request("one", preferred="ann")
        assert floor.offers() == {"one": "bob"}

    def test_leaving_or_declining_ends_the_wait(self) -> None:
        floor = FloorUnderTest()
        floor.agent("ann")
        floor.agent("bob")
        floor.request("call")
        floor.accept("call")
        floor.request("again", preferred="ann")
        floor.away("ann")
        assert floor.offers() == {"again": "bob"}
        floor.request("mail", "email", preferred="ann")
        assert floor.offers() == {"again": "bob"}

    def test_needs_no_skills(self) -> None:
        floor = FloorUnderTest()
        floor.agent("ann")
        floor.request("item", needs={"claims": 5}, preferred="ann")
        assert floor.offers() == {"item": "ann"}


class TestNoOps:
    def test_every_late_word_is_a_no_op_with_a_reason(self) -> None:
        """I9: accept, decline, time-out and hang-up in any order: one wins, the others are told why not."""
        floor = FloorUnderTest()
        floor.agent("ann")
        floor.request("item")
        offer = next(iter(floor.engine.floor.offers.values()))
        accept, decline = c.AcceptOffer(floor.at, offer.id, "ann"), c.DeclineOffer(floor.at, offer.id, "ann", None)
        assert floor.apply(c.AcceptOffer(floor.at, offer.id, "bob")) is Code.NOT_YOURS
        assert floor.apply(accept) is Code.DONE
        assert floor.apply(accept) is Code.ALREADY_ACCEPTED
        assert floor.apply(decline) is Code.ALREADY_ACCEPTED
        assert floor.finish("item") is Code.DONE
        assert floor.finish("item") is Code.ALREADY_ENDED
        assert floor.cancel("item") is Code.ALREADY_ENDED
        assert floor.complete("item") is Code.DONE
        assert floor.complete("item") is Code.ALREADY_ENDED
        assert floor.request("item") is Code.ALREADY_KNOWN
        assert len(floor.made(WorkCompleted)) == 1

    def test_an_offer_that_ran_out_cannot_be_accepted_even_if_nobody_ticked(self) -> None:
        floor = FloorUnderTest()
        floor.agent("ann")
        floor.request("item")
        offer = next(iter(floor.engine.floor.offers.values()))
        floor.now += 15
        assert floor.apply(c.AcceptOffer(floor.at, offer.id, "ann")) is Code.OFFER_TIMED_OUT
        assert len(floor.made(OfferMade)) == 1

    def test_a_clock_that_jumps_back_undoes_nothing(self) -> None:
        floor = FloorUnderTest()
        floor.agent("ann")
        floor.request("item")
        before = floor.engine.next_due()
        floor.now -= 500
        assert floor.accept("item") is Code.DONE
        floor.request("later", "chat")
        assert floor.engine.floor.now > floor.at
        assert before is not None


class TestConnection:
    def test_silence_sets_offline_and_takes_offers_back(self) -> None:
        floor = FloorUnderTest(Parameters(new_agent_skills={}, presence_grace_seconds=30))
        floor.agent("ann")
        floor.request("kept", "chat")
        floor.accept("kept")
        floor.wait(20)
        floor.apply(c.AgentsSeen(floor.at, ("ann", "nobody")))
        floor.wait(20)
        floor.request("item", "email")
        assert floor.offers() == {"item": "ann"}
        floor.wait(10)
        assert floor.offers() == {}
        changed = floor.made(PresenceChanged)[-1]
        assert (changed.presence, changed.reason) == (Presence.OFFLINE, "connection_lost")
        assert floor.held_by("kept") == "ann"
