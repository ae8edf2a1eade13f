"""Messages: in, from the customer, and what became of those we sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cases.actions import notifying, opening, waiting, work
from cases.actions.file import CaseFile, write_all
from cases.actions.office import Office
from cases.domain import delivery, threads
from cases.domain.model import EntryKind, Interaction, NewEntry
from cases.domain.waybills import first_waybill
from cases.store import cases as case_store
from cases.store import interactions, timeline
from cases.views import entry_view
from chassis.db import Tx
from chassis.inbox import batched
from contracts.event import Event
from contracts.interactions import MessageReceived, MessageStatusChanged
from contracts.values import MessageStatus

CUSTOMER = "customer"


class UnknownInteraction(LookupError):
    """The channel never told of this interaction, or its beginning could not be handled."""


@dataclass
class _Incoming:
    data: MessageReceived
    interaction: Interaction
    waybill_no: str | None
    case_id: UUID | None = None


class MessageHandlers:
    """Handlers of message events."""

    def __init__(self, office: Office) -> None:
        self._office = office

    @property
    def on_message_received(self) -> Any:
        """Takes neighbouring messages of a batch together, so that each costs a share of a few statements."""

        @batched
        async def handle(tx: Tx, events: Sequence[Event[MessageReceived]]) -> None:
            await self._received(tx, [event.data for event in events])

        return handle

    async def _received(self, tx: Tx, messages: Sequence[MessageReceived]) -> None:
        incoming = await self._with_interactions(tx, messages)
        files = await self._files(tx, incoming)
        pending = [_entry(item) for item in incoming if item.case_id is None]
        if pending:
            await timeline.insert_pending(tx, pending)
        for item in incoming:
            if item.case_id is not None:
                await self._append(files[item.case_id], item)
        await self._ask_for_agents(tx, files, incoming)
        await write_all(tx, files.values())

    async def _with_interactions(self, tx: Tx, messages: Sequence[MessageReceived]) -> list[_Incoming]:
        known = await interactions.many(tx, [message.interaction_id for message in messages])
        found = []
        for message in messages:
            interaction = known.get(message.interaction_id)
            if interaction is None:
                raise UnknownInteraction(str(message.interaction_id))
            if interaction.erased_at is not None and message.occurred_at <= interaction.erased_at:
                continue  # what was erased does not come back with a late delivery
            text = f"{message.personal.subject or ''}\n{message.personal.text}"
            waybill = None if message.automatic else first_waybill(text)
            found.append(_Incoming(message, interaction, waybill, interaction.case_id))
        return found

    async def _files(self, tx: Tx, incoming: Sequence[_Incoming]) -> dict[UUID, CaseFile]:
        """The locked cases of all messages. An interaction without an open case gets one with its first message that a
        person wrote; automatic ones go to the case there is, open or not."""
        linked = {item.case_id for item in incoming if item.case_id is not None}
        locked = dict(await case_store.lock_open(tx, linked)) if linked else {}
        closed = {item.case_id for item in incoming if item.data.automatic and item.case_id is not None} - set(locked)
        if closed:
            locked |= await case_store.lock(tx, closed)
        files = {case_id: CaseFile(tx, self._office, case) for case_id, case in locked.items()}
        for item in sorted(incoming, key=lambda item: item.interaction.customer_id):
            present = locked.get(item.case_id) if item.case_id else None
            if present is None:
                item.case_id = None
            if item.data.automatic or (present is not None and present.closed_at is None):
                continue
            item.case_id = await self._resolve(tx, files, item, incoming)
        return files

    async def _resolve(
        self, tx: Tx, files: dict[UUID, CaseFile], item: _Incoming, incoming: Sequence[_Incoming]
    ) -> UUID:
        open_here = next(
            (
                other.case_id
                for other in incoming
                if other.interaction.id == item.interaction.id and other is not item and _is_open(files, other.case_id)
            ),
            None,
        )
        if open_here is not None:
            return open_here
        personal = item.data.personal
        text = "\n".join(part for part in (personal.subject, personal.text) if part)
        need = opening.Need(text=text, waybill_no=item.waybill_no)
        file = await opening.case_for(tx, self._office, item.interaction, need)
        return _join(files, file)

    async def _append(self, file: CaseFile, item: _Incoming) -> None:
        file.add(_entry(item))
        if file.case.awaiting_since is not None and not item.data.automatic:
            await waiting.over(file, answered=True)
        if item.waybill_no is None or item.data.automatic or file.case.waybill_no is not None:
            return
        await file.adopt(threads.thread_key(item.waybill_no), item.waybill_no)
        file.note(EntryKind.STATUS, "case.waybill_found", waybill_no=item.waybill_no)
        run = await file.run()
        if run.ended_at is None and run.waiting_for is None and "waybill_no" not in run.fields:
            fields = {"waybill_no": item.waybill_no}
            await file.apply(file.engine.record(run, fields=fields, now=file.tx.now))

    async def _ask_for_agents(self, tx: Tx, files: dict[UUID, CaseFile], incoming: Sequence[_Incoming]) -> None:
        waiting: dict[UUID, _Incoming] = {}
        for item in incoming:
            if item.case_id is not None and not item.data.automatic:
                waiting.setdefault(item.case_id, item)
        if not waiting:
            return
        served = await case_store.with_live_work(tx, list(waiting))
        for case_id, item in waiting.items():
            if case_id not in served:
                message = item.data
                text = message.personal.text
                await work.request(files[case_id], item.interaction, enqueued_at=message.occurred_at, preview=text)

    async def on_message_status_changed(self, tx: Tx, event: Event[MessageStatusChanged]) -> None:
        """Raise the status of a message on its timeline; late news of a lower status changes nothing."""
        news = event.data
        entry = await timeline.by_message(tx, news.message_id)
        if entry is None or entry.status is None:  # only what we sent has one: replies, notices, mails to departments
            return
        case = await case_store.lock_one(tx, entry.case_id)
        entry = await timeline.by_message(tx, news.message_id)
        if case is None or entry is None:
            return
        if not delivery.rises(MessageStatus(entry.status) if entry.status else None, news.status):
            return
        detail = {"error_code": news.error_code, "error_text": news.error_text, "status_at": news.occurred_at}
        detail = {key: value for key, value in detail.items() if value is not None}
        await timeline.set_status(tx, news.message_id, news.status, detail)
        changed = await timeline.by_message(tx, news.message_id)
        file = CaseFile(tx, self._office, case)
        await notifying.status_changed(file, news.message_id, news.status)
        await file.write()
        if changed is not None:
            shown = entry_view(changed, words=self._office.words)
            file.stream("timeline.changed", shown.model_dump(mode="json"))


def _entry(item: _Incoming) -> NewEntry:
    message = item.data
    personal = message.personal.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    data: dict[str, Any] = {"text": message.personal.text, **personal, "seq": message.seq, "provider": message.provider}
    if message.automatic:
        data["automatic"] = True
    return NewEntry(
        kind=EntryKind.MESSAGE_IN,
        actor=CUSTOMER,
        occurred_at=message.occurred_at,
        data=data,
        interaction_id=message.interaction_id,
        channel=message.channel,
        message_id=message.message_id,
    )


def _is_open(files: dict[UUID, CaseFile], case_id: UUID | None) -> bool:
    return case_id is not None and case_id in files and files[case_id].case.closed_at is None


def _join(files: dict[UUID, CaseFile], file: CaseFile) -> UUID:
    """Keep one file per case, the one that holds the unwritten entries of both."""
    known = files.setdefault(file.case.id, file)
    if known is not file:
        known.take_over(file)
    return known.case.id
