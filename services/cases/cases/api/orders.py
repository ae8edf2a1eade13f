"""Taking, reading, amending, confirming and cancelling orders."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ValidationError

from cases.actions.file import CaseFile
from cases.actions.ordering import following, handing, taking
from cases.actions.ordering.file import OrderFile
from cases.actions.ordering.shop import Shop
from cases.api import access
from cases.api.order_access import (
    FULFIL,
    PLACE,
    TAKE,
    TheShop,
    actor,
    any_of,
    is_self_service,
    require_taking,
    require_visible,
)
from cases.api.order_quotes import bad_place
from cases.api.order_schemas import (
    AmendOrder,
    ConfirmOrder,
    HandOver,
    NewOrder,
    OrderChangeView,
    OrderView,
    ReportStatus,
    order_view,
)
from cases.api.refusals import CaseClosedAlready, problem_of
from cases.api.versions import etag_of
from cases.domain.contact import normal_address
from cases.domain.errors import ProcedureRefusal
from cases.domain.ordering.desk import BadPlace
from cases.domain.ordering.order import OrderState
from cases.domain.ordering.order_number import normal_order_number
from cases.domain.waybills import normal_waybill
from cases.store import cases as case_store
from cases.store import orders
from chassis.auth.principal import Principal
from chassis.db import Tx
from chassis.http.deps import DB, require
from chassis.http.etag import check_if_match, etag
from chassis.http.idempotency import OnceOnly
from chassis.http.paging import Cursor, Limit, Page, decode_cursor, encode_cursor
from chassis.http.problems import BadRequest, FieldError, NotFound, problems
from contracts.orders import OrderStatus
from contracts.values import ContactKind

router = APIRouter(prefix="/v1/orders", tags=["Orders"])

Taker = Annotated[Principal, Depends(any_of(PLACE, TAKE))]
Reader = Annotated[Principal, Depends(any_of(PLACE, TAKE, FULFIL))]
Fulfiller = Annotated[Principal, Depends(require(FULFIL))]

CHANGES = problems(400, 403, 404, 409, 412, 422)
Effect = Callable[[OrderFile], Awaitable[None]]


class OrderChange:
    """One change of one order by one caller: under its lock, once, with the version the caller saw."""

    def __init__(self, request: Request, shop: TheShop, principal: Reader, once: OnceOnly) -> None:
        self.request = request
        self.shop: Shop = shop
        self.principal = principal
        self._once = once

    async def run(
        self, order_id: UUID, effect: Effect, *, working_id: UUID | None = None, fulfilling: bool = False
    ) -> Response:
        """Run `effect` on the locked order and answer with the order."""

        async def attempt(tx: Tx) -> BaseModel:
            file = await OrderFile.open(tx, self.shop, order_id, working_id=working_id)
            (require_visible if fulfilling else require_taking)(file.order, self.principal)
            if file.working is not None:
                access.require_own(file.working.case, self.principal)
            check_if_match(self.request, file.order.version)
            try:
                await effect(file)
            except BadPlace as error:
                raise bad_place(error) from error
            except ProcedureRefusal as refusal:
                raise problem_of(refusal) from refusal
            tx.audit(self.principal.subject, "order.change", f"order/{order_id}", {"version": file.order.version})
            return order_view(file.order, self.principal, owner=file.case.case.owner if file.case else None)

        return await self._once.run(attempt, headers=etag_of)


ChangeOf = Annotated[OrderChange, Depends(OrderChange)]


@router.post("", status_code=201, response_model=OrderView, responses=CHANGES)
async def create_order(body: NewOrder, principal: Taker, shop: TheShop, once: OnceOnly) -> Response:
    """Begin an order. It may lack anything; `missing` says what it still needs, `quote` and `goods` what is known.

    Agents name the case they take it on: its procedure learns all that was entered, and nobody types it twice.
    """
    if body.case_id is not None and not principal.may(TAKE):
        detail = "cases are for agents"
        raise BadRequest(f"{detail}.", errors=[FieldError(pointer="#/case_id", detail=detail)])

    async def effect(tx: Tx) -> OrderView:
        case = await _own_case(tx, shop, body.case_id, principal) if body.case_id else None
        try:
            file = await taking.create(
                tx,
                shop,
                body.content,
                source="self_service" if is_self_service(principal) else "agent",
                actor=actor(principal),
                language=body.language,
                case=case,
                interaction_id=body.interaction_id,
            )
        except BadPlace as error:
            raise bad_place(error) from error
        tx.audit(principal.subject, "order.create", f"order/{file.order.id}")
        return order_view(file.order, principal)

    return await once.run(effect, status=201, headers=etag_of)


@router.get("", responses=problems(400))
async def list_orders(
    principal: Reader,
    db: DB,
    shop: TheShop,
    state: OrderState | None = None,
    order_no: Annotated[str | None, Query(max_length=30, description="400 if its check digit is wrong")] = None,
    waybill_no: Annotated[str | None, Query(min_length=5, max_length=40)] = None,
    phone: Annotated[str | None, Query(min_length=5, max_length=30, description="of the sender")] = None,
    customer_id: UUID | None = None,
    case_id: UUID | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[OrderView]:
    """Orders, newest first: agents see all, self-service its own, the order system all that were placed."""
    region = shop.office.parameters.phone_region
    wanted = orders.Wanted(
        creator=principal.subject if is_self_service(principal) else None,
        placed_only=not principal.may(TAKE) and principal.may(FULFIL),
        state=state,
        order_no=_number(order_no) if order_no else None,
        waybill_no=normal_waybill(waybill_no) if waybill_no else None,
        sender_phone=normal_address(ContactKind.PHONE, phone, region) if phone else None,
        customer_id=customer_id,
        case_id=case_id,
        before=_before(cursor),
        limit=limit + 1,
    )
    async with db.transaction() as tx:
        found = await orders.listed(tx, wanted)
        tx.audit(principal.subject, "order.list", "orders", {"found": len(found[:limit])})
    items = [order_view(order, principal) for order in found[:limit]]
    return Page(items=items, next=encode_cursor(found[limit - 1].id) if len(found) > limit else None)


@router.get("/{order_id}", responses=problems(404))
async def read_order(order_id: UUID, principal: Reader, db: DB, response: Response) -> OrderView:
    """An order. Reading is audited."""
    async with db.transaction() as tx:
        order = await orders.get(tx, order_id)
        if order is None:
            raise NotFound("order", order_id)
        require_visible(order, principal)
        case = await case_store.get(tx, order.case_id) if order.case_id else None
        tx.audit(principal.subject, "order.read", f"order/{order_id}")
    response.headers["ETag"] = etag(order.version)
    return order_view(order, principal, owner=case.owner if case else None)


@router.get("/{order_id}/changes", responses=problems(404))
async def read_changes(order_id: UUID, principal: Reader, db: DB) -> list[OrderChangeView]:
    """What happened to an order, in order: who changed what, and what the courier reported."""
    async with db.read() as tx:
        order = await orders.get(tx, order_id)
        if order is None:
            raise NotFound("order", order_id)
        require_visible(order, principal)
        return [OrderChangeView.model_validate(row) for row in await orders.changes(tx, order_id)]


@router.patch("/{order_id}", response_model=OrderView, responses=CHANGES)
async def amend_order(order_id: UUID, body: AmendOrder, change: ChangeOf) -> Response:
    """Change an order before its pickup. A placed one must stay complete and within its agreed conditions; a new window
    must be open, a new price agreed to (`total`). What changed is kept, and told to the order system."""

    async def effect(file: OrderFile) -> None:
        try:
            await taking.amend(file, body.content, actor=actor(change.principal), total=body.total)
        except ValidationError as error:
            raise _invalid(error) from error

    return await change.run(order_id, effect)


@router.post("/{order_id}/confirm", response_model=OrderView, responses=CHANGES)
async def confirm_order(order_id: UUID, body: ConfirmOrder, change: ChangeOf) -> Response:
    """The customer entrusts us: the order gets its number, a place in its pickup window, and goes to the order system.

    Refused with 409 while something is missing, the goods are forbidden, conditions were not agreed to, the price is
    another one than the customer heard, or the window is full; each says what to do.
    """
    given = taking.Confirmation(
        words=body.words,
        channel=body.channel,
        prohibited_notice=body.prohibited_notice_given,
        terms_notice=body.terms_notice_given,
        total=body.total,
        conditions=tuple(dict.fromkeys(body.conditions)),
    )
    return await change.run(order_id, lambda file: taking.place(file, given, actor=actor(change.principal)))


@router.post("/{order_id}/hand-over", response_model=OrderView, responses=CHANGES)
async def hand_over(order_id: UUID, body: HandOver, change: ChangeOf) -> Response:
    """Bring a person in: an agent gets a case with everything entered so far, and goes on with this very order."""
    return await change.run(
        order_id, lambda file: handing.hand_over(file, channel=body.channel, actor=actor(change.principal))
    )


@router.post("/{order_id}/status", response_model=OrderView, responses=CHANGES)
async def report_status(order_id: UUID, body: ReportStatus, principal: Fulfiller, change: ChangeOf) -> Response:
    """The courier's order system reports: accepted, picked up under a waybill, refused at the door, delivered.
    Reporting the present status again changes nothing."""
    for status, name in ((OrderStatus.PICKED_UP, "waybill_no"), (OrderStatus.REFUSED, "reason")):
        if body.status == status and getattr(body, name) is None:
            detail = f"needed when the status is {status}"
            raise BadRequest(f"{name} is {detail}.", errors=[FieldError(pointer=f"#/{name}", detail=detail)])

    async def effect(file: OrderFile) -> None:
        await following.report(
            file,
            body.status,
            waybill_no=body.waybill_no,
            identity_checked=body.identity_checked,
            reason=body.reason,
            by=principal.subject,
        )

    return await change.run(order_id, effect, fulfilling=True)


async def _own_case(tx: Tx, shop: Shop, case_id: UUID, principal: Principal) -> CaseFile:
    case = await case_store.lock_one(tx, case_id)
    if case is None:
        raise NotFound("case", case_id)
    access.require_own(case, principal)
    await access.require_readable(tx, case, principal)
    if case.closed_at is not None:
        raise CaseClosedAlready(case.case_no)
    return CaseFile(tx, shop.office, case)


def _number(text: str) -> str:
    found = normal_order_number(text)
    if found is None:
        detail = "not an order number: its shape or check digit is wrong"
        raise BadRequest(f"{text!r} is {detail}.", errors=[FieldError(pointer="query/order_no", detail=detail)])
    return found


def _invalid(error: ValidationError) -> BadRequest:
    errors = [
        FieldError(pointer="#/content/" + "/".join(str(part) for part in item["loc"]), detail=item["msg"])
        for item in error.errors()
    ]
    return BadRequest("; ".join(f"{item.pointer}: {item.detail}" for item in errors[:5]), errors=errors)


def _before(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    try:
        return UUID(str(decode_cursor(cursor, 1)[0]))
    except ValueError as error:
        raise BadRequest("The cursor is not one that a page of this list returned.") from error
