"""Received messages."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from chassis.db import Tx


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A received message as it is kept."""

    id: UUID
    interaction_id: UUID
    seq: int
    sid: str
    text: str
    media: Sequence[dict[str, str]]
    fields: dict[str, Any]
    received_at: datetime


async def known(tx: Tx, message_ids: Collection[UUID]) -> set[UUID]:
    """Which of these messages were received before."""
    rows = await tx.fetch("select id from inbound_message where id = any($1::uuid[])", list(message_ids))
    return {row["id"] for row in rows}


async def insert(tx: Tx, messages: Sequence[StoredMessage]) -> int:
    """Keep the messages, in one statement. Returns how many were new: fewer if another process was faster."""
    rows = await tx.fetch(
        """insert into inbound_message (id, interaction_id, seq, sid, text, media, fields, received_at)
           select id, interaction_id, seq, sid, text, media::jsonb, fields::jsonb, received_at
           from unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[],
                       $8::timestamptz[])
               as m (id, interaction_id, seq, sid, text, media, fields, received_at)
           on conflict (id) do nothing returning 1""",
        [message.id for message in messages],
        [message.interaction_id for message in messages],
        [message.seq for message in messages],
        [message.sid for message in messages],
        [message.text for message in messages],
        [orjson.dumps(message.media).decode() if message.media else "[]" for message in messages],
        [orjson.dumps(message.fields).decode() for message in messages],
        [message.received_at for message in messages],
    )
    return len(rows)


async def media_url(tx: Tx, message_id: UUID, index: int) -> tuple[str, str] | None:
    """(URL, content type) of a received file at Twilio; None if there is no such file."""
    rows = await tx.fetch(
        "select (media -> $2::int)::text as file from inbound_message where id = $1", message_id, index
    )
    if not rows or rows[0]["file"] is None:
        return None
    file = orjson.loads(rows[0]["file"])
    return file["url"], file["content_type"]
