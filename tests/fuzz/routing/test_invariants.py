"""Invariants that need an experiment of their own: the same floor twice, or one command at every possible moment.

The others (I1 to I6, I8, I10, I12, I15) are checked after every step of `test_engine_machine`.
"""

import os
from collections import Counter
from dataclasses import replace
from itertools import count, permutations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.domain import commands as c
from routing.domain import decisions as d
from routing.domain.engine import Engine
from routing.domain.parameters import Parameters
from routing.domain.rules import QueueRules
from routing.domain.skills import Need
from routing.domain.values import SECOND, Code, Presence
from tests.fuzz.routing.floor_checks import check

LARGE = os.environ.get("POSTHOUSE_FUZZ") == "large"
EXAMPLES = settings(max_examples=600 if LARGE else 30, deadline=None)
START = 1_800_000_000 * SECOND
PARAMETERS = Parameters(presence_grace_seconds=3600, new_agent_skills={})
SKILLS = ("a", "b", "c")

item_facts = st.tuples(
    st.sampled_from(["general", "other"]),
    st.lists(st.sampled_from(SKILLS), max_size=2, unique=True),
    st.integers(1, 9),
    st.integers(0, 400),
)
agent_skills = st.lists(st.sampled_from(SKILLS), max_size=3, unique=True)


def engine(**rules: Any) -> Engine:
    """A floor with two queues."""
    ids = count(1)
    made = Engine(PARAMETERS, lambda: UUID(int=next(ids)))
    for name in ("general", "other"):
        made.apply(c.ConfigureQueue(START, QueueRules(name=name, ask_language=False, **rules), "test", None))
    return made


def sign_in(made: Engine, name: str, skills: dict[str, int], at: int = START) -> None:
    """An agent, available."""
    made.apply(c.UpdateAgent(at, name, None, c.AgentProfile(skills, frozenset(), 100, {}, 0), None))
    made.apply(c.SetPresence(at, name, None, Presence.AVAILABLE, None))


def requested(
    number: int, facts: tuple[str, list[str], int, int], names: dict[str, str] | None = None
) -> c.RequestWork:
    """The request of an item; `names` renames skills."""
    queue, needs, priority, age = facts
    asked = tuple(Need((names or {}).get(skill, skill)) for skill in needs)
    work = c.WorkRequest(
        UUID(int=10**6 + number), UUID(int=1), "C", None, "voice", queue, asked, None, None, None, START - age * SECOND
    )
    return c.RequestWork(START, work, priority)


def offered(result: Any) -> list[tuple[int, str]]:
    """The offers a command led to: item number and agent."""
    return [(one.work.id.int - 10**6, one.agent_id) for one in result.decisions if isinstance(one, d.OfferMade)]


@EXAMPLES
@given(items=st.lists(item_facts, min_size=2, max_size=25))
def test_i7_overtaking_is_bounded_by_the_head_starts(items: list[Any]) -> None:
    """An item is overtaken only by items that arrived less than the difference of head starts after it."""
    made = engine()
    for number, facts in enumerate(items):
        made.apply(requested(number, (facts[0], [], facts[2], facts[3])))
    left = dict(enumerate(items))
    at = START
    sign_in(made, "ann", {})
    while left:
        offer = next(iter(made.floor.offers.values()))
        number = offer.work.request.id.int - 10**6
        _, _, priority, age = left.pop(number)
        for _, _, other, waited in left.values():
            behind = waited - age  # by how much the one overtaken is older, in seconds
            assert behind <= (other - priority) * PARAMETERS.head_start_seconds
        at += SECOND
        made.apply(c.AcceptOffer(at, offer.id, "ann"))
        made.apply(c.CompleteWork(at, offer.work.request.id, None))


