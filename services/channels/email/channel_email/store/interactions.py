"""Interactions and the look-ups that threading needs. Whoever emits an event of one holds its row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from channel_email.domain.threads import Thread
from chassis.db import Tx

_THREAD = "id, thread_id, address, subject, case_id, ended_at is null as is_open"


@dataclass(frozen=True, slots=True)
class Interaction:
    """An interaction as stored."""

    id: UUID
    account: str
    address: str
    name: str
    subject: str
    case_no: str | None


@dataclass(frozen=True, slots=True)
class NewInteraction:
    """An interaction that begins. `thread_id` is its own id, or that of the exchange it continues."""

    id: UUID
    thread_id: UUID
    account: str
    address: str
    name: str
    subject: str
    case_id: UUID | None


async def one_at_a_time(tx: Tx, account: str, address: str) -> None:
    """Let the mails of one correspondent to one mailbox be stored one after the other, until the transaction ends.

    Otherwise the second of two mails in a burst would not see the thread that the first one begins.
    """
    await tx.fetch("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"{account} {address}")


async def start(tx: Tx, new: NewInteraction, at: datetime) -> None:
    """Begin an interaction; it has no messages yet."""
    await tx.fetch(
        """insert into interaction (id, thread_id, account, address, name, subject, case_id, inbound_seq, started_at,
               last_message_at) values ($1, $2, $3, $4, $5, $6, $7, 0, $8, $8)""",
        new.id,
        new.thread_id,
        new.account,
        new.address,
        new.name,
        new.subject,
        new.case_id,
        at,
    )


async def count_inbound(tx: Tx, interaction_id: UUID, at: datetime) -> int:
    """The number of the interaction's next inbound message. The row stays locked until the transaction ends."""
    rows = await tx.fetch(
        """update interaction set inbound_seq = inbound_seq + 1, last_message_at = $2 where id = $1
           returning inbound_seq""",
        interaction_id,
        at,
    )
    seq: int = rows[0]["inbound_seq"]
    return seq


async def lock(tx: Tx, interaction_id: UUID) -> Interaction | None:
    """The interaction, locked until the transaction ends; None if it is not one of ours."""
    rows = await tx.fetch(
        "select id, account, address, name, subject, case_no from interaction where id = $1 for update", interaction_id
    )
    return Interaction(**rows[0]) if rows else None


async def get(tx: Tx, interaction_id: UUID) -> Interaction | None:
    """The interaction; None if it is not one of ours."""
    rows = await tx.fetch(
        "select id, account, address, name, subject, case_no from interaction where id = $1", interaction_id
    )
    return Interaction(**rows[0]) if rows else None


async def belongs_to(tx: Tx, interaction_id: UUID, *, case_id: UUID, case_no: str, at: datetime) -> None:
    """Note the case of an interaction, which only cases knows, and that something was sent in it."""
    await tx.fetch(
        "update interaction set case_id = $2, case_no = $3, last_message_at = $4 where id = $1",
        interaction_id,
        case_id,
        case_no,
        at,
    )


async def end(tx: Tx, interaction_id: UUID, *, by: str, at: datetime) -> bool:
    """End the interaction. False if it is unknown or ended before."""
    rows = await tx.fetch(
        "update interaction set ended_at = $2, ended_by = $3 where id = $1 and ended_at is null returning id",
        interaction_id,
        at,
        by,
    )
    return bool(rows)


async def named(tx: Tx, account: str, interaction_ids: Sequence[UUID]) -> list[Thread]:
    """The mailbox's interactions with these ids, in their order, locked."""
    if not interaction_ids:
        return []
    rows = await tx.fetch(
        f"select {_THREAD} from interaction where account = $1 and id = any($2::uuid[]) order by id for update",
        account,
        list(interaction_ids),
    )
    found = {row["id"]: Thread(**row) for row in rows}
    return [found[interaction_id] for interaction_id in interaction_ids if interaction_id in found]


async def of_mail_ids(tx: Tx, account: str, mail_ids: Sequence[str]) -> list[UUID]:
    """The interactions that hold mails with these message ids, in the order of the ids."""
    if not mail_ids:
        return []
    rows = await tx.fetch(
        """select m.interaction_id, min(wanted.position) as position
           from unnest($2::text[]) with ordinality as wanted (mail_id, position)
           join inbound_message m on m.account = $1 and md5(m.mail_id) = md5(wanted.mail_id)
               and m.mail_id = wanted.mail_id
           where m.interaction_id is not null
           group by m.interaction_id order by position, m.interaction_id""",
        account,
        list(mail_ids),
    )
    return [row["interaction_id"] for row in rows]


async def of_case_nos(tx: Tx, account: str, case_nos: Sequence[str], address: str) -> list[UUID]:
    """The correspondent's interactions about these cases, newest first."""
    if not case_nos:
        return []
    rows = await tx.fetch(
        """select id from interaction where account = $1 and case_no = any($2::text[]) and address = $3
           order by started_at desc limit 5""",
        account,
        list(case_nos),
        address,
    )
    return [row["id"] for row in rows]


async def open_siblings(tx: Tx, threads: Sequence[Thread], address: str) -> dict[UUID, Thread]:
    """The correspondent's open interaction in the exchange of each thread, by thread id, locked."""
    if not threads:
        return {}
    rows = await tx.fetch(
        f"""select {_THREAD} from interaction
            where thread_id = any($1::uuid[]) and address = $2 and ended_at is null order by id for update""",
        [thread.thread_id for thread in threads],
        address,
    )
    return {row["thread_id"]: Thread(**row) for row in rows}
