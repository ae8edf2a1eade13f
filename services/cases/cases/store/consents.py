"""What customers agreed to, or refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from chassis.ids import uuid7


@dataclass(frozen=True, slots=True)
class Consent:
    """One statement of a customer, kept as it was made."""

    id: UUID
    customer_id: UUID
    kind: str
    granted: bool
    waybill_no: str | None
    evidence: str
    actor: str
    given_at: datetime


_COLUMNS = ", ".join(Consent.__dataclass_fields__)


async def add(
    tx: Tx, *, customer_id: UUID, kind: str, granted: bool, waybill_no: str | None, evidence: str, actor: str
) -> Consent:
    """Keep a statement."""
    rows = await tx.fetch(
        f"""insert into consent ({_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8) returning {_COLUMNS}""",
        uuid7(),
        customer_id,
        kind,
        granted,
        waybill_no,
        evidence,
        actor,
        tx.now,
    )
    return Consent(**rows[0])


async def of_customer(tx: Tx, customer_id: UUID) -> Sequence[Consent]:
    """All statements of a customer, oldest first."""
    rows = await tx.fetch(f"select {_COLUMNS} from consent where customer_id = $1 order by id", customer_id)
    return [Consent(**row) for row in rows]
