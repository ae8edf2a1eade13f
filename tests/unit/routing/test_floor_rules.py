"""Accumulating priority, callbacks, certificates, shifts and breaks, configurations: one small floor a rule."""

from typing import Any
from uuid import UUID

import pytest

from contracts.values import Channel
from routing.domain import commands as c
from routing.domain import decisions as d
from routing.domain.balance import Census, may_take, should_give
from routing.domain.configuration import Configuration
from routing.domain.parameters import ChannelRules, Parameters
from routing.domain.rules import QueueRules
from routing.domain.values import SECOND, Code, Presence
from tests.unit.routing.floors import CALM, FloorUnderTest


def of(floor: FloorUnderTest, kind: type[d.Decision]) -> list[Any]:
    """The decisions of one kind."""
    return [one for one in floor.decisions if isinstance(one, kind)]


def configured(floor: FloorUnderTest, **parts: Any) -> Code:
    """A whole configuration takes effect, or not."""
    queues = parts.pop("queues", [{"name": "general"}])
    wanted = Configuration.model_validate({"queues": queues, **parts})
    return floor.apply(c.Configure(floor.at, wanted, "test", None, None))


def certified(floor: FloorUnderTest, name: str, until: int, **skills: int) -> None:
    """An agent whose skills hold until an instant, available."""
    papers = {skill: c.Certificate(None, until * SECOND) for skill in skills}
    floor.apply(c.UpdateAgent(floor.at, name, None, c.AgentProfile(skills, frozenset(), 100, {}, 0, papers), None))
    floor.apply(c.SetPresence(floor.at, name, None, Presence.AVAILABLE, None))


class TestSlopes:
    def test_an_item_that_ages_faster_overtakes_an_older_one(self) -> None:
        floor = FloorUnderTest(slow={"needs": {"calls": 1}}, fast={"needs": {"calls": 1}, "slope": 3})
        floor.agent("ann", calls=1)
        floor.request("busy", queue="slow")
        floor.accept("busy")
        floor.request("old", queue="slow", age=100)
        floor.request("young", queue="fast", age=20)
        floor.wait(30)  # 130 s against 3 · 50 s
        floor.finish("busy")
        floor.wait(10)
        assert floor.offers() == {"young": "ann"}

    def test_before_that_it_comes_behind(self) -> None:
        floor = FloorUnderTest(slow={"needs": {"calls": 1}}, fast={"needs": {"calls": 1}, "slope": 3})
        floor.agent("ann", calls=1)
        floor.request("busy", queue="slow")
        floor.accept("busy")
        floor.request("old", queue="slow", age=100)
        floor.request("young", queue="fast", age=20)
        floor.finish("busy")
        floor.wait(10)  # 110 s against 3 · 30 s
        assert floor.offers() == {"old": "ann"}

    def test_priorities_may_have_slopes_of_their_own_and_newest_first_has_none(self) -> None:
        rules = QueueRules(name="q", slopes={1: 4}, slope=0.5)
        assert (rules.slopes[1], rules.slope) == (4, 0.5)
        with pytest.raises(ValueError, match="pays no heed"):
            QueueRules(name="q", slope=2, served="newest_first")


class TestRings:
    def test_a_call_rings_three_times_unless_the_parameters_say_otherwise(self) -> None:
        assert CALM.offer_seconds(Channel.VOICE) == 15
        assert Parameters(rings_before_missed=5, ring_seconds=6).offer_seconds(Channel.VOICE) == 30
        assert CALM.offer_seconds(Channel.CHAT) == 30
        nine = ChannelRules(cost=100, at_most=1, offer_seconds=9, wrap_up_seconds=0)
        assert Parameters(channels={**CALM.channels, Channel.VOICE: nine}).offer_seconds(Channel.VOICE) == 9


