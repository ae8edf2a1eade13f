"""What was agreed about a parcel: product, route, promise, parties; told by the courier's order system."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from chassis.auth.principal import Principal
from chassis.http.deps import DB, require, service_of
from chassis.http.problems import BadRequest, FieldError, problems
from contracts.parcels import Area, Party, ShipmentDeclared, ShipmentPersonal
from tracking_gateway.api.models import PromiseView, SensibleInstant
from tracking_gateway.api.parcels import Waybill
from tracking_gateway.api.view import promise_view
from tracking_gateway.declaring import Declaring, declaration
from tracking_gateway.domain.identity import NumberUnusable
from tracking_gateway.knowledge import Knowledge
from tracking_gateway.parameters import TrackingParameters

router = APIRouter(prefix="/v1/parcels", tags=["Courier network"])


class ShipmentIn(BaseModel):
    """A shipment. Leave `promised_at` out unless something else than product and route was promised."""

    model_config = ConfigDict(extra="forbid")

    product: str = Field(default="standard", pattern="^[a-z0-9_]{1,40}$", examples=["standard"])
    origin: Area | None = Field(default=None, examples=[{"country": "CN", "province": "广东", "city": "深圳"}])
    destination: Area | None = Field(default=None, examples=[{"country": "CN", "province": "浙江", "city": "杭州"}])
    promised_at: SensibleInstant | None = None
    promise_hours: int | None = Field(default=None, ge=1, le=24 * 365, description="from the collection")
    promise_working_days: int | None = Field(default=None, ge=1, le=365, description="after the day of collection")
    declared_at: SensibleInstant | None = Field(default=None, description="now if left out; the newest counts")
    sender: Party | None = Field(default=None, description="kept as it is if left out")
    recipient: Party | None = Field(default=None, description="kept as it is if left out")


class ShipmentView(BaseModel):
    """The shipment that counts now, and what is promised by it."""

    parcel_id: UUID
    waybill_no: str
    product: str
    declared_at: datetime
    promise: PromiseView


@router.put("/{waybill_no}/shipment", responses=problems(400))
async def put_shipment(
    request: Request,
    db: DB,
    writer: Annotated[Principal, Depends(require("tracking:write"))],
    waybill_no: Waybill,
    body: ShipmentIn,
) -> ShipmentView:
    """Declare a shipment of our own network, before or after its first scan. A later declaration replaces it."""
    state = request.app.state
    knowledge: Knowledge = state.knowledge
    declaring: Declaring = state.declaring
    parameters: TrackingParameters = state.parameters
    now = service_of(request).clock.now()
    if body.declared_at and body.declared_at > now + timedelta(minutes=parameters.future_tolerance_minutes):
        detail = "a declaration cannot be of the future"
        raise BadRequest(detail, errors=[FieldError(pointer="#/declared_at", detail=detail)])
    try:
        item = declaration(
            ShipmentDeclared(
                waybill_no=waybill_no[:40],
                product=body.product,
                origin=body.origin,
                destination=body.destination,
                promised_at=body.promised_at,
                promise_hours=body.promise_hours,
                promise_working_days=body.promise_working_days,
                occurred_at=body.declared_at or now,
                personal=ShipmentPersonal(sender=body.sender, recipient=body.recipient),
            ),
            state.own_carrier,
        )
    except (NumberUnusable, ValueError) as error:
        detail = "a waybill number has 5 to 40 letters and digits"
        raise BadRequest(detail, errors=[FieldError(pointer="path/waybill_no", detail=detail)]) from error
    async with db.transaction() as tx:
        (parcel,) = await declaring.apply(tx, [item])
        tx.audit(writer.subject, "shipment.declared", f"parcel/{parcel.id}")
    shipment = parcel.shipment or item.shipment
    return ShipmentView(
        parcel_id=parcel.id,
        waybill_no=parcel.waybill_no,
        product=shipment.product,
        declared_at=shipment.declared_at,
        promise=promise_view(knowledge.promises.promise(shipment, parcel.state), parcel.state, now),
    )
