"""Customers that turned out to be one."""

from uuid import UUID

from fastapi import APIRouter, Response

from cases.actions import merging
from cases.api.changing import Reader, TheOffice, Writer
from cases.api.customers import changeable, readable
from cases.api.refusals import CustomerMerged
from cases.api.schemas import CandidateView, MergeCustomers, MergeView, UndoMerge
from cases.store import customers, merges
from chassis.db import Tx
from chassis.http.deps import DB
from chassis.http.idempotency import OnceOnly
from chassis.http.problems import BadRequest, FieldError, NotFound, problems

router = APIRouter(prefix="/v1/customers/{customer_id}", tags=["Customers"])

_MOST = 20


@router.get("/merge-candidates", responses=problems(403, 404))
async def merge_candidates(customer_id: UUID, principal: Reader, db: DB) -> list[CandidateView]:
    """Customers who may be the same person: an address written down on a case, or the same name and waybill."""
    async with db.transaction() as tx:
        await readable(tx, customer_id, principal)
        tx.audit(principal.subject, "customer.merge_candidates", f"customer/{customer_id}")
        reasons: dict[UUID, list[str]] = {}
        for similar in await merges.similar(tx, customer_id, _MOST):
            reasons.setdefault(similar.customer_id, []).append(similar.reason)
        found = {other: await customers.get(tx, other) for other in reasons}
    return [
        CandidateView(customer_id=other, name=customer.name if customer else None, reasons=reasons[other])
        for other, customer in found.items()
    ]


@router.get("/merges", responses=problems(403, 404))
async def list_merges(customer_id: UUID, principal: Reader, db: DB) -> list[MergeView]:
    """The merges into this customer, undone ones included."""
    async with db.read() as tx:
        await readable(tx, customer_id, principal)
        return [_view(merge) for merge in await merges.of_customer(tx, customer_id)]


@router.post("/merges", status_code=201, response_model=MergeView, responses=problems(400, 403, 404, 409, 422))
async def merge_customers(
    customer_id: UUID, body: MergeCustomers, principal: Writer, office: TheOffice, once: OnceOnly
) -> Response:
    """Give everything of the other customer to this one: addresses, contacts, cases. It can be undone."""
    if body.other_id == customer_id:
        detail = "a customer is not merged with itself"
        raise BadRequest(detail.capitalize() + ".", errors=[FieldError(pointer="#/other_id", detail=detail)])

    async def effect(tx: Tx) -> MergeView:
        await changeable(tx, customer_id, principal)
        await changeable(tx, body.other_id, principal)
        try:
            made = await merging.merge(
                tx, office, survivor=customer_id, merged=body.other_id, reason=body.reason, actor=principal.subject
            )
        except merging.AlreadyMerged as error:
            raise CustomerMerged(str(error), error.into) from error
        tx.audit(principal.subject, "customer.merge", f"customer/{customer_id}", {"merged": str(body.other_id)})
        return _view(made)

    return await once.run(effect, status=201)


@router.post("/merges/{merge_id}/undo", response_model=MergeView, responses=problems(403, 404, 409, 422))
async def undo_merge(
    customer_id: UUID, merge_id: UUID, body: UndoMerge, principal: Writer, office: TheOffice, once: OnceOnly
) -> Response:
    """Make two customers of one again: each gets back what it brought, and what came in since through its addresses."""

    async def effect(tx: Tx) -> MergeView:
        await readable(tx, customer_id, principal)
        found = await merges.get(tx, merge_id)
        if found is None or found.survivor_id != customer_id:
            raise NotFound("merge", merge_id)
        try:
            undone = await merging.undo(tx, office, found, reason=body.reason, actor=principal.subject)
        except merging.CannotUndo as error:
            raise CustomerMerged(str(error), None) from error
        tx.audit(principal.subject, "customer.unmerge", f"customer/{customer_id}", {"merge": str(merge_id)})
        return _view(undone)

    return await once.run(effect)


def _view(merge: merges.Merge) -> MergeView:
    return MergeView.model_validate(merge, from_attributes=True)
