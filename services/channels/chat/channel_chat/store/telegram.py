"""Telegram updates as they came, and outbound messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from channel_chat.domain.sending import SendState
from chassis.db import Tx
from contracts.values import MessageStatus

SENDS = "telegram-sends"
"""Signal name: something is due to be sent."""


@dataclass(frozen=True, slots=True)
class NewSend:
    """A message to be sent once."""

    id: UUID
    interaction_id: UUID | None
    bot: str
    chat_id: str
    text: str


@dataclass(frozen=True, slots=True)
class TelegramSend:
    """An outbound message as stored."""

    id: UUID
    interaction_id: UUID | None
    bot: str
    chat_id: str
    text: str
    state: SendState
    status: MessageStatus
    attempts: int
    telegram_message_id: int | None
    error_code: str | None
    error_text: str | None


_COLUMNS = (
    "m.id, m.interaction_id, m.bot, m.chat_id, m.text, m.state, m.status, m.attempts, m.telegram_message_id, "
    "m.error_code, m.error_text"
)
_WAITS_FOR_EARLIER = """exists (
    select from telegram_send e where e.bot = m.bot and e.chat_id = m.chat_id
        and e.position < m.position and e.state in ('pending', 'sending'))"""


async def note_update(tx: Tx, bot: str, update_id: int, payload: Mapping[str, Any]) -> bool:
    """Keep an update. False if it came before."""
    rows = await tx.fetch(
        """insert into telegram_update (bot, update_id, payload, received_at) values ($1, $2, $3::text::jsonb, $4)
           on conflict do nothing returning 1""",
        bot,
        update_id,
        orjson.dumps(payload).decode().replace("\\u0000", "\\ufffd"),
        tx.now,
    )
    return bool(rows)


async def insert(tx: Tx, send: NewSend) -> bool:
    """Keep a message as owed. False if it was asked for before."""
    rows = await tx.fetch(
        """insert into telegram_send (id, interaction_id, bot, chat_id, text, state, status, attempts, next_attempt_at,
               requested_at)
           values ($1, $2, $3, $4, $5, 'pending', 'pending', 0, $6, $6) on conflict (id) do nothing returning 1""",
        send.id,
        send.interaction_id,
        send.bot,
        send.chat_id,
        send.text,
        tx.now,
    )
    return bool(rows)


async def claim_due(tx: Tx, *, lease: timedelta, limit: int, paused: Sequence[str]) -> list[TelegramSend]:
    """Mark due messages as `sending` and return them, oldest first; not those of `paused` bots.

    A message waits for the earlier ones of its chat, so a conversation is sent in order.
    """
    rows = await tx.fetch(
        f"""with due as (
               select id from telegram_send m
               where state = 'pending' and next_attempt_at <= $1 and not (bot = any($4::text[]))
                   and not {_WAITS_FOR_EARLIER}
               order by position limit $2 for update skip locked)
           update telegram_send m set state = 'sending', attempts = attempts + 1, next_attempt_at = $3
           from due where m.id = due.id returning {_COLUMNS}, m.position""",
        tx.now,
        limit,
        tx.now + lease,
        list(paused),
    )
    return [_send(row) for row in sorted(rows, key=lambda row: row["position"])]


async def claim_expired(tx: Tx, *, limit: int) -> list[TelegramSend]:
    """Sends whose process died in the middle of the call, locked."""
    rows = await tx.fetch(
        f"""select {_COLUMNS} from telegram_send m where state = 'sending' and next_attempt_at <= $1
            order by position limit $2 for update skip locked""",
        tx.now,
        limit,
    )
    return [_send(row) for row in rows]


async def lock(tx: Tx, send_id: UUID) -> TelegramSend | None:
    """The message, locked until the end of the transaction."""
    rows = await tx.fetch(f"select {_COLUMNS} from telegram_send m where m.id = $1 for update", send_id)
    return _send(rows[0]) if rows else None


async def update(tx: Tx, send: TelegramSend, *, next_attempt_at: datetime | None = None) -> None:
    """Write the changeable part of a locked message back."""
    await tx.fetch(
        """update telegram_send set state = $2, status = $3, telegram_message_id = $4, error_code = $5, error_text = $6,
               next_attempt_at = coalesce($7, next_attempt_at) where id = $1""",
        send.id,
        send.state,
        send.status,
        send.telegram_message_id,
        send.error_code,
        send.error_text,
        next_attempt_at,
    )


async def next_due(tx: Tx) -> datetime | None:
    """When the next thing is due; None if nothing is owed. Messages that wait for an earlier one do not count."""
    rows = await tx.fetch(
        f"""select min(next_attempt_at) as due from telegram_send m
            where state <> 'done' and (state <> 'pending' or not {_WAITS_FOR_EARLIER})"""
    )
    due: datetime | None = rows[0]["due"]
    return due


def _send(row: Mapping[str, Any]) -> TelegramSend:
    values = {name: value for name, value in row.items() if name != "position"}
    return TelegramSend(**{**values, "state": SendState(values["state"]), "status": MessageStatus(values["status"])})
