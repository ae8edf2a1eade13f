"""The rights of persons over their data: a copy of it, its erasure, and who they were in touch with."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from cases.actions.erasing import Eraser, Plan, StillOpen
from cases.api import access
from cases.api.changing import Reader, Writer
from cases.api.customers import readable
from cases.api.refusals import CustomerMerged, MattersOpen
from cases.api.schemas import Body, InteractionView, Reason
from cases.api.shaping import interaction_view
from cases.domain.dictionary import Label
from cases.store import customers, erasures, exports, interactions
from cases.views import LabelView
from chassis.auth.principal import Principal
from chassis.db import Tx
from chassis.http.deps import DB
from chassis.http.idempotency import OnceOnly
from chassis.http.paging import Cursor, Limit, Page, decode_cursor, encode_cursor
from chassis.http.problems import BadRequest, Forbidden, NotFound, problems

router = APIRouter(prefix="/v1/customers/{customer_id}", tags=["Persons' rights"])


class ExportView(BaseModel):
    """All that the case service stores of a person. Files are named; their bytes come from their own addresses."""

    customer_id: UUID
    made_at: datetime
    made_by: str
    law: str
    data: dict[str, list[dict[str, Any]]]


class KeptView(BaseModel):
    """A record that stays for now, and because of what."""

    kind: str = Field(description="case or order")
    number: str
    rule: str
    law: str
    why: LabelView
    certainty: str = Field(description="read, secondary or proposed: how sure the rule is")
    until: datetime


class AlwaysView(BaseModel):
    """Something that stays, and because of what."""

    what: LabelView
    law: str
    why: LabelView
    certainty: str


class RemnantView(BaseModel):
    """A copy that ends by itself."""

    what: LabelView
    hours: int


class ErasureView(BaseModel):
    """What an erasure takes away and what it leaves."""

    customer_id: UUID
    law: str
    rules_version: str
    profile: list[str] = Field(description="what goes of the profile")
    erased: list[str] = Field(description="numbers of cases and orders whose content goes")
    kept: list[KeptView]
    always: list[AlwaysView]
    remnants: list[RemnantView]


class ErasureDone(ErasureView):
    """An erasure that was carried out."""

    id: UUID
    erased_at: datetime


class Erase(Body):
    """On whose word a person is erased."""

    reason: Reason = Field(examples=["written request of the person, identity checked, case C26-000123-5"])


def _eraser(request: Request) -> Eraser:
    eraser: Eraser = request.app.state.eraser
    return eraser


TheEraser = Annotated[Eraser, Depends(_eraser)]


def _require_office(principal: Principal) -> None:
    if not (principal.may(access.ADMIN) and principal.may(access.PERSONAL)):
        missing = [scope for scope in (access.ADMIN, access.PERSONAL) if not principal.may(scope)]
        raise Forbidden(f"This needs the scope {' '.join(missing)}.", extra={"missing_scopes": missing})


@router.get("/interactions", responses=problems(400, 403, 404))
async def list_interactions(
    customer_id: UUID, principal: Reader, db: DB, cursor: Cursor = None, limit: Limit = 50
) -> Page[InteractionView]:
    """All contact with the customer, on every channel, newest first. Reading is audited."""
    before = _before(cursor)
    async with db.transaction() as tx:
        customer = await readable(tx, customer_id, principal)
        tx.audit(principal.subject, "customer.interactions", f"customer/{customer.id}")
        points = {point.id: point for point in await customers.contacts(tx, customer.id)}
        found = await interactions.history(tx, customer.id, before=before, limit=limit + 1)
    more = len(found) > limit
    return Page(
        items=[interaction_view(one, points, principal) for one in found[:limit]],
        next=encode_cursor(found[limit - 1].started_at.isoformat(), found[limit - 1].id) if more else None,
    )


@router.get("/export", responses=problems(403, 404))
async def export_person(
    customer_id: UUID, principal: Reader, db: DB, eraser: TheEraser, response: Response
) -> ExportView:
    """A copy of everything stored of the person, those merged into them included, in full. It is audited.

    Needs `cases:admin` and `personal:read`: hand it out only to the person, whose identity was checked.
    """
    _require_office(principal)
    async with db.transaction() as tx:
        await _known(tx, customer_id)
        ids = await erasures.persons(tx, customer_id)
        data = await exports.of_persons(tx, ids)
        tx.audit(
            principal.subject,
            "customer.export",
            f"customer/{customer_id}",
            {part: len(rows) for part, rows in data.items()},
        )
        made_at = tx.now
    response.headers["Content-Disposition"] = f'attachment; filename="customer-{customer_id}.json"'
    response.headers["Cache-Control"] = "private, no-store"
    return ExportView(
        customer_id=customer_id,
        made_at=made_at,
        made_by=principal.subject,
        law=eraser.retention.export_law,
        data=data,
    )


@router.get("/erasure", responses=problems(403, 404, 409))
async def plan_erasure(customer_id: UUID, principal: Reader, db: DB, eraser: TheEraser) -> ErasureView:
    """What an erasure would take away, and what a law would keep for how long. Changes nothing."""
    _require_office(principal)
    async with db.read() as tx:
        await _known(tx, customer_id)
        plan = await _planned(eraser, tx, customer_id)
    return ErasureView(**_answer(eraser, customer_id, plan))


@router.post("/erasure", response_model=ErasureDone, responses=problems(400, 403, 404, 409, 422))
async def erase_person(
    customer_id: UUID, body: Erase, principal: Writer, once: OnceOnly, eraser: TheEraser
) -> Response:
    """Erase a person. It cannot be undone.

    What a law keeps is named with the law's article and the day it goes; until then only supervisors open it and no
    search finds it. Figures stay right: rows are kept without the person. The channels erase their copies. Refused with
    409 while a matter of the person is open.
    """
    _require_office(principal)

    async def effect(tx: Tx) -> ErasureDone:
        await _known(tx, customer_id)
        try:
            erasure_id, plan = await eraser.erase(tx, customer_id, actor=principal.subject, reason=body.reason)
        except StillOpen as error:
            raise MattersOpen([matter.number for matter in error.matters]) from error
        detail = {"erasure": str(erasure_id), "erased": len(plan.erased), "kept": len(plan.kept)}
        tx.audit(principal.subject, "customer.erase", f"customer/{customer_id}", detail)
        return ErasureDone(id=erasure_id, erased_at=tx.now, **_answer(eraser, customer_id, plan))

    return await once.run(effect)


async def _known(tx: Tx, customer_id: UUID) -> None:
    customer = await customers.get(tx, customer_id)
    if customer is None:
        raise NotFound("customer", customer_id)
    if customer.merged_into is not None:
        raise CustomerMerged("This customer was merged; ask for the one that remains.", customer.merged_into)


async def _planned(eraser: Eraser, tx: Tx, customer_id: UUID) -> Plan:
    try:
        return await eraser.plan(tx, customer_id)
    except StillOpen as error:
        raise MattersOpen([matter.number for matter in error.matters]) from error


def _answer(eraser: Eraser, customer_id: UUID, plan: Plan) -> dict[str, Any]:
    rules = eraser.retention
    return {
        "customer_id": customer_id,
        "law": rules.erasure_law,
        "rules_version": rules.version,
        "profile": ["name", "employer", "address", "tier", "tags", "contact_points"],
        "erased": [matter.number for matter in plan.erased],
        "kept": [
            KeptView(
                kind=kept.matter.kind,
                number=kept.matter.number,
                rule=kept.rule.id,
                law=kept.rule.law,
                why=_label(kept.rule.why),
                certainty=kept.rule.kind,
                until=kept.until,
            )
            for kept in plan.kept
        ],
        "always": [
            AlwaysView(what=_label(one.what), law=one.law, why=_label(one.why), certainty=one.kind)
            for one in rules.always
        ],
        "remnants": [RemnantView(what=_label(one.what), hours=one.hours) for one in rules.remnants],
    }


def _label(label: Label) -> LabelView:
    return LabelView.of(label)


def _before(cursor: str | None) -> tuple[datetime, UUID] | None:
    if cursor is None:
        return None
    started_at, interaction_id = decode_cursor(cursor, 2)
    try:
        return datetime.fromisoformat(str(started_at)), UUID(str(interaction_id))
    except ValueError as error:
        raise BadRequest("The cursor is not one that a page of this list returned.") from error
