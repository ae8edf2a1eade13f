"""Taking an order: a draft that may lack anything, its changes, and the customer's word that makes it an order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from cases.actions.file import CaseFile
from cases.actions.ordering.file import OrderFile
from cases.actions.ordering.refusals import (
    ConditionsOpen,
    NotAmendable,
    OrderIncomplete,
    OrderRefused,
    PriceChanged,
    WindowTaken,
)
from cases.actions.ordering.shop import Shop
from cases.domain.contact import Verification, normal_address
from cases.domain.ordering.desk import Examination
from cases.domain.ordering.order import AMENDABLE, Content, Entrust, Order, OrderState, changed, merged
from cases.domain.ordering.quote import Quote
from cases.domain.ordering.windows import Window, is_window, windows
from cases.domain.run import Actor
from cases.store import customers, orders
from cases.store import departments as department_store
from chassis.db import Tx
from chassis.ids import uuid7
from contracts.orders import OrderAmended, OrderPlaced
from contracts.values import ContactKind

DRAFT_TIMER = "order.draft"
PICKUP_TIMER = "order.pickup"
PROMISE_TIMER = "order.promise"


@dataclass(frozen=True)
class Confirmation:
    """The customer's word, as it was given."""

    words: str
    channel: str
    prohibited_notice: bool
    terms_notice: bool
    total: int
    conditions: tuple[str, ...]


async def create(
    tx: Tx,
    shop: Shop,
    content: Content,
    *,
    source: str,
    actor: Actor,
    language: str,
    case: CaseFile | None = None,
    interaction_id: UUID | None = None,
) -> OrderFile:
    """A new draft. With a case, the case's procedure learns what the draft knows."""
    examined = shop.desk.examine(content, tx.now)
    order = Order(
        id=uuid7(),
        order_no=None,
        state=OrderState.DRAFT,
        source=source,
        creator=actor.id,
        language=language,
        customer_id=case.case.customer_id if case else None,
        case_id=case.case.id if case else None,
        interaction_id=interaction_id,
        content=content.model_dump(mode="json", exclude_none=True),
        offers=[],
        pickups_missed=0,
        branch_id=None,
        waybill_no=None,
        end_reason=None,
        entrust=None,
        version=1,
        created_at=tx.now,
        updated_at=tx.now,
        placed_at=None,
        ended_at=None,
        **_derived(shop, content, examined),
    )
    await orders.insert(tx, order, actor=actor.id)
    await tx.schedule(DRAFT_TIMER, str(order.id), tx.now + timedelta(days=shop.parameters.draft_days), {})
    file = OrderFile(tx, shop, order, case)
    file.note("order.drafted", actor=actor.id)
    await file.follow(actor)
    await file.write()
    return file


async def amend(
    file: OrderFile, changes: Mapping[str, Any], *, actor: Actor, total: int | None = None
) -> tuple[str, ...]:
    """Change a draft, or a placed order before its pickup. Returns the names of what changed.

    A placed order stays complete and keeps to what may be sent; a new price needs the customer's word (`total`).
    """
    order, tx, shop = file.order, file.tx, file.shop
    if order.state not in AMENDABLE:
        raise NotAmendable(order.state)
    before = order.read_content()
    after = merged(before, changes)
    names = changed(before, after)
    if not names:
        return ()
    examined = shop.desk.examine(after, tx.now)
    placed = order.state != OrderState.DRAFT
    if placed:
        _require_placeable(file, after, examined)
        _require_agreed(examined, (order.entrust or {}).get("conditions", ()))
        _require_price(order, examined.chosen(after.product), total)
        if "pickup" in names or examined.area != order.pickup_area:
            await _take_window(file, after, examined)
    detail = {"changed": names, "total_before": (order.quote or {}).get("total")}
    derived = _derived(shop, after, examined)
    content = after.model_dump(mode="json", exclude_none=True)
    if placed and derived["quote"] is not None:
        derived["entrust"] = {**(order.entrust or {}), "total": derived["quote"]["total"]}
    await file.change("amended", actor=actor.id, detail=detail, content=content, **derived)
    if placed:
        await _watch_pickup(file)
        now = tx.now
        await file.tell(
            OrderAmended(
                order_id=order.id,
                order_no=order.order_no or "",
                changed=names,
                terms=file.terms(),
                occurred_at=now,
                personal=file.personal(),
            )
        )
    file.note("order.amended", actor=actor.id, changed=", ".join(names))
    await file.follow(actor)
    await file.write()
    return names


