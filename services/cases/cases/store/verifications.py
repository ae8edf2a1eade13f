"""Proof that an address is its customer's: what was done, and codes under way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from chassis.ids import uuid7


@dataclass(frozen=True, slots=True)
class Proof:
    """One act of verification, kept as it was."""

    contact_point_id: UUID
    level: str
    method: str
    evidence: str | None
    actor: str
    verified_at: datetime


@dataclass(frozen=True, slots=True)
class Code:
    """A code that was sent to an address."""

    contact_point_id: UUID
    digest: str
    attempts: int
    sent_by: str
    sent_at: datetime
    expires_at: datetime


_PROOF = ", ".join(Proof.__dataclass_fields__)
_CODE = ", ".join(Code.__dataclass_fields__)


async def add(tx: Tx, point_id: UUID, *, level: str, method: str, evidence: str | None, actor: str) -> None:
    """Keep an act of verification; the address has that level from now on, up or down."""
    await tx.fetch(
        f"insert into contact_verification (id, {_PROOF}) values ($1, $2, $3, $4, $5, $6, $7)",
        uuid7(),
        point_id,
        level,
        method,
        evidence,
        actor,
        tx.now,
    )
    await tx.fetch("update contact_point set verification = $2 where id = $1", point_id, level)


async def of_point(tx: Tx, point_id: UUID) -> Sequence[Proof]:
    """All acts for an address, oldest first."""
    rows = await tx.fetch(
        f"select {_PROOF} from contact_verification where contact_point_id = $1 order by id", point_id
    )
    return [Proof(**row) for row in rows]


async def keep_code(tx: Tx, point_id: UUID, digest: str, *, sent_by: str, expires_at: datetime) -> None:
    """The newest code of an address; an earlier one is void."""
    await tx.fetch(
        f"""insert into contact_code ({_CODE}) values ($1, $2, 0, $3, $4, $5)
            on conflict (contact_point_id) do update set digest = excluded.digest, attempts = 0,
                sent_by = excluded.sent_by, sent_at = excluded.sent_at, expires_at = excluded.expires_at""",
        point_id,
        digest,
        sent_by,
        tx.now,
        expires_at,
    )


async def code(tx: Tx, point_id: UUID) -> Code | None:
    """The code of an address, locked: two answers are counted one after the other."""
    rows = await tx.fetch(f"select {_CODE} from contact_code where contact_point_id = $1 for update", point_id)
    return Code(**rows[0]) if rows else None


async def wrong_answer(tx: Tx, point_id: UUID) -> None:
    """Count a wrong answer."""
    await tx.fetch("update contact_code set attempts = attempts + 1 where contact_point_id = $1", point_id)


async def void(tx: Tx, point_id: UUID) -> None:
    """A code holds once."""
    await tx.fetch("delete from contact_code where contact_point_id = $1", point_id)


async def remove_point(tx: Tx, point_id: UUID) -> None:
    """An address is no longer the customer's; contacts through it stay, without it."""
    await tx.fetch("update interaction set contact_point_id = null where contact_point_id = $1", point_id)
    for table in ("contact_verification", "contact_code", "contact_claim"):
        await tx.fetch(f"delete from {table} where contact_point_id = $1", point_id)
    await tx.fetch("delete from contact_point where id = $1", point_id)
