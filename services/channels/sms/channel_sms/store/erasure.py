"""Erasing what is stored of a person: rows stay for counting, what was written and by whom goes.

Opt-outs stay: they are how the person's wish not to be written to is kept (通信短信息服务管理规定 art 18).
"""

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


async def erase(tx: Tx, interaction_ids: Sequence[UUID]) -> None:
    """Erase texts, files and numbers of these exchanges; what was still to be sent is not sent."""
    ids = list(interaction_ids)
    await tx.fetch("update interaction set address = 'erased:' || id where id = any($1::uuid[])", ids)
    await tx.fetch(
        """update inbound_message set text = '', media = '[]'::jsonb, fields = '{}'::jsonb
           where interaction_id = any($1::uuid[])""",
        ids,
    )
    await tx.fetch(
        """update delivery_event set fields = '{}'::jsonb where sid in (
               select sid from outbound_message where interaction_id = any($1::uuid[]) and sid is not null)""",
        ids,
    )
    await tx.fetch(
        """update outbound_message set text = '', address = 'erased:' || interaction_id, error_text = null,
               status = case when state = 'done' then status else 'failed' end, state = 'done'
           where interaction_id = any($1::uuid[])""",
        ids,
    )
