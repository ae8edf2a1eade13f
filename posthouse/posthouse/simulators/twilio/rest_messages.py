"""REST: /Messages."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from posthouse.simulators.twilio.fields import API_VERSION, rfc2822
from posthouse.simulators.twilio.messages import segments
from posthouse.simulators.twilio.rest import Form, Simulator, TwilioError, authorised, form, not_found, page, within
from posthouse.simulators.twilio.state import Hook, Message, new_sid

router = APIRouter(prefix="/2010-04-01/Accounts/{account_sid}")
Sim = Annotated[Simulator, Depends(authorised)]
E164 = re.compile(r"\+[1-9]\d{6,14}")
LONGEST_BODY = 1600


@router.post("/Messages.json", status_code=201)
async def create(sim: Sim, given: Annotated[Form, Depends(form)]) -> dict[str, Any]:
    """Accept a message; it is sent afterwards."""
    to, body = given.get("To"), given.get("Body")
    from_, service = given.get("From"), given.get("MessagingServiceSid")
    if to is None:
        raise TwilioError(400, 21604, "A 'To' phone number is required.")
    if not E164.fullmatch(to):
        raise TwilioError(400, 21211, f"The 'To' number {to} is not a valid phone number.")
    if from_ is None and service is None:
        raise TwilioError(400, 21603, "A 'From' phone number is required.")
    if from_ is not None and sim.settings.number(from_) is None:
        raise TwilioError(400, 21606, f"The 'From' phone number {from_} is not a number of this account.")
    if body is None and not given.all("MediaUrl"):
        raise TwilioError(400, 21602, "Message body is required.")
    if body is not None and len(body) > LONGEST_BODY:
        raise TwilioError(400, 21617, "The concatenated message body exceeds the 1600 character limit")
    now = sim.clock.now()
    callback = given.get("StatusCallback")
    message = Message(
        new_sid("SM"),
        to,
        from_ or sim.settings.numbers[0].number,
        body or "",
        "outbound-api",
        "accepted" if service else "queued",
        now,
        now,
        segments=segments(body or ""),
        media=tuple(given.all("MediaUrl")),
        service_sid=service,
        callback=Hook(callback) if callback else None,
    )
    answer = render(sim, message)
    sim.texting.send(message)
    return answer


@router.get("/Messages.json")
async def list_messages(request: Request, sim: Sim) -> dict[str, Any]:
    """Messages, newest first, filtered by To, From and DateSent."""
    wanted = request.query_params
    found = [
        message
        for message in reversed(sim.world.messages.values())
        if wanted.get("To") in (None, message.to)
        and wanted.get("From") in (None, message.from_)
        and within(request, "DateSent", message.sent or message.created)
    ]
    return page(request, "messages", found, lambda message: render(sim, message))


@router.get("/Messages/{sid}.json")
async def fetch(request: Request, sim: Sim, sid: str) -> dict[str, Any]:
    """One message."""
    if sid not in sim.world.messages:
        raise not_found(request.url.path)
    return render(sim, sim.world.messages[sid])


def render(sim: Simulator, message: Message) -> dict[str, Any]:
    """The message as Twilio's resource."""
    path = f"/2010-04-01/Accounts/{sim.settings.account_sid}/Messages/{message.sid}"
    return {
        "account_sid": sim.settings.account_sid,
        "api_version": API_VERSION,
        "body": message.body,
        "date_created": rfc2822(message.created),
        "date_sent": rfc2822(message.sent) if message.sent else None,
        "date_updated": rfc2822(message.updated),
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": message.error_message,
        "from": message.from_,
        "messaging_service_sid": message.service_sid,
        "num_media": str(len(message.media)),
        "num_segments": str(message.segments),
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{path}/Media.json"},
        "to": message.to,
        "uri": f"{path}.json",
    }
