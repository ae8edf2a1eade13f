"""Agent legs and conferences: ringing, joining, waiting, leaving, and the callbacks about all of it."""

from typing import Any

import pytest

OURS, PHONE, HOOKS = "+862100000000", "+8613900000001", "https://channel.test"
CALLER = (
    f'<Dial action="/after"><Conference startConferenceOnEnter="false" endConferenceOnExit="true" '
    f'waitUrl="{HOOKS}/wait" participantLabel="caller" statusCallback="{HOOKS}/conference" '
    f'statusCallbackEvent="start end join leave mute hold">room</Conference></Dial>'
)
AGENT = f'<Dial><Conference endConferenceOnExit="true" statusCallback="{HOOKS}/ignored">room</Conference></Dial>'
ALL = ["initiated", "ringing", "answered", "completed"]


@pytest.fixture
async def waiting(bench: Any) -> str:
    """A caller in the conference, hearing the wait document."""
    bench.account.answers |= {
        "voice": [CALLER],
        "wait": ['<Say>Please wait</Say><Pause length="10"/>'],
        "agent": [AGENT],
        "after": ["<Say>Goodbye</Say>"],
    }
    call = await bench.sim("POST", f"phones/{PHONE}/calls", to=OURS)
    await bench.until(lambda: len(bench.account.seen("wait")) >= 2)
    return str(call["sid"])


