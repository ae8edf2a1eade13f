"""Cases that turned out to be one: what went over, and giving it back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from chassis.db import Tx


@dataclass(frozen=True, slots=True)
class CaseMerge:
    """A merge of cases as stored. `moved` is what its undoing needs."""

    id: UUID
    survivor_id: UUID
    merged_id: UUID
    reason: str
    actor: str
    merged_at: datetime
    undone_at: datetime | None
    undone_by: str | None


_COLUMNS = ", ".join(CaseMerge.__dataclass_fields__)


async def add(
    tx: Tx, merge_id: UUID, *, survivor: UUID, merged: UUID, reason: str, actor: str, moved: Mapping[str, Any]
) -> CaseMerge:
    """Keep what a merge did."""
    rows = await tx.fetch(
        f"""insert into case_merge (id, survivor_id, merged_id, reason, actor, merged_at, moved)
            values ($1, $2, $3, $4, $5, $6, $7::text::jsonb) returning {_COLUMNS}""",
        merge_id,
        survivor,
        merged,
        reason,
        actor,
        tx.now,
        orjson.dumps(moved, default=str).decode(),
    )
    return CaseMerge(**rows[0])


async def get(tx: Tx, merge_id: UUID) -> CaseMerge | None:
    """A merge."""
    rows = await tx.fetch(f"select {_COLUMNS} from case_merge where id = $1", merge_id)
    return CaseMerge(**rows[0]) if rows else None


async def of_case(tx: Tx, case_id: UUID) -> Sequence[CaseMerge]:
    """The merges into or of a case, oldest first, undone ones included."""
    rows = await tx.fetch(
        f"select {_COLUMNS} from case_merge where survivor_id = $1 or merged_id = $1 order by id", case_id
    )
    return [CaseMerge(**row) for row in rows]


async def moved_of(tx: Tx, merge_id: UUID) -> dict[str, Any]:
    """What a merge noted for its undoing."""
    rows = await tx.fetch("select moved::text as moved from case_merge where id = $1", merge_id)
    found: dict[str, Any] = orjson.loads(rows[0]["moved"])
    return found


async def undone(tx: Tx, merge_id: UUID, actor: str) -> CaseMerge:
    """Note that the merge was undone."""
    rows = await tx.fetch(
        f"update case_merge set undone_at = $2, undone_by = $3 where id = $1 returning {_COLUMNS}",
        merge_id,
        tx.now,
        actor,
    )
    return CaseMerge(**rows[0])


async def take_interactions(tx: Tx, *, source: UUID, target: UUID, only: Sequence[UUID] | None = None) -> list[UUID]:
    """Interactions of one case belong to another from now on; all of them, or these. Returns which."""
    rows = await tx.fetch(
        """update interaction set case_id = $2 where case_id = $1 and ($3::uuid[] is null or id = any($3))
           returning id""",
        source,
        target,
        list(only) if only is not None else None,
    )
    return [row["id"] for row in rows]


async def take_children(tx: Tx, *, source: UUID, target: UUID, only: Sequence[UUID] | None = None) -> list[UUID]:
    """Cases that were begun for one case belong to another from now on, without changing themselves. Returns which."""
    rows = await tx.fetch(
        """update service_case set parent_id = $2 where parent_id = $1 and id <> $2
             and ($3::uuid[] is null or id = any($3)) returning id""",
        source,
        target,
        list(only) if only is not None else None,
    )
    return [row["id"] for row in rows]


async def repoint(tx: Tx, *, source: UUID, target: UUID) -> list[UUID]:
    """Cases that were merged into `source` are now merged into `target`. Returns which."""
    rows = await tx.fetch(
        "update service_case set merged_into = $2 where merged_into = $1 returning id", source, target
    )
    return [row["id"] for row in rows]


async def point_back(tx: Tx, case_ids: Sequence[UUID], *, target: UUID) -> None:
    """Undo `repoint`."""
    await tx.fetch("update service_case set merged_into = $2 where id = any($1::uuid[])", list(case_ids), target)


async def share_agents(tx: Tx, *, source: UUID, target: UUID) -> None:
    """Who has or had one case may read the other."""
    await tx.fetch(
        """insert into case_agent (case_id, agent_id, since) select $2, agent_id, $3 from case_agent where case_id = $1
           on conflict do nothing""",
        source,
        target,
        tx.now,
    )


async def waits_for_child(tx: Tx, parent_id: UUID) -> bool:
    """Whether a case waits for the end of a sub-procedure."""
    rows = await tx.fetch("select 1 from service_case where id = $1 and waiting_for is not null", parent_id)
    return bool(rows)


async def pending_approval(tx: Tx, case_id: UUID) -> bool:
    """Whether a decision is pending on the case."""
    return bool(await tx.fetch("select 1 from approval where case_id = $1 and state = 'pending'", case_id))


async def thread_is_free(tx: Tx, case_id: UUID, customer_id: UUID, thread_key: str) -> bool:
    """Whether no other open case of the customer has the thread."""
    rows = await tx.fetch(
        """select 1 from service_case where customer_id = $2 and thread_key = $3 and closed_at is null and threading
             and id <> $1""",
        case_id,
        customer_id,
        thread_key,
    )
    return not rows
