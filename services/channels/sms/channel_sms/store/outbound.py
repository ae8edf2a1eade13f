"""Outbound messages: what is owed to Twilio, what is under way, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from channel_sms.domain.sending import SendState
from chassis.db import Tx
from contracts.values import MessageStatus

CHANNEL_AUTHOR = "channel"
"""Author of what the channel itself answers (opt-out confirmations); no other service waits for the status of these."""


SENDS = "sms-sends"
"""Signal name: something is due to be sent."""


@dataclass(frozen=True, slots=True)
class NewSend:
    """A message to be sent once."""

    id: UUID
    interaction_id: UUID
    account: str
    address: str
    text: str
    category: str
    author: str
    encoding: str
    segments: int


@dataclass(frozen=True, slots=True)
class Send:
    """An outbound message as stored."""

    id: UUID
    interaction_id: UUID
    account: str
    address: str
    text: str
    author: str
    state: SendState
    status: MessageStatus
    attempts: int
    lookups: int
    called_at: datetime | None
    sid: str | None
    provider_status: str | None
    error_code: str | None
    error_text: str | None


_COLUMNS = (
    "m.id, m.interaction_id, m.account, m.address, m.text, m.author, m.state, m.status, m.attempts, m.lookups, "
    "m.called_at, m.sid, m.provider_status, m.error_code, m.error_text"
)

_WAITS_FOR_EARLIER = """exists (
    select from outbound_message e where e.account = m.account and e.address = m.address
        and e.position < m.position and e.state in ('pending', 'sending'))"""


def _send(row: Mapping[str, Any]) -> Send:
    values = dict(row)
    return Send(**{**values, "state": SendState(values["state"]), "status": MessageStatus(values["status"])})


async def insert(tx: Tx, send: NewSend) -> bool:
    """Keep a message as owed. False if it was asked for before."""
    rows = await tx.fetch(
        """insert into outbound_message (id, interaction_id, account, address, text, category, author, encoding,
               segments, state, status, attempts, lookups, next_attempt_at, requested_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'pending', 'pending', 0, 0, $10, $10)
           on conflict (id) do nothing returning 1""",
        send.id,
        send.interaction_id,
        send.account,
        send.address,
        send.text,
        send.category,
        send.author,
        send.encoding,
        send.segments,
        tx.now,
    )
    return bool(rows)


async def claim_due(tx: Tx, *, lease: timedelta, limit: int) -> list[Send]:
    """Mark due messages as `sending` and return them, oldest first.

    A message waits for the earlier ones of its pair of numbers, so a conversation is sent in order. If the process
    dies, the lease runs out and the send counts as ambiguous.
    """
    rows = await tx.fetch(
        f"""with due as (
               select id from outbound_message m
               where state = 'pending' and next_attempt_at <= $1 and not {_WAITS_FOR_EARLIER}
               order by position limit $2 for update skip locked)
           update outbound_message m
           set state = 'sending', attempts = attempts + 1, called_at = $1, next_attempt_at = $3
           from due where m.id = due.id returning {_COLUMNS}, m.position""",
        tx.now,
        limit,
        tx.now + lease,
    )
    ordered = sorted(rows, key=lambda row: row["position"])
    return [_send({name: value for name, value in row.items() if name != "position"}) for row in ordered]


async def abandon_expired(tx: Tx) -> int:
    """Mark sends whose process died in the middle of the call as ambiguous. Returns how many."""
    rows = await tx.fetch(
        """update outbound_message set state = 'ambiguous', lookups = 0, next_attempt_at = $1
           where state = 'sending' and next_attempt_at <= $1 returning 1""",
        tx.now,
    )
    return len(rows)


async def claim_lookups(tx: Tx, *, lease: timedelta, limit: int) -> list[Send]:
    """Ambiguous sends that are due to be looked up; nobody else gets them until the lease runs out."""
    rows = await tx.fetch(
        f"""with due as (
               select id from outbound_message where state = 'ambiguous' and next_attempt_at <= $1
               order by position limit $2 for update skip locked)
           update outbound_message m set lookups = lookups + 1, next_attempt_at = $3
           from due where m.id = due.id returning {_COLUMNS}""",
        tx.now,
        limit,
        tx.now + lease,
    )
    return [_send(row) for row in rows]


async def lock(tx: Tx, message_id: UUID) -> Send | None:
    """The message, locked until the end of the transaction."""
    rows = await tx.fetch(f"select {_COLUMNS} from outbound_message m where m.id = $1 for update", message_id)
    return _send(rows[0]) if rows else None


async def lock_by_sid(tx: Tx, sid: str) -> Send | None:
    """The message that Twilio knows as `sid`, locked."""
    rows = await tx.fetch(f"select {_COLUMNS} from outbound_message m where m.sid = $1 for update", sid)
    return _send(rows[0]) if rows else None


async def update(tx: Tx, send: Send, *, next_attempt_at: datetime | None = None) -> None:
    """Write the changeable part of a locked message back."""
    await tx.fetch(
        """update outbound_message set state = $2, status = $3, sid = $4, provider_status = $5, error_code = $6,
               error_text = $7, lookups = $8, next_attempt_at = coalesce($9, next_attempt_at) where id = $1""",
        send.id,
        send.state,
        send.status,
        send.sid,
        send.provider_status,
        send.error_code,
        send.error_text,
        send.lookups,
        next_attempt_at,
    )


async def next_due(tx: Tx) -> datetime | None:
    """When the next thing is due; None if nothing is owed. Messages that wait for an earlier one do not count."""
    rows = await tx.fetch(
        f"""select min(next_attempt_at) as due from outbound_message m
            where state <> 'done' and (state <> 'pending' or not {_WAITS_FOR_EARLIER})"""
    )
    due: datetime | None = rows[0]["due"]
    return due


async def taken_sids(tx: Tx, sids: Sequence[str]) -> set[str]:
    """Which of these Twilio messages belong to sends of ours already."""
    rows = await tx.fetch("select sid from outbound_message where sid = any($1::text[])", list(sids))
    return {row["sid"] for row in rows}


async def last_text(tx: Tx, account: str, address: str) -> tuple[str, str] | None:
    """(category, text) of the newest message for this pair of numbers."""
    rows = await tx.fetch(
        """select category, text from outbound_message where account = $1 and address = $2
           order by position desc limit 1""",
        account,
        address,
    )
    return (rows[0]["category"], rows[0]["text"]) if rows else None