async def place(file: OrderFile, confirmation: Confirmation, *, actor: Actor) -> None:
    """Make the draft an order: it gets its number and goes to the courier's order system."""
    order, tx, shop = file.order, file.tx, file.shop
    if not order.may_become(OrderState.PLACED):
        raise NotAmendable(order.state)
    content = order.read_content()
    examined = shop.desk.examine(content, tx.now)
    _require_placeable(file, content, examined)
    _require_agreed(examined, confirmation.conditions)
    quote = examined.chosen(content.product)
    if quote is None or quote.total != confirmation.total:
        raise PriceChanged(confirmation.total, quote.total if quote else 0)
    await _take_window(file, content, examined)
    entrust = Entrust(
        confirmed_at=tx.now,
        channel=confirmation.channel,
        words=confirmation.words,
        by=actor.id,
        prohibited_notice=confirmation.prohibited_notice,
        terms_notice=confirmation.terms_notice,
        total=quote.total,
        currency=quote.currency,
        conditions=confirmation.conditions,
        tariff_version=quote.tariff_version,
        goods_list_version=examined.verdict.list_version if examined.verdict else "",
    )
    derived = _derived(shop, content, examined)
    customer_id = order.customer_id or await _customer(file, content, derived["sender_phone"])
    branch = await department_store.serving(tx, "branch", examined.area or "")
    await file.change(
        "placed",
        actor=actor.id,
        detail={"total": quote.total},
        state=OrderState.PLACED,
        order_no=await orders.next_number(tx),
        placed_at=tx.now,
        entrust=entrust.model_dump(mode="json"),
        customer_id=customer_id,
        branch_id=branch.id if branch else None,
        **derived,
    )
    await tx.cancel_timer(DRAFT_TIMER, str(order.id))
    await _watch_pickup(file)
    await file.tell(
        OrderPlaced(
            order_id=order.id,
            order_no=file.order.order_no or "",
            case_id=order.case_id,
            source=order.source,
            terms=file.terms(),
            occurred_at=tx.now,
            personal=file.personal(),
        )
    )
    file.note("order.placed", actor=actor.id, amount=f"{quote.total // 100}.{quote.total % 100:02d} {quote.currency}")
    await file.follow(actor)
    await file.write()


async def open_windows(tx: Tx, shop: Shop, area: str) -> tuple[Window, ...]:
    """The pickup windows of an area that still take orders."""
    return windows(shop.desk.pickup, shop.desk.calendar, tx.now, await orders.taken(tx, area, tx.now))


def _derived(shop: Shop, content: Content, examined: Examination) -> dict[str, Any]:
    """What follows from the content: checked goods, the price, when and where it is picked up."""
    quote = examined.chosen(content.product)
    phone = content.sender.phone
    region = shop.office.parameters.phone_region
    return {
        "quote": quote.model_dump(mode="json") if quote else None,
        "goods": examined.verdict.model_dump(mode="json") if examined.verdict else None,
        "sender_phone": normal_address(ContactKind.PHONE, phone, region) if phone else None,
        "pickup_area": examined.area,
        "pickup_from": content.pickup.start if content.pickup else None,
        "pickup_to": content.pickup.end if content.pickup else None,
    }


def _require_placeable(file: OrderFile, content: Content, examined: Examination) -> None:
    if examined.missing:
        raise OrderIncomplete(examined.missing)
    obstacles = file.shop.desk.obstacles(content, examined)
    if obstacles:
        raise OrderRefused(obstacles[0], [quote.product for quote in examined.quotes])


def _require_agreed(examined: Examination, agreed: Any) -> None:
    verdict = examined.verdict
    open_ = [item for item in (verdict.conditions if verdict else ()) if item.code not in agreed]
    if open_:
        raise ConditionsOpen([item.code for item in open_], "; ".join(item.text.en for item in open_))


def _require_price(order: Order, quote: Quote | None, agreed: int | None) -> None:
    before = (order.quote or {}).get("total")
    if quote is None or quote.total in (before, agreed):
        return
    raise PriceChanged(agreed if agreed is not None else before or 0, quote.total)


async def _take_window(file: OrderFile, content: Content, examined: Examination) -> None:
    """Take a place in the window, or say which ones are open. Nobody else counts them meanwhile."""
    area, pickup, desk = examined.area, content.pickup, file.shop.desk
    if area is None or pickup is None:
        raise OrderIncomplete(["/pickup"])
    await orders.hold_window(file.tx, area, pickup.start)
    moved = (area, pickup.start) != (file.order.pickup_area, file.order.pickup_from)
    taken = await orders.taken(file.tx, area, pickup.start)
    own = 0 if moved or file.order.state == OrderState.DRAFT else 1
    full = taken.get(pickup.start, 0) - own >= desk.pickup.capacity
    if full or not is_window(desk.pickup, desk.calendar, file.tx.now, pickup.start, pickup.end):
        raise WindowTaken(await open_windows(file.tx, file.shop, area))


async def _watch_pickup(file: OrderFile) -> None:
    if file.order.pickup_to is not None:
        await file.tx.schedule(PICKUP_TIMER, str(file.order.id), file.order.pickup_to, {})


async def _customer(file: OrderFile, content: Content, phone: str | None) -> UUID | None:
    """Whose order it is, by the sender's phone: the customer who called from it before, or a new one."""
    if phone is None:
        return None
    point = await customers.by_contact(
        file.tx,
        kind=ContactKind.PHONE,
        address=phone,
        display_name=content.sender.name,
        verification=Verification.NONE,
        language=file.order.language,
    )
    return await customers.remaining(file.tx, point.customer_id)
