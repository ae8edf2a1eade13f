"""Interactions: at most one open per pair of numbers. Whoever emits an event of one holds its row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.db import Tx


@dataclass(frozen=True, slots=True)
class Arrival:
    """New messages of one pair of numbers: `count`, the newest at `at`; `proposed_id` serves if none is open."""

    account: str
    address: str
    count: int
    at: datetime
    proposed_id: UUID


@dataclass(frozen=True, slots=True)
class OpenInteraction:
    """An open interaction after its counter was moved; `started` says that this transaction began it."""

    id: UUID
    account: str
    address: str
    inbound_seq: int
    started: bool


async def advance_or_start(tx: Tx, arrivals: Sequence[Arrival]) -> list[OpenInteraction]:
    """Lock, or begin, the open interaction of each pair and count the arrivals, in one statement.

    Rows are taken in the order of the pairs, so two transactions cannot deadlock here.
    """
    ordered = sorted(arrivals, key=lambda arrival: (arrival.account, arrival.address))
    proposed = {arrival.proposed_id for arrival in ordered}
    rows = await tx.fetch(
        """insert into interaction as i (id, account, address, inbound_seq, started_at, last_message_at)
           select id, account, address, added, at, at
           from unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::timestamptz[])
               as a (id, account, address, added, at)
           on conflict (account, address) where ended_at is null do update
               set inbound_seq = i.inbound_seq + excluded.inbound_seq,
                   last_message_at = greatest(i.last_message_at, excluded.last_message_at)
           returning id, account, address, inbound_seq""",
        [arrival.proposed_id for arrival in ordered],
        [arrival.account for arrival in ordered],
        [arrival.address for arrival in ordered],
        [arrival.count for arrival in ordered],
        [arrival.at for arrival in ordered],
    )
    return [
        OpenInteraction(row["id"], row["account"], row["address"], row["inbound_seq"], row["id"] in proposed)
        for row in rows
    ]


async def numbers_of(tx: Tx, interaction_id: UUID) -> tuple[str, str] | None:
    """Lock the interaction and give its (account, address); None if it is not one of ours."""
    rows = await tx.fetch("select account, address from interaction where id = $1 for update", interaction_id)
    return (rows[0]["account"], rows[0]["address"]) if rows else None


async def begin(tx: Tx, interaction_id: UUID, account: str, address: str, at: datetime) -> UUID:
    """Begin an exchange with this pair of numbers under this id, or take the one that is open; returns its id."""
    rows = await tx.fetch(
        """insert into interaction (id, account, address, inbound_seq, started_at, last_message_at)
           values ($1, $2, $3, 0, $4, $4)
           on conflict (account, address) where ended_at is null
               do update set last_message_at = greatest(interaction.last_message_at, excluded.last_message_at)
           returning id""",
        interaction_id,
        account,
        address,
        at,
    )
    begun: UUID = rows[0]["id"]
    return begun


async def touch(tx: Tx, interaction_id: UUID, at: datetime) -> None:
    """Note that a message went through the interaction, which postpones its idle end."""
    await tx.fetch(
        "update interaction set last_message_at = greatest(last_message_at, $2) where id = $1", interaction_id, at
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


async def end_idle(tx: Tx, *, silent_since: datetime, by: str, at: datetime, limit: int) -> list[UUID]:
    """End up to `limit` interactions without a message since `silent_since`; those in use just now are left out."""
    rows = await tx.fetch(
        """with idle as (
               select id from interaction where ended_at is null and last_message_at < $1
               order by last_message_at limit $4 for update skip locked)
           update interaction i set ended_at = $2, ended_by = $3 from idle where i.id = idle.id returning i.id""",
        silent_since,
        at,
        by,
        limit,
    )
    return [row["id"] for row in rows]
