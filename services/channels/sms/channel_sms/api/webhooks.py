"""What Twilio calls: a message came in, an outbound message moved on."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from channel_sms import delivery
from channel_sms.api.raw import RawRoute
from channel_sms.intake import Intake
from channel_sms.twilio.inbound import MalformedField, read_message
from channel_sms.twilio.status import read_status
from chassis.http.deps import DB, WebhookIntake, require_intake
from chassis.http.problems import problems
from chassis.service import Service
from chassis.twilio.webhooks import FORM_BODY, SignedForms, malformed

_ANSWERS = problems(400, 403, 413, 503)

router = APIRouter(prefix="/v1/twilio", tags=["Twilio"], dependencies=[WebhookIntake], responses=_ANSWERS)
hot = APIRouter(prefix="/v1/twilio", tags=["Twilio"], route_class=RawRoute, responses=_ANSWERS)


@hot.post("/messages", status_code=204, openapi_extra=FORM_BODY)
async def receive_message(request: Request) -> Response:
    """A customer's message. 204: it is stored and on its way to the case; repeated deliveries change nothing."""
    state = request.app.state
    service: Service = state.service
    forms: SignedForms = state.forms
    intake: Intake = state.intake
    require_intake(service)
    fields = await forms.read(request)
    try:
        message = read_message(fields, service.clock.now())
    except MalformedField as error:
        raise malformed(error.field, error.detail) from error
    await intake.accept(message)
    return Response(status_code=204)


@router.post("/status", status_code=204, openapi_extra=FORM_BODY)
async def receive_status(
    request: Request,
    db: DB,
    message: Annotated[UUID | None, Query(description="our id of the message, as put into its callback URL")] = None,
) -> Response:
    """What became of an outbound message. Reports may repeat and come in any order; a status never moves down."""
    forms: SignedForms = request.app.state.forms
    fields = await forms.read(request)
    try:
        status = read_status(fields)
    except MalformedField as error:
        raise malformed(error.field, error.detail) from error
    async with db.transaction() as tx:
        await delivery.report(tx, status, message_id=message)
    return Response(status_code=204)
