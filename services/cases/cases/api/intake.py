"""Opening a case by hand, and calling for help with one."""

from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field, StringConstraints, model_validator

from cases.actions.file import CaseFile
from cases.actions.intake import Matter, open_by_hand
from cases.actions.office import Office
from cases.api.changing import ChangeOf, TheOffice, Writer
from cases.api.customers import readable
from cases.api.refusals import CaseClosedAlready, problem_of
from cases.api.schemas import Body, CaseView, FieldName, Fields, Reason, Text
from cases.api.shaping import view_of
from cases.domain.contact import Verification, normal_address
from cases.domain.dictionary import RoleKind
from cases.domain.errors import ProcedureRefusal
from cases.domain.waybills import normal_waybill
from cases.store import customers
from chassis.auth.principal import Principal
from chassis.db import Tx
from chassis.http.etag import etag
from chassis.http.idempotency import OnceOnly
from chassis.http.problems import BadRequest, FieldError, problems
from contracts.values import Address, ContactKind, Language, WaybillNo

router = APIRouter(prefix="/v1/cases", tags=["Cases"])

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Reporter(Body):
    """Somebody we know only by an address yet."""

    kind: ContactKind
    address: Address = Field(examples=["+8613800000001"])
    name: Name | None = None


class OpenCase(Body):
    """A matter that reached us by no channel of ours, or that an agent takes down beside another one."""

    customer_id: UUID | None = Field(default=None, description="whose matter it is, if the customer is known")
    contact: Reporter | None = Field(default=None, description="else the address it came from; neither: nobody's yet")
    case_type: FieldName = Field(description="contact class", examples=["complaint"])
    procedure: FieldName | None = Field(
        default=None, description="unset: the one of the class", examples=["exception_parcel"]
    )
    waybill_no: WaybillNo | None = None
    language: Language | None = None
    text: Text | None = Field(default=None, description="what it is about, in the customer's own words")
    fields: Fields = Field(default={}, description="facts of the procedure that are known already")
    take: bool | None = Field(
        default=None, description="whether the caller has the case; else an agent is asked for. Unset: agents take it"
    )

    @model_validator(mode="after")
    def _one_customer(self) -> Self:
        if self.customer_id is not None and self.contact is not None:
            raise ValueError("give customer_id or contact, not both")
        return self


class EscalateCase(Body):
    """Who must look at the case, and why."""

    role: FieldName = Field(description="a role of the desk", examples=["supervisor"])
    reason: Reason


@router.post("", status_code=201, response_model=CaseView, responses=problems(400, 403, 404, 409, 422))
async def open_case(body: OpenCase, principal: Writer, office: TheOffice, once: OnceOnly) -> Response:
    """Open a case by hand: a complaint over the counter, a report of a branch or of another system.

    It is never refused because another case is open for the customer. What was given in `fields` is on it; the
    procedure goes on as far as its automatic steps can.
    """
    matter = _matter(body, office)
    take = principal.kind == "agent" if body.take is None else body.take

    async def effect(tx: Tx) -> CaseView:
        customer_id = await _customer(tx, office, body, principal)
        owner = (principal.subject, principal.name) if take else None
        try:
            file = await open_by_hand(tx, office, customer_id, matter, owner=owner)
        except ProcedureRefusal as refusal:
            raise problem_of(refusal) from refusal
        return await view_of(file, principal)

    return await once.run(effect, status=201, headers=lambda view: {"ETag": etag(view.version)})


@router.post("/{case_id}/escalate", response_model=CaseView, responses=problems(400, 403, 404, 409, 412, 422))
async def escalate_case(case_id: UUID, body: EscalateCase, change: ChangeOf) -> Response:
    """Call for somebody with another role, for a reason that no limit of the procedure knows."""
    role = change.office.library.dictionary.roles.get(body.role)
    if role is None or role.kind is not RoleKind.DESK:
        detail = "not a role of the desk"
        raise BadRequest(f"{body.role} is {detail}.", errors=[FieldError(pointer="#/role", detail=detail)])

    async def effect(file: CaseFile) -> CaseView:
        if file.case.closed_at is not None:
            raise CaseClosedAlready(file.case.case_no)
        await file.escalated(body.role, "manual", actor=change.principal.subject, reason=body.reason)
        await file.write()
        return await view_of(file, change.principal)

    return await change.run(case_id, effect, owned=False)


def _matter(body: OpenCase, office: Office) -> Matter:
    procedures = office.parameters.procedure_of_class
    procedure = body.procedure or procedures.get(body.case_type)
    if body.case_type not in office.library.dictionary.fields["contact_class"].options or procedure is None:
        detail = f"not a class with a procedure; one of {', '.join(sorted(procedures))}"
        raise BadRequest(f"{body.case_type} is {detail}.", errors=[FieldError(pointer="#/case_type", detail=detail)])
    if procedure not in office.library.ids():
        detail = f"no such procedure; one of {', '.join(office.library.ids())}"
        raise BadRequest(f"{procedure} is {detail}.", errors=[FieldError(pointer="#/procedure", detail=detail)])
    return Matter(
        case_type=body.case_type,
        procedure=procedure,
        text=body.text or "",
        waybill_no=normal_waybill(body.waybill_no) if body.waybill_no else None,
        language=body.language,
        fields=body.fields,
    )


async def _customer(tx: Tx, office: Office, body: OpenCase, principal: Principal) -> UUID:
    if body.customer_id is not None:
        return (await readable(tx, body.customer_id, principal)).id
    if body.contact is None:
        return await customers.create_unknown(tx, name=None, language=body.language)
    address = normal_address(body.contact.kind, body.contact.address, office.parameters.phone_region)
    if address is None:
        detail = f"not an address of the kind {body.contact.kind}"
        raise BadRequest(detail.capitalize() + ".", errors=[FieldError(pointer="#/contact/address", detail=detail)])
    point = await customers.by_contact(
        tx,
        kind=body.contact.kind,
        address=address,
        display_name=body.contact.name,
        verification=Verification.NONE,
        language=body.language,
    )
    return point.customer_id
