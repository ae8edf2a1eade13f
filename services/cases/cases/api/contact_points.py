"""Addresses of customers, and proof that they are theirs."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, StringConstraints

from cases.actions import verifying
from cases.actions.file import CaseFile
from cases.api import access
from cases.api.changing import ChangeOf, Reader, TheOffice, Writer
from cases.api.customers import changeable, readable
from cases.api.refusals import AddressTaken, CannotReply, CodeRefused
from cases.api.schemas import Body, ContactPointView, Reason, Short
from cases.api.shaping import contact_view
from cases.domain.contact import normal_address
from cases.domain.model import ContactPoint
from cases.store import customers, recognition, verifications
from chassis.db import Tx
from chassis.http.deps import DB
from chassis.http.idempotency import OnceOnly
from chassis.http.problems import BadRequest, FieldError, Forbidden, NotFound, TooManyRequests, problems
from contracts.values import ContactKind

router = APIRouter(prefix="/v1/customers/{customer_id}/contact-points", tags=["Customers"])

_CHANGES = problems(400, 403, 404, 409, 422)


class AddContactPoint(Body):
    """A further address."""

    kind: ContactKind
    address: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=320)]
    display_name: Short | None = None


class VerifyContactPoint(Body):
    """How an address, or the person behind it, was proven. Say either the `code` that was sent, or a `level`."""

    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] | None = None
    level: Literal["none", "confirmed", "identity"] | None = Field(
        default=None, description="`identity` needs an inspected document and the right to personal data"
    )
    method: Literal["callback", "document", "order_details", "withdrawn"] | None = None
    evidence: Reason | None = Field(default=None, description="what proves it; never the document's number itself")


class SendCode(Body):
    """Which case the code is sent for: its agent sends it."""

    case_id: UUID


class ProofView(BaseModel):
    """One act of verification."""

    level: str
    method: str
    evidence: str | None
    actor: str
    verified_at: datetime


class CodeSent(BaseModel):
    """A code is on its way."""

    contact_point_id: UUID
    minutes: int = Field(description="how long it holds")


@router.post("", status_code=201, response_model=ContactPointView, responses=_CHANGES)
async def add_contact_point(
    customer_id: UUID, body: AddContactPoint, principal: Writer, once: OnceOnly, office: TheOffice
) -> Response:
    """Give a customer a further address. One that is another customer's is refused: merge the two if they are one."""
    address = normal_address(body.kind, body.address, office.parameters.phone_region)
    if address is None or (body.kind is ContactKind.EMAIL and "@" not in address):
        detail = f"not an address of the kind {body.kind}"
        raise BadRequest(f"The address is {detail}.", errors=[FieldError(pointer="#/address", detail=detail)])

    async def effect(tx: Tx) -> ContactPointView:
        await customers.lock(tx, customer_id)
        await changeable(tx, customer_id, principal)
        added = await recognition.add(tx, customer_id, body.kind, address, display_name=body.display_name)
        if added is None:
            taken = await customers.find_contact(tx, body.kind, address)
            raise AddressTaken(taken.customer_id if taken else None)
        tx.audit(principal.subject, "contact_point.add", f"customer/{customer_id}", {"contact_point": str(added)})
        return contact_view(await _point(tx, customer_id, added), principal)

    return await once.run(effect, status=201)


@router.delete("/{point_id}", status_code=204, responses=problems(403, 404))
async def remove_contact_point(customer_id: UUID, point_id: UUID, principal: Writer, db: DB) -> None:
    """Take an address away: it turned out not to be theirs. Contacts that came through it stay on their cases."""
    async with db.transaction() as tx:
        await customers.lock(tx, customer_id)
        await readable(tx, customer_id, principal)
        await _point(tx, customer_id, point_id)
        await verifications.remove_point(tx, point_id)
        tx.audit(principal.subject, "contact_point.remove", f"customer/{customer_id}", {"contact_point": str(point_id)})


@router.get("/{point_id}/verifications", responses=problems(403, 404))
async def list_verifications(customer_id: UUID, point_id: UUID, principal: Reader, db: DB) -> list[ProofView]:
    """How the address was proven, oldest first."""
    async with db.read() as tx:
        await readable(tx, customer_id, principal)
        await _point(tx, customer_id, point_id)
        found = await verifications.of_point(tx, point_id)
    return [ProofView.model_validate(proof, from_attributes=True) for proof in found]


@router.post("/{point_id}/verifications", status_code=201, response_model=ContactPointView, responses=_CHANGES)
async def verify_contact_point(
    customer_id: UUID, point_id: UUID, body: VerifyContactPoint, principal: Writer, db: DB, office: TheOffice
) -> ContactPointView:
    """Record that an address was proven: by the code that was sent to it, by calling back, by an inspected document.

    A wrong code is 409 and counts, so it is not repeated by itself.
    """
    _require_either(body)
    if body.level == "identity" and not access.sees_addresses(principal):
        raise Forbidden("Recording an inspected identity needs the scope personal:read.")
    async with db.transaction() as tx:
        await customers.lock(tx, customer_id)
        await readable(tx, customer_id, principal)
        point = await _point(tx, customer_id, point_id)
        right = True
        if body.code is not None:
            try:
                right = await verifying.confirm(tx, office.parameters, point, body.code, actor=principal.subject)
            except verifying.BadCode as error:
                raise CodeRefused(str(error)) from error
        else:
            await verifications.add(
                tx,
                point_id,
                level=body.level or "none",
                method=body.method or "callback",
                evidence=body.evidence,
                actor=principal.subject,
            )
        tx.audit(principal.subject, "contact_point.verify", f"customer/{customer_id}", {"contact_point": str(point_id)})
        view = contact_view(await _point(tx, customer_id, point_id), principal)
    if not right:
        raise CodeRefused("The code is wrong.")
    return view


@router.post("/{point_id}/codes", status_code=201, response_model=CodeSent, responses=problems(400, 403, 404, 409, 429))
async def send_code(customer_id: UUID, point_id: UUID, body: SendCode, change: ChangeOf) -> Response:
    """Send a code to the address, by SMS or mail. The customer reads it to the agent, who sees it nowhere."""

    async def effect(file: CaseFile) -> CodeSent:
        if file.case.customer_id != customer_id:
            detail = "not a case of this customer"
            raise BadRequest(detail.capitalize() + ".", errors=[FieldError(pointer="#/case_id", detail=detail)])
        point = await _point(file.tx, customer_id, point_id)
        try:
            await verifying.send_code(file, point, actor=change.principal.subject)
        except verifying.NoRoute as error:
            raise CannotReply("No text can be sent to this address.") from error
        except verifying.TooSoon as error:
            pause = change.office.parameters.code_pause_seconds
            raise TooManyRequests("A code was sent a moment ago; wait.", retry_after_seconds=pause) from error
        await file.write()
        return CodeSent(contact_point_id=point_id, minutes=change.office.parameters.code_minutes)

    return await change.run(body.case_id, effect, status=201)


def _require_either(body: VerifyContactPoint) -> None:
    if (body.code is None) == (body.level is None) or (body.level is not None and body.method is None):
        detail = "say either the code, or a level with its method"
        raise BadRequest(detail.capitalize() + ".", errors=[FieldError(pointer="#", detail=detail)])


async def _point(tx: Tx, customer_id: UUID, point_id: UUID) -> ContactPoint:
    point = await customers.contact(tx, point_id)
    if point is None or point.customer_id != customer_id:
        raise NotFound("contact point", point_id)
    return point
