"""Erasing what is stored of a person: rows stay for counting, what was written and by whom goes."""

from collections.abc import Sequence
from uuid import UUID

from chassis.db import Tx


async def end_open(tx: Tx, interaction_ids: Sequence[UUID]) -> list[UUID]:
    """Those of the exchanges that are open, ended now."""
    rows = await tx.fetch(
        """update interaction set ended_at = $2, ended_by = 'system' where id = any($1::uuid[]) and ended_at is null
           returning id""",
        list(interaction_ids),
        tx.now,
    )
    return [row["id"] for row in rows]


async def erase(tx: Tx, interaction_ids: Sequence[UUID]) -> list[str]:
    """Erase texts, files and addresses of these exchanges; what was still to be sent is not sent. Returns the names of
    blobs that nothing refers to any more."""
    ids = list(interaction_ids)
    mails = await tx.fetch("select id, raw from inbound_message where interaction_id = any($1::uuid[])", ids)
    files = await tx.fetch(
        "delete from attachment where message_id = any($1::uuid[]) returning sha256", [row["id"] for row in mails]
    )
    await tx.fetch(
        "update interaction set address = 'erased:' || id, name = '', subject = '' where id = any($1::uuid[])", ids
    )
    await tx.fetch(
        """update inbound_message set text = '', full_text = '', html = null, subject = '', sender = '',
               return_path = null, recipients = '{}', raw = '', raw_size = 0 where interaction_id = any($1::uuid[])""",
        ids,
    )
    await tx.fetch(
        """update outbound_message set text = '', subject = '', error_text = null,
               status = case when state = 'done' then status else 'failed' end, state = 'done'
           where interaction_id = any($1::uuid[])""",
        ids,
    )
    names = sorted({row["raw"] for row in mails if row["raw"]} | {row["sha256"] for row in files})
    used = await tx.fetch(
        """select raw as name from inbound_message where raw = any($1::text[])
           union select sha256 from attachment where sha256 = any($1::text[])""",
        names,
    )
    return [name for name in names if name not in {row["name"] for row in used}]
