"""Asking routing for an agent, and what follows from its answers."""

from datetime import datetime

from cases.actions.file import CaseFile, agent_channel
from cases.domain.model import EntryKind, Interaction, WorkItem, WorkState
from cases.store import cases as case_store
from cases.store import customers, interactions, work
from cases.views import summary
from chassis.ids import derived_id
from contracts.sends import CallRequested
from contracts.values import Channel, Language
from contracts.work import WorkCancelled, WorkChanged, WorkPersonal, WorkRequested


async def request(file: CaseFile, interaction: Interaction | None, *, enqueued_at: datetime, preview: str = "") -> None:
    """Ask for an agent, unless one was asked for already: one item per case for its messages, one per waiting call."""
    case, tx = file.case, file.tx
    channel = interaction.channel if interaction else Channel(case.channel)
    item = await work.request(
        tx,
        case_id=case.id,
        interaction_id=interaction.id if interaction else None,
        channel=channel,
        queue=case.queue,
        enqueued_at=enqueued_at,
    )
    if item is None:
        return
    customer = await customers.get(tx, case.customer_id)
    language = (interaction.language if interaction else None) or case.language
    tx.emit(
        WorkRequested(
            work_item_id=item.id,
            case_id=case.id,
            case_no=case.case_no,
            interaction_id=item.interaction_id,
            channel=channel,
            queue=case.queue,
            skills=file.office.parameters.skills_of_class.get(case.case_type, ()),
            language=Language(language) if language else None,
            priority=case.priority,
            preferred_agent_id=case.owner,
            waybill_no=case.waybill_no,
            enqueued_at=enqueued_at,
            personal=WorkPersonal(
                customer_name=customer.name if customer else None,
                preview=preview[: file.office.parameters.preview_characters] or None,
            ),
        )
    )
    file.note(EntryKind.STATUS, "case.work_requested", queue=case.queue, work_item_id=item.id, channel=channel)


async def cancel(file: CaseFile, item: WorkItem, reason: str, *, abandoned: bool = False) -> None:
    """Nobody is needed for this item any more."""
    if await work.end(file.tx, item.id, reason):
        now = file.tx.now
        file.tx.emit(WorkCancelled(work_item_id=item.id, reason=reason, abandoned=abandoned, occurred_at=now))
        file.note(EntryKind.STATUS, "case.work_cancelled", reason=reason, work_item_id=item.id)


async def finish(file: CaseFile, item: WorkItem, reason: str) -> None:
    """The item's work is done: its agent wraps up; an item that nobody has is cancelled."""
    if item.state is WorkState.REQUESTED:
        await cancel(file, item, reason)
    elif await work.end(file.tx, item.id, reason):
        file.tx.emit(WorkChanged(work_item_id=item.id, change="finished", occurred_at=file.tx.now))


async def accepted(
    file: CaseFile, item: WorkItem, *, agent_id: str, agent_name: str | None, offer_key: str, at: datetime
) -> None:
    """The agent has the item: the case is theirs, and a waiting call is put through to them.

    Other items of the case are settled: nobody else is needed for what still waits, and an agent who had the case on
    another channel gives it up.
    """
    tx = file.tx
    if not await work.accept(tx, item.id, agent_id, at) or file.case.closed_at is not None:
        tx.emit(WorkChanged(work_item_id=item.id, change="finished", occurred_at=tx.now))
        return
    for other in await work.live(tx, file.case.id):
        if other.id == item.id or other.channel is Channel.VOICE:
            continue
        if other.agent_id != agent_id:
            await finish(file, other, "taken on another channel")
    before = file.case.owner
    await file.change(owner=agent_id, owner_name=agent_name)
    await case_store.add_agent(tx, file.case.id, agent_id)
    if before is not None and before != agent_id:
        tx.append_stream(agent_channel(before), "case.released", {"case_id": str(file.case.id), "taken_by": agent_id})
    file.note(EntryKind.STATUS, "case.assigned", at=at, agent=agent_name or agent_id, agent_id=agent_id)
    data = {"case": summary(file.case, file.office).model_dump(mode="json"), "work_item_id": str(item.id)}
    file.stream("case.assigned", data)
    if item.channel is Channel.VOICE and item.interaction_id is not None:
        await _put_through(file, item, agent_id, agent_name, offer_key)


async def _put_through(file: CaseFile, item: WorkItem, agent_id: str, agent_name: str | None, offer_key: str) -> None:
    if item.interaction_id is None:
        return
    interaction = await interactions.get(file.tx, item.interaction_id)
    if interaction is None or interaction.ended_at is not None:
        if item.callback:  # the customer is not on the line: the agent dials
            agent, call = agent_name or agent_id, str(item.interaction_id)
            file.note(EntryKind.CALL, "callback.due", agent=agent, interaction=call)
        return
    file.tx.emit(
        CallRequested(
            interaction_id=interaction.id,
            call_request_id=derived_id("call", str(item.id), offer_key),
            case_id=file.case.id,
            agent_id=agent_id,
            work_item_id=item.id,
            requested_at=file.tx.now,
        )
    )
    file.note(EntryKind.CALL, "call.requested", agent=agent_name or agent_id, interaction=str(interaction.id))


async def released(file: CaseFile, item: WorkItem, *, agent_id: str, reason: str) -> None:
    """The agent gave the item back; routing keeps it waiting. The case has no owner until the next acceptance."""
    if not await work.release(file.tx, item.id, agent_id) or file.case.owner != agent_id:
        return
    file.note(
        EntryKind.STATUS, "case.released", agent=file.case.owner_name or agent_id, agent_id=agent_id, reason=reason
    )
    file.stream("case.released", {"case_id": str(file.case.id), "reason": reason})
    await file.change(owner=None, owner_name=None)


async def call_failed(file: CaseFile, item: WorkItem, *, agent_id: str, reason: str) -> None:
    """The agent's leg did not come about and the caller still waits: ask for another agent, with the old place."""
    interaction = await interactions.get(file.tx, item.interaction_id) if item.interaction_id else None
    file.note(EntryKind.CALL, "call.failed", agent=agent_id, reason=reason, interaction=str(item.interaction_id))
    if interaction is None or interaction.ended_at is not None or file.case.closed_at is not None:
        return
    await cancel(file, item, f"call failed: {reason}")
    if file.case.owner == agent_id:
        file.stream("case.released", {"case_id": str(file.case.id), "reason": f"call failed: {reason}"})
        await file.change(owner=None, owner_name=None)
    await request(file, interaction, enqueued_at=item.enqueued_at)
