"""What follows from a case inside the house: sanctions of who was responsible, and improvements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from chassis.db import Tx
from chassis.ids import uuid7


@dataclass(frozen=True, slots=True)
class Sanction:
    """A sanction, proposed by one person and decided by another."""

    id: UUID
    case_id: UUID
    unit: str
    person: str | None
    cause: str
    measure: str
    state: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Improvement:
    """Something that is changed so that it does not happen again. Open, done, verified by somebody else, or dropped."""

    id: UUID
    case_id: UUID
    cause: str
    action: str
    owner: str
    due_on: date | None
    state: str
    evidence: str | None
    version: int
    created_by: str
    created_at: datetime
    changed_by: str
    changed_at: datetime


_SANCTION = ", ".join(Sanction.__dataclass_fields__)
_IMPROVEMENT = ", ".join(Improvement.__dataclass_fields__)


async def propose(
    tx: Tx, *, case_id: UUID, unit: str, person: str | None, cause: str, measure: str, actor: str
) -> Sanction:
    """A sanction to be decided."""
    rows = await tx.fetch(
        f"""insert into sanction (id, case_id, unit, person, cause, measure, state, proposed_by, proposed_at)
            values ($1, $2, $3, $4, $5, $6, 'proposed', $7, $8) returning {_SANCTION}""",
        uuid7(),
        case_id,
        unit,
        person,
        cause,
        measure,
        actor,
        tx.now,
    )
    return Sanction(**rows[0])


async def sanction(tx: Tx, sanction_id: UUID) -> Sanction | None:
    """A sanction."""
    rows = await tx.fetch(f"select {_SANCTION} from sanction where id = $1", sanction_id)
    return Sanction(**rows[0]) if rows else None


async def decide(tx: Tx, sanction_id: UUID, *, state: str, actor: str, reason: str) -> Sanction | None:
    """Decide a proposed sanction; None if it was decided."""
    rows = await tx.fetch(
        f"""update sanction set state = $2, decided_by = $3, decided_at = $4, reason = $5
            where id = $1 and state = 'proposed' returning {_SANCTION}""",
        sanction_id,
        state,
        actor,
        tx.now,
        reason,
    )
    return Sanction(**rows[0]) if rows else None


async def sanctions(tx: Tx, case_id: UUID) -> Sequence[Sanction]:
    """The sanctions of a case, oldest first."""
    rows = await tx.fetch(f"select {_SANCTION} from sanction where case_id = $1 order by id", case_id)
    return [Sanction(**row) for row in rows]


async def improve(
    tx: Tx, *, case_id: UUID, cause: str, action: str, owner: str, due_on: date | None, actor: str
) -> Improvement:
    """A new improvement."""
    rows = await tx.fetch(
        f"""insert into improvement (id, case_id, cause, action, owner, due_on, state, version, created_by, created_at,
                                     changed_by, changed_at)
            values ($1, $2, $3, $4, $5, $6, 'open', 1, $7, $8, $7, $8) returning {_IMPROVEMENT}""",
        uuid7(),
        case_id,
        cause,
        action,
        owner,
        due_on,
        actor,
        tx.now,
    )
    return Improvement(**rows[0])


async def improvement(tx: Tx, improvement_id: UUID) -> Improvement | None:
    """An improvement."""
    rows = await tx.fetch(f"select {_IMPROVEMENT} from improvement where id = $1", improvement_id)
    return Improvement(**rows[0]) if rows else None


async def settle(tx: Tx, found: Improvement, *, state: str, evidence: str | None, actor: str) -> Improvement | None:
    """The next state of an improvement; None if somebody changed it meanwhile."""
    rows = await tx.fetch(
        f"""update improvement set state = $3, evidence = coalesce($4, evidence), version = version + 1,
                changed_by = $5, changed_at = $6
            where id = $1 and version = $2 returning {_IMPROVEMENT}""",
        found.id,
        found.version,
        state,
        evidence,
        actor,
        tx.now,
    )
    return Improvement(**rows[0]) if rows else None


async def improvements(
    tx: Tx, *, state: str | None, case_id: UUID | None, owner: str | None, before: UUID | None, limit: int
) -> Sequence[Improvement]:
    """Improvements, newest first."""
    rows = await tx.fetch(
        f"""select {_IMPROVEMENT} from improvement where ($1::text is null or state = $1)
              and ($2::uuid is null or case_id = $2) and ($3::text is null or owner = $3)
              and ($4::uuid is null or id < $4) order by id desc limit $5""",
        state,
        case_id,
        owner,
        before,
        limit,
    )
    return [Improvement(**row) for row in rows]
