"""Interactions as their channels report them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from cases.domain.model import REACHABLE_AFTER_END, Interaction
from chassis.db import Tx
from contracts.values import Channel, Language

_COLUMNS = """id, customer_id, contact_point_id, case_id, channel, direction, account, language, self_served,
              started_at, queued_at, answered_at, ended_at, ended_by, erased_at"""


def _interaction(row: Any) -> Interaction:
    values = dict(row)
    values["channel"] = Channel(values["channel"])
    values["language"] = Language(values["language"]) if values["language"] else None
    return Interaction(**values)


async def insert(
    tx: Tx,
    *,
    interaction_id: UUID,
    customer_id: UUID,
    contact_point_id: UUID | None,
    case_id: UUID | None,
    channel: str,
    direction: str,
    account: str,
    language: str | None,
    started_at: datetime,
    erased_at: datetime | None = None,
) -> None:
    """Store an interaction that began; one that is known already stays as it is."""
    await tx.fetch(
        """insert into interaction (id, customer_id, contact_point_id, case_id, channel, direction, account, language,
                                    self_served, started_at, erased_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, false, $9, $10) on conflict (id) do nothing""",
        interaction_id,
        customer_id,
        contact_point_id,
        case_id,
        channel,
        direction,
        account,
        language,
        started_at,
        erased_at,
    )


async def began(tx: Tx, interaction_id: UUID, account: str) -> bool:
    """Whether the interaction is known: its news came twice, or we began it ourselves and now learn our own end."""
    rows = await tx.fetch(
        """update interaction set account = case when account = '' then $2 else account end where id = $1
           returning 1""",
        interaction_id,
        account,
    )
    return bool(rows)


async def many(tx: Tx, interaction_ids: Collection[UUID]) -> Mapping[UUID, Interaction]:
    """The interactions with these ids, as far as they are known."""
    rows = await tx.fetch(
        f"select {_COLUMNS} from interaction where id = any($1::uuid[])", list(dict.fromkeys(interaction_ids))
    )
    return {row["id"]: _interaction(row) for row in rows}


async def get(tx: Tx, interaction_id: UUID) -> Interaction | None:
    """An interaction."""
    return (await many(tx, [interaction_id])).get(interaction_id)


async def of_case(tx: Tx, case_id: UUID) -> Sequence[Interaction]:
    """The interactions of a case, oldest first."""
    rows = await tx.fetch(f"select {_COLUMNS} from interaction where case_id = $1 order by started_at, id", case_id)
    return [_interaction(row) for row in rows]


async def link(tx: Tx, interaction_id: UUID, case_id: UUID) -> None:
    """Make the interaction belong to the case."""
    await tx.fetch("update interaction set case_id = $2 where id = $1", interaction_id, case_id)


async def move(tx: Tx, from_case: UUID, to_case: UUID) -> None:
    """Make the open interactions of one case belong to another."""
    await tx.fetch("update interaction set case_id = $2 where case_id = $1 and ended_at is null", from_case, to_case)


async def mark(
    tx: Tx,
    interaction_id: UUID,
    *,
    queued_at: datetime | None = None,
    answered_at: datetime | None = None,
    self_served: bool = False,
    language: Language | None = None,
) -> None:
    """Note that the interaction was queued, answered or served without an agent; the first time stays. A language is
    the customer's latest choice."""
    await tx.fetch(
        """update interaction set queued_at = coalesce(queued_at, $2), answered_at = coalesce(answered_at, $3),
                                  self_served = self_served or $4, language = coalesce($5, language) where id = $1""",
        interaction_id,
        queued_at,
        answered_at,
        self_served,
        language,
    )


async def end(tx: Tx, interaction_id: UUID, *, ended_at: datetime, ended_by: str) -> bool:
    """Note that the interaction is over. False if that was known."""
    rows = await tx.fetch(
        "update interaction set ended_at = $2, ended_by = $3 where id = $1 and ended_at is null returning 1",
        interaction_id,
        ended_at,
        ended_by,
    )
    return bool(rows)


async def of_customer(tx: Tx, customer_id: UUID, limit: int) -> Sequence[Interaction]:
    """The newest interactions of a customer, newest first."""
    rows = await tx.fetch(
        f"select {_COLUMNS} from interaction where customer_id = $1 order by id desc limit $2", customer_id, limit
    )
    return [_interaction(row) for row in rows]


async def history(
    tx: Tx, customer_id: UUID, *, before: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Interaction]:
    """A page of all interactions of a customer, newest first."""
    rows = await tx.fetch(
        f"""select {_COLUMNS} from interaction where customer_id = $1
              and ($2::timestamptz is null or (started_at, id) < ($2, $3::uuid))
            order by started_at desc, id desc limit $4""",
        customer_id,
        before[0] if before else None,
        before[1] if before else None,
        limit,
    )
    return [_interaction(row) for row in rows]


async def give(tx: Tx, interaction_id: UUID, customer_id: UUID) -> None:
    """The interaction is another customer's."""
    await tx.fetch("update interaction set customer_id = $2 where id = $1", interaction_id, customer_id)


async def unanswered(tx: Tx, case_id: UUID, *, besides: UUID) -> Interaction | None:
    """Another interaction of the case on which a person wrote since we last answered, and can still be answered: it is
    open, or its address stays good after it ended. The one that waits longest."""
    columns = ", ".join(f"i.{name.strip()}" for name in _COLUMNS.split(","))
    rows = await tx.fetch(
        f"""select {columns} from interaction i
            where i.case_id = $1 and i.id <> $2 and i.channel <> 'voice'
              and (i.ended_at is null or i.channel = any($3::text[]))
              and exists (select 1 from timeline_entry e
                  where e.case_id = $1 and e.interaction_id = i.id and e.kind = 'message_in'
                    and not e.data ? 'automatic' and e.seq > coalesce((select max(o.seq) from timeline_entry o
                        where o.case_id = $1 and o.kind = 'message_out' and o.actor <> 'system'), 0))
            order by i.started_at, i.id limit 1""",
        case_id,
        besides,
        sorted(REACHABLE_AFTER_END),
    )
    return _interaction(rows[0]) if rows else None
