"""Finding a customer by an address."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from cases.api import access
from cases.api.changing import Reader, TheOffice
from cases.api.schemas import ContactPointView
from cases.api.shaping import contact_view
from cases.domain.contact import masked_name, normal_address
from cases.store import cases as case_store
from cases.store import customers
from chassis.http.deps import DB
from chassis.http.problems import problems
from contracts.values import ContactKind

router = APIRouter(prefix="/v1/customers", tags=["Customers"])


class FoundCustomer(BaseModel):
    """A customer as somebody who knows the address may see one."""

    id: UUID
    name: str | None = Field(description="only the first character without the right to personal data")
    contact_point: ContactPointView
    open_cases: int


@router.get("", responses=problems(400))
async def find_customer(
    principal: Reader,
    db: DB,
    office: TheOffice,
    kind: ContactKind,
    address: Annotated[str, Query(min_length=1, max_length=320, examples=["138 0000 0001"])],
) -> list[FoundCustomer]:
    """The customer with this address, as it is written; none or one. To read more of the customer a caller needs a case
    of theirs, and may open one for the address. Looking somebody up is audited."""
    normal = normal_address(kind, address, office.parameters.phone_region)
    async with db.transaction() as tx:
        point = await customers.find_contact(tx, kind, normal) if normal else None
        found = f"customer/{point.customer_id}" if point else "customers"
        tx.audit(principal.subject, "customer.find", found, {"kind": kind, "found": point is not None})
        customer = await customers.get(tx, point.customer_id) if point else None
        if point is None or customer is None:
            return []
        open_cases = await case_store.open_ids(tx, customer.id)
    name = customer.name if access.sees_addresses(principal) or customer.name is None else masked_name(customer.name)
    return [
        FoundCustomer(
            id=customer.id,
            name=name,
            contact_point=contact_view(point, principal),
            open_cases=len(open_cases),
        )
    ]
