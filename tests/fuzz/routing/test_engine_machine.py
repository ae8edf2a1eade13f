"""The engine against a naive oracle, under commands in any order, repeated, late, and with crashes in between.

Small in `make test`; `make fuzz` runs more than 200,000 steps, counts them and fails if there were fewer.
"""

import os
from collections import Counter
from dataclasses import replace
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from routing.domain import commands as c
from routing.domain import decisions as d
from routing.domain.configuration import Configuration
from routing.domain.engine import Engine
from routing.domain.hours import Weekday
from routing.domain.memory import rebuild, remember
from routing.domain.parameters import Parameters
from routing.domain.rules import QueueRules
from routing.domain.skills import Need
from routing.domain.values import SECOND, Code, Micros, Presence, WorkState
from tests.fuzz.routing.floor_checks import check
from tests.fuzz.routing.naive import Naive

START = 1_799_971_200 * SECOND  # midnight, UTC
CHANNELS = ["voice", "chat", "sms", "email"]
QUEUES = ["general", "tracking", "emergency", "back"]
AGENTS = [f"agent-{number}" for number in range(5)]
SKILLS = ["tracking", "claims", "language.en", "language.zh-CN"]
PARAMETERS = Parameters(presence_grace_seconds=60, new_agent_skills={"tracking": 2, "language.en": 3})

skills = st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 5), max_size=3)
spans = st.sampled_from([1, 5, 15, 20, 30, 45, 60, 120])
needs = st.lists(
    st.builds(Need, st.sampled_from(SKILLS), st.integers(1, 3)), max_size=2, unique_by=lambda one: one.skill
)
relaxations = st.lists(
    st.fixed_dictionaries(
        {"after_seconds": spans},
        optional={
            "drop": st.lists(st.sampled_from(SKILLS), max_size=2),
            "drop_language": st.booleans(),
            "lower": st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 2), max_size=1),
            "at_once_if_unstaffed": st.booleans(),
        },
    ),
    max_size=3,
    unique_by=lambda step: step["after_seconds"],
).map(lambda steps: sorted(steps, key=lambda step: step["after_seconds"]))
overflows = st.lists(
    st.one_of(
        st.fixed_dictionaries({"when": st.just("waited"), "limit": spans, "to": st.sampled_from(QUEUES)}),
        st.fixed_dictionaries({"when": st.just("length"), "limit": st.integers(0, 3), "to": st.sampled_from(QUEUES)}),
        st.fixed_dictionaries({"when": st.just("unstaffed"), "to": st.sampled_from(QUEUES)}),
        st.fixed_dictionaries({"when": st.just("expected_wait"), "limit": spans, "to": st.sampled_from(QUEUES)}),
    ),
    max_size=2,
)
ORDERS = [
    "longest_idle", "least_loaded", "fewest_handled", "round_robin", "linear", "best_proficiency", "least_flexible",
]  # fmt: skip
CERTIFICATES = st.dictionaries(
    st.sampled_from(SKILLS),
    st.tuples(st.sampled_from([None, -60, 5, 40]), st.sampled_from([None, 20, 90, 300])),
    max_size=2,
)
KINDS = st.sampled_from(["work", "work", "break"])
CALENDARS = st.dictionaries(st.sampled_from(["office", "night"]), st.integers(0, 4), min_size=2)
rule_sets = st.fixed_dictionaries(
    {"name": st.sampled_from(QUEUES)},
    optional={
        "needs": st.dictionaries(st.sampled_from(SKILLS[:2]), st.integers(1, 3), max_size=1),
        "any_of": st.lists(st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 3), max_size=2), max_size=2),
        "none_of": st.lists(st.sampled_from(SKILLS[2:]), max_size=1),
        "ask_language": st.booleans(),
        "emergency": st.booleans(),
        "interrupts": st.lists(st.sampled_from(CHANNELS), max_size=2),
        "head_start_seconds": st.sampled_from([0, 30, -30]),
        "slope": st.sampled_from([1, 0.5, 2, 3.333]),
        "slopes": st.dictionaries(st.integers(1, 9), st.sampled_from([0.25, 1, 4]), max_size=2),
        "minutes_closed": st.integers(0, 3),
        "calendar": st.sampled_from(["office", "night"]),
        "served": st.sampled_from(["oldest_first", "newest_first"]),
        "agent_order": st.sampled_from(ORDERS),
        "offers_at_once": st.integers(1, 3),
        "auto_accept": st.booleans(),
        "offer_seconds": spans,
        "wrap_up_seconds": st.sampled_from([0, 10, 30]),
        "preferred_wait_seconds": st.sampled_from([0, 20, 40]),
        "relaxation": relaxations,
        "delays": st.dictionaries(st.sampled_from(["back", "team"]), spans, max_size=2),
        "overflow": overflows,
        "closed": st.lists(
            st.fixed_dictionaries({"when": st.just("closed"), "to": st.sampled_from(QUEUES)}), max_size=1
        ),
    },
)


