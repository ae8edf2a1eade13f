"""How far IMAP folders have been read."""

from dataclasses import dataclass
from datetime import datetime

from chassis.db import Tx


@dataclass(frozen=True, slots=True)
class Mark:
    """Everything up to `last_uid` of this UIDVALIDITY is stored; `updated_at` is when that was last known."""

    uid_validity: int
    last_uid: int
    updated_at: datetime


async def mark_of(tx: Tx, account: str, folder: str) -> Mark | None:
    """The mark of a folder; None if it was never read."""
    rows = await tx.fetch(
        "select uid_validity, last_uid, updated_at from imap_mark where account = $1 and folder = $2", account, folder
    )
    return Mark(**rows[0]) if rows else None


async def advance(tx: Tx, account: str, folder: str, *, uid_validity: int, last_uid: int) -> None:
    """Move the mark. Within one UIDVALIDITY it never goes back."""
    await tx.fetch(
        """insert into imap_mark as mark (account, folder, uid_validity, last_uid, updated_at)
           values ($1, $2, $3, $4, $5)
           on conflict (account, folder) do update set uid_validity = excluded.uid_validity,
               last_uid = case when mark.uid_validity = excluded.uid_validity
                   then greatest(mark.last_uid, excluded.last_uid) else excluded.last_uid end,
               updated_at = excluded.updated_at""",
        account,
        folder,
        uid_validity,
        last_uid,
        tx.now,
    )
