"""What strangers and broken providers send: refused, named, and without effect."""

from urllib.parse import parse_qsl, urlencode
from uuid import uuid4

import httpx
import pytest

from chassis.twilio.signature import FORM, SIGNATURE_HEADER, sign
from contracts.interactions import InteractionStarted
from tests.contract.channel_voice.loopback import CALLER, OURS, TOKEN, Flow

CALL_SID, CONFERENCE_SID = "CA" + "1" * 32, "CF" + "2" * 32
INCOMING = {"CallSid": CALL_SID, "From": CALLER, "To": OURS, "CallStatus": "ringing", "StirVerstat": ""}


def body(fields: dict[str, str]) -> bytes:
    return urlencode(fields).encode()


async def post(
    calls: Flow, path: str, fields: dict[str, str], *, content: bytes | None = None, signature: str | None = None
) -> httpx.Response:
    """A signed request; `content` or `signature` replace what was signed."""
    url = f"{calls.base}/voice/v1/twilio/voice{path}"
    headers = {"Content-Type": FORM, SIGNATURE_HEADER: signature or sign(TOKEN, url, list(fields.items()))}
    return await calls.http.post(url, content=content or body(fields), headers=headers)


async def test_unsigned_and_forged_requests_are_forbidden(calls: Flow) -> None:
    url = f"{calls.base}/voice/v1/twilio/voice/incoming"
    unsigned = await calls.http.post(url, data=INCOMING)
    assert unsigned.status_code == 403
    assert unsigned.headers["content-type"] == "application/problem+json"
    assert (await post(calls, "/incoming", INCOMING, signature="AAAA")).status_code == 403
    elsewhere = sign(TOKEN, "https://posthouse.test/voice/v1/twilio/voice/incoming", list(INCOMING.items()))
    assert (await post(calls, "/incoming", INCOMING, signature=elsewhere)).status_code == 403
    other_token = sign("x" * 16, url, list(INCOMING.items()))
    assert (await post(calls, "/incoming", INCOMING, signature=other_token)).status_code == 403
    assert await calls.world.published(InteractionStarted) == []


async def test_no_single_byte_of_a_request_can_be_changed(calls: Flow) -> None:
    genuine = body(INCOMING)
    for position in range(len(genuine)):
        changed = bytearray(genuine)
        changed[position] ^= 0x01
        assert parse_qsl(bytes(changed), keep_blank_values=True) != parse_qsl(genuine, keep_blank_values=True)
        assert (await post(calls, "/incoming", INCOMING, content=bytes(changed))).status_code == 403
    assert await calls.world.published(InteractionStarted) == []


async def test_the_host_header_plays_no_part(calls: Flow) -> None:
    url = f"{calls.base}/voice/v1/twilio/voice/incoming"
    headers = {"Content-Type": FORM, "Host": "evil.example", SIGNATURE_HEADER: sign(TOKEN, url, list(INCOMING.items()))}
    assert (await calls.http.post(url, content=body(INCOMING), headers=headers)).status_code == 200
    forged = sign(TOKEN, url.replace(calls.base, "http://evil.example"), list(INCOMING.items()))
    headers = {**headers, SIGNATURE_HEADER: forged}
    assert (await calls.http.post(url, content=body(INCOMING), headers=headers)).status_code == 403


@pytest.mark.parametrize(
    ("path", "fields", "field"),
    [
        ("/incoming", {**INCOMING, "CallSid": "CA123"}, "CallSid"),
        ("/incoming", {**INCOMING, "CallSid": "SM" + "1" * 32}, "CallSid"),
        ("/incoming", {"CallSid": CALL_SID, "From": CALLER}, "To"),
        ("/incoming", {**INCOMING, "To": "\x00"}, "To"),
        ("/keys?turn=1", {"CallSid": CALL_SID, "Digits": "abc"}, "Digits"),
        ("/keys?turn=1", {"Digits": "1"}, "CallSid"),
        ("/keys?turn=x", {"CallSid": CALL_SID}, "turn"),
        ("/released", {"CallSid": CALL_SID}, "CallStatus"),
        ("/status", {"CallSid": CALL_SID}, "CallStatus"),
        ("/wait", {}, "CallSid"),
        ("/conference", {"ConferenceSid": "x"}, "ConferenceSid"),
        ("/conference", {"ConferenceSid": CONFERENCE_SID, "StatusCallbackEvent": "conference-start"}, "FriendlyName"),
        ("/legs/not-a-uuid/answer", {"CallSid": CALL_SID}, "leg_id"),
    ],
)
async def test_malformed_requests_name_the_field(calls: Flow, path: str, fields: dict[str, str], field: str) -> None:
    answer = await post(calls, path, fields)
    assert answer.status_code == 400, answer.text
    assert any(error["pointer"].endswith(field) for error in answer.json()["errors"]), answer.text


async def test_what_we_do_not_know_is_not_found(calls: Flow) -> None:
    call = {"CallSid": CALL_SID, "CallStatus": "in-progress"}
    for path in ("/keys?turn=1", "/wait", "/released", f"/legs/{uuid4()}/answer", f"/legs/{uuid4()}/status"):
        assert (await post(calls, path, call)).status_code == 404, path


async def test_reports_about_unknown_calls_and_conferences_are_taken_and_dropped(calls: Flow) -> None:
    assert (await post(calls, "/status", {"CallSid": CALL_SID, "CallStatus": "completed"})).status_code == 204
    report = {"ConferenceSid": CONFERENCE_SID, "StatusCallbackEvent": "conference-start", "FriendlyName": "room"}
    assert (await post(calls, "/conference", report)).status_code == 204
    report["FriendlyName"] = str(uuid4())
    assert (await post(calls, "/conference", report)).status_code == 204


async def test_oversize_bodies_are_refused(calls: Flow) -> None:
    answer = await post(calls, "/incoming", {**INCOMING, "Padding": "x" * 1_100_000})
    assert answer.status_code == 413


async def test_unknown_fields_and_statuses_are_kept_not_refused(calls: Flow) -> None:
    assert (await post(calls, "/incoming", {**INCOMING, "NewIn2027": "yes", "Nul": "\x00"})).status_code == 200
    assert (await post(calls, "/status", {"CallSid": CALL_SID, "CallStatus": "daydreaming"})).status_code == 204
    async with calls.service.db.read() as tx:
        [row] = await tx.fetch("select fields->>'NewIn2027' as kept from call where call_sid = $1", CALL_SID)
    assert row["kept"] == "yes"


async def test_nothing_is_answered_that_is_not_durable(calls: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls.service, "accepts_intake", lambda: False)
    for path in ("/incoming", "/keys?turn=1", "/released", "/status", "/conference"):
        answer = await post(calls, path, INCOMING)
        assert answer.status_code == 503, path
        assert "retry-after" in answer.headers
    apology = await post(calls, "/fallback", INCOMING)
    assert apology.status_code == 200
    assert "系统出现故障" in apology.text
    assert "technical problem" in apology.text


async def test_a_call_goes_on_after_a_moment_without_us(calls: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    refusals = iter([False, False])
    monkeypatch.setattr(calls.service, "accepts_intake", lambda: next(refusals, True))
    sid = await calls.dial()
    await calls.hears(sid, "您好")
    assert await calls.names(sid) == ["Started"]
