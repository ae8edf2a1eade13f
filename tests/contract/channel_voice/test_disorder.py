"""Reports that come twice, late, in the wrong order or never; requests whose answers are lost."""

import random
from collections import Counter
from typing import Any

import pytest

from channel_voice.reception import interaction_of
from contracts.interactions import CallFailed, InteractionAnswered, InteractionEnded
from contracts.sends import InteractionEndRequested
from contracts.values import Channel, EndedBy
from tests.contract.channel_voice.loopback import Flow


async def arm(calls: Flow, kind: str, match: str = "", times: int = 1, **more: Any) -> None:
    await calls.control("POST", "/faults", kind=kind, match=match, times=times, **more)


async def replay_all(calls: Flow, seed: int) -> None:
    """Send every request so far again, in another order. Nothing may fail; TwiML answers must not change the story."""
    recorded = list(calls.recorder.seen)
    random.Random(seed).shuffle(recorded)
    for webhook in recorded:
        answer = await calls.replay(webhook)
        assert answer.status_code in (200, 204), answer.text
    del calls.recorder.seen[len(recorded) :]


@pytest.mark.parametrize("seed", range(4))
async def test_replaying_everything_at_every_moment_changes_nothing(calls: Flow, seed: int) -> None:
    sid = await calls.dial()
    await replay_all(calls, seed)
    await calls.press(sid, "1")
    await replay_all(calls, seed + 10)
    await calls.press(sid, "773123456789#")
    await calls.press(sid, "1")
    await replay_all(calls, seed + 20)
    await calls.press(sid, "0")
    await calls.hears(sid, "hold.wav")
    await replay_all(calls, seed + 30)
    await calls.ring(sid)
    await replay_all(calls, seed + 40)
    await calls.control("POST", "/agents/a1/answer")
    await calls.event(InteractionAnswered, sid)
    await replay_all(calls, seed + 50)
    await calls.control("POST", f"/calls/{sid}/hangup" if seed % 2 else "/agents/a1/hangup")
    await calls.over(sid)
    await replay_all(calls, seed + 60)
    assert await calls.names(sid) == ["Started", "SelfServed", "Queued", "Answered", "Ended"]
    assert (await calls.story(sid))[-1].ended_by is (EndedBy.CUSTOMER if seed % 2 else EndedBy.AGENT)
    assert len(calls.legs("a1")) == 1


async def test_a_repeated_turn_is_answered_as_before_whatever_keys_it_brings(calls: Flow) -> None:
    sid = await calls.dial()
    await calls.press(sid, "1")
    first = next(webhook for webhook in calls.recorder.seen if webhook.path.endswith("/keys"))
    again, once_more = await calls.replay(first), await calls.replay(first)
    assert again.text == once_more.text
    assert "turn=2" in again.text


@pytest.mark.parametrize("kind", ["duplicate", "reorder"])
@pytest.mark.parametrize("leaver", ["caller", "agent"])
async def test_disturbed_reports_tell_the_same_story(calls: Flow, kind: str, leaver: str) -> None:
    await arm(calls, kind, "Sequence", times=100)
    sid = await calls.wait_for_person()
    await calls.ring(sid)
    await calls.control("POST", "/agents/a1/answer")
    await calls.until(lambda: any(c.status == "in-progress" for c in calls.sim.world.conferences.values()))
    await calls.control("DELETE", "/faults")
    await calls.event(InteractionAnswered, sid)
    await arm(calls, kind, "Sequence", times=100)
    await calls.control("POST", f"/calls/{sid}/hangup" if leaver == "caller" else "/agents/a1/hangup")
    await calls.until(lambda: calls.sim.world.calls[sid].ended)
    await calls.control("DELETE", "/faults")
    ended = await calls.event(InteractionEnded, sid)
    await calls.quiet()
    assert ended.ended_by is (EndedBy.CUSTOMER if leaver == "caller" else EndedBy.AGENT)
    assert Counter(await calls.names(sid)) == Counter(["Started", "Queued", "Answered", "Ended"])
    assert len(calls.legs("a1")) == 1


