"""The simulator's own API: the phones of customers and agents, faults, and a live stream for the phone page.

An agent is named by its id in the house or by its Twilio identity; both reach the same phone.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from chassis.twilio.identity import client_of
from posthouse.simulators.twilio.faults import Fault
from posthouse.simulators.twilio.fields import rfc2822
from posthouse.simulators.twilio.line import PickedUp
from posthouse.simulators.twilio.rest import Simulator, simulator
from posthouse.simulators.twilio.state import LIVE, Call, Message

router = APIRouter(prefix="/sim", tags=["phones"])
Sim = Annotated[Simulator, Depends(simulator)]


class NewText(BaseModel):
    """A text a phone sends."""

    to: str
    body: str = Field(max_length=1600)


class NewCall(BaseModel):
    """The number a phone dials."""

    to: str


class Keys(BaseModel):
    """Keys pressed on a phone."""

    digits: str = Field(pattern=r"^[0-9*#]{1,40}$")


class Habit(BaseModel):
    """How an agent's phone behaves: it picks up by itself after so many seconds, or (null) waits to be answered."""

    answer_after: float | None = Field(default=None, ge=0)


@router.get("/numbers")
async def numbers(sim: Sim) -> list[str]:
    """The account's numbers, which phones can call and text."""
    return [number.number for number in sim.settings.numbers]


@router.post("/phones/{number}/sms", status_code=201)
async def send_text(sim: Sim, number: str, text: NewText) -> dict[str, Any]:
    """Text one of the account's numbers. `webhook_status` is what its webhook last answered."""
    try:
        message, status = await sim.texting.receive(number, text.to, text.body)
    except KeyError as unknown:
        raise HTTPException(404, f"{text.to} takes no texts") from unknown
    return {**show_message(message), "webhook_status": status}


@router.get("/phones/{number}/messages")
async def messages(sim: Sim, number: str) -> list[dict[str, Any]]:
    """What the phone sent and received, oldest first. Texts still on their way to it are not there yet."""
    arrived = ("received", "sent", "delivered", "read")
    return [
        show_message(message)
        for message in sim.world.messages.values()
        if number in (message.from_, message.to) and message.status in arrived
    ]


@router.post("/phones/{number}/calls", status_code=201)
async def dial(sim: Sim, number: str, call: NewCall) -> dict[str, Any]:
    """Call one of the account's numbers."""
    try:
        return show_call(sim.exchange.place_inbound(number, call.to))
    except KeyError as unknown:
        raise HTTPException(404, f"{call.to} takes no calls") from unknown


@router.get("/phones/{number}/calls")
async def phone_calls(sim: Sim, number: str) -> list[dict[str, Any]]:
    """The phone's calls, oldest first."""
    return [show_call(call) for call in sim.world.calls.values() if call.other_end == number]


@router.get("/calls/{sid}")
async def show(sim: Sim, sid: str) -> dict[str, Any]:
    """A call's state, whether it listens for keys, and everything said and pressed so far."""
    return show_call(_call(sim, sid))


@router.post("/calls/{sid}/digits")
async def press(sim: Sim, sid: str, keys: Keys) -> dict[str, Any]:
    """Press keys. `heard` is false when nothing was listening: such keys are lost."""
    return {"heard": sim.exchange.press(_call(sim, sid), keys.digits)}


@router.post("/calls/{sid}/answer")
async def answer_call(sim: Sim, sid: str) -> dict[str, Any]:
    """Pick up a ringing phone."""
    return _answer(sim, _call(sim, sid))


@router.post("/calls/{sid}/hangup")
async def hang_up(sim: Sim, sid: str) -> dict[str, Any]:
    """Hang up, or decline while it rings."""
    call = _call(sim, sid)
    sim.exchange.hang_up(call)
    return show_call(call)


@router.get("/agents/{identity}/calls")
async def agent_calls(sim: Sim, identity: str) -> list[dict[str, Any]]:
    """The agent's call legs, oldest first."""
    return [show_call(call) for call in sim.world.calls.values() if call.to in _phones(identity)]


@router.put("/agents/{identity}")
async def set_habit(sim: Sim, identity: str, habit: Habit) -> Habit:
    """Let the agent's phone pick up by itself, or not."""
    for phone in _phones(identity):
        sim.exchange.answer_after[phone] = habit.answer_after
    return habit


@router.post("/agents/{identity}/answer")
async def agent_answers(sim: Sim, identity: str) -> dict[str, Any]:
    """The agent picks up the ringing leg. 404 when nothing rings."""
    return _answer(sim, _agent_leg(sim, identity, ("ringing",)))


@router.post("/agents/{identity}/hangup")
async def agent_hangs_up(sim: Sim, identity: str) -> dict[str, Any]:
    """The agent hangs up, or declines the ringing leg. 404 when there is none."""
    call = _agent_leg(sim, identity, LIVE)
    sim.exchange.hang_up(call)
    return show_call(call)


@router.post("/faults", status_code=201)
async def arm(sim: Sim, fault: Fault) -> Fault:
    """Make something go wrong."""
    sim.faults.armed.append(fault)
    return fault


@router.delete("/faults", status_code=204)
async def disarm(sim: Sim) -> None:
    """Nothing goes wrong any more."""
    sim.faults.armed.clear()


@router.get("/alerts")
async def alerts(sim: Sim) -> list[dict[str, Any]]:
    """Failed webhooks and wrong TwiML, as Twilio's debugger would show them."""
    return [
        {"at": rfc2822(alert.at), "code": alert.code, "text": alert.text, "resource": alert.resource}
        for alert in sim.world.alerts
    ]


@router.get("/events")
async def events(
    sim: Sim, party: str | None = None, last_event_id: Annotated[int | None, Header()] = None
) -> StreamingResponse:
    """Server-sent events: message.sent, message.received, call.status, call.heard, call.conference.

    `party` narrows them to one phone number or `client:<identity>`. `Last-Event-ID` resumes.
    """
    stream = sim.events.stream(last_event_id, party)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


def _phones(identity: str) -> tuple[str, str]:
    return client_of(identity), f"client:{identity}"


def _answer(sim: Simulator, call: Call) -> dict[str, Any]:
    if call.status != "ringing" or call.direction == "inbound":
        raise HTTPException(409, f"the call is {call.status}")
    sim.exchange.interrupt(call.sid, PickedUp())
    return show_call(call)


def _agent_leg(sim: Simulator, identity: str, statuses: tuple[str, ...]) -> Call:
    phones = _phones(identity)
    legs = (call for call in sim.world.calls.values() if call.to in phones and call.status in statuses)
    leg = next(legs, None)
    if leg is None:
        raise HTTPException(404, f"no such call for {identity}")
    return leg


def _call(sim: Simulator, sid: str) -> Call:
    if sid not in sim.world.calls:
        raise HTTPException(404, "no such call")
    return sim.world.calls[sid]


def show_call(call: Call) -> dict[str, Any]:
    """A call for the phone page."""
    return {
        "sid": call.sid,
        "from": call.from_,
        "to": call.to,
        "direction": call.direction,
        "status": call.status,
        "listening": call.listening,
        "in_conference": call.conference_sid is not None,
        "transcript": [
            {"at": rfc2822(line.at), "kind": line.kind, "text": line.text, "language": line.language}
            for line in call.transcript
        ],
    }


def show_message(message: Message) -> dict[str, Any]:
    """A message for the phone page."""
    return {
        "sid": message.sid,
        "from": message.from_,
        "to": message.to,
        "body": message.body,
        "status": message.status,
        "at": rfc2822(message.created),
    }