def hours(minutes: int) -> dict[str, Any]:
    """Open from so many minutes past midnight; the machine starts at midnight."""
    openings = [{"from": f"00:{minutes:02}", "to": "24:00"}]
    return {"time_zone": "UTC", "week": {day: openings for day in Weekday}}  # noqa: C420


def make_rules(raw: dict[str, Any]) -> QueueRules:
    """Turns a drawn dictionary into rules that pass their own validation."""
    raw = dict(raw)
    if raw.pop("emergency", False):
        raw |= {"strict": True, "may_rescind": True, "served": "oldest_first"}
    else:
        raw.pop("interrupts", None)
    minutes = raw.pop("minutes_closed", 0)
    if minutes and "calendar" not in raw:
        raw["hours"] = hours(minutes)
    if minutes:
        raw["overflow"] = [*raw.get("overflow", []), *raw.pop("closed", [])]
    raw.pop("closed", None)
    if raw.get("served") == "newest_first":
        raw.pop("slope", None), raw.pop("slopes", None)
    if raw.get("auto_accept"):
        raw["offers_at_once"] = 1
    return QueueRules.model_validate(raw)


def facts(decisions: list[d.Decision]) -> list[tuple[Any, ...]]:
    """Decisions in the oracle's words."""
    found: list[tuple[Any, ...]] = []
    for one in decisions:
        kind = type(one).__name__
        match one:
            case d.WorkQueued():
                found.append((kind, one.work.id, one.queue, one.because))
            case d.OfferMade():
                found.append((kind, one.work.id, one.agent_id, one.offer_id, one.expires))
            case d.OfferDeclined() | d.OfferRescinded():
                found.append((kind, one.work.id, one.agent_id, one.offer_id, one.reason))
            case d.OfferTimedOut():
                found.append((kind, one.work.id, one.agent_id, one.offer_id))
            case d.WorkAccepted():
                found.append((kind, one.work.id, one.agent_id, one.waited, one.by))
            case d.WorkReleased():
                found.append((kind, one.work.id, one.agent_id, one.reason))
            case d.WrapUpStarted():
                found.append((kind, one.work.id, one.agent_id, one.until))
            case d.WorkCompleted():
                found.append((kind, one.work.id, one.agent_id, one.handled, one.wrap_up))
            case d.WorkEnded():
                found.append((kind, one.work.id, one.reason, one.abandoned))
            case d.PriorityChanged():
                found.append((kind, one.work.id, one.priority))
            case d.AgeAdjusted():
                found.append((kind, one.work.id, one.seconds))
            case d.CallbackPromised():
                found.append((kind, one.work.id, one.queue, one.due))
            case d.SkillsChanged():
                found.append((kind, one.agent_id, one.gained, one.lost))
            case d.AdherenceChanged():
                found.append((kind, one.agent_id, one.cause, one.expected, one.presence))
            case d.PresenceChanged():
                found.append((kind, one.agent_id, one.presence.value, one.reason))
    return found


