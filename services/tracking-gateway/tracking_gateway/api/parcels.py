"""Where is a parcel, and why do we say so."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Path as PathParameter
from pydantic import BaseModel, Field

from chassis.auth.principal import Principal
from chassis.db import Tx
from chassis.http.deps import DB, require, service_of
from chassis.http.problems import BadRequest, FieldError, Forbidden, NotFound, problems
from tracking_gateway.api.models import ExplainView, ParcelSummary, ParcelView
from tracking_gateway.api.view import Views
from tracking_gateway.domain.identity import NumberUnusable, canonical_number
from tracking_gateway.domain.masking import Asker, Audience, IdentityLevel, audience_of
from tracking_gateway.lookup import Found, Lookup, Unknown
from tracking_gateway.parameters import TrackingParameters
from tracking_gateway.store.parcels import newest_parcels

Reader = Annotated[Principal, Depends(require("tracking:read"))]
Anybody = Annotated[Principal, Depends(require())]
AudienceChoice = Annotated[
    Audience,
    Query(
        description="for whom the answer is: `agent` sees all, a verified `party` sees names and phones masked, "
        "`public` sees status and dates only"
    ),
]
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


class BulkQuery(BaseModel):
    """Numbers to look up."""

    waybill_nos: list[Annotated[str, Field(min_length=1, max_length=80)]] = Field(min_length=1, max_length=1000)
    carrier: str | None = Field(default=None, max_length=40, pattern="^[a-z0-9_]+$")


class BulkItem(BaseModel):
    """One number as asked for, and what is known of it."""

    waybill_no: str
    parcel: ParcelSummary | None


class BulkAnswer(BaseModel):
    """One item per number, in the order of the question."""

    items: list[BulkItem]


@router.post("/query", responses=problems(400))
async def query_parcels(request: Request, db: DB, reader: Reader, body: BulkQuery) -> BulkAnswer:
    """Many parcels at once, from what is known; no carrier is asked."""
    parameters: TrackingParameters = request.app.state.parameters
    if len(body.waybill_nos) > parameters.bulk_limit:
        detail = f"at most {parameters.bulk_limit} numbers"
        raise BadRequest(detail, errors=[FieldError(pointer="#/waybill_nos", detail=detail)])
    numbers = [number_of(text, f"#/waybill_nos/{index}") for index, text in enumerate(body.waybill_nos)]
    views: Views = request.app.state.views
    now = service_of(request).clock.now()
    async with db.transaction() as tx:
        found = await newest_parcels(tx, sorted(set(numbers)), body.carrier)
        for parcel in found.values():
            tx.audit(reader.subject, "parcel.read", f"parcel/{parcel.id}")
    return BulkAnswer(
        items=[
            BulkItem(waybill_no=number, parcel=views.summary(found[number], now) if number in found else None)
            for number in numbers
        ]
    )


@router.get("/{waybill_no}", responses=problems(400, 404))
async def get_parcel(
    request: Request,
    db: DB,
    reader: Anybody,
    waybill_no: Waybill,
    carrier: CarrierCode = None,
    phone: Phone = None,
    audience: AudienceChoice = Audience.AGENT,
    asker: Annotated[
        Asker | None, Query(description="who asks; with `identity` it decides what the answer holds at most")
    ] = None,
    identity: Annotated[IdentityLevel, Query(description="how sure the asker's identity is")] = IdentityLevel.NONE,
) -> ParcelView:
    """The parcel's normalised state, its history, and how old that knowledge is.

    A carrier that is not ours is asked when what we know is older than its limit allows; if it does not answer, the
    last answer is given with its age and `stale: true`. 404 if nothing is known; if a carrier would answer with a phone
    number, the problem says so (`needs`: `["phone"]`).

    A third party, and an asker whose identity is `none`, gets what anybody may know; sender and recipient get texts
    with names and phones masked. Agents see sender and recipient unmasked with the scope `personal:read` only.

    Callers with the scope `tracking:public` alone get the public answer, whatever they ask for.
    """
    audience = _permitted(reader, audience_of(asker, identity) if asker else audience)
    found = await _find(request, waybill_no, carrier, phone)
    views: Views = request.app.state.views
    async with db.transaction() as tx:
        _audit(tx, reader, "parcel.read", found, audience)
    return views.parcel(found, service_of(request).clock.now(), audience, personal=reader.may("personal:read"))


@router.get("/{waybill_no}/explain", responses=problems(400, 404))
async def explain_parcel(
    request: Request, db: DB, reader: Reader, waybill_no: Waybill, carrier: CarrierCode = None
) -> ExplainView:
    """Which raw event gave the parcel its status, by which rule, and what every other event did. Asks nobody."""
    lookup: Lookup = request.app.state.lookup
    number = number_of(waybill_no)
    found = await lookup.stored(number, carrier)
    if found is None:
        raise NotFound("parcel", number)
    views: Views = request.app.state.views
    async with db.transaction() as tx:
        _audit(tx, reader, "parcel.explained", found, Audience.AGENT)
    return views.explain(found)


async def _find(request: Request, waybill_no: str, carrier: str | None, phone: str | None) -> Found:
    lookup: Lookup = request.app.state.lookup
    number = number_of(waybill_no)
    found = await lookup.find(number, carrier=carrier, phone=phone)
    if isinstance(found, Unknown):
        raise _unknown(number, found, phone)
    return found


def number_of(text: str, pointer: str = "path/waybill_no") -> str:
    """The number in its canonical form; 400 if it can be none."""
    try:
        return canonical_number(text)
    except NumberUnusable as error:
        raise BadRequest(str(error), errors=[FieldError(pointer=pointer, detail=str(error))]) from error


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


def _permitted(reader: Principal, audience: Audience) -> Audience:
    if reader.may("tracking:read"):
        return audience
    if reader.may("tracking:public"):
        return Audience.PUBLIC
    raise Forbidden("This needs the scope tracking:read.", extra={"missing_scopes": ["tracking:read"]})


def _audit(tx: Tx, reader: Principal, action: str, found: Found, audience: Audience) -> None:
    tx.audit(reader.subject, action, f"parcel/{found.parcel.id}", {"audience": audience.value})
