"""Decisions that are asked for."""

from collections.abc import Sequence
from uuid import UUID

from cases.domain.model import Approval
from chassis.db import Tx
from chassis.ids import uuid7

_COLUMNS = ", ".join(Approval.__dataclass_fields__)


async def request(
    tx: Tx,
    *,
    case_id: UUID,
    kind: str,
    step: str | None,
    amount: tuple[int, str] | None,
    summary: str,
    authority: str,
    requested_by: str,
) -> Approval | None:
    """A new pending decision; None if the case has one."""
    rows = await tx.fetch(
        f"""insert into approval (id, case_id, kind, step, amount_minor, currency, summary, authority, state,
                                  requested_by, requested_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', $9, $10) on conflict do nothing returning {_COLUMNS}""",
        uuid7(),
        case_id,
        kind,
        step,
        amount[0] if amount else None,
        amount[1] if amount else None,
        summary,
        authority,
        requested_by,
        tx.now,
    )
    return Approval(**rows[0]) if rows else None


async def get(tx: Tx, approval_id: UUID) -> Approval | None:
    """A decision, as it stands."""
    rows = await tx.fetch(f"select {_COLUMNS} from approval where id = $1", approval_id)
    return Approval(**rows[0]) if rows else None


async def decide(tx: Tx, approval_id: UUID, *, state: str, decided_by: str, reason: str) -> Approval | None:
    """Take a pending decision; None if it was taken."""
    rows = await tx.fetch(
        f"""update approval set state = $2, decided_by = $3, decided_at = $4, reason = $5
            where id = $1 and state = 'pending' returning {_COLUMNS}""",
        approval_id,
        state,
        decided_by,
        tx.now,
        reason,
    )
    return Approval(**rows[0]) if rows else None


async def listed(
    tx: Tx, *, pending: bool, requested_by: str | None, case_id: UUID | None, before: UUID | None, limit: int
) -> Sequence[Approval]:
    """Decisions, newest first."""
    rows = await tx.fetch(
        f"""select {_COLUMNS} from approval
            where ($1::boolean is false or state = 'pending') and ($2::text is null or requested_by = $2)
              and ($3::uuid is null or case_id = $3) and ($4::uuid is null or id < $4) order by id desc limit $5""",
        pending,
        requested_by,
        case_id,
        before,
        limit,
    )
    return [Approval(**row) for row in rows]
