"""Reading and changing customers, and what they agreed to."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from cases.actions.office import Office
from cases.api import access
from cases.api.changing import Reader, TheOffice, Writer
from cases.api.refusals import CustomerErasedAlready
from cases.api.schemas import AddConsent, ChangeCustomer, ConsentView, CustomerView
from cases.api.shaping import contact_view, interaction_view
from cases.domain.contact import masked_name
from cases.domain.model import Customer
from cases.domain.waybills import normal_waybill
from cases.store import consents, customers, interactions, lists
from cases.views import summary
from chassis.auth.principal import Principal
from chassis.db import Tx
from chassis.http.deps import DB
from chassis.http.etag import check_if_match, etag
from chassis.http.idempotency import OnceOnly
from chassis.http.problems import Forbidden, NotFound, problems

router = APIRouter(prefix="/v1/customers", tags=["Customers"])

_RECENT = 20


async def readable(tx: Tx, customer_id: UUID, principal: Principal) -> Customer:
    """The customer; 404 if there is none, 403 if the caller has nothing to do with any of its cases."""
    customer = await customers.get(tx, customer_id)
    if customer is None:
        raise NotFound("customer", customer_id)
    if access.sees_all(principal):
        return customer
    remaining = await customers.remaining(tx, customer_id)
    if not await lists.cases(tx, _all_of(remaining, 1), agent_id=principal.subject):
        raise Forbidden("This customer has no case that you have, had or could be given.")
    return customer


async def changeable(tx: Tx, customer_id: UUID, principal: Principal) -> Customer:
    """The same, for a change: 409 for a person who was erased. Nothing is written about them again."""
    customer = await readable(tx, customer_id, principal)
    if customer.erased_at is not None:
        raise CustomerErasedAlready(customer_id)
    return customer


def _all_of(customer_id: UUID, limit: int) -> lists.Wanted:
    return lists.Wanted("all", None, customer_id, None, None, None, limit)


async def view(tx: Tx, office: Office, customer: Customer, principal: Principal) -> CustomerView:
    """A customer as the caller may see it; the reading is audited."""
    full = access.sees_addresses(principal)
    tx.audit(principal.subject, "customer.read", f"customer/{customer.id}", {"full": full})
    points = await customers.contacts(tx, customer.id)
    by_id = {point.id: point for point in points}
    return CustomerView(
        id=customer.id,
        name=customer.name,
        language=customer.language,
        employer=customer.employer,
        address=customer.address if full or customer.address is None else masked_name(customer.address),
        tier=customer.tier,
        tags=list(customer.tags),
        do_not_contact=customer.do_not_contact,
        merged_into=customer.merged_into,
        erased_at=customer.erased_at,
        version=customer.version,
        created_at=customer.created_at,
        contact_points=[contact_view(point, principal) for point in points],
        cases=[summary(case, office) for case in await lists.cases(tx, _all_of(customer.id, _RECENT), agent_id=None)],
        interactions=[
            interaction_view(contact, by_id, principal)
            for contact in await interactions.of_customer(tx, customer.id, _RECENT)
        ],
        consents=[
            ConsentView.model_validate(consent, from_attributes=True)
            for consent in await consents.of_customer(tx, customer.id)
        ],
    )


@router.get("/{customer_id}", responses=problems(403, 404))
async def read_customer(
    customer_id: UUID, principal: Reader, db: DB, office: TheOffice, response: Response
) -> CustomerView:
    """A customer with addresses, recent cases and recent contacts.

    Agents may read the customers of cases they have, had or could be given. Phone numbers, mail and home addresses are
    masked unless the caller holds `personal:read`. Reading is audited.
    """
    async with db.transaction() as tx:
        customer = await readable(tx, customer_id, principal)
        found = await view(tx, office, customer, principal)
    response.headers["ETag"] = etag(customer.version)
    return found


@router.patch("/{customer_id}", responses=problems(403, 404, 409, 412))
async def change_customer(
    customer_id: UUID,
    body: ChangeCustomer,
    principal: Writer,
    db: DB,
    office: TheOffice,
    request: Request,
    response: Response,
) -> CustomerView:
    """Change a customer's profile. Only fields that are given change; who changed which is audited."""
    async with db.transaction() as tx:
        await customers.lock(tx, customer_id)
        customer = await changeable(tx, customer_id, principal)
        check_if_match(request, customer.version)
        changes = body.model_dump(exclude_unset=True)
        if changes:
            customer = await customers.change(tx, customer_id, **changes)
            tx.audit(principal.subject, "customer.change", f"customer/{customer_id}", {"fields": sorted(changes)})
        found = await view(tx, office, customer, principal)
    response.headers["ETag"] = etag(customer.version)
    return found


@router.post(
    "/{customer_id}/consents", status_code=201, response_model=ConsentView, responses=problems(403, 404, 409, 422)
)
async def add_consent(customer_id: UUID, body: AddConsent, principal: Writer, once: OnceOnly) -> Response:
    """Keep what the customer agreed to or refused, with the proof. Statements are never changed: the newest counts."""

    async def effect(tx: Tx) -> ConsentView:
        await changeable(tx, customer_id, principal)
        kept = await consents.add(
            tx,
            customer_id=customer_id,
            kind=body.kind,
            granted=body.granted,
            waybill_no=normal_waybill(body.waybill_no) if body.waybill_no else None,
            evidence=body.evidence,
            actor=principal.subject,
        )
        return ConsentView.model_validate(kept, from_attributes=True)

    return await once.run(effect, status=201)
