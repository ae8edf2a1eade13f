"""Calling back instead of letting the customer wait: the work keeps its place, and leaving no longer ends it."""

from datetime import datetime

from cases.actions.file import CaseFile
from cases.domain.model import EntryKind, WorkItem, WorkState
from cases.store import work as store
from chassis.db import Tx
from contracts.values import Channel
from contracts.work import WorkCallbackRequested


async def waiting_item(tx: Tx, file: CaseFile) -> WorkItem | None:
    """The item of a case that a customer waits for: a call before anything else; None if nobody waits."""
    waiting = [item for item in await store.live(tx, file.case.id) if item.state is WorkState.REQUESTED]
    return next(iter(sorted(waiting, key=lambda item: item.channel is not Channel.VOICE)), None)


async def ask(file: CaseFile, item: WorkItem, not_before: datetime | None) -> None:
    """Ask routing to keep the place for a call back, at a time appointed or when the turn comes."""
    await store.keep_for_callback(file.tx, item.id)
    file.tx.emit(WorkCallbackRequested(work_item_id=item.id, not_before=not_before, occurred_at=file.tx.now))
    file.note(
        EntryKind.CALL,
        "callback.promised",
        work_item_id=item.id,
        not_before=None if not_before is None else not_before.isoformat(),
    )
