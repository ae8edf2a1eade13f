"""Handing a self-service order over to a person, with everything that was entered."""

from uuid import UUID

from cases.actions import opening, work
from cases.actions.ordering.file import OrderFile
from cases.actions.ordering.refusals import NotAmendable
from cases.domain.contact import Verification
from cases.domain.ordering.order import AMENDABLE
from cases.domain.run import Actor
from cases.store import customers, interactions
from contracts.values import Channel, ContactKind

ORDER_CLASS = "order"


async def hand_over(file: OrderFile, *, channel: Channel, actor: Actor) -> None:
    """Give the order a case, and the case an agent. A customer whose contact has a case keeps that one.

    The order's row is locked already; its new case is nobody else's yet, so locking it now cannot deadlock.
    """
    order, tx, office = file.order, file.tx, file.shop.office
    if order.state not in AMENDABLE:
        raise NotAmendable(order.state)
    if file.case is not None:
        await work.request(file.case, None, enqueued_at=tx.now, preview=_preview(file))
        await file.write()
        return
    interaction = await interactions.get(tx, order.interaction_id) if order.interaction_id else None
    if interaction is not None:
        case = await opening.case_for(tx, office, interaction, opening.Need(contact_class=ORDER_CLASS))
    else:
        customer_id = await customers.lock(tx, await _customer(file))
        case = await opening.open_case(
            tx,
            office,
            customer=await customers.get(tx, customer_id),
            customer_id=customer_id,
            point=next(iter(await customers.contacts(tx, customer_id)), None),
            contact_class=ORDER_CLASS,
            channel=channel,
            interaction_id=None,
            language=order.language,
            need=opening.Need(contact_class=ORDER_CLASS),
            thread_key=f"order:{order.id}",
        )
    file.case = case
    await file.change("handed_over", actor=actor.id, case_id=case.case.id, customer_id=case.case.customer_id)
    file.note("order.handed_over", actor=actor.id)
    await file.follow(actor)
    await work.request(case, interaction, enqueued_at=tx.now, preview=_preview(file))
    await file.write()


async def _customer(file: OrderFile) -> UUID:
    order = file.order
    if order.customer_id is not None:
        return order.customer_id
    name = order.read_content().sender.name
    if order.sender_phone is None:
        return await customers.create_unknown(file.tx, name=name, language=order.language)
    point = await customers.by_contact(
        file.tx,
        kind=ContactKind.PHONE,
        address=order.sender_phone,
        display_name=name,
        verification=Verification.NONE,
        language=order.language,
    )
    return point.customer_id


def _preview(file: OrderFile) -> str:
    content = file.order.read_content()
    goods, product = content.goods.name or "", content.product or ""
    return " · ".join(part for part in (file.order.order_no or "", goods, product) if part)
