"""EPCIS 2.0 events of partners (GS1), captured over the standard's REST form."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from chassis.auth.principal import Principal
from chassis.http.deps import raw_body, require, service_of
from chassis.http.problems import BadRequest, FieldError, problems
from tracking_gateway.carriers.epcis.parse import parse_document
from tracking_gateway.carriers.forms import json_schema
from tracking_gateway.carriers.json_items import Malformed
from tracking_gateway.domain.observation import observe
from tracking_gateway.intake import Intake
from tracking_gateway.knowledge import Knowledge

_SOURCE = "epcis"


class Captured(BaseModel):
    """What was taken from a document: parcels, new events, and items set aside because they could not be read."""

    parcels: int
    events: int
    set_aside: int


router = APIRouter(prefix="/v1/epcis", tags=["EPCIS"])


@router.post("/capture", status_code=202, responses=problems(400, 413), openapi_extra={"requestBody": json_schema()})
async def capture(
    request: Request,
    writer: Annotated[Principal, Depends(require("tracking:write"))],
    carrier: Annotated[
        str | None, Query(max_length=40, pattern="^[a-z0-9_]+$", description="whose parcels; ours if left out")
    ] = None,
) -> Captured:
    """Capture an EPCIS document or a single event. Durable when answered; events known already change nothing.

    A parcel is named by a business transaction of kind `bol`, `desadv` or `waybill`, else by its SSCC.
    """
    state = request.app.state
    knowledge: Knowledge = state.knowledge
    intake: Intake = state.intake
    body = await raw_body(request)
    try:
        told = parse_document(body, carrier or state.own_carrier)
    except Malformed as error:
        raise BadRequest(str(error), errors=[FieldError(pointer=error.pointer, detail=error.detail)]) from error
    observations = [
        observe(
            item,
            source=_SOURCE,
            codes=knowledge.codes[_SOURCE],
            interpreter=knowledge.interpreter,
            received_at=service_of(request).clock.now(),
            snapshot=False,
        )
        for item in told
    ]
    outcomes = await intake.accept(observations)
    return Captured(
        parcels=len({outcome.parcel.id for outcome in outcomes if outcome.parcel}),
        events=sum(len(outcome.new_keys) for outcome in outcomes),
        set_aside=sum(len(observation.unreadable) for observation in observations),
    )
