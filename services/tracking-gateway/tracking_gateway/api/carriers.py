"""Correcting whose parcel a number is. Detection ranks; people decide, and every decision is kept."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from chassis.auth.principal import Principal
from chassis.db import Tx
from chassis.http.deps import DB, require
from chassis.http.idempotency import OnceOnly
from chassis.http.problems import Conflict, problems
from chassis.ids import uuid7
from tracking_gateway.api.parcels import Waybill, number_of
from tracking_gateway.carriers.json_items import storable
from tracking_gateway.parameters import TrackingParameters
from tracking_gateway.store import carrier_changes as store
from tracking_gateway.store import parcels
from tracking_gateway.store.carrier_changes import CarrierChange
from tracking_gateway.watching import Watching

router = APIRouter(prefix="/v1/parcels", tags=["Parcels"])


class ChangeCarrier(BaseModel):
    """Whose parcel it is, whose it was taken for, and how that is known."""

    from_carrier: str = Field(max_length=40, pattern="^[a-z0-9_]+$", examples=["zto"])
    to_carrier: str = Field(max_length=40, pattern="^[a-z0-9_]+$", examples=["sto"])
    reason: str = Field(min_length=3, max_length=500, examples=["The customer read it from the receipt."])


class CarrierChangeView(BaseModel):
    """One correction."""

    from_carrier: str
    to_carrier: str
    reason: str
    actor: str
    changed_at: datetime


class CarrierHistory(BaseModel):
    """Corrections of a number, the oldest first; the last one counts."""

    waybill_no: str
    changes: list[CarrierChangeView]


@router.post(
    "/{waybill_no}/carrier", status_code=201, response_model=CarrierHistory, responses=problems(400, 403, 409, 422)
)
async def change_carrier(
    request: Request,
    agent: Annotated[Principal, Depends(require("tracking:correct"))],
    waybill_no: Waybill,
    body: ChangeCarrier,
    once: OnceOnly,
) -> Response:
    """Say that a number is another carrier's. From now on that carrier is asked; what was known stays readable with
    `?carrier=`. Scans of our own network prove that a parcel is ours: such a number cannot be given away."""
    state = request.app.state
    watching: Watching = state.watching
    parameters: TrackingParameters = state.parameters
    number = number_of(waybill_no)

    async def effect(tx: Tx) -> CarrierHistory:
        if body.from_carrier == body.to_carrier:
            raise Conflict("This is the carrier it is taken for already.")
        found = await parcels.lock_parcels_of(tx, number)
        named = await store.current(tx, number)
        taken_for = named or next((parcel.carrier for parcel in found if parcel.state.last), body.from_carrier)
        if taken_for != body.from_carrier:
            raise Conflict(f"The number is taken for one of {taken_for}, not of {body.from_carrier}.")
        if any(parcel.carrier == state.own_carrier == body.from_carrier and parcel.state.last for parcel in found):
            raise Conflict("Our own network scanned this parcel: it is ours.")
        change = CarrierChange(
            uuid7(), number, body.from_carrier, body.to_carrier, storable(body.reason), agent.subject, tx.now
        )
        await store.add(tx, change)
        await store.lay_aside(tx, number, body.from_carrier)
        until = tx.now + timedelta(days=parameters.follow_days)
        await watching.follow(tx, number, carrier=body.to_carrier, phone=None, until=until)
        detail = {"from": body.from_carrier, "to": body.to_carrier}
        tx.audit(agent.subject, "parcel.carrier_changed", f"waybill/{number}", detail)
        return await _history(tx, number)

    return await once.run(effect, status=201)


@router.get("/{waybill_no}/carrier", responses=problems(400))
async def list_carrier_changes(
    db: DB, reader: Annotated[Principal, Depends(require("tracking:read"))], waybill_no: Waybill
) -> CarrierHistory:
    """Who said when that a number is another carrier's, and why."""
    async with db.read() as tx:
        return await _history(tx, number_of(waybill_no))


async def _history(tx: Tx, number: str) -> CarrierHistory:
    changes = await store.history(tx, number)
    return CarrierHistory(
        waybill_no=number,
        changes=[
            CarrierChangeView(
                from_carrier=item.from_carrier,
                to_carrier=item.to_carrier,
                reason=item.reason,
                actor=item.actor,
                changed_at=item.changed_at,
            )
            for item in changes
        ],
    )
