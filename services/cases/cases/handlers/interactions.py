"""Interactions: their beginning, waiting, answering, self-service and end."""

from dataclasses import replace
from uuid import UUID

from cases.actions import closing, opening, work
from cases.actions.file import CaseFile
from cases.actions.office import Office
from cases.domain.contact import Verification, normal_address
from cases.domain.model import EntryKind, Interaction, NewEntry, WorkState
from cases.domain.run import BY_SYSTEM, SYSTEM
from cases.domain.waybills import normal_waybill
from cases.handlers.messages import UnknownInteraction
from cases.store import cases as case_store
from cases.store import customers, interactions, recognition, timeline
from cases.store import work as work_store
from chassis.db import Tx
from contracts.event import Event
from contracts.interactions import (
    CallFailed,
    InteractionAnswered,
    InteractionEnded,
    InteractionQueued,
    InteractionSelfServed,
    InteractionStarted,
)
from contracts.values import Channel

SELF_SERVED = "self_served"
PERSON_WANTED = "person_wanted"
ABANDONED = "abandoned"
_NOBODY_MISSING = frozenset({"superseded", "connected", "not_waiting"})
"""Reasons of a failed leg after which the caller still has, or wants, nobody else."""
_SPOKEN = frozenset({Channel.VOICE, Channel.CHAT})
"""Channels on which the customer waits on the line; on the others a message can be answered after it ended."""


class InteractionHandlers:
    """Handlers of interaction events."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def on_interaction_started(self, tx: Tx, event: Event[InteractionStarted]) -> None:
        """Recognise the customer by the address, or by one that the channel vouches for. A case comes with the first
        message or wish for a person."""
        data = event.data
        if await interactions.began(tx, data.interaction_id, data.account):
            return
        region = self._office.parameters.phone_region
        address = normal_address(data.contact_kind, data.personal.address, region)
        point = None
        erased = await recognition.erased_since(tx, data.contact_kind, address, data.occurred_at) if address else None
        if erased is not None:
            customer_id = erased
        elif address is None:
            customer_id = await customers.create_unknown(tx, name=data.personal.display_name, language=data.language)
        else:
            vouched = _vouched(data, region)
            point = await customers.by_contact(
                tx,
                kind=data.contact_kind,
                address=address,
                display_name=data.personal.display_name,
                verification=Verification.CHANNEL if data.verified else Verification.NONE,
                language=data.language,
                owner=await recognition.customer_of(tx, vouched),
            )
            customer_id = point.customer_id
            await recognition.take_over(tx, point.id, customer_id, vouched)
        carried = await case_store.candidate(tx, data.case_id) if data.case_id else None
        await interactions.insert(
            tx,
            interaction_id=data.interaction_id,
            customer_id=customer_id,
            contact_point_id=point.id if point else None,
            case_id=carried.id if carried else None,
            channel=data.channel,
            direction=data.direction,
            account=data.account,
            language=data.language,
            started_at=data.occurred_at,
            erased_at=tx.now if erased else None,
        )
        if data.channel is Channel.VOICE:
            data_in = {"code": "call.started", "account": data.account}
            entry = NewEntry(
                kind=EntryKind.CALL,
                actor="customer",
                occurred_at=data.occurred_at,
                data=data_in,
                interaction_id=data.interaction_id,
                channel=data.channel,
            )
            await timeline.insert_pending(tx, [entry])

    async def on_interaction_queued(self, tx: Tx, event: Event[InteractionQueued]) -> None:
        """The customer wants a person: find or open the case and ask routing for an agent."""
        data = event.data
        interaction = await _known(tx, data.interaction_id)
        interaction = replace(interaction, language=data.language or interaction.language)
        waybill = normal_waybill(data.waybill_no) if data.waybill_no else None
        file = await opening.case_for(tx, self._office, interaction, opening.Need(waybill_no=waybill))
        await interactions.mark(tx, interaction.id, queued_at=data.occurred_at, language=data.language)
        code = "call.queued" if data.channel is Channel.VOICE else "chat.queued"
        kind = EntryKind.CALL if data.channel is Channel.VOICE else EntryKind.STATUS
        file.note(kind, code, actor="customer", at=data.occurred_at, interaction=str(interaction.id))
        await _person_wanted(file)
        await work.request(file, interaction, enqueued_at=data.occurred_at)
        await file.write()

    async def on_interaction_self_served(self, tx: Tx, event: Event[InteractionSelfServed]) -> None:
        """The customer was answered without an agent: a case records what was asked and told."""
        data = event.data
        interaction = await _known(tx, data.interaction_id)
        waybill = normal_waybill(data.waybill_no) if data.waybill_no else None
        need = opening.Need(waybill_no=waybill, contact_class="tracking" if waybill else None)
        file = await opening.case_for(tx, self._office, interaction, need)
        await interactions.mark(tx, interaction.id, self_served=True)
        file.add(
            NewEntry(
                kind=EntryKind.SELF_SERVICE,
                actor=SYSTEM,
                occurred_at=data.occurred_at,
                data={"text": data.answer, "service": data.service, "found": data.found, "waybill_no": waybill},
                interaction_id=interaction.id,
                channel=data.channel,
            )
        )
        await _record_self_service(file, data, waybill)
        await file.write()

    async def on_interaction_answered(self, tx: Tx, event: Event[InteractionAnswered]) -> None:
        """The agent is on the line."""
        data = event.data
        interaction = await _known(tx, data.interaction_id)
        file = await self._file(tx, interaction)
        await interactions.mark(tx, interaction.id, answered_at=data.occurred_at)
        if file is not None:
            file.note(
                EntryKind.CALL,
                "call.answered",
                at=data.occurred_at,
                agent=file.case.owner_name or data.agent_id,
                agent_id=data.agent_id,
                interaction=str(interaction.id),
            )
            await file.write()

    async def on_interaction_ended(self, tx: Tx, event: Event[InteractionEnded]) -> None:
        """The contact is over. Who still waited on the line is not waited for any more; a case with nothing left to do
        closes itself."""
        data = event.data
        interaction = await _known(tx, data.interaction_id)
        file = await self._file(tx, interaction)
        if not await interactions.end(tx, interaction.id, ended_at=data.occurred_at, ended_by=data.ended_by):
            return
        if file is None:
            return
        code = {Channel.VOICE: "call.ended", Channel.CHAT: "chat.ended"}.get(data.channel, "exchange.ended")
        kind = EntryKind.CALL if data.channel is Channel.VOICE else EntryKind.STATUS
        file.note(
            kind,
            code,
            actor=data.ended_by,
            at=data.occurred_at,
            reason=data.reason,
            interaction=str(interaction.id),
        )
        if file.case.closed_at is None and data.channel in _SPOKEN:
            await self._nobody_waits(file, interaction)
        await file.write()

    async def _nobody_waits(self, file: CaseFile, interaction: Interaction) -> None:
        live = await work_store.live(file.tx, file.case.id)
        waited = [
            item
            for item in live
            if item.interaction_id == interaction.id and item.state is WorkState.REQUESTED and not item.callback
        ]
        for item in waited:
            await work.cancel(file, item, "customer left", abandoned=True)
        unanswered = await interactions.unanswered(file.tx, file.case.id, besides=interaction.id)
        if unanswered is not None:
            since = max([unanswered.started_at, *(item.enqueued_at for item in waited)])
            await work.request(file, unanswered, enqueued_at=since)
            return
        others = [item for item in live if item not in waited]
        still = [
            other
            for other in await interactions.of_case(file.tx, file.case.id)
            if other.id != interaction.id and other.ended_at is None
        ]
        if others or still or file.case.owner is not None:
            return
        if waited:
            await closing.close(file, actor=BY_SYSTEM, resolution=ABANDONED, reason="customer left before an answer")
        elif interaction.self_served and interaction.queued_at is None:
            await closing.close(file, actor=BY_SYSTEM, resolution=SELF_SERVED, reason="answered by self-service")

    async def on_call_failed(self, tx: Tx, event: Event[CallFailed]) -> None:
        """The agent could not be connected; the caller needs another one."""
        data = event.data
        item = await work_store.get(tx, data.work_item_id)
        if item is None or data.reason in _NOBODY_MISSING:
            return
        case = await case_store.lock_one(tx, item.case_id)
        current = await work_store.get(tx, data.work_item_id)
        if case is None or current is None or current.state is WorkState.ENDED:
            return
        file = CaseFile(tx, self._office, case)
        await work.call_failed(file, current, agent_id=data.agent_id, reason=data.reason)
        await file.write()

    async def _file(self, tx: Tx, interaction: Interaction) -> CaseFile | None:
        """The interaction's case, locked; None if it has none."""
        if interaction.case_id is None:
            return None
        case = await case_store.lock_one(tx, interaction.case_id)
        return CaseFile(tx, self._office, case) if case else None


