"""Whole calls: customer, channel, simulator and agents, over HTTP on loopback."""

import itertools

import pytest

from channel_voice.reception import interaction_of
from contracts.interactions import (
    CallFailed,
    InteractionEnded,
    InteractionQueued,
    InteractionSelfServed,
    InteractionStarted,
)
from contracts.sends import InteractionEndRequested
from contracts.values import Channel, ContactKind, EndedBy, Language
from tests.contract.channel_voice.loopback import CALLER, OURS, Flow

PARCEL = {
    "waybill_no": "773123456789",
    "carrier": "sto",
    "status": "out_for_delivery",
    "direction": "forward",
    "exceptions": [],
    "last_event": {"at": "2026-01-05T08:30:00+00:00", "text": "派送中", "location": "上海浦东", "source": "courier"},
    "source": "courier",
}


async def test_a_parcel_is_tracked_by_keypad_and_the_caller_hangs_up(calls: Flow) -> None:
    calls.gateway.parcels["773123456789"] = PARCEL
    sid = await calls.dial()
    await calls.press(sid, "1")
    await calls.press(sid, "773123456789#")
    await calls.hears(sid, "7 7 3 1, 2 3 4 5, 6 7 8 9")
    await calls.press(sid, "1")
    for line in ("快件正在派送。", "最近一次更新是1月5日16点30分。", "地点，上海浦东。"):
        await calls.hears(sid, line)
    await calls.control("POST", f"/calls/{sid}/hangup")
    await calls.over(sid)
    assert await calls.names(sid) == ["Started", "SelfServed", "Ended"]
    started, served, ended = await calls.story(sid)
    assert isinstance(started, InteractionStarted)
    assert (started.channel, started.account, started.personal.address) == (Channel.VOICE, OURS, CALLER)
    assert (started.contact_kind, started.language, started.verified) == (ContactKind.PHONE, Language.ZH_CN, False)
    assert isinstance(served, InteractionSelfServed)
    assert (served.found, served.waybill_no) == (True, "773123456789")
    assert "快件正在派送。" in served.answer
    assert isinstance(ended, InteractionEnded)
    assert (ended.ended_by, ended.reason) == (EndedBy.CUSTOMER, "hangup")


async def test_english_is_one_key_away_and_default_for_foreign_callers(calls: Flow) -> None:
    sid = await calls.dial()
    await calls.press(sid, "2")
    await calls.hears(sid, "To track a parcel, press 1. To speak to someone, press 0.")
    await calls.press(sid, "0")
    assert (await calls.event(InteractionQueued, sid)).language is Language.EN
    abroad = await calls.dial("+14155550100")
    await calls.hears(abroad, "Hello, and welcome to courier customer service.")


async def test_an_unknown_number_and_a_gateway_that_is_away_are_told_apart(calls: Flow) -> None:
    sid = await calls.dial()
    for keys in ("1", "12345678#", "1"):
        await calls.press(sid, keys)
    await calls.hears(sid, "没有查到这个运单号")
    calls.gateway.broken = 503
    for keys in ("1", "87654321#", "1"):
        await calls.press(sid, keys)
    await calls.hears(sid, "现在无法查询")
    await calls.published()
    served = [event for event in await calls.story(sid) if isinstance(event, InteractionSelfServed)]
    assert [event.found for event in served] == [False]


async def test_a_caller_speaks_with_an_agent_who_hangs_up(calls: Flow) -> None:
    calls.gateway.parcels["773123456789"] = PARCEL
    sid = await calls.dial()
    for keys in ("1", "773123456789#", "1", "0"):
        await calls.press(sid, keys)
    queued = await calls.event(InteractionQueued, sid)
    assert queued.waybill_no == "773123456789"
    await calls.bridge(sid, "li.na")
    [leg] = calls.legs("li.na")
    assert leg.from_ == OURS
    await calls.control("POST", "/agents/li.na/hangup")
    await calls.over(sid)
    assert calls.heard(sid)[-2] == "客服人员已挂机。感谢您的来电，再见。"
    assert await calls.names(sid) == ["Started", "SelfServed", "Queued", "Answered", "Ended"]
    assert (await calls.story(sid))[-1].ended_by is EndedBy.AGENT
    assert calls.sim.world.alerts == []


async def test_a_caller_who_hangs_up_while_talking_ends_it_for_both(calls: Flow) -> None:
    sid = await calls.wait_for_person()
    await calls.bridge(sid)
    await calls.control("POST", f"/calls/{sid}/hangup")
    await calls.over(sid)
    [leg] = calls.legs("a1")
    await calls.until(lambda: leg.ended)
    assert await calls.names(sid) == ["Started", "Queued", "Answered", "Ended"]
    assert (await calls.story(sid))[-1].ended_by is EndedBy.CUSTOMER