class TestCallbacks:
    def test_keeps_the_place_and_outlives_the_hang_up(self) -> None:
        floor = FloorUnderTest()
        floor.request("first", age=50)
        floor.request("second", age=40)
        assert floor.apply(c.RequestCallback(floor.at, floor.id_of("first"))) is Code.DONE
        assert floor.apply(c.CancelWork(floor.at, floor.id_of("first"), "hung up", True)) is Code.CALLBACK_KEPT
        assert of(floor, d.CallbackPromised)[0].ahead == 0
        floor.agent("ann")
        assert floor.offers() == {"first": "ann"}
        assert of(floor, d.OfferMade)[-1].work.callback
        assert floor.apply(c.RequestCallback(floor.at, floor.id_of("first"))) is Code.UNCHANGED
        floor.accept("first")
        assert floor.apply(c.RequestCallback(floor.at, floor.id_of("first"))) is Code.NOT_WAITING

    def test_an_appointed_time_hides_it_until_then_and_a_chat_becomes_a_call(self) -> None:
        floor = FloorUnderTest()
        floor.agent("ann")
        floor.request("chat", "chat")
        due = floor.at + 120 * SECOND
        floor.apply(c.RequestCallback(floor.at, floor.id_of("chat"), due))
        assert (floor.state("chat"), floor.offers()) == ("waiting", {})
        floor.wait(119)
        assert floor.offers() == {}
        floor.wait(1)
        assert floor.offers() == {"chat": "ann"}
        assert of(floor, d.OfferMade)[-1].work.channel == "voice"

    def test_withdrawing_it_still_works(self) -> None:
        floor = FloorUnderTest()
        floor.request("one")
        floor.apply(c.RequestCallback(floor.at, floor.id_of("one")))
        assert floor.apply(c.CancelWork(floor.at, floor.id_of("one"), "no longer", False)) is Code.DONE
        assert floor.state("one") == "cancelled"


class TestCertificates:
    def test_a_skill_ends_at_the_instant_while_signed_in(self) -> None:
        floor = FloorUnderTest(danger={"needs": {"hazmat": 1}})
        certified(floor, "ann", until=floor.now + 60, hazmat=2)
        floor.wait(59.5)
        floor.request("in-time", "chat", queue="danger")
        assert floor.offers() == {"in-time": "ann"}
        floor.wait(0.5)
        assert floor.offers() == {}
        assert of(floor, d.OfferRescinded)[-1].reason == "skill_lapsed"
        assert of(floor, d.SkillsChanged)[-1].lost == ("hazmat",)
        floor.request("too-late", "chat", queue="danger")
        assert floor.offers() == {}

    def test_work_in_hand_stays_and_a_new_certificate_gives_the_skill_back(self) -> None:
        floor = FloorUnderTest(danger={"needs": {"hazmat": 1}})
        certified(floor, "ann", until=floor.now + 60, hazmat=2)
        floor.request("one", "chat", queue="danger")
        floor.accept("one")
        floor.wait(61)
        assert floor.held_by("one") == "ann"
        floor.request("two", "chat", queue="danger")
        certified(floor, "ann", until=floor.now + 600, hazmat=2)
        assert floor.offers() == {"two": "ann"}


class TestPlan:
    def plan(self, floor: FloorUnderTest, *stretches: tuple[int, int, str]) -> Code:
        shifts = tuple(c.Shift((floor.now + a) * SECOND, (floor.now + b) * SECOND, kind) for a, b, kind in stretches)
        return floor.apply(c.SetShifts(floor.at, "ann", shifts))

    def test_leaving_the_plan_is_reported_after_the_tolerance_and_coming_back_at_once(self) -> None:
        floor = FloorUnderTest()
        configured(floor, adherence_tolerance_seconds=120)
        floor.agent("ann")
        self.plan(floor, (0, 1800, "work"), (1800, 2400, "break"))
        floor.away("ann")
        floor.wait(119)
        assert of(floor, d.AdherenceChanged) == []
        floor.wait(1)
        floor.back("ann")
        floor.wait(1800 - 120)  # the break begins, and the agent stays available
        floor.wait(120)
        told = [(one.cause, one.expected) for one in of(floor, d.AdherenceChanged)]
        assert told == [
            ("not_as_planned", Presence.AVAILABLE),
            (None, Presence.AVAILABLE),
            ("not_as_planned", Presence.AWAY),
        ]

    def test_a_plan_that_overlaps_or_runs_backwards_is_refused(self) -> None:
        floor = FloorUnderTest()
        floor.agent("ann")
        assert self.plan(floor, (0, 100, "work"), (50, 200, "break")) is Code.INVALID
        assert self.plan(floor, (100, 100, "work")) is Code.INVALID
        assert of(floor, d.ShiftsPlanned) == []

    def test_breaks_are_limited_in_number_and_length(self) -> None:
        floor = FloorUnderTest()
        configured(floor, breaks={"tea": {"at_once": 1, "most_seconds": 600}, "meal": {"stay_available": 1}})
        for name in ("ann", "bob", "cat"):
            floor.agent(name)

        def go(name: str, reason: str, by: str | None = None) -> Code:
            return floor.apply(c.SetPresence(floor.at, name, None, Presence.AWAY, reason, by))

        assert (go("ann", "tea"), go("bob", "tea"), go("bob", "meal")) == (
            Code.DONE,
            Code.BREAK_REFUSED,
            Code.DONE,
        )
        assert go("cat", "meal") is Code.BREAK_REFUSED
        assert go("cat", "meal", by="sue") is Code.DONE
        floor.wait(600)
        assert [(one.agent_id, one.cause) for one in of(floor, d.AdherenceChanged)] == [("ann", "break_too_long")]