@EXAMPLES
@given(items=st.lists(item_facts, max_size=20), skills=agent_skills)
def test_i11_what_an_agent_cannot_see_does_not_matter(items: list[Any], skills: list[str]) -> None:
    """Deleting every item that the agent may not have does not change what the agent is offered."""
    outcomes = []
    for only_visible in (False, True):
        made = engine()
        for number, facts in enumerate(items):
            if not only_visible or set(facts[1]) <= set(skills):
                made.apply(requested(number, facts))
        made.apply(
            c.UpdateAgent(START, "ann", None, c.AgentProfile(dict.fromkeys(skills, 1), frozenset(), 100, {}, 0), None)
        )
        outcomes.append(offered(made.apply(c.SetPresence(START, "ann", None, Presence.AVAILABLE, None))))
    assert outcomes[0] == outcomes[1]


@EXAMPLES
@given(
    items=st.lists(item_facts, max_size=15),
    agents=st.lists(agent_skills, min_size=1, max_size=5),
    names=st.permutations(["x", "y", "z"]),
)
def test_i13_names_do_not_matter(items: list[Any], agents: list[list[str]], names: list[str]) -> None:
    """Other names for agents and skills, the same decisions."""
    outcomes = []
    for rename in (False, True):
        skill = dict(zip(SKILLS, names, strict=True)) if rename else {name: name for name in SKILLS}
        who = {number: f"{'zyxwv'[number]}-agent" if rename else f"agent-{number}" for number in range(len(agents))}
        made = engine()
        for number, skills in enumerate(agents):
            sign_in(made, who[number], {skill[name]: 1 for name in skills}, START + number)
        back = {name: number for number, name in who.items()}
        found = []
        for number, facts in enumerate(items):
            result = made.apply(replace(requested(number, facts, skill), at=START + 100 + number))
            found += [(item, back[agent]) for item, agent in offered(result)]
        outcomes.append(found)
    assert outcomes[0] == outcomes[1]


@EXAMPLES
@given(agents=st.integers(1, 8), calls=st.integers(0, 40), gap=st.integers(1, 30))
def test_i14_equal_agents_get_equally_many(agents: int, calls: int, gap: int) -> None:
    """Agents alike in everything, calls of one length: counts differ by one at most."""
    made = engine(wrap_up_seconds=0)
    for number in range(agents):
        sign_in(made, f"agent-{number}", {}, START + number)
    at, handled, open_ = START + 100 * SECOND, Counter({f"agent-{n}": 0 for n in range(agents)}), []
    length = gap * agents * SECOND  # so that there is always somebody free
    for number in range(calls):
        at += gap * SECOND
        while open_ and open_[0][0] <= at:
            ends, work_id = open_.pop(0)
            made.apply(c.CompleteWork(max(ends, made.floor.now), work_id, None))
        made.apply(replace(requested(number, ("general", [], 5, 0)), at=at))
        for offer in list(made.floor.offers.values()):
            handled[offer.agent.id] += 1
            made.apply(c.AcceptOffer(at, offer.id, offer.agent.id))
            open_.append((at + length, offer.work.request.id))
    assert max(handled.values()) - min(handled.values()) <= 1


ENDINGS = ("accept", "decline", "time out", "hang up", "log out", "finish")


def _ending(name: str, offer: Any, at: int) -> c.Command:
    work_id, agent = offer.work.request.id, offer.agent.id
    commands: dict[str, c.Command] = {
        "accept": c.AcceptOffer(at, offer.id, agent),
        "decline": c.DeclineOffer(at, offer.id, agent, None),
        "time out": c.Tick(offer.expires),
        "hang up": c.CancelWork(at, work_id, "gone", True),
        "log out": c.SetPresence(at, agent, None, Presence.OFFLINE, None),
        "finish": c.FinishWork(at, work_id),
    }
    return commands[name]


