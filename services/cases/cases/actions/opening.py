"""Finding the case of a contact, opening one, and bringing one back."""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from cases.actions.file import CaseFile
from cases.actions.office import Office
from cases.domain import classify, facts, threads
from cases.domain.contact import Verification
from cases.domain.model import Case, ContactPoint, Customer, EntryKind, Interaction
from cases.domain.run import SYSTEM
from cases.store import cases as case_store
from cases.store import customers, interactions, timeline
from chassis.db import Tx
from chassis.ids import uuid7
from contracts.cases import CaseOpened, CaseReopened
from contracts.values import Channel, ContactKind

SECOND_LEVEL = 2
"""A case that comes back was not solved the first time (domain package, rule h)."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a contact is about, as far as it shows: its words and the waybill it names."""

    text: str = ""
    waybill_no: str | None = None
    contact_class: str | None = None


async def case_for(tx: Tx, office: Office, interaction: Interaction, need: Need) -> CaseFile:
    """The open case that the interaction belongs to from now on: found, brought back or newly opened.

    The customer is locked first, so however many contacts arrive at once they find or make the same case.
    """
    linked = await case_store.candidate(tx, interaction.case_id) if interaction.case_id else None
    interaction = await _lock_customers(tx, interaction, linked)
    if linked is not None:
        linked = await case_store.candidate(tx, linked.id)
    since = tx.now - timedelta(days=office.parameters.reopen_days)
    key = threads.thread_key(need.waybill_no)
    choice = threads.choose(
        linked=linked,
        opened=await case_store.open_of_customer(tx, interaction.customer_id),
        closed=await case_store.closed_in_thread(tx, interaction.customer_id, key, since) if need.waybill_no else [],
        waybill_no=need.waybill_no,
        now=tx.now,
        reopen_days=office.parameters.reopen_days,
    )
    file: CaseFile | None = None
    if choice.case_id is not None:
        case = await case_store.lock_one(tx, choice.case_id)
        if case is not None:
            file = CaseFile(tx, office, case)
            if choice.reopen:
                await reopen(file, actor=SYSTEM, reason="customer")
    if file is None:
        file = await _open(tx, office, interaction, need, key)
    if interaction.case_id != file.case.id:
        await interactions.link(tx, interaction.id, file.case.id)
    for entry in await timeline.take_pending(tx, interaction.id):
        file.add(entry)
    return file


async def _lock_customers(tx: Tx, interaction: Interaction, linked: threads.Candidate | None) -> Interaction:
    """Lock the interaction's customer, and the linked case's if that is somebody else, in one order for everybody.

    A customer who was merged meanwhile gives the interaction over to the one that remains.
    """
    ids = {interaction.customer_id}
    if linked is not None and (case := await case_store.get(tx, linked.id)):
        ids.add(case.customer_id)
    current = {customer_id: await customers.lock(tx, customer_id) for customer_id in sorted(ids)}
    remaining = current[interaction.customer_id]
    if remaining != interaction.customer_id:
        await interactions.give(tx, interaction.id, remaining)
        return replace(interaction, customer_id=remaining)
    return interaction


async def reopen(file: CaseFile, *, actor: str, reason: str) -> None:
    """Bring a closed case back, to the second level of service. Its customer must be locked, and its thread be free."""
    progress = file.engine.reopen(await file.run(), now=file.tx.now)
    file.note(EntryKind.STATUS, "case.reopened", actor=actor, reason=reason)
    queue = file.office.parameters.second_level_queue
    if file.case.level < SECOND_LEVEL:
        file.note(EntryKind.STATUS, "case.level_raised", queue=queue)
    await file.apply(progress, closed_at=None, resolution=None, level=SECOND_LEVEL, queue=queue)
    file.tx.emit(CaseReopened(case_id=file.case.id, actor=actor, reason=reason, occurred_at=file.tx.now))


async def _open(tx: Tx, office: Office, interaction: Interaction, need: Need, thread_key: str) -> CaseFile:
    customer = await customers.get(tx, interaction.customer_id)
    point = await customers.contact(tx, interaction.contact_point_id) if interaction.contact_point_id else None
    language = interaction.language or classify.guess_language([need.text]) or (customer.language if customer else None)
    contact_class = need.contact_class or classify.contact_class(
        office.hints, [need.text], waybill_no=need.waybill_no, default=office.parameters.default_class
    )
    return await open_case(
        tx,
        office,
        customer=customer,
        customer_id=interaction.customer_id,
        point=point,
        contact_class=contact_class,
        channel=interaction.channel,
        interaction_id=interaction.id,
        language=language,
        need=need,
        thread_key=thread_key,
    )


async def open_case(
    tx: Tx,
    office: Office,
    *,
    customer: Customer | None,
    customer_id: UUID,
    point: ContactPoint | None,
    contact_class: str,
    channel: Channel,
    interaction_id: UUID | None,
    language: str | None,
    need: Need,
    thread_key: str,
    procedure: str | None = None,
    parent: Case | None = None,
    threading: bool = True,
    owner: tuple[str, str | None] | None = None,
) -> CaseFile:
    """Open a case. Its customer must be locked, and its thread be free."""
    parameters = office.parameters
    name = procedure or parameters.procedure_of_class.get(contact_class, parameters.default_class)
    engine = office.library.engine(name)
    phone = point.address if point and point.kind == ContactKind.PHONE else None
    email = point.address if point and point.kind == ContactKind.EMAIL else None
    known = facts.at_opening(
        engine,
        interaction_id=str(interaction_id or "none"),
        channel=channel,
        contact_class=contact_class,
        waybill_no=need.waybill_no,
        customer_name=customer.name if customer else None,
        phone=phone,
        email=email,
        verification=point.verification if point else Verification.NONE,
        text=need.text,
        now=tx.now,
    )
    progress = engine.start(now=tx.now, fields=known)
    case = Case(
        id=uuid7(),
        case_no=await case_store.next_number(tx),
        customer_id=customer_id,
        case_type=contact_class,
        procedure=engine.procedure.id,
        procedure_version=engine.procedure.version,
        step=progress.run.step,
        channel=channel,
        language=language,
        severity=None,
        priority=parameters.priority(contact_class),
        queue=parameters.queue(contact_class),
        owner=owner[0] if owner else None,
        owner_name=owner[1] if owner else None,
        thread_key=thread_key,
        threading=threading,
        waybill_no=need.waybill_no,
        parent_id=parent.id if parent else None,
        version=1,
        last_seq=0,
        last_customer_seq=0,
        next_due_at=None,
        opened_at=tx.now,
        updated_at=tx.now,
        closed_at=None,
        resolution=None,
    )
    if not await case_store.insert(tx, case, progress.run):
        raise LookupError(f"the thread {thread_key!r} of customer {customer_id} is taken")
    file = CaseFile(tx, office, case)
    label = engine.procedure.label
    file.note(
        EntryKind.STATUS,
        "case.opened",
        procedure=engine.procedure.id,
        procedure_label={"zh-CN": label.zh, "en": label.en},
    )
    tx.emit(
        CaseOpened(
            case_id=case.id,
            case_no=case.case_no,
            customer_id=customer_id,
            case_type=contact_class,
            procedure=case.procedure,
            procedure_version=case.procedure_version,
            channel=channel,
            interaction_id=interaction_id,
            waybill_no=need.waybill_no,
            occurred_at=tx.now,
        )
    )
    await file.apply(progress)
    return file
