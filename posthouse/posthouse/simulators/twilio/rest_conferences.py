"""REST: /Conferences and their participants."""

from html import escape
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from posthouse.simulators.twilio.fields import API_VERSION, rfc2822
from posthouse.simulators.twilio.line import Redirected
from posthouse.simulators.twilio.rest import Form, Simulator, TwilioError, authorised, form, not_found, page, within
from posthouse.simulators.twilio.rest_calls import CALLABLE
from posthouse.simulators.twilio.state import Conference, Participant

router = APIRouter(prefix="/2010-04-01/Accounts/{account_sid}/Conferences")
Sim = Annotated[Simulator, Depends(authorised)]
Given = Annotated[Form, Depends(form)]


@router.get(".json")
async def list_conferences(request: Request, sim: Sim) -> dict[str, Any]:
    """Conferences, newest first, filtered by FriendlyName, Status and DateCreated."""
    wanted = request.query_params
    found = [
        conference
        for conference in reversed(sim.world.conferences.values())
        if wanted.get("FriendlyName") in (None, conference.name)
        and wanted.get("Status") in (None, conference.status)
        and within(request, "DateCreated", conference.created)
    ]
    return page(request, "conferences", found, lambda conference: render(sim, conference))


@router.get("/{sid}.json")
async def fetch(request: Request, sim: Sim, sid: str) -> dict[str, Any]:
    """One conference."""
    return render(sim, _conference(request, sim, sid))


@router.post("/{sid}.json")
async def update(request: Request, sim: Sim, sid: str, given: Given) -> dict[str, Any]:
    """End a conference."""
    conference = _conference(request, sim, sid)
    if given.get("Status") == "completed":
        sim.exchange.bridge.end(conference, "conference-ended-via-api")
    return render(sim, conference)


@router.get("/{sid}/Participants.json")
async def list_participants(request: Request, sim: Sim, sid: str) -> dict[str, Any]:
    """Who is in the conference now."""
    conference = _conference(request, sim, sid)
    present = sim.exchange.bridge.present(conference)
    return page(request, "participants", present, lambda one: render_participant(sim, conference, one))


@router.post("/{sid}/Participants.json", status_code=201)
async def create_participant(request: Request, sim: Sim, sid: str, given: Given) -> dict[str, Any]:
    """Dial somebody into the conference of that SID or name; it is created if it does not exist."""
    to, from_ = given.get("To"), given.get("From")
    if to is None or from_ is None or not CALLABLE.fullmatch(to):
        raise TwilioError(400, 21211, "Invalid 'To' Phone Number")
    conference = sim.world.open_conference(sid)
    if sid.startswith("CF") and (conference is None or conference.status == "completed"):
        raise not_found(request.url.path)
    attributes = {
        "startConferenceOnEnter": given.get("StartConferenceOnEnter"),
        "endConferenceOnExit": given.get("EndConferenceOnExit"),
        "muted": given.get("Muted"),
        "participantLabel": given.get("Label"),
        "waitUrl": given.get("WaitUrl"),
        "statusCallback": given.get("ConferenceStatusCallback"),
        "statusCallbackEvent": " ".join(given.all("ConferenceStatusCallbackEvent")) or None,
    }
    written = " ".join(f'{name}="{escape(value)}"' for name, value in attributes.items() if value)
    name = conference.name if conference else sid
    twiml = f"<Response><Dial><Conference {written}>{escape(name)}</Conference></Dial></Response>"
    call = sim.exchange.place_outbound(
        to, from_, Redirected(twiml=twiml), given.callback(), given.number("Timeout", 60)
    )
    now = sim.clock.now()
    end_on_exit = bool(given.truth("EndConferenceOnExit"))
    coming = Participant(
        call.sid, given.get("Label"), False, False, True, end_on_exit, False, None, now, now, status="queued"
    )
    return render_participant(sim, conference or Conference("CF" + "0" * 32, name, "init", now, now), coming)


@router.get("/{sid}/Participants/{call_sid}.json")
async def fetch_participant(request: Request, sim: Sim, sid: str, call_sid: str) -> dict[str, Any]:
    """One participant."""
    conference = _conference(request, sim, sid)
    return render_participant(sim, conference, _participant(request, conference, call_sid))


@router.post("/{sid}/Participants/{call_sid}.json")
async def update_participant(request: Request, sim: Sim, sid: str, call_sid: str, given: Given) -> dict[str, Any]:
    """Mute, hold, or change whether the conference ends with this participant."""
    conference = _conference(request, sim, sid)
    participant = _participant(request, conference, call_sid)
    asked = {
        "muted": given.truth("Muted"),
        "hold": given.truth("Hold"),
        "end_on_exit": given.truth("EndConferenceOnExit"),
        "coaching": given.truth("Coaching"),
    }
    sim.exchange.bridge.modify(
        conference, participant, {name: value for name, value in asked.items() if value is not None}
    )
    return render_participant(sim, conference, participant)


@router.delete("/{sid}/Participants/{call_sid}.json", status_code=204)
async def remove_participant(request: Request, sim: Sim, sid: str, call_sid: str) -> Response:
    """Put somebody out of the conference."""
    _participant(request, _conference(request, sim, sid), call_sid)
    sim.exchange.bridge.remove(sim.world.calls[call_sid])
    return Response(status_code=204)


def _conference(request: Request, sim: Simulator, sid: str) -> Conference:
    conference = sim.world.conferences.get(sid)
    if conference is None:
        raise not_found(request.url.path)
    return conference


def _participant(request: Request, conference: Conference, call_sid: str) -> Participant:
    participant = conference.participants.get(call_sid)
    if participant is None or participant.status != "connected":
        raise not_found(request.url.path)
    return participant


def render(sim: Simulator, conference: Conference) -> dict[str, Any]:
    """The conference as Twilio's resource."""
    path = f"/2010-04-01/Accounts/{sim.settings.account_sid}/Conferences/{conference.sid}"
    answer = {
        "account_sid": sim.settings.account_sid,
        "api_version": API_VERSION,
        "call_sid_ending_conference": conference.ended_by_call,
        "date_created": rfc2822(conference.created),
        "date_updated": rfc2822(conference.updated),
        "friendly_name": conference.name,
        "region": "us1",
        "sid": conference.sid,
        "status": conference.status,
        "subresource_uris": {"participants": f"{path}/Participants.json", "recordings": f"{path}/Recordings.json"},
        "uri": f"{path}.json",
    }
    if conference.reason_ended:
        answer["reason_conference_ended"] = conference.reason_ended
    return answer


def render_participant(sim: Simulator, conference: Conference, participant: Participant) -> dict[str, Any]:
    """The participant as Twilio's resource."""
    path = f"/2010-04-01/Accounts/{sim.settings.account_sid}/Conferences/{conference.sid}"
    return {
        "account_sid": sim.settings.account_sid,
        "call_sid": participant.call_sid,
        "call_sid_to_coach": participant.coach,
        "coaching": participant.coaching,
        "conference_sid": conference.sid,
        "date_created": rfc2822(participant.created),
        "date_updated": rfc2822(participant.updated),
        "end_conference_on_exit": participant.end_on_exit,
        "hold": participant.hold,
        "label": participant.label,
        "muted": participant.muted,
        "queue_time": None,
        "start_conference_on_enter": participant.start_on_enter,
        "status": participant.status,
        "uri": f"{path}/Participants/{participant.call_sid}.json",
    }
