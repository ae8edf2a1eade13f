"""How cases belong together, as people said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.db import Tx


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation seen from one of its cases. `inverse`: it was said on the other one."""

    kind: str
    inverse: bool
    other_id: UUID
    case_no: str
    state: str
    actor: str
    created_at: datetime


async def add(tx: Tx, *, case_id: UUID, other_id: UUID, kind: str, actor: str) -> bool:
    """Keep a relation; False if it was there."""
    rows = await tx.fetch(
        """insert into case_relation (case_id, other_id, kind, actor, created_at) values ($1, $2, $3, $4, $5)
           on conflict do nothing returning 1""",
        case_id,
        other_id,
        kind,
        actor,
        tx.now,
    )
    return bool(rows)


async def exists(tx: Tx, *, case_id: UUID, other_id: UUID, kind: str) -> bool:
    """Whether this relation, in this direction, is there."""
    sql = "select 1 from case_relation where case_id = $1 and other_id = $2 and kind = $3"
    return bool(await tx.fetch(sql, case_id, other_id, kind))


async def remove(tx: Tx, *, case_id: UUID, other_id: UUID, kind: str) -> bool:
    """Forget a relation; False if there was none."""
    rows = await tx.fetch(
        "delete from case_relation where case_id = $1 and other_id = $2 and kind = $3 returning 1",
        case_id,
        other_id,
        kind,
    )
    return bool(rows)


async def of_case(tx: Tx, case_id: UUID, limit: int) -> Sequence[Relation]:
    """All relations of a case, those its procedure or a merge made included, newest first."""
    rows = await tx.fetch(
        """select r.kind, r.inverse, c.id as other_id, c.case_no,
                  case when c.closed_at is null then 'open' else 'closed' end as state, r.actor, r.created_at
           from (
               select kind, false as inverse, other_id, actor, created_at from case_relation where case_id = $1
               union all
               select kind, true, case_id, actor, created_at from case_relation where other_id = $1
               union all
               select 'continues', false, parent_id, 'system', opened_at from service_case
                   where id = $1 and parent_id is not null
               union all
               select 'continues', true, id, 'system', opened_at from service_case where parent_id = $1
               union all
               select 'merged_into', false, survivor_id, actor, merged_at from case_merge
                   where merged_id = $1 and undone_at is null
               union all
               select 'merged_into', true, merged_id, actor, merged_at from case_merge
                   where survivor_id = $1 and undone_at is null
               union all
               select 'incident', false, incident_id, 'system', opened_at from service_case
                   where id = $1 and incident_id is not null
           ) r join service_case c on c.id = r.other_id order by r.created_at desc, c.id limit $2""",
        case_id,
        limit,
    )
    return [Relation(**row) for row in rows]
