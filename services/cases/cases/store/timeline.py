"""Timelines: what happened on a case, numbered without gaps."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from cases.domain.model import Entry, EntryKind, NewEntry
from chassis.db import Tx
from chassis.ids import uuid7
from contracts.values import Channel

_COLUMNS = """case_id, seq, kind, interaction_id, channel, actor, message_id, status, data::text as data, occurred_at,
              recorded_at"""


def _entry(row: Any) -> Entry:
    values = dict(row)
    values["kind"] = EntryKind(values["kind"])
    values["channel"] = Channel(values["channel"]) if values["channel"] else None
    values["data"] = orjson.loads(values["data"])
    return Entry(**values)


def numbered(case_id: UUID, first: int, entries: Sequence[NewEntry], tx: Tx) -> list[Entry]:
    """The entries with their numbers, from `first` on."""
    return [
        Entry(
            kind=entry.kind,
            actor=entry.actor,
            occurred_at=entry.occurred_at,
            data=entry.data,
            interaction_id=entry.interaction_id,
            channel=entry.channel,
            message_id=entry.message_id,
            status=entry.status,
            case_id=case_id,
            seq=first + offset,
            recorded_at=tx.now,
        )
        for offset, entry in enumerate(entries)
    ]


async def insert(tx: Tx, entries: Sequence[Entry]) -> None:
    """Write numbered entries and bring their cases' counters up to the highest number, in one statement.

    The cases' rows must be locked, and the numbers be the next ones: nobody else can number meanwhile.
    """
    await tx.fetch(
        """with new as (
               select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::uuid[], $5::text[], $6::text[],
                                    $7::uuid[], $8::text[], $9::text[], $10::timestamptz[])
                   as e (case_id, seq, kind, interaction_id, channel, actor, message_id, status, data, occurred_at)),
           counted as (
               update service_case c set last_seq = n.last_seq, updated_at = $11,
                   last_customer_seq = greatest(c.last_customer_seq, coalesce(n.last_customer_seq, 0))
               from (select case_id, max(seq) as last_seq, max(seq) filter (where kind = 'message_in')
                         as last_customer_seq from new group by case_id) n
               where c.id = n.case_id)
           insert into timeline_entry (case_id, seq, kind, interaction_id, channel, actor, message_id, status, data,
                                       occurred_at, recorded_at)
           select case_id, seq, kind, interaction_id, channel, actor, message_id, status, data::jsonb, occurred_at, $11
           from new""",
        [entry.case_id for entry in entries],
        [entry.seq for entry in entries],
        [entry.kind for entry in entries],
        [entry.interaction_id for entry in entries],
        [entry.channel for entry in entries],
        [entry.actor for entry in entries],
        [entry.message_id for entry in entries],
        [entry.status for entry in entries],
        [dump(entry.data) for entry in entries],
        [entry.occurred_at for entry in entries],
        tx.now,
    )


async def insert_pending(tx: Tx, entries: Sequence[NewEntry]) -> None:
    """Keep entries of interactions that have no case."""
    await tx.fetch(
        """insert into pending_entry (id, interaction_id, kind, channel, actor, message_id, data, occurred_at,
                                      recorded_at)
           select id, interaction_id, kind, channel, actor, message_id, data::jsonb, occurred_at, $9
           from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::text[],
                       $8::timestamptz[])
               as e (id, interaction_id, kind, channel, actor, message_id, data, occurred_at)""",
        [uuid7() for _ in entries],
        [entry.interaction_id for entry in entries],
        [entry.kind for entry in entries],
        [entry.channel for entry in entries],
        [entry.actor for entry in entries],
        [entry.message_id for entry in entries],
        [dump(entry.data) for entry in entries],
        [entry.occurred_at for entry in entries],
        tx.now,
    )


async def take_pending(tx: Tx, interaction_id: UUID) -> list[NewEntry]:
    """Remove and return what an interaction gathered before it had a case, in order."""
    rows = await tx.fetch(
        """with gone as (delete from pending_entry where interaction_id = $1 returning *)
           select kind, actor, occurred_at, data::text as data, interaction_id, channel, message_id from gone
           order by id""",
        interaction_id,
    )
    found = []
    for row in rows:
        values = dict(row)
        values["kind"] = EntryKind(values["kind"])
        values["channel"] = Channel(values["channel"]) if values["channel"] else None
        values["data"] = orjson.loads(values["data"])
        found.append(NewEntry(**values))
    return found


async def page(tx: Tx, case_id: UUID, after: int, limit: int) -> Sequence[Entry]:
    """Entries with a number above `after`, in order."""
    rows = await tx.fetch(
        f"select {_COLUMNS} from timeline_entry where case_id = $1 and seq > $2 order by seq limit $3",
        case_id,
        after,
        limit,
    )
    return [_entry(row) for row in rows]


async def by_message(tx: Tx, message_id: UUID) -> Entry | None:
    """The entry of a message."""
    rows = await tx.fetch(f"select {_COLUMNS} from timeline_entry where message_id = $1", message_id)
    return _entry(rows[0]) if rows else None


async def set_status(tx: Tx, message_id: UUID, status: str, detail: Mapping[str, Any]) -> None:
    """What became of a message we sent."""
    await tx.fetch(
        "update timeline_entry set status = $2, data = data || $3::text::jsonb where message_id = $1",
        message_id,
        status,
        dump(detail),
    )


async def last_reply(tx: Tx, case_id: UUID) -> Entry | None:
    """The newest message that was sent to the customer by a person."""
    rows = await tx.fetch(
        f"""select {_COLUMNS} from timeline_entry where case_id = $1 and kind = 'message_out' and actor <> 'system'
            order by seq desc limit 1""",
        case_id,
    )
    return _entry(rows[0]) if rows else None


async def first_words(tx: Tx, case_id: UUID) -> str | None:
    """What the customer wrote first."""
    rows = await tx.fetch(
        """select data->>'text' as text from timeline_entry where case_id = $1 and kind = 'message_in'
           order by seq limit 1""",
        case_id,
    )
    return rows[0]["text"] if rows else None


async def last_from_customer(tx: Tx, case_id: UUID) -> UUID | None:
    """The interaction on which the customer wrote last."""
    rows = await tx.fetch(
        """select interaction_id from timeline_entry where case_id = $1 and kind = 'message_in'
           order by seq desc limit 1""",
        case_id,
    )
    return rows[0]["interaction_id"] if rows else None


def dump(data: Mapping[str, Any]) -> str:
    """An entry's data as JSON text. PostgreSQL's jsonb cannot hold NUL, so it is dropped: the text stays readable."""
    return orjson.dumps(data, default=str).decode().replace("\\u0000", "")
