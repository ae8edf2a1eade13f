"""Requests owed to Twilio: written with the decision that needs them, made afterwards, dropped when done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from chassis.db import Tx
from chassis.ids import uuid7

COMMANDS = "voice-commands"
"""Wakes the request loop."""


class Kind(StrEnum):
    """What is owed. `find` looks for the call of a dial that was perhaps carried out."""

    DIAL = "dial"
    FIND = "find"
    DROP_LEG = "drop_leg"
    DROP_CALLER = "drop_caller"
    CHECK_LEG = "check_leg"
    CHECK_CALL = "check_call"


@dataclass(frozen=True)
class Command:
    """One owed request, claimed by this process until `due_at`. `asked_before`: it was perhaps made already."""

    id: UUID
    kind: Kind
    call_id: UUID
    leg_id: UUID | None
    asked_before: bool
    attempts: int


async def owe(tx: Tx, kind: Kind, call_id: UUID, leg_id: UUID | None = None, *, due_at: datetime | None = None) -> None:
    """Owe Twilio a request, from now or from `due_at`."""
    await tx.fetch(
        """insert into command (id, kind, call_id, leg_id, asked, attempts, due_at)
           values ($1, $2, $3, $4, false, 0, $5)""",
        uuid7(),
        kind,
        call_id,
        leg_id,
        due_at or tx.now,
    )
    tx.notify_stream(COMMANDS)


async def claim(tx: Tx, *, lease: timedelta, limit: int) -> Sequence[Command]:
    """Take what is due; nobody else takes it before the lease is over."""
    rows = await tx.fetch(
        """with due as (
               select id, asked from command where due_at <= $1 order by due_at limit $3 for update skip locked)
           update command c set asked = true, attempts = c.attempts + 1, due_at = $2
           from due where c.id = due.id
           returning c.id, c.kind, c.call_id, c.leg_id, due.asked, c.attempts""",
        tx.now,
        tx.now + lease,
        limit,
    )
    return [_command(row) for row in rows]


async def done(tx: Tx, command: Command) -> None:
    """The request was made and its answer dealt with, or it is given up."""
    await tx.fetch("delete from command where id = $1", command.id)


async def again(tx: Tx, command: Command, *, after: timedelta, kind: Kind | None = None) -> None:
    """Try later. The request certainly did not happen, or may happen twice without harm."""
    await tx.fetch(
        "update command set asked = false, due_at = $2, kind = $3 where id = $1",
        command.id,
        tx.now + after,
        kind or command.kind,
    )
    tx.notify_stream(COMMANDS)


async def next_due(tx: Tx) -> datetime | None:
    """When the next request is due."""
    rows = await tx.fetch("select min(due_at) as due from command")
    due: datetime | None = rows[0]["due"]
    return due


def _command(row: Any) -> Command:
    return Command(row["id"], Kind(row["kind"]), row["call_id"], row["leg_id"], row["asked"], row["attempts"])