async def _known(tx: Tx, interaction_id: UUID) -> Interaction:
    found = await interactions.get(tx, interaction_id)
    if found is None:
        raise UnknownInteraction(str(interaction_id))
    return found


def _vouched(data: InteractionStarted, region: str) -> list[recognition.Vouched]:
    found = [(known.kind, normal_address(known.kind, known.address, region)) for known in data.personal.also]
    return [recognition.Vouched(kind, address) for kind, address in found if address is not None]


async def _person_wanted(file: CaseFile) -> None:
    """Leave the self-service step of the procedure, if the case is at one."""
    run = await file.run()
    if any(way.outcome == PERSON_WANTED for way in file.engine.ways(run)):
        await file.apply(file.engine.complete(run, actor=BY_SYSTEM, now=file.tx.now, outcome=PERSON_WANTED))


async def _record_self_service(file: CaseFile, data: InteractionSelfServed, waybill_no: str | None) -> None:
    """Take the self-service way through the procedure, where it has one; else only note what was told."""
    run = await file.run()
    if run.ended_at is not None or run.waiting_for is not None:
        return
    used = file.engine.field_names()
    known = {"waybill_no": waybill_no, "answer_text": data.answer, "answered_at": data.occurred_at.isoformat()}
    fields = {name: value for name, value in known.items() if value is not None and name in used}
    if any(way.outcome == SELF_SERVED for way in file.engine.ways(run)) and waybill_no is not None:
        progress = file.engine.complete(run, actor=BY_SYSTEM, now=file.tx.now, fields=fields, outcome=SELF_SERVED)
    else:
        progress = file.engine.record(run, fields=fields, now=file.tx.now)
    await file.apply(progress)
