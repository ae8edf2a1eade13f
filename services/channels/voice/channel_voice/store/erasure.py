"""Erasing what is stored of a caller: calls stay for counting, the number and what was typed goes."""

from collections.abc import Sequence
from uuid import UUID

from chassis.db import Tx


async def erase(tx: Tx, call_ids: Sequence[UUID]) -> None:
    """Erase who called and what they asked for. A call under way stays: its caller is in touch anew."""
    rows = await tx.fetch(
        """update call set caller = '', fields = '{}'::jsonb,
               dialogue = dialogue || '{"digits": null, "answer": [], "waybill_no": null}'::jsonb
           where id = any($1::uuid[]) and ended_at is not null returning id""",
        list(call_ids),
    )
    await tx.fetch("update answer set twiml = '' where call_id = any($1::uuid[])", [row["id"] for row in rows])
