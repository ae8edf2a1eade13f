"""Status callbacks as they came."""

from dataclasses import dataclass
from typing import Any

import orjson

from chassis.db import Tx


@dataclass(frozen=True, slots=True)
class Delivered:
    """One status callback that is kept."""

    status: str
    error_code: str | None


async def insert(tx: Tx, sid: str, status: str, *, error_code: str | None, fields: dict[str, Any]) -> bool:
    """Keep a callback. False if it came before."""
    rows = await tx.fetch(
        """insert into delivery_event (sid, status, error_code, fields, received_at) values ($1, $2, $3, $4::jsonb, $5)
           on conflict (sid, status) do nothing returning 1""",
        sid,
        status,
        error_code,
        orjson.dumps(fields).decode(),
        tx.now,
    )
    return bool(rows)


async def of_message(tx: Tx, sid: str) -> list[Delivered]:
    """The callbacks of a message, in order of arrival."""
    rows = await tx.fetch("select status, error_code from delivery_event where sid = $1 order by received_at", sid)
    return [Delivered(row["status"], row["error_code"]) for row in rows]
