"""Cases that somebody opens by hand, or that another system reports: not every matter begins with a message to us."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cases.actions import opening, work
from cases.actions.file import CaseFile
from cases.actions.office import Office
from cases.domain import threads
from cases.domain.model import ContactPoint
from cases.store import cases as case_store
from cases.store import customers
from chassis.db import Tx
from contracts.values import Channel, ContactKind

_WRITTEN = {
    ContactKind.PHONE: Channel.SMS,
    ContactKind.EMAIL: Channel.EMAIL,
    ContactKind.CHAT: Channel.CHAT,
    ContactKind.TELEGRAM: Channel.TELEGRAM,
}
"""The channel on which a case counts that no contact began: where its customer can be written to."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What the case is about. `fields` are facts of the procedure that are known from the start."""

    case_type: str
    procedure: str
    text: str = ""
    waybill_no: str | None = None
    language: str | None = None
    fields: Mapping[str, Any] | None = None


async def open_by_hand(
    tx: Tx, office: Office, customer_id: UUID, matter: Matter, *, owner: tuple[str, str | None] | None
) -> CaseFile:
    """Open a case, whatever else is open for the customer: nobody who complains is refused. Without an owner routing is
    asked for an agent. If the customer has an open case about the same thing, messages go on to that one."""
    customer_id = await customers.lock(tx, customer_id)
    customer = await customers.get(tx, customer_id)
    points = await customers.contacts(tx, customer_id)
    point: ContactPoint | None = points[0] if points else None
    key = threads.thread_key(matter.waybill_no)
    taken = {candidate.thread_key for candidate in await case_store.open_of_customer(tx, customer_id)}
    file = await opening.open_case(
        tx,
        office,
        customer=customer,
        customer_id=customer_id,
        point=point,
        contact_class=matter.case_type,
        channel=_WRITTEN[ContactKind(point.kind)] if point else Channel.EMAIL,
        interaction_id=None,
        language=matter.language or (customer.language if customer else None),
        need=opening.Need(text=matter.text, waybill_no=matter.waybill_no, contact_class=matter.case_type),
        thread_key=key,
        procedure=matter.procedure,
        threading=key not in taken,
        owner=owner,
    )
    if matter.fields:
        await file.apply(file.engine.record(await file.run(), fields=matter.fields, now=tx.now))
    if owner is not None:
        await case_store.add_agent(tx, file.case.id, owner[0])
    else:
        await work.request(file, None, enqueued_at=tx.now, preview=matter.text)
    await file.write()
    return file