async def test_waiting_is_music_and_words_in_pieces_below_thirty_seconds(calls: Flow) -> None:
    sid = await calls.wait_for_person()
    await calls.until(lambda: len([line for line in calls.heard(sid) if line.endswith("hold.wav")]) >= 4)
    heard = calls.heard(sid)
    assert "客服人员正忙，请您稍候，我们会尽快接听。" in heard
    assert "感谢您的等待，请不要挂机。" in heard
    music = [line.at for line in calls.sim.world.calls[sid].transcript if line.text.endswith("hold.wav")]
    assert all((later - sooner).total_seconds() < 30 for sooner, later in itertools.pairwise(music))
    assert (await calls.http.get(f"{calls.base}/voice/v1/audio/hold.wav")).headers["content-type"] == "audio/wav"


@pytest.mark.parametrize("moment", ["menu", "entering", "waiting", "ringing"])
async def test_a_caller_may_leave_at_any_moment(calls: Flow, moment: str) -> None:
    sid = await calls.dial()
    if moment == "entering":
        await calls.press(sid, "1")
    elif moment in ("waiting", "ringing"):
        await calls.press(sid, "0")
        await calls.event(InteractionQueued, sid)
    if moment == "ringing":
        await calls.ring(sid)
    await calls.control("POST", f"/calls/{sid}/hangup")
    await calls.over(sid)
    ended = await calls.event(InteractionEnded, sid)
    assert ended.ended_by is EndedBy.CUSTOMER
    assert ended.reason == ("abandoned" if moment in ("waiting", "ringing") else "hangup")
    for leg in calls.legs("a1"):
        await calls.until(lambda leg=leg: leg.ended)
        assert leg.status == "canceled"
    assert "CallFailed" not in await calls.names(sid)


async def test_a_silent_line_is_ended_politely(calls: Flow) -> None:
    sid = await calls.dial()
    await calls.over(sid)
    assert calls.heard(sid)[-2] == "感谢您的来电，再见。"
    ended = await calls.event(InteractionEnded, sid)
    assert (ended.ended_by, ended.reason) == (EndedBy.SYSTEM, "silence")


async def test_wrong_keys_lead_to_a_person(calls: Flow) -> None:
    sid = await calls.dial()
    for _ in range(3):
        await calls.press(sid, "7")
    await calls.event(InteractionQueued, sid)


@pytest.mark.parametrize(("act", "reason"), [("ignore", "no_answer"), ("decline", "busy")])
async def test_an_agent_who_does_not_answer_makes_room_for_another(calls: Flow, act: str, reason: str) -> None:
    sid = await calls.wait_for_person()
    asked = await calls.ring(sid, "a1")
    if act == "decline":
        await calls.control("POST", "/agents/a1/hangup")
    failed = await calls.event(CallFailed, sid)
    assert (failed.call_request_id, failed.agent_id, failed.work_item_id, failed.reason) == (
        asked.call_request_id,
        "a1",
        asked.work_item_id,
        reason,
    )
    await calls.bridge(sid, "a2")
    assert await calls.names(sid) == ["Started", "Queued", "CallFailed", "Answered"]


async def test_a_newer_request_replaces_a_ringing_leg(calls: Flow) -> None:
    sid = await calls.wait_for_person()
    await calls.ring(sid, "a1")
    await calls.bridge(sid, "a2")
    [dropped] = calls.legs("a1")
    await calls.until(lambda: dropped.ended)
    assert dropped.status == "canceled"
    failed = await calls.event(CallFailed, sid)
    assert (failed.agent_id, failed.reason) == ("a1", "superseded")
    third = await calls.request_agent(sid, "a3")
    refused = await calls.event(CallFailed, sid, count=2)
    assert (refused.call_request_id, refused.reason) == (third.call_request_id, "connected")
    assert calls.legs("a3") == []


async def test_cases_ends_a_call(calls: Flow) -> None:
    sid = await calls.wait_for_person()
    await calls.bridge(sid)
    request = InteractionEndRequested(
        interaction_id=interaction_of(sid),
        channel=Channel.VOICE,
        ended_by=EndedBy.AGENT,
        reason="resolved",
        requested_at=calls.clock.now(),
    )
    await calls.world.publish(request, request)
    await calls.over(sid)
    ended = await calls.event(InteractionEnded, sid)
    assert (ended.ended_by, ended.reason) == (EndedBy.AGENT, "resolved")
    assert (await calls.names(sid)).count("Ended") == 1


async def test_undisclosed_numbers_are_not_one_customer(calls: Flow) -> None:
    sids = [await calls.dial("anonymous"), await calls.dial("anonymous")]
    addresses = {(await calls.event(InteractionStarted, sid)).personal.address for sid in sids}
    assert len(addresses) == 2
