"""Who sent this? A recipient may ask who sent an unknown parcel, and the company gives what it holds (快递市场管理办法
art 27). Only to the recipient, only after the identity was inspected, and never without a trace."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from chassis.auth.principal import Principal
from chassis.http.deps import DB, require
from chassis.http.problems import Forbidden, NotFound, problems
from tracking_gateway.api.parcels import CarrierCode, Waybill, number_of
from tracking_gateway.carriers.json_items import storable
from tracking_gateway.domain.masking import IdentityLevel, same_phone
from tracking_gateway.lookup import Lookup
from tracking_gateway.store import shipments
from tracking_gateway.store.shipments import RECIPIENT, SENDER

router = APIRouter(prefix="/v1/parcels", tags=["Parcels"])


class DiscloseSender(BaseModel):
    """Who asks, and how sure that is. `phone` is the number under which the recipient was verified."""

    asked_by: Literal["recipient"]
    identity: IdentityLevel = Field(description="`identity` is needed: the person's identity was inspected")
    phone: str = Field(max_length=30, pattern=r"^\+?[0-9 -]{4,29}$")
    evidence: str = Field(min_length=3, max_length=500, description="how the identity was inspected")
    case_id: UUID | None = None


class SenderDisclosed(BaseModel):
    """What the company holds of the sender."""

    waybill_no: str
    name: str | None
    phone: str | None
    address: str | None


@router.post("/{waybill_no}/sender", responses=problems(400, 403, 404))
async def disclose_sender(
    request: Request,
    db: DB,
    agent: Annotated[Principal, Depends(require("tracking:disclose"))],
    waybill_no: Waybill,
    body: DiscloseSender,
    carrier: CarrierCode = None,
) -> SenderDisclosed:
    """Tell a recipient who sent an unknown parcel. Refused attempts are audited like granted ones."""
    lookup: Lookup = request.app.state.lookup
    number = number_of(waybill_no)
    parcel = await lookup.declared(number, carrier)
    refusal = None
    async with db.transaction() as tx:
        held = await shipments.parties(tx, parcel.id) if parcel else {}
        recipient, sender = held.get(RECIPIENT), held.get(SENDER)
        if body.identity is not IdentityLevel.IDENTITY:
            refusal = "The recipient's identity must have been inspected."
        elif recipient is None or not same_phone(recipient.phone, body.phone):
            refusal = "The phone number is not the recipient's."
        tx.audit(
            agent.subject,
            "parcel.sender_refused" if refusal else "parcel.sender_disclosed",
            f"waybill/{number}",
            {"identity": body.identity.value, "evidence": storable(body.evidence), "case_id": body.case_id},
        )
    if refusal:
        raise Forbidden(refusal)
    if sender is None:
        raise NotFound("sender", number)
    return SenderDisclosed(waybill_no=number, name=sender.name, phone=sender.phone, address=sender.address)
