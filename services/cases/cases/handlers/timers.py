"""Deadlines that came due."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from cases.actions import closing
from cases.actions.file import CaseFile
from cases.actions.office import Office
from cases.domain.expiry import expire
from cases.domain.run import BY_SYSTEM
from cases.store import cases as case_store
from chassis.db import Tx


class DeadlineHandlers:
    """Handlers of durable timers."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def on_deadline(self, tx: Tx, key: str, payload: Mapping[str, Any]) -> None:
        """A limit of a case's procedure passed: record it and do what the procedure says."""
        case = await case_store.lock_one(tx, UUID(payload["case_id"]))
        if case is None or case.closed_at is not None:
            return
        file = CaseFile(tx, self._office, case)
        progress = expire(file.engine, await file.run(), key=payload["key"], now=tx.now)
        if progress.effects:
            await closing.settle(file, progress, actor=BY_SYSTEM)
            await file.write()
