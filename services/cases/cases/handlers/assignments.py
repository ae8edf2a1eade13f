"""Answers of routing: who has the work."""

from uuid import UUID

from cases.actions import work
from cases.actions.file import CaseFile
from cases.actions.office import Office
from cases.domain.model import WorkItem
from cases.store import cases as case_store
from cases.store import work as work_store
from chassis.db import Tx
from contracts.assignments import WorkAccepted, WorkCompleted, WorkReleased
from contracts.event import Event


class AssignmentHandlers:
    """Handlers of assignment events. Items that did not come from a case are other people's business."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def on_work_accepted(self, tx: Tx, event: Event[WorkAccepted]) -> None:
        """An agent has the item: the case is theirs."""
        data = event.data
        opened = await self._open(tx, data.work_item_id)
        if opened is None:
            return
        file, item = opened
        await work.accepted(
            file,
            item,
            agent_id=data.agent_id,
            agent_name=data.agent_name,
            offer_key=str(data.offer_id),
            at=data.occurred_at,
        )
        await file.write()

    async def on_work_released(self, tx: Tx, event: Event[WorkReleased]) -> None:
        """The agent gave the item back."""
        opened = await self._open(tx, event.data.work_item_id)
        if opened is None:
            return
        file, item = opened
        await work.released(file, item, agent_id=event.data.agent_id, reason=event.data.reason)
        await file.write()

    async def on_work_completed(self, tx: Tx, event: Event[WorkCompleted]) -> None:
        """The assignment is over. The agent keeps the case until it is closed; new messages ask for work again."""
        opened = await self._open(tx, event.data.work_item_id)
        if opened is not None:
            await work_store.end(tx, event.data.work_item_id, "completed")

    async def _open(self, tx: Tx, work_item_id: UUID) -> tuple[CaseFile, WorkItem] | None:
        """The case of an item, locked, and the item as it stands under that lock."""
        item = await work_store.get(tx, work_item_id)
        if item is None:
            return None
        case = await case_store.lock_one(tx, item.case_id)
        current = await work_store.get(tx, work_item_id)
        if case is None or current is None:
            return None
        if current.case_id != case.id:  # the work moved to the case that goes on with the matter
            case = await case_store.lock_one(tx, current.case_id)
        return (CaseFile(tx, self._office, case), current) if case else None
