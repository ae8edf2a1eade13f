"""Deadlines that came due."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from cases.actions import closing, notifying
from cases.actions.file import CaseFile, write_all
from cases.actions.office import Office
from cases.domain.expiry import expire
from cases.domain.run import BY_SYSTEM
from cases.store import cases as case_store
from chassis.db import Tx
from chassis.timers import TimerHandler, batched


class DeadlineHandlers:
    """Handlers of durable timers."""

    def __init__(self, office: Office) -> None:
        self._office = office

    @property
    def on_deadline(self) -> TimerHandler:
        """Limits of procedures passed: record them and do what the procedures say. Takes what is due together."""

        async def handle(tx: Tx, due: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
            ids = {UUID(payload["case_id"]) for _, payload in due}
            cases = await case_store.lock_family(tx, ids)
            runs = await case_store.runs_of(tx, cases)
            files = {case.id: CaseFile(tx, self._office, case, runs.get(case.id)) for case in cases.values()}
            for _, payload in due:
                if (file := files.get(UUID(payload["case_id"]))) is not None:
                    await self._passed(file, payload["key"])
            await write_all(tx, files.values())

        return batched(handle)

    async def _passed(self, file: CaseFile, key: str) -> None:
        if file.case.closed_at is not None:
            return
        progress = expire(file.engine, await file.run(), key=key, now=file.tx.now)
        if progress.effects:
            await closing.settle(file, progress, actor=BY_SYSTEM)

    async def on_notice(self, tx: Tx, _key: str, payload: Mapping[str, Any]) -> None:
        """The quiet hours are over: send what waited for their end, also of a case that was closed meanwhile."""
        case = await case_store.lock_one(tx, UUID(payload["case_id"]))
        if case is not None:
            file = CaseFile(tx, self._office, case)
            await notifying.due(file, UUID(payload["notice_id"]))
            await file.write()