async def test_without_any_report_the_answer_and_the_end_are_found_out(calls: Flow) -> None:
    await arm(calls, "drop", "Sequence", times=1000)
    sid = await calls.wait_for_person()
    await calls.ring(sid)
    await calls.control("POST", "/agents/a1/answer")
    answered = await calls.event(InteractionAnswered, sid)
    assert answered.agent_id == "a1"
    await calls.control("POST", f"/calls/{sid}/hangup")
    await calls.until(lambda: calls.sim.world.calls[sid].ended)
    ended = await calls.event(InteractionEnded, sid)
    assert ended.ended_by is EndedBy.CUSTOMER


async def test_a_caller_whose_end_is_never_reported_is_missed_in_time(calls: Flow) -> None:
    await arm(calls, "drop", "completed", times=1000)
    sid = await calls.dial()
    await calls.control("POST", f"/calls/{sid}/hangup")
    ended = await calls.event(InteractionEnded, sid)
    assert ended.ended_by is EndedBy.CUSTOMER


class TestDialling:
    """What becomes of a dial whose request fails."""

    async def test_a_lost_answer_never_rings_twice(self, calls: Flow) -> None:
        sid = await calls.wait_for_person()
        await arm(calls, "timeout_after", "POST /2010-04-01/Accounts/AC7")
        await calls.ring(sid)
        await calls.control("POST", "/agents/a1/answer")
        await calls.event(InteractionAnswered, sid)
        assert len(calls.legs("a1")) == 1

    async def test_a_lost_answer_without_reports_is_found_in_the_list(self, calls: Flow) -> None:
        sid = await calls.wait_for_person()
        await arm(calls, "timeout_after", "POST /2010-04-01/Accounts/AC7")
        await arm(calls, "drop", "Sequence", times=1000)
        asked = await calls.ring(sid)
        failed = await calls.event(CallFailed, sid)
        assert (failed.call_request_id, failed.reason) == (asked.call_request_id, "no_answer")
        assert len(calls.legs("a1")) == 1

    async def test_a_dial_that_never_happened_fails_and_is_not_repeated(self, calls: Flow) -> None:
        sid = await calls.wait_for_person()
        await arm(calls, "timeout_before", "POST /2010-04-01/Accounts/AC7")
        await calls.request_agent(sid)
        failed = await calls.event(CallFailed, sid)
        assert failed.reason == "unreachable"
        assert calls.legs("a1") == []

    async def test_a_refusal_is_final(self, calls: Flow) -> None:
        sid = await calls.wait_for_person()
        await arm(calls, "refuse", "POST", code=21211)
        await calls.request_agent(sid)
        assert (await calls.event(CallFailed, sid)).reason == "refused"
        assert calls.legs("a1") == []

    async def test_the_rate_limit_only_delays(self, calls: Flow) -> None:
        sid = await calls.wait_for_person()
        await arm(calls, "rate_limit", "POST", times=2)
        await calls.bridge(sid)
        assert len(calls.legs("a1")) == 1

    async def test_a_repeated_command_dials_once(self, calls: Flow) -> None:
        sid = await calls.wait_for_person()
        asked = await calls.ring(sid)
        await calls.world.publish(asked, asked)
        await calls.control("POST", "/agents/a1/answer")
        await calls.event(InteractionAnswered, sid)
        assert len(calls.legs("a1")) == 1

    async def test_a_hang_up_that_fails_is_repeated(self, calls: Flow) -> None:
        sid = await calls.wait_for_person()
        await arm(calls, "error_500", "POST", times=3)
        await calls.world.publish(
            InteractionEndRequested(
                interaction_id=interaction_of(sid),
                channel=Channel.VOICE,
                ended_by=EndedBy.SYSTEM,
                requested_at=calls.clock.now(),
            )
        )
        await calls.over(sid)
        assert (await calls.event(InteractionEnded, sid)).ended_by is EndedBy.SYSTEM
