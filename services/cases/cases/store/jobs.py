"""Bulk commands: one row for the command, one for each case, so that a kill at any moment loses and repeats nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from chassis.db import Tx
from chassis.ids import uuid7

SIGNAL = "jobs"


@dataclass(frozen=True, slots=True)
class Job:
    """A bulk command as stored. `done` counts the cases it was carried out on, `failed` those that refused it."""

    id: UUID
    kind: str
    case_id: UUID | None
    command: Mapping[str, Any]
    actor: Mapping[str, Any]
    actor_id: str
    state: str
    total: int
    done: int
    failed: int
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class JobItem:
    """One case of a bulk command; `state` is pending, done or failed."""

    position: int
    case_id: UUID
    state: str
    detail: str | None


_COLUMNS = """id, kind, case_id, command::text as command, actor::text as actor, actor_id, state, total, done, failed,
              created_at, updated_at, finished_at"""


def _job(row: Any) -> Job:
    values = dict(row)
    values["command"], values["actor"] = orjson.loads(values["command"]), orjson.loads(values["actor"])
    return Job(**values)


async def add(
    tx: Tx,
    *,
    kind: str,
    case_id: UUID | None,
    command: str,
    actor: Mapping[str, Any],
    actor_id: str,
    case_ids: Sequence[UUID],
) -> Job:
    """A new command for these cases; `command` is JSON text. Without cases it is finished at once."""
    job_id = uuid7()
    rows = await tx.fetch(
        f"""insert into job (id, kind, case_id, command, actor, actor_id, state, total, created_at, updated_at,
                             finished_at)
            values ($1, $2, $3, $4::text::jsonb, $5::text::jsonb, $6,
                    case when $7::int = 0 then 'finished' else 'running' end, $7, $8::timestamptz, $8,
                    case when $7 = 0 then $8 end) returning {_COLUMNS}""",
        job_id,
        kind,
        case_id,
        command,
        orjson.dumps(actor).decode(),
        actor_id,
        len(case_ids),
        tx.now,
    )
    await tx.fetch(
        """insert into job_item (job_id, position, case_id)
           select $1, position, case_id from unnest($2::uuid[]) with ordinality as c (case_id, position)""",
        job_id,
        list(case_ids),
    )
    tx.notify_stream(SIGNAL)
    return _job(rows[0])


async def get(tx: Tx, job_id: UUID) -> Job | None:
    """A command, as it stands."""
    rows = await tx.fetch(f"select {_COLUMNS} from job where id = $1", job_id)
    return _job(rows[0]) if rows else None


async def listed(tx: Tx, *, actor_id: str | None, before: UUID | None, limit: int) -> Sequence[Job]:
    """Commands, newest first."""
    rows = await tx.fetch(
        f"""select {_COLUMNS} from job where ($1::text is null or actor_id = $1) and ($2::uuid is null or id < $2)
            order by id desc limit $3""",
        actor_id,
        before,
        limit,
    )
    return [_job(row) for row in rows]


async def items(tx: Tx, job_id: UUID, *, after: int, state: str | None, limit: int) -> Sequence[JobItem]:
    """The cases of a command in order, from a position on."""
    rows = await tx.fetch(
        """select position, case_id, state, detail from job_item
           where job_id = $1 and position > $2 and ($3::text is null or state = $3) order by position limit $4""",
        job_id,
        after,
        state,
        limit,
    )
    return [JobItem(**row) for row in rows]


async def take(tx: Tx) -> Job | None:
    """The oldest running command that no other process works on, locked until COMMIT."""
    rows = await tx.fetch(
        f"select {_COLUMNS} from job where state = 'running' order by id limit 1 for update skip locked"
    )
    return _job(rows[0]) if rows else None


async def pending(tx: Tx, job_id: UUID, limit: int) -> Sequence[JobItem]:
    """The next cases of a locked command."""
    rows = await tx.fetch(
        """select position, case_id, state, detail from job_item where job_id = $1 and state = 'pending'
           order by position limit $2""",
        job_id,
        limit,
    )
    return [JobItem(**row) for row in rows]


async def settle(tx: Tx, job: Job, results: Mapping[int, str | None]) -> Job:
    """Note what became of some cases: position → why it failed, None if it did not; finish the command after its
    last."""
    positions = list(results)
    await tx.fetch(
        """update job_item i set state = case when r.detail is null then 'done' else 'failed' end, detail = r.detail
           from unnest($2::int[], $3::text[]) as r (position, detail)
           where i.job_id = $1 and i.position = r.position""",
        job.id,
        positions,
        [results[position] for position in positions],
    )
    failed = sum(detail is not None for detail in results.values())
    rows = await tx.fetch(
        f"""update job set done = done + $2::int, failed = failed + $3::int, updated_at = $4::timestamptz,
                state = case when done + failed + $2 + $3 >= total then 'finished' else state end,
                finished_at = case when done + failed + $2 + $3 >= total then $4 end
            where id = $1 returning {_COLUMNS}""",
        job.id,
        len(results) - failed,
        failed,
        tx.now,
    )
    return _job(rows[0])


async def cancel(tx: Tx, job_id: UUID) -> Job | None:
    """Stop a running command; what was done stays. None if it does not run."""
    rows = await tx.fetch(
        f"""update job set state = 'cancelled', updated_at = $2, finished_at = $2
            where id = $1 and state = 'running' returning {_COLUMNS}""",
        job_id,
        tx.now,
    )
    return _job(rows[0]) if rows else None
