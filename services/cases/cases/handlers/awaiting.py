"""Customers who did not answer in time."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from cases.actions import waiting
from cases.actions.file import CaseFile
from cases.actions.office import Office
from cases.store import cases as case_store
from chassis.db import Tx


class AwaitingHandlers:
    """Handlers of the timers of waiting cases."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def on_awaiting(self, tx: Tx, _key: str, payload: Mapping[str, Any]) -> None:
        """The customer has not answered: the case comes up again, and its owner is told."""
        case = await case_store.lock_one(tx, UUID(payload["case_id"]))
        if case is None or case.closed_at is not None:
            return
        file = CaseFile(tx, self._office, case)
        await waiting.over(file, answered=False)
        await file.write()
