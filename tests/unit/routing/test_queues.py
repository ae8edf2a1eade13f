"""Queues over time: relaxation, delays, overflow, transfers, new rules; and rules that are refused."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from routing.domain.decisions import WorkQueued, WorkWidened
from routing.domain.parameters import Parameters
from routing.domain.rules import QueueRules, conflicts
from routing.domain.values import Code, instant, micros
from routing.parameters import RoutingParameters
from routing.seeds import BadQueues, first_queues
from tests.unit.routing.floors import FloorUnderTest

RELAXING = {
    "needs": {"claims": 3},
    "relaxation": [
        {"after_seconds": 30, "lower": {"claims": 1}},
        {"after_seconds": 60, "drop": ["claims"], "drop_language": True},
    ],
}


class TestRelaxation:
    def test_asks_for_less_step_by_step_and_keeps_the_place(self) -> None:
        floor = FloorUnderTest(claims=RELAXING)
        floor.agent("ann", at_most={"voice": 1})
        floor.agent("bob", claims=1)
        floor.request("item", queue="claims")
        assert floor.offers() == {}
        key = floor.engine.floor.work[floor.id_of("item")].key
        floor.wait(30)
        assert floor.offers() == {"item": "bob"}
        floor.decline("item")
        floor.wait(29)
        assert floor.offers() == {}
        floor.wait(1)
        assert floor.offers() == {"item": "ann"}, "ann signed in first"
        assert floor.engine.floor.work[floor.id_of("item")].key == key
        assert [one.because for one in floor.made(WorkWidened)] == ["relaxation/1", "relaxation/2"]

    def test_the_time_the_offer_takes_counts(self) -> None:
        floor = FloorUnderTest(claims={**RELAXING, "offer_seconds": 100})
        floor.agent("bob", claims=3)
        floor.request("item", queue="claims")
        floor.wait(61)
        floor.agent("ann")
        floor.decline("item")
        assert floor.offers() == {"item": "ann"}


class TestDelays:
    def test_a_group_sees_items_only_after_its_delay(self) -> None:
        floor = FloorUnderTest(front={"delays": {"backoffice": 40}})
        floor.agent("ann", groups=("backoffice",))
        floor.request("item", queue="front")
        floor.wait(39)
        assert floor.offers() == {}
        floor.wait(1)
        assert floor.offers() == {"item": "ann"}


class TestOverflow:
    def test_after_a_wait_on_to_another_queue_with_the_old_place(self) -> None:
        floor = FloorUnderTest(back={"needs": {"back": 1}})
        floor.configure("front", needs={"front": 1}, overflow=[{"when": "waited", "limit": 45, "to": "back"}])
        floor.agent("ann", back=1)
        floor.request("item", queue="front")
        floor.wait(44)
        assert floor.offers() == {}
        floor.request("younger", queue="back")
        assert floor.offers() == {"younger": "ann"}
        floor.decline("younger")
        floor.wait(1)
        assert floor.offers() == {"item": "ann"}
        assert [one.because for one in floor.made(WorkQueued)] == ["requested", "requested", "overflow/waited"]

    def test_when_the_queue_is_long_or_nobody_is_there(self) -> None:
        floor = FloorUnderTest(back={})
        floor.configure("long", needs={"x": 1}, overflow=[{"when": "length", "limit": 1, "to": "back"}])
        floor.configure("empty", needs={"y": 1}, overflow=[{"when": "unstaffed", "to": "long"}])
        floor.agent("ann", x=1)
        floor.away("ann")
        floor.request("one", queue="empty")
        floor.request("two", queue="empty")
        assert [one.queue for one in floor.made(WorkQueued)] == ["long", "back"]


class TestTransfers:
    def test_released_work_keeps_its_place_and_is_not_offered_back_at_once(self) -> None:
        floor = FloorUnderTest()
        floor.agent("ann")
        floor.request("item", age=100)
        floor.accept("item")
        floor.release("item")
        assert floor.offers() == {}
        floor.request("younger", age=50)
        floor.agent("bob")
        assert floor.offers() == {"younger": "ann", "item": "bob"}

    def test_a_transfer_may_start_the_wait_anew(self) -> None:
        floor = FloorUnderTest(other={})
        floor.agent("ann")
        floor.request("item", age=100)
        floor.accept("item")
        assert floor.release("item", queue="nowhere") is Code.UNKNOWN_QUEUE
        floor.release("item", queue="other", keep_age=False)
        floor.away("ann")
        floor.request("younger", age=50)
        floor.agent("bob")
        assert floor.offers() == {"younger": "bob"}


class TestNewRules:
    def test_what_waits_follows_the_new_rules(self) -> None:
        floor = FloorUnderTest(front={"needs": {"x": 1}})
        floor.agent("ann")
        floor.request("item", queue="front")
        floor.configure("front", needs={})
        assert floor.offers() == {"item": "ann"}

    def test_a_skill_that_no_longer_exists_leaves_a_consistent_floor(self) -> None:
        floor = FloorUnderTest(front={"needs": {"x": 1}})
        floor.agent("ann", x=1)
        floor.request("item", queue="front")
        floor.accept("item")
        floor.request("next", queue="front")
        floor.agent("ann")
        floor.complete("item")
        assert floor.offers() == {}
        floor.agent("bob", x=1)
        assert floor.offers() == {"next": "bob"}


class TestRefusedRules:
    @pytest.mark.parametrize(
        ("rules", "says"),
        [
            ({"relaxation": [{"after_seconds": 9}, {"after_seconds": 9}]}, "in order"),
            ({"may_rescind": True}, "only a strict queue"),
            ({"strict": True, "served": "newest_first"}, "oldest first"),
            ({"needs": {"a": 1}, "none_of": ["a"]}, "nobody could ever"),
            ({"auto_accept": True, "offers_at_once": 2}, "must be 1"),
            ({"overflow": [{"when": "waited", "to": "b"}]}, "seconds to wait"),
            ({"needz": {}}, "Extra inputs"),
        ],
    )
    def test_each_says_why(self, rules: dict[str, object], says: str) -> None:
        with pytest.raises(ValidationError, match=says):
            QueueRules.model_validate({"name": "a", **rules})

    def test_circles_are_found_however_long(self) -> None:
        names = ["a", "b", "c"]
        queues = {
            name: QueueRules.model_validate({"name": name, "overflow": [{"when": "unstaffed", "to": to}]})
            for name, to in zip(names, [*names[1:], names[0]], strict=True)
        }
        assert [pointer for pointer, _ in conflicts(queues)] == ["/a/overflow", "/b/overflow", "/c/overflow"]

    def test_the_packaged_queues_are_in_order(self) -> None:
        names = [rules.name for rules in first_queues(None)]
        assert {"general", "tracking", "emergency"} <= set(names)

    def test_a_queue_file_with_a_fault_is_refused_with_the_reason(self, tmp_path: object) -> None:
        from pathlib import Path

        path = Path(str(tmp_path)) / "queues.yaml"
        path.write_text("- {name: a, overflow: [{when: unstaffed, to: b}]}", "utf-8")
        with pytest.raises(BadQueues, match="no queue b"):
            first_queues(path)
        path.write_text("- {name: a}\n- {name: a}", "utf-8")
        with pytest.raises(BadQueues, match="twice"):
            first_queues(path)


class TestParameters:
    def test_every_channel_needs_rules(self) -> None:
        with pytest.raises(ValidationError, match="no rules for sms"):
            Parameters(channels={key: value for key, value in Parameters().channels.items() if key != "sms"})

    def test_desks_must_be_heard_of_more_often_than_silence_is_taken_for_absence(self) -> None:
        with pytest.raises(ValidationError, match="at most half"):
            RoutingParameters(seen_every_seconds=20)

    def test_instants_survive_the_round_trip(self) -> None:
        moment = datetime(2026, 11, 21, 20, 15, 3, 123457, tzinfo=UTC)
        assert instant(micros(moment)) == moment
