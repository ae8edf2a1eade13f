"""Making one customer of two, and two of one again."""

from collections.abc import Sequence
from uuid import UUID

from cases.actions.file import CaseFile
from cases.actions.office import Office
from cases.domain.model import EntryKind
from cases.store import cases as case_store
from cases.store import customers, merges
from chassis.db import Tx


class AlreadyMerged(Exception):
    """One of the customers was merged into another one before."""

    def __init__(self, customer_id: UUID, into: UUID) -> None:
        super().__init__(f"Customer {customer_id} is merged into {into}.")
        self.into = into


class CannotUndo(Exception):
    """The merge was undone already, or its survivor was merged on since."""


async def merge(tx: Tx, office: Office, *, survivor: UUID, merged: UUID, reason: str, actor: str) -> merges.Merge:
    """Give everything of `merged` to `survivor`: addresses, contacts, cases. Open cases show it."""
    for customer_id in sorted((survivor, merged)):
        current = await customers.lock(tx, customer_id)
        if current != customer_id:
            raise AlreadyMerged(customer_id, current)
    files = await _open_files(tx, office, [survivor, merged])
    made = await merges.merge(tx, survivor=survivor, merged=merged, reason=reason, actor=actor)
    for file in files:
        file.note(EntryKind.STATUS, "customer.merged", actor=actor, reason=reason, merged=merged, survivor=survivor)
    await _write(files)
    return made


async def undo(tx: Tx, office: Office, found: merges.Merge, *, reason: str, actor: str) -> merges.Merge:
    """Give back what changed hands. Raises `CannotUndo` with the reason."""
    remaining = {await customers.lock(tx, customer_id) for customer_id in sorted((found.survivor_id, found.merged_id))}
    now_stored = await merges.get(tx, found.id)
    if now_stored is None or now_stored.undone_at is not None:
        raise CannotUndo("The merge was undone already.")
    if remaining != {found.survivor_id}:
        raise CannotUndo("This customer was merged on since; undo that merge first.")
    files = await _open_files(tx, office, [found.survivor_id])
    undone = await merges.undo(tx, found, actor)
    for file in files:
        file.note(EntryKind.STATUS, "customer.unmerged", actor=actor, reason=reason, merged=found.merged_id)
    await _write(files)
    return undone


async def _open_files(tx: Tx, office: Office, customer_ids: Sequence[UUID]) -> list[CaseFile]:
    ids = [case_id for customer_id in customer_ids for case_id in await case_store.open_ids(tx, customer_id)]
    return [CaseFile(tx, office, case) for case in (await case_store.lock(tx, ids)).values()]


async def _write(files: Sequence[CaseFile]) -> None:
    for file in files:
        await file.write()
