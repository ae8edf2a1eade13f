"""Payments that decisions owe to customers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cases.domain.payout import PayoutState
from chassis.db import Tx
from chassis.ids import uuid7


@dataclass(frozen=True, slots=True)
class Payout:
    """A payment as stored; amounts are whole minor units."""

    id: UUID
    case_id: UUID
    approval_id: UUID
    kind: str
    amount_minor: int
    currency: str
    state: PayoutState
    reference: str | None
    reason: str | None
    version: int
    requested_by: str
    approved_by: str
    instructed_by: str | None
    created_at: datetime
    changed_at: datetime


_COLUMNS = ", ".join(Payout.__dataclass_fields__)


def _payout(row: object) -> Payout:
    values = dict(row)  # type: ignore[call-overload]
    return Payout(**{**values, "state": PayoutState(values["state"])})


async def owe(
    tx: Tx,
    *,
    case_id: UUID,
    approval_id: UUID,
    kind: str,
    amount_minor: int,
    currency: str,
    requested_by: str,
    approved_by: str,
) -> Payout | None:
    """A payment that is due; None if the decision owes one already."""
    rows = await tx.fetch(
        f"""insert into payout (id, case_id, approval_id, kind, amount_minor, currency, state, version, requested_by,
                                approved_by, created_at, changed_at)
            values ($1, $2, $3, $4, $5, $6, 'due', 1, $7, $8, $9, $9) on conflict do nothing returning {_COLUMNS}""",
        uuid7(),
        case_id,
        approval_id,
        kind,
        amount_minor,
        currency,
        requested_by,
        approved_by,
        tx.now,
    )
    return _payout(rows[0]) if rows else None


async def get(tx: Tx, payout_id: UUID) -> Payout | None:
    """A payment."""
    rows = await tx.fetch(f"select {_COLUMNS} from payout where id = $1", payout_id)
    return _payout(rows[0]) if rows else None


async def move(
    tx: Tx, payout: Payout, state: PayoutState, *, reference: str | None, reason: str | None, actor: str
) -> Payout:
    """The next state of a payment whose case is locked."""
    rows = await tx.fetch(
        f"""update payout set state = $2, reference = coalesce($3, reference), reason = $4, version = version + 1,
                changed_at = $5, instructed_by = case when $2 = 'instructed' then $6 else instructed_by end
            where id = $1 returning {_COLUMNS}""",
        payout.id,
        state,
        reference,
        reason,
        tx.now,
        actor,
    )
    return _payout(rows[0])


async def listed(
    tx: Tx, *, state: str | None, case_id: UUID | None, before: UUID | None, limit: int
) -> Sequence[Payout]:
    """Payments, newest first; `open` are those that are neither paid nor called off."""
    rows = await tx.fetch(
        f"""select {_COLUMNS} from payout
            where ($1::text is null or state = $1 or ($1 = 'open' and state not in ('paid', 'cancelled')))
              and ($2::uuid is null or case_id = $2) and ($3::uuid is null or id < $3) order by id desc limit $4""",
        state,
        case_id,
        before,
        limit,
    )
    return [_payout(row) for row in rows]
