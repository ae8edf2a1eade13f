"""Carrying out bulk commands in the background, chunk by chunk: each chunk is one transaction with its results."""

import asyncio
from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter

from cases.actions import commanding
from cases.actions.file import CaseFile, agent_channel, write_all
from cases.actions.office import Office
from cases.domain import commands
from cases.domain.errors import ProcedureRefusal
from cases.domain.model import EntryKind
from cases.domain.templates import MissingVariables
from cases.store import cases as case_store
from cases.store import jobs
from chassis.auth.principal import Principal
from chassis.db import Database, Tx
from chassis.db.database import stream_signal
from chassis.db.errors import DatabaseUnavailable, is_retryable, is_unavailable
from chassis.tasks import wait_for_event
from chassis.telemetry.logs import get_logger

log = get_logger(__name__)

_POLL_SECONDS = 5.0
_COMMAND: TypeAdapter[Any] = TypeAdapter(commands.Command)


def stored_actor(principal: Principal) -> dict[str, Any]:
    """A caller as a job keeps it: what it may do is settled when the command is given."""
    return {
        "subject": principal.subject,
        "name": principal.name,
        "kind": principal.kind,
        "scopes": sorted(principal.scopes),
        "roles": sorted(principal.roles),
    }


def _principal(stored: Any) -> Principal:
    return Principal(
        subject=stored["subject"],
        name=stored["name"],
        kind=stored["kind"],
        scopes=frozenset(stored["scopes"]),
        roles=frozenset(stored["roles"]),
    )


class JobRunner:
    """Works off bulk commands. Several processes may run one: a command is worked on by one of them at a time."""

    def __init__(self, db: Database, office: Office) -> None:
        self._db = db
        self._office = office

    async def run(self) -> None:
        """Until cancelled."""
        with self._db.signals.listening(stream_signal(jobs.SIGNAL)) as woken:
            while True:
                woken.clear()
                try:
                    worked = await self.work()
                except DatabaseUnavailable:
                    worked = False
                if not worked:
                    await wait_for_event(woken, _POLL_SECONDS)
                await asyncio.sleep(0)

    async def work(self) -> bool:
        """Carry out the next chunk; False if there was nothing to do."""
        async with self._db.transaction() as tx:
            job = await jobs.take(tx)
            if job is None:
                return False
            items = await jobs.pending(tx, job.id, self._office.parameters.job_chunk)
            settled = await jobs.settle(tx, job, await self._carry_out(tx, job, items))
            progress = {name: getattr(settled, name) for name in ("state", "total", "done", "failed")}
            tx.append_stream(agent_channel(job.actor_id), "job.progress", {"job_id": str(job.id), **progress})
            if settled.state == "finished":
                await self._report(tx, settled)
        return True

    async def _carry_out(self, tx: Tx, job: jobs.Job, items: Sequence[jobs.JobItem]) -> dict[int, str | None]:
        command = _COMMAND.validate_python(job.command)
        values = {name: str(value) for name, value in job.actor.get("values", {}).items()}
        by = commanding.By(_principal(job.actor), values)
        incident = [job.case_id] if job.case_id else []
        locked = await case_store.lock_family(tx, [*incident, *(item.case_id for item in items)])
        results: dict[int, str | None] = {}
        files = []
        for item in items:
            case = locked.get(item.case_id)
            if case is not None and isinstance(command, commands.Close):  # ending a case may have changed this one
                case = await case_store.lock_one(tx, item.case_id)
            if case is None:
                results[item.position] = "There is no such case."
                continue
            file = CaseFile(tx, self._office, case)
            results[item.position] = await _attempt(tx, file, command, by)
            if results[item.position] is None:
                files.append(file)
        await write_all(tx, files)
        return results

    async def _report(self, tx: Tx, job: jobs.Job) -> None:
        """What became of a command is on the timeline of the incident it was given on."""
        if job.case_id is None or job.kind not in ("join", "tell"):
            return
        case = await case_store.lock_one(tx, job.case_id)
        if case is not None:
            file = CaseFile(tx, self._office, case)
            code = "case.incident_gathered" if job.kind == "join" else "case.incident_told"
            file.note(EntryKind.STATUS, code, actor=job.actor_id, count=job.done, failed=job.failed, job_id=job.id)
            await file.write()


async def _attempt(tx: Tx, file: CaseFile, command: Any, by: commanding.By) -> str | None:
    """Why the command failed on this case; None if it did not."""
    try:
        async with tx.attempt():
            await commanding.carry_out(file, command, by)
            if isinstance(command, commands.Close):
                await file.write()
    except (commanding.CannotDo, ProcedureRefusal, MissingVariables) as refusal:
        return str(refusal)
    except Exception as error:
        if is_unavailable(error) or is_retryable(error):
            raise
        log.error("a bulk command failed on a case", case=str(file.case.id), error=repr(error), exc_info=True)
        return "Something went wrong here; it was logged."
    return None
