"""Calls as the simulator runs them: TwiML, keys, failures of our side, and hang-ups at any moment."""

from typing import Any

import pytest

OURS, PHONE = "+862100000000", "+8613900000001"


async def dial(bench: Any) -> str:
    call = await bench.sim("POST", f"phones/{PHONE}/calls", to=OURS)
    return str(call["sid"])


async def ended(bench: Any, sid: str) -> Any:
    return await bench.call_until(sid, lambda call: call["status"] not in ("queued", "ringing", "in-progress"))


async def listening(bench: Any, sid: str) -> None:
    await bench.call_until(sid, lambda call: bool(call["listening"]))


async def test_a_call_is_offered_ringing_then_runs_its_verbs_and_completes(bench: Any) -> None:
    bench.account.answers["voice"] = ['<Say language="zh-CN">您好</Say><Pause length="2"/><Redirect>/next</Redirect>']
    bench.account.answers["next"] = ['<Play loop="2">https://x.test/a.wav</Play>']
    sid = await dial(bench)
    shown = await ended(bench, sid)
    assert shown["status"] == "completed"
    [asked] = bench.account.seen("voice")
    assert asked["CallStatus"] == "ringing"
    assert (asked["From"], asked["To"], asked["Direction"]) == (PHONE, OURS, "inbound")
    assert bench.account.seen("next")[0]["CallStatus"] == "in-progress"
    await bench.until(lambda: bench.account.seen("status"))
    [status] = bench.account.seen("status")
    assert (status["CallStatus"], status["CallbackSource"]) == ("completed", "call-progress-events")
    assert int(status["CallDuration"]) in range(30, 35)  # 2 × 15 s of music, 2 s pause, a word


@pytest.mark.parametrize(
    ("attributes", "keys", "digits"),
    [
        ('numDigits="1"', "1", "1"),
        ('finishOnKey="#"', "123456#", "123456"),
        ('finishOnKey="" numDigits="2"', "1#", "1#"),
        ('timeout="3"', "42", "42"),
    ],
)
async def test_gather_sends_what_was_pressed(bench: Any, attributes: str, keys: str, digits: str) -> None:
    bench.account.answers["voice"] = [f'<Gather action="/keys" {attributes}><Say>Press</Say></Gather><Say>Late</Say>']
    bench.account.answers["keys"] = ["<Say>Thanks</Say>"]
    sid = await dial(bench)
    await listening(bench, sid)
    assert (await bench.sim("POST", f"calls/{sid}/digits", digits=keys))["heard"]
    shown = await ended(bench, sid)
    assert bench.account.seen("keys")[0]["Digits"] == digits
    assert "Late" not in bench.said(shown)
    assert bench.said(shown)[-1] == "Thanks"


async def test_silence_falls_through_unless_empty_results_count(bench: Any) -> None:
    bench.account.answers["voice"] = [
        '<Gather timeout="4" action="/keys"/><Gather timeout="4" action="/empty" actionOnEmptyResult="true"/>'
    ]
    sid = await dial(bench)
    await ended(bench, sid)
    assert bench.account.seen("keys") == []
    assert bench.account.seen("empty")[0]["Digits"] == ""


async def test_keys_nobody_listens_for_are_lost(bench: Any) -> None:
    bench.account.answers["voice"] = ['<Pause length="5"/><Gather numDigits="1" timeout="2" action="/keys"/>']
    sid = await dial(bench)
    await bench.call_until(sid, lambda call: call["status"] == "in-progress")
    assert not (await bench.sim("POST", f"calls/{sid}/digits", digits="7"))["heard"]
    await ended(bench, sid)
    assert bench.account.seen("keys") == []


async def test_reject_ends_the_call_unanswered(bench: Any) -> None:
    bench.account.answers["voice"] = ['<Reject reason="busy"/>']
    assert (await ended(bench, await dial(bench)))["status"] == "busy"


async def test_record_reports_its_length(bench: Any) -> None:
    bench.account.answers["voice"] = ['<Record maxLength="20" timeout="30" finishOnKey="#" action="/done"/>']
    sid = await dial(bench)
    await ended(bench, sid)
    assert int(bench.account.seen("done")[0]["RecordingDuration"]) == 20


class TestOurSideFails:
    async def test_it_is_asked_again_as_the_url_says(self, bench: Any) -> None:
        bench.account.answers["voice"] = [503, 503, "<Say>Back</Say>"]
        shown = await ended(bench, await dial(bench))
        assert bench.said(shown) == ["Back"]
        assert len(bench.account.seen("voice")) == 3

    async def test_then_the_fallback_answers(self, bench: Any) -> None:
        bench.account.answers["voice"] = [503]
        bench.account.answers["fallback"] = ["<Say>Sorry</Say>"]
        shown = await ended(bench, await dial(bench))
        assert bench.said(shown) == ["Sorry"]
        assert bench.account.seen("fallback")[0]["ErrorCode"] == "11200"

    @pytest.mark.parametrize("twiml", ["<Sya>x</Sya>", '<Gather num_digits="1"/>', "<Say></Say>", "<Say>"])
    async def test_wrong_twiml_is_apologised_for_and_shown(self, bench: Any, twiml: str) -> None:
        bench.account.answers["voice"] = [twiml]
        shown = await ended(bench, await dial(bench))
        assert shown["status"] == "completed"
        assert "application error" in bench.said(shown)[0]
        assert (await bench.sim("GET", "alerts"))[0]["code"] in (12100, 12200)


@pytest.mark.parametrize(
    "twiml",
    [
        '<Say>long text</Say><Pause length="60"/>',
        '<Gather timeout="60"/>',
        '<Play loop="0">https://x.test/a.wav</Play><Pause length="60"/>',
        "<Dial><Conference>room</Conference></Dial>",
        '<Dial><Conference waitUrl="https://channel.test/wait">room</Conference></Dial>',
        '<Record timeout="60"/>',
    ],
)
async def test_the_caller_can_hang_up_at_any_verb(bench: Any, twiml: str) -> None:
    bench.account.answers["voice"] = [twiml]
    bench.account.answers["wait"] = ['<Pause length="20"/>']
    sid = await dial(bench)
    await bench.call_until(sid, lambda call: call["status"] == "in-progress")
    await bench.clock.advance(3)
    await bench.sim("POST", f"calls/{sid}/hangup")
    assert (await ended(bench, sid))["status"] == "completed"
    await bench.until(lambda: bench.account.seen("status"))
    assert len(bench.account.seen("status")) == 1


async def test_unsigned_numbers_take_no_calls(bench: Any) -> None:
    answer = await bench.http.post(f"/sim/phones/{PHONE}/calls", json={"to": "+1"})
    assert answer.status_code == 404
