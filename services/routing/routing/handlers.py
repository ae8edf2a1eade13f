"""Events of cases, handed to the owner of the routing domain in the transaction that marks them as handled."""

from collections.abc import Iterable, Sequence
from typing import Any

from chassis.db import Tx
from chassis.inbox import Handler, batched
from contracts.event import Event, EventData
from contracts.work import WorkCallbackRequested, WorkCancelled, WorkChanged, WorkRequested
from routing.dispatch.envelope import Envelope, to_stored
from routing.domain.commands import (
    CancelWork,
    ChangePriority,
    Command,
    FinishWork,
    RequestCallback,
    RequestWork,
    WorkRequest,
)
from routing.domain.skills import Need
from routing.domain.values import Micros, micros
from routing.homes import Homes
from routing.store import commands
from routing.store.commands import StoredCommand
from routing.store.homes import of_items

Entry = tuple[Command | None, Event[Any]]


def work_handlers(homes: Homes) -> dict[type[EventData], Handler]:
    """Handlers of the topic `work`. They decide nothing, so any replica may run them."""

    async def ask(tx: Tx, entries: Iterable[tuple[RequestWork, Event[Any]]]) -> None:
        dealt: dict[str, list[StoredCommand]] = {}
        for command, event in entries:
            dealt.setdefault(homes.of_queue(command.work.queue).domain, []).append(_stored(command, event))
        for domain, stored in dealt.items():
            await commands.put(tx, domain, stored)

    async def tell(tx: Tx, entries: Sequence[Entry]) -> None:
        """What is said of an item goes to its domain; the item may still be on its way there, so if in doubt to all."""
        every = [home.domain for home in homes.all()]
        known = {} if len(every) == 1 else await of_items(tx, [event.data.work_item_id for _, event in entries])
        dealt: dict[str, list[StoredCommand]] = {}
        for command, event in entries:
            if command is not None:
                domain = known.get(event.data.work_item_id)
                for one in every if domain is None else [domain]:
                    dealt.setdefault(one, []).append(_stored(command, event))
        for domain, stored in dealt.items():
            await commands.put(tx, domain, stored)

    @batched
    async def on_work_requested(tx: Tx, events: Sequence[Event[WorkRequested]]) -> None:
        await ask(tx, [(request_of(event.data, micros(tx.now)), event) for event in events])

    @batched
    async def on_work_changed(tx: Tx, events: Sequence[Event[WorkChanged]]) -> None:
        await tell(tx, [(_change_of(event.data, micros(tx.now)), event) for event in events])

    @batched
    async def on_work_callback_requested(tx: Tx, events: Sequence[Event[WorkCallbackRequested]]) -> None:
        await tell(tx, [(_callback_of(event.data, micros(tx.now)), event) for event in events])

    @batched
    async def on_work_cancelled(tx: Tx, events: Sequence[Event[WorkCancelled]]) -> None:
        await tell(tx, [(_cancel_of(event.data, micros(tx.now)), event) for event in events])

    return {
        WorkRequested: on_work_requested,
        WorkCallbackRequested: on_work_callback_requested,
        WorkChanged: on_work_changed,
        WorkCancelled: on_work_cancelled,
    }


def _stored(command: Command, event: Event[Any]) -> StoredCommand:
    return to_stored(Envelope(command, traceparent=event.traceparent), reply_to=None)


def request_of(data: WorkRequested, at: Micros) -> RequestWork:
    """The command that asks for a person."""
    work = WorkRequest(
        data.work_item_id,
        data.case_id,
        data.case_no,
        data.interaction_id,
        data.channel.value,
        data.queue,
        tuple(Need(need.skill, need.level) for need in data.skills),
        data.language.value if data.language else None,
        data.preferred_agent_id,
        data.waybill_no,
        micros(data.enqueued_at),
        data.personal.customer_name,
        data.personal.preview,
        data.excluded_agent_ids,
    )
    return RequestWork(at, work, data.priority)


def _change_of(data: WorkChanged, at: Micros) -> Command | None:
    if data.change == "finished":
        return FinishWork(at, data.work_item_id)
    if data.priority is not None:
        return ChangePriority(at, data.work_item_id, data.priority)
    return None


def _callback_of(data: WorkCallbackRequested, at: Micros) -> Command:
    return RequestCallback(at, data.work_item_id, None if data.not_before is None else micros(data.not_before))


def _cancel_of(data: WorkCancelled, at: Micros) -> Command:
    return CancelWork(at, data.work_item_id, data.reason, data.abandoned)
