"""Our client and our simulator against Twilio's own specification."""

from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr
from twilio.rest import Client

from channel_voice.parameters import VoiceParameters
from chassis.clock import SystemClock
from chassis.twilio.client import TwilioRefused, TwilioRest
from chassis.twilio.settings import TwilioSettings
from contracts.interactions import InteractionAnswered
from posthouse.simulators.twilio import rest_calls
from posthouse.simulators.twilio.app import build, close
from posthouse.simulators.twilio.settings import Number, Pace, SimulatorSettings
from tests.contract.channel_voice.loopback import ACCOUNT, OURS, TOKEN, Flow, flow, listening, open_socket
from tests.contract.channel_voice.prism import prism
from tests.support.world import World, eventually

PHONE = "+8613900000001"

pytestmark = pytest.mark.timeout(300)  # the first run installs packages


@pytest.fixture
async def checked() -> AsyncIterator[tuple[str, str]]:
    """The simulator behind the specification: (the specification's URL, the simulator's URL)."""
    sock, url = open_socket()
    pace = Pace(message_step=0.01, call_setup=0.01, answer_after=0.01)
    simulator = build(SimulatorSettings(ACCOUNT, TOKEN, (Number(OURS),), pace), SystemClock())
    async with listening(simulator, sock), prism(url) as proxy:
        yield proxy, url
        await close(simulator)


def rest_at(url: str) -> TwilioRest:
    return TwilioRest(
        TwilioSettings(twilio_account_sid=ACCOUNT, twilio_auth_token=SecretStr(TOKEN), twilio_api_url=url)
    )


async def test_requests_and_answers_fit_twilios_specification(checked: tuple[str, str]) -> None:
    rest = rest_at(checked[0])

    async def everything(client: Client) -> None:
        message = await client.messages.create_async(
            to=PHONE, from_=OURS, body="你好", status_callback="https://x.test/s", media_url=["https://x.test/a.png"]
        )
        assert message.status == "queued"
        listed = await client.messages.list_async(to=PHONE, limit=5)
        assert [one.sid for one in listed] == [message.sid]
        assert (await client.messages(message.sid).fetch_async()).direction == "outbound-api"
        twiml = "<Response><Dial><Conference>room</Conference></Dial></Response>"
        legs = [
            await client.calls.create_async(
                to=to, from_=OURS, twiml=twiml, timeout=15, status_callback_event=["initiated", "completed"]
            )
            for to in ("client:agent_1", PHONE)
        ]

        async def running() -> list[object]:
            return list(await client.conferences.list_async(friendly_name="room", status="in-progress", limit=1))

        [conference] = await eventually(running)
        participants = client.conferences(conference.sid).participants  # type: ignore[attr-defined]
        assert len(await participants.list_async()) == 2
        third = await participants.create_async(to="client:agent_2", from_=OURS, label="third")
        assert third.label == "third"
        held = await participants(legs[0].sid).update_async(hold=True, muted=True)
        assert held.hold
        assert (await participants(legs[0].sid).fetch_async()).muted
        assert await participants(legs[1].sid).delete_async()
        assert (await client.calls(legs[0].sid).fetch_async()).status == "in-progress"
        assert {one.sid for one in await client.calls.list_async(to="client:agent_1", limit=5)} == {legs[0].sid}
        await client.calls(legs[0].sid).update_async(status="completed")
        await client.conferences(conference.sid).fetch_async()  # type: ignore[attr-defined]

    await rest.call("everything", everything)
    await rest.close()


@pytest.mark.parametrize(
    ("form", "code"),
    [({"to": "nobody", "from_": OURS, "body": "x"}, 21211), ({"to": PHONE, "from_": OURS}, 21602)],
)
async def test_errors_arrive_with_twilios_code(checked: tuple[str, str], form: dict[str, str], code: int) -> None:
    rest = rest_at(checked[0])

    async def send(client: Client) -> None:
        await client.messages.create_async(**form)

    with pytest.raises(TwilioRefused) as refused:
        await rest.call("messages.create", send)
    assert refused.value.code == code
    await rest.close()


async def test_the_specification_is_really_asked(checked: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    proxy, url = checked
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
    async with httpx.AsyncClient(trust_env=False, auth=(ACCOUNT, TOKEN)) as http:
        assert (await http.post(proxy + path, data={"From": OURS})).status_code == 422
        assert (await http.post(url + path, data={"From": OURS})).json()["code"] == 21201
        form = {"From": OURS, "To": PHONE, "Twiml": "<Response/>"}
        assert (await http.post(proxy + path, data=form)).status_code == 201
        genuine = rest_calls.render
        monkeypatch.setattr(rest_calls, "render", lambda sim, call: {**genuine(sim, call), "status": "teleported"})
        assert (await http.post(proxy + path, data=form)).status_code == 500


async def test_a_whole_call_passes_through_the_specification(manual_world: World) -> None:
    upstream, url = open_socket()
    upstream.close()
    async with prism(url) as proxy, flow(manual_world, VoiceParameters(), simulator_at=url, api=proxy) as calls:
        await _talk(calls)


async def _talk(calls: Flow) -> None:
    sid = await calls.wait_for_person()
    await calls.bridge(sid)
    await calls.control("POST", "/agents/a1/hangup")
    await calls.over(sid)
    assert await calls.names(sid) == ["Started", "Queued", "Answered", "Ended"]
    assert (await calls.event(InteractionAnswered, sid)).agent_id == "a1"
