"""Waiting for the customer: the case says so, pausable clocks stand, and it comes up again if no answer comes."""

from datetime import datetime

from cases.actions.file import CaseFile
from cases.domain.model import EntryKind
from cases.domain.run import SYSTEM

AWAITING_TIMER = "case.awaiting"


async def wait(file: CaseFile, *, due: datetime, reason: str, actor: str) -> None:
    """From now on the customer owes an answer; at `due` somebody looks at the case again.

    Clocks stop only at steps whose procedure allows it, and the law's never.
    """
    progress = file.engine.pause(await file.run(), now=file.tx.now, reason=reason)
    await file.apply(progress, awaiting_since=file.case.awaiting_since or file.tx.now, awaiting_due=due)
    await file.tx.schedule(AWAITING_TIMER, str(file.case.id), due, {"case_id": str(file.case.id)})
    file.note(EntryKind.STATUS, "case.awaiting", actor=actor, reason=reason, due_at=due.isoformat())


async def over(file: CaseFile, *, answered: bool, actor: str = SYSTEM) -> None:
    """The wait is over, because the customer answered or because it took too long; clocks run again."""
    if file.case.awaiting_since is None:
        return
    progress = file.engine.resume(await file.run(), now=file.tx.now)
    await file.apply(progress, awaiting_since=None, awaiting_due=None)
    await file.tx.cancel_timer(AWAITING_TIMER, str(file.case.id))
    file.note(EntryKind.STATUS, "case.awaited" if answered else "case.awaiting_over", actor=actor)


async def dropped(file: CaseFile) -> None:
    """The case ends: nobody is waited for any more."""
    if file.case.awaiting_since is not None:
        await file.change(awaiting_since=None, awaiting_due=None)
        await file.tx.cancel_timer(AWAITING_TIMER, str(file.case.id))
