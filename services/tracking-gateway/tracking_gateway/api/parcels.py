"""Where is a parcel, and why do we say so."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Path as PathParameter

from chassis.auth.principal import Principal
from chassis.db import Tx
from chassis.http.deps import DB, require, service_of
from chassis.http.problems import BadRequest, FieldError, NotFound, problems
from tracking_gateway.api.models import ExplainView, ParcelView
from tracking_gateway.api.view import Views
from tracking_gateway.domain.identity import NumberUnusable, canonical_number
from tracking_gateway.lookup import Found, Lookup, Unknown

Reader = Annotated[Principal, Depends(require("tracking:read"))]
Waybill = Annotated[str, PathParameter(min_length=1, max_length=80, description="as printed; separators do not matter")]
CarrierCode = Annotated[
    str | None, Query(max_length=40, pattern="^[a-z0-9_]+$", description="our carrier code, if it is known")
]
Phone = Annotated[
    str | None,
    Query(
        max_length=20,
        pattern=r"^\+?[0-9 -]{4,19}$",
        description="phone of sender or recipient, or its last four digits; some carriers ask for it",
    ),
]

router = APIRouter(prefix="/v1/parcels", tags=["Parcels"])


@router.get("/{waybill_no}", responses=problems(400, 404))
async def get_parcel(
    request: Request, db: DB, reader: Reader, waybill_no: Waybill, carrier: CarrierCode = None, phone: Phone = None
) -> ParcelView:
    """The parcel's normalised state, its history, and how old that knowledge is.

    A carrier that is not ours is asked when what we know is older than its limit allows; if it does not answer, the
    last answer is given with its age and `stale: true`. 404 if nothing is known; if a carrier would answer with a phone
    number, the problem says so (`needs`: `["phone"]`).
    """
    found = await _find(request, waybill_no, carrier, phone)
    views: Views = request.app.state.views
    async with db.transaction() as tx:
        _audit(tx, reader, "parcel.read", found)
    return views.parcel(found, service_of(request).clock.now())


@router.get("/{waybill_no}/explain", responses=problems(400, 404))
async def explain_parcel(
    request: Request, db: DB, reader: Reader, waybill_no: Waybill, carrier: CarrierCode = None
) -> ExplainView:
    """Which raw event gave the parcel its status, by which rule, and what every other event did. Asks nobody."""
    lookup: Lookup = request.app.state.lookup
    number = _number(waybill_no)
    found = await lookup.stored(number, carrier)
    if found is None:
        raise NotFound("parcel", number)
    views: Views = request.app.state.views
    async with db.transaction() as tx:
        _audit(tx, reader, "parcel.explained", found)
    return views.explain(found)


async def _find(request: Request, waybill_no: str, carrier: str | None, phone: str | None) -> Found:
    lookup: Lookup = request.app.state.lookup
    number = _number(waybill_no)
    found = await lookup.find(number, carrier=carrier, phone=phone)
    if isinstance(found, Unknown):
        raise _unknown(number, found, phone)
    return found


def _number(text: str) -> str:
    try:
        return canonical_number(text)
    except NumberUnusable as error:
        raise BadRequest(str(error), errors=[FieldError(pointer="path/waybill_no", detail=str(error))]) from error


def _unknown(number: str, unknown: Unknown, phone: str | None) -> NotFound:
    problem = NotFound("parcel", number)
    if unknown.needs_phone:
        wish = "another phone number is needed" if phone else "the phone number of sender or recipient is needed"
        detail = f"{', '.join(unknown.needs_phone)}: {wish}"
        problem.errors.append(FieldError(pointer="query/phone", detail=detail))
        problem.extra["needs"] = ["phone"]
    if unknown.unanswered:
        problem.extra["unanswered"] = unknown.unanswered
    return problem


def _audit(tx: Tx, reader: Principal, action: str, found: Found) -> None:
    tx.audit(reader.subject, action, f"parcel/{found.parcel.id}")
