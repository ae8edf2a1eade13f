"""Reading customers."""

from uuid import UUID

from fastapi import APIRouter, Response

from cases.api import access
from cases.api.changing import Reader
from cases.api.schemas import CustomerView
from cases.api.shaping import contact_view, interaction_view
from cases.store import customers, interactions, lists
from cases.views import summary
from chassis.http.deps import DB
from chassis.http.etag import etag
from chassis.http.problems import Forbidden, NotFound, problems

router = APIRouter(prefix="/v1/customers", tags=["Customers"])

_RECENT = 20


@router.get("/{customer_id}", responses=problems(403, 404))
async def read_customer(customer_id: UUID, principal: Reader, db: DB, response: Response) -> CustomerView:
    """A customer with addresses, recent cases and recent contacts.

    Agents may read the customers of cases they have, had or could be given. Phone numbers and mail addresses are masked
    unless the caller holds `personal:read`. Reading is audited.
    """
    async with db.transaction() as tx:
        customer = await customers.get(tx, customer_id)
        if customer is None:
            raise NotFound("customer", customer_id)
        everything = lists.Wanted("all", None, customer_id, None, None, None, _RECENT)
        if not access.sees_all(principal) and not await lists.cases(tx, everything, agent_id=principal.subject):
            raise Forbidden("This customer has no case that you have, had or could be given.")
        found = await lists.cases(tx, everything, agent_id=None)
        points = await customers.contacts(tx, customer_id)
        contacts = await interactions.of_customer(tx, customer_id, _RECENT)
        tx.audit(
            principal.subject, "customer.read", f"customer/{customer_id}", {"full": access.sees_addresses(principal)}
        )
    response.headers["ETag"] = etag(customer.version)
    by_id = {point.id: point for point in points}
    return CustomerView(
        id=customer.id,
        name=customer.name,
        language=customer.language,
        version=customer.version,
        created_at=customer.created_at,
        contact_points=[contact_view(point, principal) for point in points],
        cases=[summary(case) for case in found],
        interactions=[interaction_view(contact, by_id, principal) for contact in contacts],
    )
