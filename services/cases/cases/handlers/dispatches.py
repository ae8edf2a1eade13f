"""Clocks of dispatched tasks that ran out."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from cases.actions import dispatching
from cases.actions.file import CaseFile
from cases.actions.office import Office
from cases.store import cases as case_store
from cases.store import departments as store
from chassis.db import Tx


def on_overdue(office: Office, limit: str) -> Callable[[Tx, str, Mapping[str, Any]], Awaitable[None]]:
    """A department did not acknowledge, or did not answer, in time. The timer's key is the task's id."""

    async def handler(tx: Tx, key: str, payload: Mapping[str, Any]) -> None:
        case = await case_store.lock_one(tx, await store.home(tx, UUID(payload["case_id"])))
        if case is not None:
            await dispatching.overdue(CaseFile(tx, office, case), UUID(key), limit=limit)

    return handler
