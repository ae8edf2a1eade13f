"""Scan events of the courier's own network, as its systems report them."""

from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Body, Depends, Request
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from chassis.auth.principal import Principal
from chassis.http.deps import require, service_of
from chassis.http.problems import BadRequest, FieldError, problems
from contracts.parcels import ParcelStatus
from tracking_gateway.carriers.courier.parse import Scan, scan_time, told
from tracking_gateway.carriers.json_items import storable
from tracking_gateway.domain.identity import NumberUnusable
from tracking_gateway.domain.observation import Observation, observe
from tracking_gateway.domain.times import TimeUnreadable
from tracking_gateway.intake import Intake
from tracking_gateway.knowledge import COURIER, Knowledge
from tracking_gateway.parameters import TrackingParameters

_HARD_LIMIT = 5000


class ScanIn(BaseModel):
    """One scan. `scan_id` is the network's own id; sending it again changes nothing. Unknown fields are kept."""

    model_config = ConfigDict(extra="allow", str_strip_whitespace=True)

    scan_id: str = Field(min_length=1, max_length=100)
    waybill_no: str = Field(min_length=5, max_length=80)
    code: str = Field(min_length=1, max_length=40, description="the network's scan code, for example OUT_FOR_DELIVERY")
    description: str = Field(default="", max_length=500, description="what customers may read")
    node: str | None = Field(default=None, max_length=100, description="branch, hub or vehicle")
    node_kind: Literal["branch", "hub", "station", "vehicle"] | None = Field(
        default=None, description="what the node is; left out, a branch"
    )
    bag: str | None = Field(default=None, max_length=60, description="the bag the parcel is in from now on")
    vehicle: str | None = Field(default=None, max_length=60, description="the vehicle it is loaded on")
    city: str | None = Field(default=None, max_length=100)
    occurred_at: AwareDatetime | str = Field(
        description="ISO 8601; without an offset it is wall time of the courier's own zone",
        examples=["2026-11-05T09:10:00+08:00", "2026-11-05 09:10:00"],
    )


class ScanOutcome(BaseModel):
    """What became of a scan, and where its parcel is now."""

    scan_id: str
    outcome: str = Field(pattern="^(accepted|duplicate|set_aside)$")
    parcel_id: UUID | None
    status: ParcelStatus | None


class ScansTaken(BaseModel):
    """All scans are durable when this is answered. `set_aside`: dated in the future, kept but not believed."""

    accepted: int
    duplicates: int
    set_aside: int
    results: list[ScanOutcome]


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


Scans = Annotated[
    list[ScanIn],
    BeforeValidator(_as_list, json_schema_input_type=ScanIn | Annotated[list[ScanIn], Field(max_length=_HARD_LIMIT)]),
    Field(min_length=1, max_length=_HARD_LIMIT),
]

router = APIRouter(prefix="/v1", tags=["Courier network"])


@router.post("/scans", responses=problems(400, 413))
async def post_scans(
    request: Request,
    writer: Annotated[Principal, Depends(require("tracking:write"))],
    scans: Annotated[Scans, Body()],
) -> ScansTaken:
    """Report one scan or a list. All are taken or none: an unreadable one refuses the request and names the field."""
    state = request.app.state
    intake: Intake = state.intake
    parameters: TrackingParameters = state.parameters
    if len(scans) > parameters.max_scans_per_request:
        detail = f"at most {parameters.max_scans_per_request} scans in one request"
        raise BadRequest(detail, errors=[FieldError(pointer="#", detail=detail)])
    observations = [_observation(request, scan, index, len(scans)) for index, scan in enumerate(scans)]
    outcomes = await intake.accept(observations)
    results = [
        ScanOutcome(
            scan_id=scan.scan_id,
            outcome="set_aside" if outcome.parcel is None else "accepted" if outcome.new_keys else "duplicate",
            parcel_id=outcome.parcel.id if outcome.parcel else None,
            status=outcome.parcel.state.status if outcome.parcel else None,
        )
        for scan, outcome in zip(scans, outcomes, strict=True)
    ]
    return ScansTaken(
        accepted=sum(item.outcome == "accepted" for item in results),
        duplicates=sum(item.outcome == "duplicate" for item in results),
        set_aside=sum(item.outcome == "set_aside" for item in results),
        results=results,
    )


def _observation(request: Request, body: ScanIn, index: int, count: int) -> Observation:
    state = request.app.state
    knowledge: Knowledge = state.knowledge
    pointer = f"#/{index}" if count > 1 else "#"
    try:
        time = scan_time(body.occurred_at, state.own_zone)
    except TimeUnreadable as error:
        raise _bad(f"{pointer}/occurred_at", str(error)) from error
    clean = storable(body.model_dump(mode="json"))
    scan = Scan(
        scan_id=clean["scan_id"],
        waybill_no=clean["waybill_no"],
        code=clean["code"],
        description=clean["description"],
        node=clean["node"],
        city=clean["city"],
        time=time,
        raw=orjson.dumps(clean).decode(),
        node_kind=clean["node_kind"],
        bag=clean["bag"] or None,
        vehicle=clean["vehicle"] or None,
    )
    try:
        report = told(scan, state.own_carrier)
    except NumberUnusable as error:
        raise _bad(f"{pointer}/waybill_no", str(error)) from error
    return observe(
        report,
        source=COURIER,
        codes=knowledge.codes[COURIER],
        interpreter=knowledge.interpreter,
        received_at=service_of(request).clock.now(),
        snapshot=False,
    )


def _bad(pointer: str, detail: str) -> BadRequest:
    return BadRequest(detail, errors=[FieldError(pointer=pointer, detail=detail)])
