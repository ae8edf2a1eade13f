"""A call and its legs: whatever is reported, in whatever order and however often, the story stays true."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_voice.domain import call as rules
from channel_voice.domain.call import (
    Answered,
    Call,
    Closing,
    DialLeg,
    DropCaller,
    DropLeg,
    Effect,
    Ended,
    Leg,
    LegFailed,
    LegFailure,
    LegState,
    Phase,
    Queued,
)
from contracts.values import EndedBy


def leg(agent: str = "a") -> Leg:
    return Leg(id=uuid4(), call_request_id=uuid4(), agent_id=agent, work_item_id=uuid4())


def run(call: Call, *steps: Callable[[Call], rules.Outcome]) -> tuple[Call, list[Effect]]:
    effects: list[Effect] = []
    for step in steps:
        call, new = step(call)
        effects += new
    return call, effects


def talking(*, joined: bool = True) -> tuple[Call, Leg]:
    first = leg()
    steps: list[Callable[[Call], rules.Outcome]] = [
        rules.ask_person,
        lambda call: rules.request_leg(call, first),
        lambda call: rules.leg_known(call, first.id, "CA1"),
        lambda call: rules.leg_picked_up(call, first.id),
    ]
    if joined:
        steps.append(rules.bridged)
    return run(Call(uuid4()), *steps)[0], first


class TestTheUsualCourse:
    def test_a_caller_waits_is_answered_and_hangs_up(self) -> None:
        first = leg()
        call, effects = run(
            Call(uuid4()),
            rules.ask_person,
            lambda call: rules.request_leg(call, first),
            lambda call: rules.leg_known(call, first.id, "CA1"),
            lambda call: rules.leg_picked_up(call, first.id),
            rules.bridged,
            rules.caller_gone,
        )
        assert call.phase is Phase.ENDED
        assert [type(effect) for effect in effects] == [Queued, DialLeg, Answered, Ended]
        assert effects[-1] == Ended(EndedBy.CUSTOMER, "hangup")

    def test_the_agent_hangs_up(self) -> None:
        call, first = talking()
        _, effects = run(
            call,
            lambda call: rules.leg_over(call, first.id, LegFailure.DECLINED),
            rules.caller_released,
            rules.caller_gone,
        )
        assert effects == [Ended(EndedBy.AGENT, "hangup")]

    def test_who_hung_up_does_not_depend_on_which_report_is_first(self) -> None:
        call, first = talking()
        _, effects = run(call, rules.caller_gone, lambda call: rules.leg_over(call, first.id, LegFailure.DECLINED))
        assert effects == [Ended(EndedBy.CUSTOMER, "hangup")]
        _, effects = run(call, lambda call: rules.leg_over(call, first.id, LegFailure.DECLINED), rules.caller_gone)
        assert effects == [Ended(EndedBy.CUSTOMER, "hangup")]

    def test_a_caller_who_gives_up_waiting_takes_the_ringing_leg_along(self) -> None:
        first = leg()
        _, effects = run(
            Call(uuid4()), rules.ask_person, lambda call: rules.request_leg(call, first), rules.caller_gone
        )
        assert Ended(EndedBy.CUSTOMER, "abandoned") in effects
        assert any(isinstance(effect, DropLeg) and effect.leg.id == first.id for effect in effects)
        assert not any(isinstance(effect, LegFailed) for effect in effects)


class TestLegs:
    def test_a_leg_that_fails_before_the_bridge_is_told_once(self) -> None:
        first = leg()
        _, effects = run(
            Call(uuid4()),
            rules.ask_person,
            lambda call: rules.request_leg(call, first),
            lambda call: rules.leg_over(call, first.id, LegFailure.NO_ANSWER),
            lambda call: rules.leg_over(call, first.id, LegFailure.BUSY),
        )
        failures = [effect for effect in effects if isinstance(effect, LegFailed)]
        assert [failure.reason for failure in failures] == [LegFailure.NO_ANSWER]

    def test_a_newer_request_replaces_a_ringing_leg(self) -> None:
        first, second = leg("a"), leg("b")
        call, effects = run(
            Call(uuid4()),
            rules.ask_person,
            lambda call: rules.request_leg(call, first),
            lambda call: rules.leg_known(call, first.id, "CA1"),
            lambda call: rules.request_leg(call, second),
        )
        assert call.live_leg is not None
        assert call.live_leg.id == second.id
        assert [type(effect) for effect in effects[2:]] == [DropLeg, LegFailed, DialLeg]
        call, _ = rules.leg_picked_up(call, first.id)
        assert call.leg(first.id).state is LegState.OVER

    @pytest.mark.parametrize("joined", [True, False])
    def test_nobody_else_gets_in_once_an_agent_is_let_in(self, joined: bool) -> None:
        call, first = talking(joined=joined)
        second = leg("b")
        after, effects = rules.request_leg(call, second)
        assert effects == (LegFailed(after.leg(second.id), LegFailure.CONNECTED),)
        assert after.live_leg is not None
        assert after.live_leg.id == first.id

    def test_a_leg_whose_call_becomes_known_too_late_is_hung_up(self) -> None:
        first = leg()
        call, _ = run(Call(uuid4()), rules.ask_person, lambda call: rules.request_leg(call, first), rules.caller_gone)
        _, effects = rules.leg_known(call, first.id, "CA1")
        assert [type(effect) for effect in effects] == [DropLeg]

    def test_an_agent_is_not_dialled_for_a_caller_who_waits_for_nobody(self) -> None:
        _, effects = rules.request_leg(Call(uuid4()), leg())
        assert [effect.reason for effect in effects if isinstance(effect, LegFailed)] == [LegFailure.NOT_WAITING]

    def test_a_request_after_the_end_is_answered_by_the_end(self) -> None:
        call, _ = run(Call(uuid4()), rules.caller_gone)
        assert rules.request_leg(call, leg()) == (call, ())

    def test_a_conference_that_ended_was_answered_even_if_no_report_said_so(self) -> None:
        call, _ = talking(joined=False)
        _, effects = run(call, rules.caller_released, rules.bridged)
        assert [type(effect) for effect in effects] == [Answered, Ended]
        assert effects[-1] == Ended(EndedBy.AGENT, "hangup")


class TestClosing:
    def test_the_first_who_closes_is_remembered(self) -> None:
        call, _ = talking()
        closed, effects = run(
            call,
            lambda call: rules.close(call, Closing(EndedBy.AGENT, "resolved")),
            lambda call: rules.close(call, Closing(EndedBy.SYSTEM, "late")),
            rules.caller_gone,
        )
        assert effects == [DropCaller(), DropCaller(), Ended(EndedBy.AGENT, "resolved")]
        assert rules.close(closed, Closing(EndedBy.SYSTEM, None)) == (closed, ())

    def test_a_farewell_needs_no_hanging_up(self) -> None:
        _, effects = run(
            Call(uuid4()), lambda call: rules.farewell(call, Closing(EndedBy.SYSTEM, "silence")), rules.caller_gone
        )
        assert effects == [Ended(EndedBy.SYSTEM, "silence")]


LEGS = [leg("a"), leg("b"), leg("c")]
LEG_IDS = [each.id for each in LEGS]


def _steps() -> st.SearchStrategy[Callable[[Call], rules.Outcome]]:
    """Any report or command, about any of three legs."""

    def known(leg_id: UUID) -> Callable[[Call], rules.Outcome]:
        return lambda call: rules.leg_known(call, leg_id, f"CA-{leg_id}")

    def about(step: Callable[[Call, UUID], rules.Outcome]) -> Callable[[UUID], Callable[[Call], rules.Outcome]]:
        return lambda leg_id: (
            lambda call: step(call, leg_id) if any(each.id == leg_id for each in call.legs) else (call, ())
        )

    ids = st.sampled_from(LEG_IDS)
    failures = st.sampled_from(list(LegFailure))
    return st.one_of(
        st.just(rules.ask_person),
        st.sampled_from(LEGS).map(lambda asked: lambda call: rules.request_leg(call, asked)),
        ids.map(about(lambda call, leg_id: known(leg_id)(call))),
        ids.map(about(rules.leg_picked_up)),
        st.just(rules.bridged),
        st.tuples(ids, failures).map(
            lambda pair: about(lambda call, leg_id: rules.leg_over(call, leg_id, pair[1]))(pair[0])
        ),
        st.just(rules.caller_released),
        st.just(rules.caller_gone),
        st.just(lambda call: rules.close(call, Closing(EndedBy.AGENT, "resolved"))),
    )


@given(st.lists(_steps(), max_size=40))
def test_any_order_and_repetition_keeps_the_story_true(steps: list[Callable[[Call], rules.Outcome]]) -> None:
    call, effects = Call(uuid4()), []
    order = list(Phase)
    for step in steps:
        before = call
        call, new = step(call)
        effects += new
        assert order.index(call.phase) >= order.index(before.phase)
        assert sum(each.live for each in call.legs) <= 1
        entered = [each for each in call.legs if each.live and each.state in (LegState.ADMITTED, LegState.JOINED)]
        assert len(entered) <= 1
        again, repeated = step(call)
        if not any(isinstance(effect, DropCaller) for effect in repeated):
            assert (again, repeated) == (call, ()), "a repeated report changed something"
    assert sum(isinstance(effect, Ended) for effect in effects) == (call.phase is Phase.ENDED)
    assert sum(isinstance(effect, Queued) for effect in effects) <= 1
    for each in LEGS:
        told = [effect for effect in effects if isinstance(effect, Answered | LegFailed) and effect.leg.id == each.id]
        assert len(told) <= 1, "a call request has one outcome"
        dialled = [effect for effect in effects if isinstance(effect, DialLeg) and effect.leg.id == each.id]
        assert len(dialled) <= 1, "an agent was dialled twice for one request"
    after_end = False
    for effect in effects:
        assert not (after_end and isinstance(effect, Answered | LegFailed | DialLeg | Queued)), effect
        after_end = after_end or isinstance(effect, Ended)