async def dial_agent(bench: Any, **more: Any) -> str:
    answer = await bench.rest(
        "POST",
        "Calls.json",
        To="client:agent_1",
        From_=OURS,
        Url=f"{HOOKS}/agent",
        Timeout=15,
        StatusCallback=f"{HOOKS}/leg",
        StatusCallbackEvent=ALL,
        **more,
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["status"] == "queued"
    return str(answer.json()["sid"])


def conference_events(bench: Any) -> list[str]:
    return [fields["StatusCallbackEvent"] for fields in bench.account.seen("conference")]


async def bridged(bench: Any) -> str:
    leg = await dial_agent(bench)
    await bench.until(lambda: [f for f in bench.account.seen("leg") if f["CallStatus"] == "ringing"])
    await bench.sim("POST", "agents/agent_1/answer")
    await bench.until(lambda: "conference-start" in conference_events(bench))
    return leg


async def test_waiting_repeats_the_wait_document(bench: Any, waiting: str) -> None:
    shown = await bench.sim("GET", f"calls/{waiting}")
    assert bench.said(shown).count("Please wait") >= 2
    assert bench.account.seen("wait")[0]["FriendlyName"] == "room"


async def test_an_agent_leg_rings_answers_and_starts_the_conference(bench: Any, waiting: str) -> None:
    leg = await bridged(bench)
    assert conference_events(bench) == ["participant-join", "participant-join", "conference-start"]
    assert bench.account.seen("conference")[1]["CallSid"] == leg
    assert [fields["CallStatus"] for fields in bench.account.seen("leg")] == ["initiated", "ringing", "in-progress"]
    assert [fields["SequenceNumber"] for fields in bench.account.seen("leg")] == ["0", "1", "2"]
    waits = len(bench.account.seen("wait"))
    await bench.clock.advance(60)
    assert len(bench.account.seen("wait")) == waits
    assert bench.account.seen("ignored") == []


async def test_when_the_caller_leaves_the_conference_and_both_calls_end(bench: Any, waiting: str) -> None:
    leg = await bridged(bench)
    await bench.sim("POST", f"calls/{waiting}/hangup")
    await bench.call_until(leg, lambda call: call["status"] == "completed")
    await bench.until(lambda: "conference-end" in conference_events(bench))
    end = bench.account.seen("conference")[-1]
    assert end["CallSidEndingConference"] == waiting
    assert end["ReasonConferenceEnded"] == "participant-with-end-conference-on-exit-left"
    await bench.until(lambda: bench.account.seen("after"))
    assert bench.account.seen("after")[0]["CallStatus"] == "completed"


async def test_when_the_agent_leaves_the_caller_goes_on_after_dial(bench: Any, waiting: str) -> None:
    await bridged(bench)
    await bench.sim("POST", "agents/agent_1/hangup")
    shown = await bench.call_until(waiting, lambda call: call["status"] == "completed")
    assert bench.said(shown)[-1] == "Goodbye"
    [after] = bench.account.seen("after")
    assert (after["CallStatus"], after["DialCallStatus"]) == ("in-progress", "answered")


@pytest.mark.parametrize(
    ("act", "status"), [("ignore", "no-answer"), ("decline", "busy"), ("cancel", "canceled"), ("complete", "canceled")]
)
async def test_legs_that_do_not_come_about_say_why(bench: Any, waiting: str, act: str, status: str) -> None:
    leg = await dial_agent(bench)
    await bench.call_until(leg, lambda call: call["status"] == "ringing")
    began = bench.clock.monotonic()
    if act == "decline":
        await bench.sim("POST", "agents/agent_1/hangup")
    elif act != "ignore":
        await bench.rest("POST", f"Calls/{leg}.json", Status="canceled" if act == "cancel" else "completed")
    shown = await bench.call_until(leg, lambda call: call["status"] not in ("queued", "ringing"))
    assert shown["status"] == status
    if act == "ignore":
        assert 14 <= bench.clock.monotonic() - began <= 16
    await bench.until(lambda: bench.account.seen("leg")[-1]["CallStatus"] == status)
    assert bench.account.seen("agent") == []


async def test_a_live_call_is_redirected_out_of_its_conference(bench: Any, waiting: str) -> None:
    bench.account.answers["elsewhere"] = ["<Say>Elsewhere</Say>"]
    answer = await bench.rest("POST", f"Calls/{waiting}.json", Url=f"{HOOKS}/elsewhere")
    assert answer.status_code == 200
    shown = await bench.call_until(waiting, lambda call: call["status"] == "completed")
    assert bench.said(shown)[-1] == "Elsewhere"
    assert conference_events(bench)[-1] == "conference-end"


async def test_participants_are_listed_held_muted_and_removed(bench: Any, waiting: str) -> None:
    leg = await bridged(bench)
    [conference] = (await bench.rest("GET", "Conferences.json")).json()["conferences"]
    assert conference["status"] == "in-progress"
    base = f"Conferences/{conference['sid']}/Participants"
    people = (await bench.rest("GET", f"{base}.json")).json()["participants"]
    assert [person["label"] for person in people] == ["caller", None]
    held = await bench.rest("POST", f"{base}/{waiting}.json", Hold="true", Muted="true")
    assert (held.json()["hold"], held.json()["muted"]) == (True, True)
    assert (await bench.rest("DELETE", f"{base}/{leg}.json")).status_code == 204
    await bench.call_until(leg, lambda call: call["status"] == "completed")
    await bench.until(lambda: "participant-hold" in conference_events(bench))
    await bench.until(lambda: conference_events(bench)[-1] == "conference-end")
    assert "kicked" in bench.account.seen("conference")[-1]["ReasonConferenceEnded"]


async def test_a_participant_can_be_dialled_into_a_conference_by_name(bench: Any, waiting: str) -> None:
    await bench.sim("PUT", "agents/agent_2", answer_after=1)
    made = await bench.rest("POST", "Conferences/room/Participants.json", To="client:agent_2", From_=OURS, Label="b")
    assert made.status_code == 201
    await bench.until(lambda: "conference-start" in conference_events(bench))
    assert bench.account.seen("conference")[1]["ParticipantLabel"] == "b"


async def test_a_finished_call_cannot_be_changed(bench: Any, waiting: str) -> None:
    await bench.sim("POST", f"calls/{waiting}/hangup")
    await bench.call_until(waiting, lambda call: call["status"] == "completed")
    answer = await bench.rest("POST", f"Calls/{waiting}.json", Status="completed")
    assert (answer.status_code, answer.json()["code"]) == (400, 21220)
