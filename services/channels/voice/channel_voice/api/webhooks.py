"""What Twilio calls: TwiML requests, which are answered with what the call does next, and reports."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from channel_voice.reception import Reception
from channel_voice.reports import Reports
from channel_voice.twilio.forms import CallReport, ConferenceReport, Form
from channel_voice.twilio.urls import PATH
from chassis.http.deps import WebhookIntake
from chassis.http.problems import NotFound, problems
from chassis.twilio.webhooks import FORM_BODY, SignedForms

TWIML_TYPE = "text/xml"
_TWIML: dict[int | str, dict[str, Any]] = {
    200: {"description": "TwiML: what the call does next", "content": {TWIML_TYPE: {"schema": {"type": "string"}}}}
}


async def _form(request: Request) -> Form:
    forms: SignedForms = request.app.state.forms
    return Form(await forms.read(request))


async def _reception(request: Request) -> Reception:
    reception: Reception = request.app.state.reception
    return reception


async def _reports(request: Request) -> Reports:
    reports: Reports = request.app.state.reports
    return reports


Signed = Annotated[Form, Depends(_form)]
Desk = Annotated[Reception, Depends(_reception)]
Register = Annotated[Reports, Depends(_reports)]

router = APIRouter(prefix=PATH, tags=["Twilio"], responses=problems(400, 403, 413, 503))
intake = APIRouter(dependencies=[WebhookIntake])


def _twiml(document: str) -> Response:
    return Response(document, media_type=TWIML_TYPE)


@intake.post("/incoming", responses=_TWIML, response_class=Response, openapi_extra=FORM_BODY)
async def incoming(form: Signed, desk: Desk) -> Response:
    """A call came in. It is stored before it is greeted; repeated deliveries are greeted again and change nothing."""
    known = ("CallSid", "From", "To")
    sid, account = form.sid("CallSid", "CA"), form.address("To")
    return _twiml(await desk.arrive(sid, form.optional("From"), account, form.rest(*known)))


@intake.post("/keys", responses={**_TWIML, **problems(404)}, response_class=Response, openapi_extra=FORM_BODY)
async def keys(
    form: Signed, desk: Desk, turn: Annotated[int, Query(ge=1, le=10_000, description="which question is answered")]
) -> Response:
    """The caller pressed keys, or none in time."""
    sid, digits = form.sid("CallSid", "CA"), form.keys()
    return _twiml(_known(await desk.press(sid, turn, digits), "call", sid))


@intake.post("/released", responses={**_TWIML, **problems(404)}, response_class=Response, openapi_extra=FORM_BODY)
async def released(form: Signed, desk: Desk) -> Response:
    """The conference is over for the caller: the agent left, or the caller did."""
    report = CallReport.read(form)
    twiml = await desk.released(report.call_sid, on_the_line=not report.over)
    return _twiml(_known(twiml, "call", report.call_sid))


@router.post("/wait", responses={**_TWIML, **problems(404)}, response_class=Response, openapi_extra=FORM_BODY)
async def wait(form: Signed, desk: Desk) -> Response:
    """A waiting caller heard the last piece; the next one."""
    sid = form.sid("CallSid", "CA")
    return _twiml(_known(await desk.wait(sid), "call", sid))


@router.post("/fallback", responses=_TWIML, response_class=Response, openapi_extra=FORM_BODY)
async def fallback(form: Signed, desk: Desk) -> Response:
    """We could not answer another request: the caller hears so. Needs nothing that could be away."""
    return _twiml(desk.apology())


@intake.post("/status", status_code=204, openapi_extra=FORM_BODY)
async def status(form: Signed, register: Register) -> Response:
    """A caller's call moved on. Reports may repeat and come in any order."""
    report = CallReport.read(form)
    await register.caller(report)
    return Response(status_code=204)


@intake.post("/conference", status_code=204, openapi_extra=FORM_BODY)
async def conference(form: Signed, register: Register) -> Response:
    """Somebody joined or left a conference. Reports may repeat and come in any order."""
    report = ConferenceReport.read(form)
    await register.conference(report)
    return Response(status_code=204)


@intake.post(
    "/legs/{leg_id}/answer",
    responses={**_TWIML, **problems(404)},
    response_class=Response,
    openapi_extra=FORM_BODY,
)
async def leg_answer(leg_id: UUID, form: Signed, register: Register) -> Response:
    """An agent picked up: into the conference, unless the caller is gone or somebody else is there."""
    sid = form.sid("CallSid", "CA")
    return _twiml(_known(await register.picked_up(leg_id, sid), "leg", leg_id))


@intake.post("/legs/{leg_id}/status", status_code=204, responses=problems(404), openapi_extra=FORM_BODY)
async def leg_status(leg_id: UUID, form: Signed, register: Register) -> Response:
    """An agent leg moved on. Reports may repeat and come in any order."""
    report = CallReport.read(form)
    if not await register.leg(leg_id, report):
        raise NotFound("leg", leg_id)
    return Response(status_code=204)


def _known(twiml: str | None, kind: str, id: object) -> str:
    if twiml is None:
        raise NotFound(kind, id)
    return twiml


router.include_router(intake)
