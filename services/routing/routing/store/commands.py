"""Commands on their way to the owner, answers on their way back, and answers kept for repeated requests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from chassis.db import Tx
from routing.store.bulk import Bulk

_COMMANDS = Bulk(
    "command",
    {
        "domain": "text",
        "id": "uuid",
        "kind": "text",
        "payload": "jsonb",
        "reply_to": "text",
        "created_at": "timestamptz",
    },
)
_REPLIES = Bulk("command_reply", {"id": "uuid", "code": "text", "detail": "jsonb", "created_at": "timestamptz"})


@dataclass(frozen=True)
class StoredCommand:
    """A command as it waits for the owner; `payload` is JSON text."""

    id: UUID
    kind: str
    payload: str
    reply_to: str | None = None
    seq: int = 0


def wake_owner(tx: Tx, domain: str) -> None:
    """Tell the owner, after the commit, that commands wait."""
    tx.notify_stream(owner_channel(domain))


def owner_channel(domain: str) -> str:
    """The wake-up of a domain's owner."""
    return f"routing-commands/{domain}"


def reply_channel(instance: str) -> str:
    """The wake-up of a replica that waits for answers."""
    return f"routing-replies/{instance}"


async def put(tx: Tx, domain: str, commands: Sequence[StoredCommand]) -> None:
    """Hand commands over to the owner, in order."""
    rows = [(domain, one.id, one.kind, one.payload, one.reply_to, tx.now) for one in commands]
    await _COMMANDS.insert(tx, rows)
    wake_owner(tx, domain)


async def take(tx: Tx, domain: str, limit: int) -> list[StoredCommand]:
    """Take the next commands out, in order. They are back if the transaction fails."""
    rows = await tx.fetch(
        """delete from command where seq = any(array(
               select seq from command where domain = $1 and failed is null order by seq limit $2))
           returning seq, id, kind, payload::text as payload, reply_to""",
        domain,
        limit,
    )
    found = [StoredCommand(row["id"], row["kind"], row["payload"], row["reply_to"], row["seq"]) for row in rows]
    return sorted(found, key=lambda one: one.seq)


async def any_waiting(tx: Tx, domain: str) -> bool:
    """Whether a command waits for the owner."""
    sql = "select exists (select 1 from command where domain = $1 and failed is null) as found"
    return bool((await tx.fetch(sql, domain))[0]["found"])


async def set_aside(tx: Tx, seq: int, error: str) -> None:
    """Keep a command that can never be applied out of the way."""
    await tx.fetch("update command set failed = $2 where seq = $1", seq, error)


async def withdraw(tx: Tx, command_id: UUID) -> bool:
    """Take one command back; false if the owner has it already."""
    return bool(await tx.fetch("delete from command where id = $1 and failed is null returning 1", command_id))


async def reply(tx: Tx, answers: Mapping[UUID, tuple[str, str, Mapping[str, Any] | None]]) -> None:
    """Answer commands: id to (replica to wake, code, detail)."""
    rows = [
        (command_id, code, None if detail is None else orjson.dumps(detail, default=str).decode(), tx.now)
        for command_id, (_, code, detail) in answers.items()
    ]
    await _REPLIES.insert(tx, rows)
    for instance in {instance for instance, _, _ in answers.values()}:
        tx.notify_stream(reply_channel(instance))


async def take_reply(tx: Tx, command_id: UUID) -> tuple[str, dict[str, Any] | None] | None:
    """The answer to a command, once."""
    rows = await tx.fetch("delete from command_reply where id = $1 returning code, detail::text as detail", command_id)
    if not rows:
        return None
    return rows[0]["code"], orjson.loads(rows[0]["detail"]) if rows[0]["detail"] else None


@dataclass(frozen=True)
class OnceKey:
    """A caller's `Idempotency-Key` and what the request said."""

    scope: str
    key: str
    fingerprint: str


async def kept_answers(tx: Tx, keys: Sequence[OnceKey]) -> dict[tuple[str, str], tuple[str, str]]:
    """The answers kept under these keys: (scope, key) to (fingerprint, body)."""
    rows = await tx.fetch(
        """select scope, key, fingerprint, body from idempotency_key
           join unnest($1::text[], $2::text[]) as k (scope, key) using (scope, key)""",
        [key.scope for key in keys],
        [key.key for key in keys],
    )
    return {(row["scope"], row["key"]): (row["fingerprint"], row["body"] or "{}") for row in rows}


_ANSWERS = Bulk(
    "idempotency_key",
    {
        "scope": "text",
        "key": "text",
        "fingerprint": "text",
        "status": "smallint",
        "body": "text",
        "created_at": "timestamptz",
    },
)


async def keep_answers(tx: Tx, answers: Sequence[tuple[OnceKey, str]]) -> None:
    """Keep answers for repetitions."""
    await _ANSWERS.insert(tx, [(key.scope, key.key, key.fingerprint, 200, body, tx.now) for key, body in answers])
