"""REST: /Calls."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from posthouse.simulators.twilio.fields import API_VERSION, rfc2822
from posthouse.simulators.twilio.line import Redirected
from posthouse.simulators.twilio.rest import Form, Simulator, TwilioError, authorised, form, not_found, page, within
from posthouse.simulators.twilio.state import Call, Hook

router = APIRouter(prefix="/2010-04-01/Accounts/{account_sid}")
Sim = Annotated[Simulator, Depends(authorised)]
Given = Annotated[Form, Depends(form)]
CALLABLE = re.compile(r"\+[1-9]\d{6,14}|client:[A-Za-z0-9_]{1,121}|sip:\S+")
LONGEST_RING = 600


@router.post("/Calls.json", status_code=201)
async def create(sim: Sim, given: Given) -> dict[str, Any]:
    """Dial a phone or client."""
    to, from_ = given.get("To"), given.get("From")
    if to is None:
        raise TwilioError(400, 21201, "No 'To' number is specified")
    if from_ is None:
        raise TwilioError(400, 21213, "No 'From' number is specified")
    if not CALLABLE.fullmatch(to):
        raise TwilioError(400, 21211, f"The phone number you are attempting to call, {to}, is not valid.")
    if sim.settings.number(from_) is None and not from_.startswith("client:"):
        raise TwilioError(400, 21210, f"'From' phone number {from_} is not a number of this account.")
    start = instructions(given)
    if start is None:
        raise TwilioError(400, 21205, "Url parameter is required.")
    ring = given.number("Timeout", 60)
    if not 0 < ring <= LONGEST_RING:
        raise TwilioError(400, 20001, "Parameter 'Timeout' is not valid")
    return render(sim, sim.exchange.place_outbound(to, from_, start, given.callback(), ring))


@router.get("/Calls.json")
async def list_calls(request: Request, sim: Sim) -> dict[str, Any]:
    """Calls, newest first, filtered by To, From, Status and StartTime."""
    wanted = request.query_params
    found = [
        call
        for call in reversed(sim.world.calls.values())
        if wanted.get("To") in (None, call.to)
        and wanted.get("From") in (None, call.from_)
        and wanted.get("Status") in (None, call.status)
        and wanted.get("ParentCallSid") in (None, call.parent)
        and within(request, "StartTime", call.start or call.created)
    ]
    return page(request, "calls", found, lambda call: render(sim, call))


@router.get("/Calls/{sid}.json")
async def fetch(request: Request, sim: Sim, sid: str) -> dict[str, Any]:
    """One call."""
    return render(sim, _call(request, sim, sid))


@router.post("/Calls/{sid}.json")
async def update(request: Request, sim: Sim, sid: str, given: Given) -> dict[str, Any]:
    """Redirect a live call to other TwiML, cancel it before the answer, or complete it."""
    call = _call(request, sim, sid)
    status = given.get("Status")
    if status not in (None, "completed", "canceled"):
        raise TwilioError(400, 21218, "Invalid call status")
    target = instructions(given)
    if call.ended:
        raise TwilioError(400, 21220, "Call is not in-progress. Cannot redirect.")
    if target is not None:
        sim.exchange.interrupt(sid, target)
    elif status == "completed" or (status == "canceled" and call.status in ("queued", "ringing")):
        sim.exchange.cancel(call)
    return render(sim, call)


def instructions(given: Form) -> Redirected | None:
    """What the call is to run: `Twiml` text or `Url`."""
    if twiml := given.get("Twiml"):
        return Redirected(twiml=twiml)
    if url := given.get("Url"):
        return Redirected(hook=Hook(url, given.get("Method") or "POST", given.get("FallbackUrl")))
    return None


def _call(request: Request, sim: Simulator, sid: str) -> Call:
    if sid not in sim.world.calls:
        raise not_found(request.url.path)
    return sim.world.calls[sid]


def render(sim: Simulator, call: Call) -> dict[str, Any]:
    """The call as Twilio's resource."""
    path = f"/2010-04-01/Accounts/{sim.settings.account_sid}/Calls/{call.sid}"
    seconds = int((call.end - call.start).total_seconds()) if call.end and call.start else 0
    links = ("Recordings", "Events", "Notifications", "Streams", "Transcriptions")
    return {
        "account_sid": sim.settings.account_sid,
        "answered_by": None,
        "api_version": API_VERSION,
        "caller_name": None,
        "date_created": rfc2822(call.created),
        "date_updated": rfc2822(call.updated),
        "direction": call.direction,
        "duration": str(seconds) if call.ended else None,
        "end_time": rfc2822(call.end) if call.end else None,
        "forwarded_from": None,
        "from": call.from_,
        "from_formatted": call.from_,
        "group_sid": None,
        "parent_call_sid": call.parent,
        "phone_number_sid": None,
        "price": None,
        "price_unit": "USD",
        "queue_time": "0",
        "sid": call.sid,
        "start_time": rfc2822(call.start) if call.start else None,
        "status": call.status,
        "subresource_uris": {name.lower(): f"{path}/{name}.json" for name in links},
        "to": call.to,
        "to_formatted": call.to,
        "trunk_sid": None,
        "uri": f"{path}.json",
    }
