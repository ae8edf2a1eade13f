"""Business hours, and what enters a queue while it is closed; other rules of time and place."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from routing.domain import commands as c
from routing.domain.decisions import WorkQueued, WorkWidened
from routing.domain.hours import Hours
from routing.domain.values import instant, micros
from tests.unit.routing.floors import FloorUnderTest

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = [{"from": "08:00", "to": "12:00"}, {"from": "13:30", "to": "20:00"}]
OFFICE = {"week": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), DAY), "dates": {"2026-10-01": []}}


def opening(hours: Hours, *moment: int) -> datetime:
    """When the queue opens, seen from this local time."""
    at = micros(datetime(*moment, tzinfo=ZoneInfo(hours.time_zone)))  # type: ignore[misc, arg-type]
    return instant(hours.opening(at)).astimezone(ZoneInfo(hours.time_zone))


class TestHours:
    @pytest.mark.parametrize(
        ("moment", "opens"),
        [
            ((2026, 9, 28, 9, 0), (2026, 9, 28, 9, 0)),
            ((2026, 9, 28, 12, 0), (2026, 9, 28, 13, 30)),
            ((2026, 9, 28, 20, 0), (2026, 9, 29, 8, 0)),
            ((2026, 9, 30, 21, 0), (2026, 10, 2, 8, 0)),  # 1 October is a holiday
            ((2026, 10, 2, 20, 0), (2026, 10, 5, 8, 0)),  # over the weekend
        ],
    )
    def test_open_now_or_at_the_next_opening(self, moment: tuple[int, ...], opens: tuple[int, ...]) -> None:
        assert opening(Hours.model_validate(OFFICE), *moment) == datetime(*opens, tzinfo=SHANGHAI)  # type: ignore[misc, arg-type]

    def test_the_clock_of_the_place_decides_also_when_it_is_put_forward(self) -> None:
        hours = Hours.model_validate(
            {"time_zone": "Europe/Berlin", "week": {"sun": [{"from": "08:00", "to": "24:00"}]}}
        )
        opens = opening(hours, 2026, 3, 28, 12, 0)  # the clocks change in that night
        assert opens == datetime(2026, 3, 29, 8, 0, tzinfo=ZoneInfo("Europe/Berlin"))
        assert opens.utcoffset() != datetime(2026, 3, 28, 12, 0, tzinfo=ZoneInfo("Europe/Berlin")).utcoffset()

    @pytest.mark.parametrize(
        ("hours", "says"),
        [
            ({"week": {"mon": [{"from": "20:00", "to": "08:00"}]}}, "two openings"),
            ({"week": {"mon": []}}, "at least one opening"),
            ({"time_zone": "Mars/Olympus", "week": {"mon": DAY}}, "not an IANA time zone"),
            ({"week": {"mon": [{"from": "8", "to": "24:00"}]}}, "pattern"),
        ],
    )
    def test_hours_that_cannot_be_are_refused(self, hours: dict[str, object], says: str) -> None:
        with pytest.raises(ValidationError, match=says):
            Hours.model_validate(hours)


class TestClosedQueues:
    def closed(self, **more: object) -> FloorUnderTest:
        """A floor at 07:59:00 in Shanghai, on a Monday, with a queue that opens at eight."""
        floor = FloorUnderTest(night={})
        floor.configure("day", hours=OFFICE, **more)
        floor.now = round(datetime(2026, 9, 28, 7, 58, 59, tzinfo=SHANGHAI).timestamp())
        floor.agent("ann")
        return floor

    def test_what_enters_is_held_until_the_opening_and_then_has_its_place(self) -> None:
        floor = self.closed()
        floor.request("early", queue="day")
        floor.wait(59)
        assert floor.offers() == {}
        floor.wait(1)
        assert floor.offers() == {"early": "ann"}

    def test_steps_and_preferences_count_from_the_opening(self) -> None:
        floor = self.closed(needs={"x": 1}, relaxation=[{"after_seconds": 30, "drop": ["x"]}])
        floor.request("early", queue="day")
        floor.wait(60 + 29)
        assert floor.offers() == {}
        floor.wait(1)
        assert floor.offers() == {"early": "ann"}

    def test_or_it_goes_elsewhere(self) -> None:
        floor = self.closed(overflow=[{"when": "closed", "to": "night"}])
        floor.request("early", queue="day")
        assert floor.offers() == {"early": "ann"}
        assert [(one.queue, one.because) for one in floor.made(WorkQueued)] == [("night", "overflow/closed")]

    def test_new_hours_apply_to_what_is_held(self) -> None:
        floor = self.closed()
        floor.request("early", queue="day")
        floor.configure("day")
        assert floor.offers() == {"early": "ann"}


class TestMoreRules:
    def test_an_interrupting_queue_reaches_agents_who_are_full_of_other_channels(self) -> None:
        floor = FloorUnderTest(emergency={"strict": True, "interrupts": ["email"]})
        floor.agent("ann")
        for number in range(4):
            floor.request(f"mail {number}", "email")
            floor.accept(f"mail {number}")
        floor.agent("bob")
        floor.request("chat", "chat")
        floor.accept("chat", "bob")
        floor.request("emergency", queue="emergency")
        floor.request("second emergency", queue="emergency")
        assert floor.offers() == {"emergency": "ann"}, "a chat is not interruptible, and ann has one emergency already"
        assert floor.engine.floor.agents["ann"].used == 180

    def test_expected_wait_sends_newcomers_elsewhere(self) -> None:
        floor = FloorUnderTest(other={})
        floor.configure("busy", overflow=[{"when": "expected_wait", "limit": 60, "to": "other"}])
        floor.agent("ann")
        for number in range(6):
            floor.request(f"call {number}", queue="busy")
            floor.accept(f"call {number}")
            floor.wait(20)
            floor.complete(f"call {number}")
        floor.request("one", queue="busy")
        floor.accept("one")
        for name in ("two", "three", "four", "five"):
            floor.request(name, queue="busy")
        assert [one.queue for one in floor.made(WorkQueued)][-4:] == ["busy", "busy", "busy", "other"]

    def test_a_step_that_nobody_there_needs_is_skipped(self) -> None:
        rules = {"needs": {"x": 1}, "relaxation": [{"after_seconds": 60, "drop": ["x"], "at_once_if_unstaffed": True}]}
        floor = FloorUnderTest(front=rules)
        floor.agent("ann")
        floor.request("nobody knows x", queue="front")
        assert floor.offers() == {"nobody knows x": "ann"}
        assert [one.because for one in floor.made(WorkWidened)] == ["relaxation/1"]
        floor = FloorUnderTest(front=rules)
        floor.agent("ann")
        floor.agent("bob", x=1)
        floor.away("bob")
        floor.request("bob is at lunch", queue="front")
        assert floor.offers() == {}

    def test_queues_and_items_can_be_given_a_head_start(self) -> None:
        floor = FloorUnderTest(vip={"head_start_seconds": 120})
        floor.request("plain", age=100)
        floor.request("vip", queue="vip")
        floor.request("adjusted", age=10)
        floor.apply(c.AdjustAge(floor.at, floor.id_of("adjusted"), 200))
        floor.agent("ann")
        assert floor.offers() == {"adjusted": "ann"}
        floor.decline("adjusted")
        assert floor.offers() == {"vip": "ann"}
