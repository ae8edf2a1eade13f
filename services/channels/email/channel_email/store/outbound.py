"""Outbound mails: what is owed to the mail server, what is under way, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record
from pydantic import TypeAdapter

from channel_email.domain.sending import SendState
from chassis.db import Tx
from contracts.values import Attachment, MessageStatus

SENDS = "email-sends"
"""Signal name: something is due to be sent."""


@dataclass(frozen=True, slots=True)
class NewSend:
    """A mail to be sent once."""

    id: UUID
    interaction_id: UUID
    mail_id: str
    subject: str
    text: str
    author: str
    author_name: str | None
    attachment_ids: list[UUID]
    case_files: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Send:
    """An outbound mail as stored."""

    id: UUID
    interaction_id: UUID
    mail_id: str
    subject: str
    text: str
    author_name: str | None
    attachment_ids: list[UUID]
    state: SendState
    status: MessageStatus
    attempts: int
    requested_at: datetime
    case_files: tuple[Attachment, ...] = ()


_FIELDS = tuple(Send.__dataclass_fields__)
_COLUMNS = ", ".join("m.case_files::text as case_files" if name == "case_files" else f"m.{name}" for name in _FIELDS)
_FILES = TypeAdapter(tuple[Attachment, ...])

# The mails of one interaction go out in the order in which they were asked for.
_WAITS_FOR_EARLIER = """exists (
    select from outbound_message e where e.interaction_id = m.interaction_id
        and e.position < m.position and e.state <> 'done')"""


def _send(row: Record) -> Send:
    values = {name: row[name] for name in _FIELDS}
    values["case_files"] = _FILES.validate_json(row["case_files"])
    return Send(**{**values, "state": SendState(values["state"]), "status": MessageStatus(values["status"])})


async def insert(tx: Tx, send: NewSend) -> bool:
    """Keep a mail as owed. False if it was asked for before."""
    rows = await tx.fetch(
        """insert into outbound_message (id, interaction_id, mail_id, subject, text, author, author_name,
               attachment_ids, case_files, state, status, attempts, next_attempt_at, requested_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $10::text::jsonb, 'pending', 'pending', 0, $9, $9)
           on conflict (id) do nothing returning 1""",
        send.id,
        send.interaction_id,
        send.mail_id,
        send.subject,
        send.text,
        send.author,
        send.author_name,
        send.attachment_ids,
        tx.now,
        _FILES.dump_json(send.case_files).decode(),
    )
    return bool(rows)


async def claim_due(tx: Tx, *, by: str, until: datetime, limit: int) -> list[Send]:
    """Take due mails for this process, oldest first. Nobody else gets them before `until`."""
    rows = await tx.fetch(
        f"""with due as (
               select id from outbound_message m
               where state = 'pending' and next_attempt_at <= $1 and not {_WAITS_FOR_EARLIER}
               order by position limit $2 for update skip locked)
           update outbound_message m
           set state = 'claimed', attempts = attempts + 1, claimed_by = $3, next_attempt_at = $4
           from due where m.id = due.id returning {_COLUMNS}, m.position""",
        tx.now,
        limit,
        by,
        until,
    )
    return [_send(row) for row in sorted(rows, key=lambda row: row["position"])]


async def release_claims(tx: Tx, *, of: str | None = None) -> int:
    """Give back claims that ran out, or all claims of one process: their mails certainly were not accepted."""
    rows = await tx.fetch(
        """update outbound_message set state = 'pending', claimed_by = null, next_attempt_at = $1
           where state = 'claimed' and (claimed_by = $2 or ($2::text is null and next_attempt_at <= $1)) returning 1""",
        tx.now,
        of,
    )
    return len(rows)


async def interrupted(tx: Tx, *, of: str | None = None) -> list[tuple[UUID, UUID]]:
    """(interaction, message) of mails whose process died while the content went out, or that this process left so."""
    rows = await tx.fetch(
        """select interaction_id, id from outbound_message
           where state = 'sending' and (claimed_by = $2 or ($2::text is null and next_attempt_at <= $1))
           order by position""",
        tx.now,
        of,
    )
    return [(row["interaction_id"], row["id"]) for row in rows]


async def lock(tx: Tx, message_id: UUID) -> Send | None:
    """The mail, locked until the end of the transaction. Lock its interaction first."""
    rows = await tx.fetch(f"select {_COLUMNS} from outbound_message m where m.id = $1 for update", message_id)
    return _send(rows[0]) if rows else None


async def interaction_of(tx: Tx, message_id: UUID) -> UUID | None:
    """The interaction a mail was sent in."""
    rows = await tx.fetch("select interaction_id from outbound_message where id = $1", message_id)
    return rows[0]["interaction_id"] if rows else None


async def update(
    tx: Tx,
    message_id: UUID,
    *,
    state: SendState,
    status: MessageStatus,
    next_attempt_at: datetime | None = None,
    error_code: str | None = None,
    error_text: str | None = None,
) -> None:
    """Write what became of a locked mail."""
    await tx.fetch(
        """update outbound_message set state = $2, status = $3, next_attempt_at = coalesce($4, next_attempt_at),
               error_code = $5, error_text = $6,
               sent_at = case when $3 = 'sent' then $7::timestamptz else sent_at end where id = $1""",
        message_id,
        state,
        status,
        next_attempt_at,
        error_code,
        error_text,
        tx.now,
    )


async def next_due(tx: Tx) -> datetime | None:
    """When the next thing is due; None if nothing is owed. Mails that wait for an earlier one do not count."""
    rows = await tx.fetch(
        f"""select min(next_attempt_at) as due from outbound_message m
            where state <> 'done' and (state <> 'pending' or not {_WAITS_FOR_EARLIER})"""
    )
    due: datetime | None = rows[0]["due"]
    return due


async def mail_ids(tx: Tx, interaction_id: UUID, *, before: UUID) -> Sequence[str]:
    """Message ids of the mails sent in the interaction before this one, oldest first."""
    rows = await tx.fetch(
        """select mail_id from outbound_message where interaction_id = $1
           and position < (select position from outbound_message where id = $2) order by position""",
        interaction_id,
        before,
    )
    return [row["mail_id"] for row in rows]
