"""The entries of conversations: what was said, and where interactions ended, in one gapless order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from chassis.db import Tx

VISITOR, AGENT, SYSTEM = "visitor", "agent", "system"
Kind = Literal["message", "ended"]


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry that has no number yet."""

    id: UUID
    interaction_id: UUID
    kind: Kind
    author: str
    name: str | None = None
    text: str = ""
    client_msg_id: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as kept."""

    seq: int
    id: UUID
    interaction_id: UUID
    kind: str
    author: str
    name: str | None
    text: str
    client_msg_id: str | None
    at: datetime


_COLUMNS = "seq, id, interaction_id, kind, author, name, text, client_msg_id, at"


async def append(tx: Tx, conversation_id: UUID, entry: NewEntry) -> int:
    """Draw the next number of the conversation, whose row the transaction holds, and keep the entry under it."""
    (row,) = await tx.fetch(
        """with drawn as (update conversation set last_seq = last_seq + 1 where id = $1 returning last_seq)
           insert into entry (conversation_id, seq, id, interaction_id, kind, author, name, text, client_msg_id, at)
           select $1, last_seq, $2, $3, $4, $5, $6, $7, $8, $9 from drawn returning seq""",
        conversation_id,
        entry.id,
        entry.interaction_id,
        entry.kind,
        entry.author,
        entry.name,
        entry.text,
        entry.client_msg_id,
        tx.now,
    )
    return int(row["seq"])


async def by_client_msg_id(tx: Tx, conversation_id: UUID, client_msg_id: str) -> Entry | None:
    """The message that a client sent under this id before."""
    rows = await tx.fetch(
        f"select {_COLUMNS} from entry where conversation_id = $1 and client_msg_id = $2",
        conversation_id,
        client_msg_id,
    )
    return _entry(rows[0]) if rows else None


async def exists(tx: Tx, entry_id: UUID) -> bool:
    """Whether this entry is kept already."""
    return bool(await tx.fetch("select 1 from entry where id = $1", entry_id))


async def after(tx: Tx, conversation_id: UUID, seq: int, limit: int) -> list[Entry]:
    """The entries after `seq`, oldest first."""
    rows = await tx.fetch(
        f"select {_COLUMNS} from entry where conversation_id = $1 and seq > $2 order by seq limit $3",
        conversation_id,
        seq,
        limit,
    )
    return [_entry(row) for row in rows]


async def before(tx: Tx, conversation_id: UUID, seq: int, limit: int) -> list[Entry]:
    """The last entries before `seq`, oldest first."""
    rows = await tx.fetch(
        f"select {_COLUMNS} from entry where conversation_id = $1 and seq < $2 order by seq desc limit $3",
        conversation_id,
        seq,
        limit,
    )
    return [_entry(row) for row in reversed(rows)]


async def to_visitor(tx: Tx, conversation_id: UUID, *, above: int, upto: int) -> list[tuple[int, UUID, UUID]]:
    """(seq, id, interaction id) of the messages to the visitor in a range of numbers."""
    rows = await tx.fetch(
        """select seq, id, interaction_id from entry
           where conversation_id = $1 and kind = 'message' and author <> 'visitor' and seq > $2 and seq <= $3
           order by seq""",
        conversation_id,
        above,
        upto,
    )
    return [(row["seq"], row["id"], row["interaction_id"]) for row in rows]


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(**dict(row))