@pytest.mark.parametrize("first", ENDINGS)
def test_i9_whatever_ends_an_offer_first_wins_and_the_rest_say_why(first: str) -> None:
    """Every order of everything that can end an offer, each said twice: one end, and no-ops with a reason."""
    for order in permutations([name for name in ENDINGS if name != first], 5):
        made = engine(wrap_up_seconds=0)
        sign_in(made, "ann", {})
        made.apply(requested(0, ("general", [], 5, 0)))
        offer = next(iter(made.floor.offers.values()))
        ends, accepted, codes = 0, 0, []
        for name in (first, *order):
            for _ in range(2):
                result = made.apply(_ending(name, offer, START + SECOND))
                about = [one for one in result.decisions if getattr(one, "offer_id", None) == offer.id]
                ends += sum(not isinstance(one, d.OfferMade) for one in about)
                accepted += sum(isinstance(one, d.WorkAccepted) for one in result.decisions)
                codes.append((name, result.code))
                check(made)
        assert ends == 1, (first, order)
        assert accepted == (first == "accept"), (first, order)
        for name, code in codes[1:]:
            if name in ("accept", "decline"):
                assert code is not Code.DONE
        assert not made.floor.offers


SCRIPT = ("queue", "sign in", "offer", "decline", "sign in second", "accept", "finish", "wrapped up")


@pytest.mark.parametrize("moment", range(len(SCRIPT) + 1))
@pytest.mark.parametrize("callback", [False, True])
def test_hanging_up_at_each_instant_leaves_one_consistent_story(moment: int, callback: bool) -> None:
    """The customer leaves between any two steps (and asks for a callback before, or not)."""
    made, at, work_id = engine(), START, UUID(int=10**6)
    ends: list[d.Decision] = []

    def send(command: c.Command) -> Code:
        result = made.apply(command)
        ends.extend(one for one in result.decisions if isinstance(one, d.WorkEnded | d.WorkCompleted))
        check(made)
        return result.code

    def offer_of(agent: str) -> UUID:
        return next((one.id for one in made.floor.offers.values() if one.agent.id == agent), UUID(int=99))

    for number in range(len(SCRIPT) + 1):
        at += SECOND
        if number == moment:
            if callback:
                send(c.RequestCallback(at, work_id))
            code = send(c.CancelWork(at, work_id, "hung up", True))
            waits = work_id in made.floor.work and made.floor.work[work_id].held is None
            assert (code is Code.CALLBACK_KEPT) == (callback and waits)
        match SCRIPT[number] if number < len(SCRIPT) else "":
            case "queue":
                send(replace(requested(0, ("general", [], 5, 0)), at=at))
            case "sign in":
                sign_in(made, "ann", {}, at)
            case "decline":
                send(c.DeclineOffer(at, offer_of("ann"), "ann", None))
            case "sign in second":
                sign_in(made, "bob", {}, at)
            case "accept":
                send(c.AcceptOffer(at, offer_of("bob"), "bob"))
            case "finish":
                send(c.FinishWork(at, work_id))
            case "wrapped up":
                at += 60 * SECOND
                send(c.Tick(at))
    assert len(ends) <= 1
    assert not made.floor.offers and all(agent.used == 0 for agent in made.floor.agents.values())
    assert (work_id in made.floor.work) == (not ends) == (moment == 0 and not ends)


@EXAMPLES
@given(jumps=st.lists(st.integers(-(10**6), 10**6), max_size=8))
def test_clock_jumps_leave_the_floor_consistent(jumps: list[int]) -> None:
    """Days forwards and backwards: time never runs back inside, nothing is left pending, and work goes on."""
    made, at = engine(), START
    sign_in(made, "ann", {})
    for number, seconds in enumerate(jumps):
        at += seconds * SECOND
        before = made.floor.now
        made.apply(replace(requested(number, ("general", [], 5, 0)), at=at))
        assert made.floor.now == max(before, at)
        check(made)
    made.apply(c.SetPresence(made.floor.now, "ann", None, Presence.AVAILABLE, None))
    made.apply(replace(requested(10**5, ("other", [], 1, 0)), at=made.floor.now))
    assert made.floor.offers