class TestExcluded:
    def test_never_to_the_excluded_agent_not_even_by_hand(self) -> None:
        floor = FloorUnderTest()
        floor.agent("ann")
        work_id = UUID(int=7)
        work = c.WorkRequest(
            work_id, work_id, "C", None, "chat", "general", (), None, "ann", None, floor.at, excluded=("ann",)
        )
        floor.apply(c.RequestWork(floor.at, work, 5))
        assert of(floor, d.OfferMade) == []
        assert floor.apply(c.AssignWork(floor.at, work_id, "ann", None, "sue")) is Code.EXCLUDED
        floor.agent("bob")
        assert of(floor, d.OfferMade)[-1].agent_id == "bob"


class TestConfigurations:
    def test_all_or_nothing_and_the_reason(self) -> None:
        floor = FloorUnderTest()
        circle = [
            {"name": "general", "overflow": [{"when": "unstaffed", "to": "other"}]},
            {"name": "other", "overflow": [{"when": "waited", "limit": 5, "to": "general"}]},
        ]
        wanted = Configuration.model_validate({"queues": circle})
        result = floor.engine.apply(c.Configure(floor.at, wanted, "test", None, None))
        assert result.code is Code.INVALID and result.detail is not None
        assert {one["pointer"] for one in result.detail["errors"]} == {"/queues/0/overflow", "/queues/1/overflow"}
        assert floor.engine.floor.configured == 0
        assert configured(floor, queues=[{"name": "other"}]) is Code.INVALID  # the default queue is missing
        assert configured(floor, queues=[{"name": "general", "calendar": "nowhere"}]) is Code.INVALID
        assert configured(floor, queues=[{"name": "general", "needs": {"b": 1}}], skills={"a": {}}) is Code.INVALID

    def test_what_waits_in_a_removed_queue_waits_in_the_default_one(self) -> None:
        floor = FloorUnderTest()
        configured(floor, queues=[{"name": "general"}, {"name": "claims", "needs": {"claims": 1}}])
        floor.agent("cleo", claims=1)
        floor.request("held", "chat", queue="claims")
        floor.accept("held")
        floor.away("cleo")
        floor.request("waits", "chat", queue="claims", age=90)
        assert configured(floor) is Code.DONE
        assert of(floor, d.WorkQueued)[-1].because == "queue_removed"
        floor.agent("ann")
        assert floor.offers() == {"waits": "ann"}
        assert floor.finish("held") is Code.DONE
        assert configured(floor, queues=[{"name": "general"}, {"name": "claims"}]) is Code.DONE
        assert floor.engine.floor.queues["claims"].version == 2

    def test_a_skill_that_goes_strands_nobody(self) -> None:
        floor = FloorUnderTest()
        configured(floor, skills={"tracking": {}, "old": {}})
        floor.agent("ann", tracking=1)
        floor.request("one", "chat", needs={"old": 2})
        assert floor.offers() == {}
        configured(floor, skills={"tracking": {}})
        assert floor.offers() == {"one": "ann"}
        profile = c.AgentProfile({"old": 1}, frozenset(), 100, {}, 0)
        assert floor.apply(c.UpdateAgent(floor.at, "bob", None, profile, None)) is Code.INVALID

    def test_utilisation_profiles_follow_and_cannot_go_below_use(self) -> None:
        floor = FloorUnderTest()
        configured(floor, profiles={"writer": {"capacity": 60, "at_most": {"chat": 2}}})
        profile = c.AgentProfile({}, frozenset(), 100, {}, 0, {}, "writer")
        floor.apply(c.UpdateAgent(floor.at, "ann", None, profile, None))
        floor.apply(c.SetPresence(floor.at, "ann", None, Presence.AVAILABLE, None))
        for name in ("a", "b", "c"):
            floor.request(name, "chat")
        assert sorted(floor.offers()) == ["a", "b"]
        assert configured(floor, profiles={"writer": {"capacity": 30}}) is Code.INVALID
        assert configured(floor) is Code.INVALID  # ann's profile would be missing
        assert configured(floor, profiles={"writer": {"capacity": 90}}) is Code.DONE
        assert sorted(floor.offers()) == ["a", "b", "c"]

    def test_the_dry_run_tells_who_and_what_is_hit_and_changes_nothing(self) -> None:
        floor = FloorUnderTest()
        configured(floor, queues=[{"name": "general", "needs": {"calls": 1}}, {"name": "claims"}], skills={"calls": {}})
        floor.agent("ann", calls=1)
        floor.request("one", "chat", queue="claims")
        floor.accept("one")
        floor.away("ann")
        floor.request("two", "chat", queue="claims")
        floor.request("three", "chat", needs={"calls": 1})
        wanted = Configuration.model_validate({"queues": [{"name": "general", "needs": {"letters": 2}}]})
        result = floor.engine.apply(c.TryConfiguration(floor.at, wanted))
        told = result.detail
        assert told is not None and told["errors"] == []
        assert (told["queues_removed"], told["queues_changed"]) == (["claims"], {"general": ["needs"]})
        assert (told["items_moved"]["number"], told["items_stranded"]["number"]) == (1, 2)
        assert told["agents_without_queue"] == {"number": 1, "agent_ids": ["ann"]}
        assert result.decisions == [] and floor.engine.floor.configured == 1

    def test_calendars_are_shared_by_name(self) -> None:
        floor = FloorUnderTest()
        week = {day: [{"from": "00:00", "to": "24:00"}] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
        queues = [{"name": "general", "calendar": "office"}]
        holiday = {"1970-01-12": []}  # the day the floor lives on
        open_ = {"office": {"time_zone": "UTC", "week": week}}
        configured(floor, queues=queues, calendars={"office": {"time_zone": "UTC", "week": week, "dates": holiday}})
        floor.agent("ann")
        floor.request("one", "chat")
        assert floor.offers() == {}
        configured(floor, queues=queues, calendars=open_)
        assert floor.offers() == {"one": "ann"}


class TestBalance:
    def test_domains_end_up_evenly_spread(self) -> None:
        assert may_take(Census({}, frozenset()), 5)
        assert may_take(Census({1: 2, 2: 3}, frozenset()), 2) and not may_take(Census({1: 1}, frozenset()), 2)
        assert should_give(Census({1: 0}, frozenset()), 2) and not should_give(Census({1: 1}, frozenset()), 2)
        assert not should_give(Census({}, frozenset()), 9)


class TestUnstaffed:
    def test_what_waits_moves_on_when_the_last_who_could_have_it_leaves(self) -> None:
        floor = FloorUnderTest(claims={"needs": {"claims": 1}, "overflow": [{"when": "unstaffed", "to": "general"}]})
        floor.agent("cleo", claims=1)
        floor.agent("ann")
        floor.request("held", queue="claims")
        floor.accept("held")
        floor.request("waits", queue="claims", age=60)
        assert floor.offers() == {}
        floor.away("cleo")  # away is not gone
        assert floor.offers() == {}
        floor.away("cleo", Presence.OFFLINE)
        assert floor.offers() == {"waits": "ann"}
        assert of(floor, d.WorkQueued)[-1].because == "overflow/unstaffed"