class RoutingMachine(RuleBasedStateMachine):
    """Draws commands, applies each to the engine and to the oracle, and compares everything they decide."""

    def __init__(self) -> None:
        super().__init__()
        self.engine = Engine(PARAMETERS, self._ids(count(1)))
        self.naive = Naive(PARAMETERS)
        self.now: Micros = START
        self.items: list[UUID] = []
        self.offers: list[tuple[UUID, str]] = []
        self.sent: list[c.Command] = []
        self.ends: Counter[str] = Counter()
        self.failed = True
        self.refused: dict[tuple[UUID, str], Micros] = {}
        self.places: dict[UUID, tuple[Any, ...]] = {}

    def _ids(self, numbers: Any) -> Any:
        self._numbers = numbers
        return lambda: UUID(int=next(self._numbers))

    def send(self, command: c.Command) -> None:
        self.failed = True  # until the comparison is through
        result = self.engine.apply(command)
        done, expected = self.naive.apply(command)
        found = facts(result.decisions)
        assert Counter(found) == Counter(expected), (command, found, expected)
        offers = [fact for fact in found if fact[0] == "OfferMade"]
        assert offers == [fact for fact in expected if fact[0] == "OfferMade"]
        assert (result.code is Code.DONE) is done, (command, result.code)
        self.offers += [(fact[3], fact[2]) for fact in offers]
        self._check_cooldown(found)
        for fact in found:  # I10
            self.ends["completed"] += fact[0] == "WorkCompleted"
            self.ends["abandoned"] += fact[0] == "WorkEnded" and fact[3]
            self.ends["cancelled"] += fact[0] == "WorkEnded" and not fact[3]
        self.sent = [*self.sent[-30:], command]
        self.failed = False

    def _check_cooldown(self, found: list[tuple[Any, ...]]) -> None:
        """I15: whoever refused an item is not offered it again within the cool-down."""
        cooldown = round(PARAMETERS.cooldown_seconds * SECOND)
        now = self.engine.floor.now
        for fact in found:
            if fact[0] == "OfferMade":
                assert now - self.refused.get((fact[1], fact[2]), -cooldown) >= cooldown
            elif fact[0] in ("OfferDeclined", "OfferTimedOut", "WorkReleased"):
                self.refused[fact[1], fact[2]] = now

    def at(self) -> Micros:
        self.now += SECOND // 10
        return self.now

    @initialize(raw=st.lists(rule_sets, max_size=3))
    def configure_first(self, raw: list[dict[str, Any]]) -> None:
        for number in range(3):
            self.send(c.SetPresence(self.at(), AGENTS[number], f"Agent {number}", Presence.AVAILABLE, None))
        for one in raw:
            self.send(c.ConfigureQueue(self.at(), make_rules(one), "test", None))

    @rule(raw=rule_sets)
    def configure(self, raw: dict[str, Any]) -> None:
        self.send(c.ConfigureQueue(self.at(), make_rules(raw), "test", None))

    @rule(
        channel=st.sampled_from(CHANNELS),
        queue=st.sampled_from([*QUEUES, "no-such"]),
        needs=needs,
        language=st.sampled_from([None, "en", "zh-CN"]),
        preferred=st.sampled_from([None, None, *AGENTS[:3]]),
        age=st.sampled_from([0, 0, 10, 90, 600]),
        priority=st.integers(1, 9),
        excluded=st.lists(st.sampled_from(AGENTS[:3]), max_size=1),
    )
    def request(
        self,
        channel: str,
        queue: str,
        needs: list[Need],
        language: str | None,
        preferred: str | None,
        age: int,
        priority: int,
        excluded: list[str],
    ) -> None:
        self._request(channel, queue, tuple(needs), language, preferred, age, priority, tuple(excluded))

    @rule(channel=st.sampled_from(CHANNELS), number=st.integers(2, 6), queue=st.sampled_from(QUEUES))
    def request_many_alike(self, channel: str, number: int, queue: str) -> None:
        for _ in range(number):
            self._request(channel, queue, (), None, None, 0, 5)

    def _request(
        self, channel: str, queue: str, asked: tuple[Need, ...], language: str | None, preferred: str | None, age: int,
        priority: int, excluded: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        work_id = UUID(int=10**6 + len(self.items))
        self.items.append(work_id)
        at = self.at()
        request = c.WorkRequest(
            work_id, work_id, "C-1", None, channel, queue, asked, language, preferred, None, at - age * SECOND,
            excluded=excluded,
        )  # fmt: skip
        self.send(c.RequestWork(at, request, priority))

    def item(self, pick: int) -> UUID:
        return self.items[-1 - pick % min(len(self.items), 12)] if self.items else UUID(int=5)

    @rule(
        raw=st.lists(rule_sets, max_size=3, unique_by=lambda one: one["name"]),
        catalogue=st.lists(st.sampled_from(SKILLS[:2]), max_size=2, unique=True),
        calendars=CALENDARS,
        capacity=st.sampled_from([60, 100]),
        breaks=st.dictionaries(
            st.sampled_from(["lunch", "tea"]),
            st.fixed_dictionaries(
                {}, optional={"at_once": st.integers(0, 2), "stay_available": st.integers(0, 2), "most_seconds": spans}
            ),
            max_size=2,
        ),
        tolerance=spans,
        stale=st.integers(0, 9),
        keep=st.booleans(),
    )
    def configure_everything(
        self,
        raw: list[dict[str, Any]],
        catalogue: list[str],
        calendars: dict[str, int],
        capacity: int,
        breaks: dict[str, Any],
        tolerance: int,
        stale: int,
        keep: bool,
    ) -> None:
        queues = {one["name"]: make_rules(one) for one in raw}
        if keep:  # those in force stay, as in an edited draft; otherwise they go
            queues = {queue.rules.name: queue.rules for queue in self.engine.floor.queues.values()} | queues
        queues.setdefault("general", QueueRules(name="general"))
        wanted = Configuration(
            queues=tuple(queues.values()),
            skills={name: {} for name in catalogue},
            profiles={"shared": {"capacity": capacity, "at_most": {"chat": 2}}},
            calendars={name: hours(minutes) for name, minutes in calendars.items()},
            breaks=breaks,
            adherence_tolerance_seconds=tolerance,
        )
        asked = self.engine.apply(c.TryConfiguration(self.now, wanted))  # a dry run changes nothing
        assert not asked.decisions
        expected = None if stale else self.engine.floor.configured - 1
        self.send(c.Configure(self.at(), wanted, "test", None, expected))

    @rule(
        pick=st.integers(0, 20),
        due=st.sampled_from([None, None, 0, 20, 90]),
        channel=st.sampled_from(["voice", "voice", "chat"]),
    )
    def ask_for_callback(self, pick: int, due: int | None, channel: str) -> None:
        at = self.at()
        self.send(c.RequestCallback(at, self.item(pick), None if due is None else at + due * SECOND, channel))

    @rule(
        agent=st.sampled_from(AGENTS),
        plan=st.lists(st.tuples(st.integers(-60, 60), st.integers(0, 90), KINDS), max_size=4),
    )
    def plan_shifts(self, agent: str, plan: list[tuple[int, int, str]]) -> None:
        start, shifts = self.now, []
        for gap, length, kind in plan:
            start += gap * SECOND
            shifts.append(c.Shift(start, start + length * SECOND, kind))
            start += length * SECOND
        self.send(c.SetShifts(self.at(), agent, tuple(shifts)))

    @rule(pick=st.integers(0, 20), right=st.integers(0, 9))
    def accept(self, pick: int, right: int) -> None:
        if self.offers:
            offer_id, agent_id = self.offers[-1 - pick % min(len(self.offers), 8)]
            self.send(c.AcceptOffer(self.at(), offer_id, agent_id if right else AGENTS[pick % 5]))

    @rule()
    def accept_all(self) -> None:
        for offer in list(self.engine.floor.offers.values()):
            self.send(c.AcceptOffer(self.at(), offer.id, offer.agent.id))

    @rule(pick=st.integers(0, 20))
    def decline(self, pick: int) -> None:
        if self.offers:
            offer_id, agent_id = self.offers[-1 - pick % min(len(self.offers), 8)]
            self.send(c.DeclineOffer(self.at(), offer_id, agent_id, "busy"))

    @rule(pick=st.integers(0, 20))
    def finish(self, pick: int) -> None:
        self.send(c.FinishWork(self.at(), self.item(pick)))

    @rule(pick=st.integers(0, 20), abandoned=st.booleans())
    def hang_up(self, pick: int, abandoned: bool) -> None:
        self.send(c.CancelWork(self.at(), self.item(pick), "gone", abandoned))

    @rule(pick=st.integers(0, 20), agent=st.sampled_from([None, None, *AGENTS]))
    def complete(self, pick: int, agent: str | None) -> None:
        self.send(c.CompleteWork(self.at(), self.item(pick), agent))

    @rule(pick=st.integers(0, 20), queue=st.sampled_from([None, None, *QUEUES, "no-such"]), keep=st.booleans())
    def release(self, pick: int, queue: str | None, keep: bool) -> None:
        self.send(c.ReleaseWork(self.at(), self.item(pick), None, "handed over", queue, keep))

    @rule(pick=st.integers(0, 20), agent=st.sampled_from(AGENTS))
    def assign(self, pick: int, agent: str) -> None:
        self.send(c.AssignWork(self.at(), self.item(pick), agent, None, "supervisor"))

    @rule(pick=st.integers(0, 20), priority=st.integers(1, 9))
    def prioritise(self, pick: int, priority: int) -> None:
        self.send(c.ChangePriority(self.at(), self.item(pick), priority))

    @rule(pick=st.integers(0, 20), seconds=st.sampled_from([-120.0, -1.5, 30.0, 600.0]))
    def adjust_age(self, pick: int, seconds: float) -> None:
        self.send(c.AdjustAge(self.at(), self.item(pick), seconds))

    @rule(
        agent=st.sampled_from(AGENTS),
        presence=st.sampled_from(Presence),
        reason=st.sampled_from([None, "lunch", "tea"]),
        by=st.sampled_from([None, None, "supervisor"]),
    )
    def set_presence(self, agent: str, presence: Presence, reason: str | None, by: str | None) -> None:
        self.send(c.SetPresence(self.at(), agent, None, presence, reason, by))

    @rule()
    def everybody_available(self) -> None:
        for agent in AGENTS:
            self.send(c.SetPresence(self.at(), agent, None, Presence.AVAILABLE, None))

    @rule(
        agent=st.sampled_from(AGENTS),
        skills=skills,
        groups=st.frozensets(st.sampled_from(["back", "team"]), max_size=2),
        capacity=st.sampled_from([20, 60, 100, 200]),
        at_most=st.dictionaries(st.sampled_from(CHANNELS), st.integers(0, 3), max_size=2),
        rank=st.integers(0, 2),
        version=st.sampled_from([None, None, 0, 1, 2]),
        certificates=CERTIFICATES,
        utilisation=st.sampled_from([None, None, "shared"]),
    )
    def update_agent(
        self,
        agent: str,
        skills: dict[str, int],
        groups: frozenset[str],
        capacity: int,
        at_most: dict[str, int],
        rank: int,
        version: int | None,
        certificates: dict[str, tuple[int | None, int | None]],
        utilisation: str | None,
    ) -> None:
        papers = {
            name: c.Certificate(start and self.now + start * SECOND, end and self.now + end * SECOND)
            for name, (start, end) in certificates.items()
        }
        profile = c.AgentProfile(skills, groups, capacity, at_most, rank, papers, utilisation)
        self.send(c.UpdateAgent(self.at(), agent, None, profile, version))

    @rule(seconds=st.sampled_from([1, 5, 15, 16, 30, 31, 60, 61, 200]), seen=st.booleans())
    def time_passes(self, seconds: int, seen: bool) -> None:
        if seen:
            self.send(c.AgentsSeen(self.at(), tuple(AGENTS)))
        self.now += seconds * SECOND
        self.send(c.Tick(self.at()))

    @rule()
    def exactly_until_the_next_timer(self) -> None:
        due = self.engine.next_due()
        if due is not None and due > self.now:
            self.now = due
            self.send(c.Tick(self.now))

    @rule(pick=st.integers(0, 30))
    def repeat_an_earlier_command(self, pick: int) -> None:
        if self.sent:
            earlier = self.sent[-1 - pick % len(self.sent)]
            self.send(replace(earlier, at=self.at()))

    @rule(back=st.integers(1, 1000))
    def clock_jumps_back(self, back: int) -> None:
        before = self.engine.floor.now
        self.send(c.Tick(self.now - back * SECOND))
        assert self.engine.floor.now == before

    @rule()
    def crash_and_rebuild(self) -> None:
        """I12: what was stored rebuilds the same floor, which goes on as the old one would have."""
        before = remember(self.engine)
        ended = self.engine.floor.ended_work
        self.engine = rebuild(before, PARAMETERS, lambda: UUID(int=next(self._numbers)), self.engine.floor.now)
        assert remember(self.engine) == before
        self.engine.floor.ended_work = ended  # the service asks the store about items the engine does not know
        grace = round(PARAMETERS.presence_grace_seconds * SECOND)
        for agent in self.naive.agents.values():  # connections are not remembered: the grace period starts anew
            agent.last_seen = self.naive.now
            agent.silent_at = self.naive.now + grace if agent.presence != "offline" else None
        self.send(c.Tick(self.at()))

    @invariant()
    def holds(self) -> None:
        self.failed = True
        check(self.engine)
        live = len(self.engine.floor.work)
        assert len(self.items) == live + self.ends.total()
        assert self.engine.floor.work.keys() == self.naive.items.keys()
        for work_id, work in self.engine.floor.work.items():
            item = self.naive.items[work_id]
            assert (work.state.value, work.queue) == (item.state, item.queue)
            assert (work.key, work.seq) == self.naive.key(item)
        for agent_id, agent in self.engine.floor.agents.items():
            other = self.naive.agents[agent_id]
            for name in ("presence", "idle_since", "misses", "handled", "lapsed", "astray", "astray_since", "since"):
                assert getattr(agent, name) == getattr(other, name), name
        self._check_conservation()
        self._check_places()
        self.failed = False
        STEPS["steps"] += 1

    def _check_conservation(self) -> None:
        """I3: nobody free is left who could have something that waits in sight."""
        waiting = [item for item in self.naive.items.values() if self.naive.seeks(item)]
        for channel in {item.request.channel for item in waiting}:
            for agent in self.naive.agents.values():
                if self.naive.fits(agent, channel):
                    sought = (item for item in waiting if item.request.channel == channel)
                    assert not any(self.naive.eligible(agent, item) for item in sought)

    def _check_places(self) -> None:
        """I6: a place changes only with priority, age, queue or rules; steps only go forwards within a queue."""
        floor, places = self.engine.floor, {}
        for work_id, work in floor.work.items():
            queue = floor.queues[work.queue]
            rules = (work.queue, queue.version, tuple(floor.rules.skills))
            asked = (*rules, work.priority, work.age_from)
            before = self.places.get(work_id)
            if before is not None and before[0] == asked:
                assert (work.key, work.slope) == before[1]
            fixed = (*rules, work.state is WorkState.ASSIGNED, work.entered, floor.configured)
            if before is not None and before[2] == fixed:
                assert work.stage >= before[3]
            places[work_id] = (asked, (work.key, work.slope), fixed, work.stage)
        self.places = places

    def teardown(self) -> None:
        """I8: without input nobody stays reserved: every offer ends, every wrap-up ends."""
        if self.failed:
            return
        self.now += 24 * 3600 * SECOND
        self.send(c.Tick(self.now))
        assert not self.engine.floor.offers
        assert not any(work.state.value == "wrapping" for work in self.engine.floor.work.values())


STEPS: Counter[str] = Counter()
"""How many steps were taken and checked, to be printed with the result."""
LARGE = os.environ.get("POSTHOUSE_FUZZ") == "large"
PARTS = 8 if LARGE else 1


@pytest.mark.parametrize("part", range(PARTS))
def test_the_engine_decides_as_the_oracle(part: int) -> None:
    """Large: eight parts, because Hypothesis keeps everything it tried in memory for the length of one run."""
    run_state_machine_as_test(
        RoutingMachine,
        settings=settings(
            max_examples=560 if LARGE else 40,
            stateful_step_count=60 if LARGE else 40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(f"routing machine, part {part}: {STEPS['steps']} steps so far")


@pytest.mark.skipif(not LARGE, reason="counts the steps of the large run")
def test_the_large_run_took_enough_steps() -> None:
    """At least 200,000 (run after the parts above, in the same process)."""
    print(f"routing machine: {STEPS['steps']} steps in all")
    assert STEPS["steps"] >= 200_000
