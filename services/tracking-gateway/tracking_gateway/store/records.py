"""Statements on what is kept beside the facts: raw bodies, unreadable items, unmapped codes, queries sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from chassis.db import Tx
from chassis.ids import uuid7
from tracking_gateway.domain.observation import Observation


class QueryOutcome(StrEnum):
    """What became of a question to a provider."""

    ANSWERED = "answered"
    NOTHING_KNOWN = "nothing_known"
    PHONE_NEEDED = "phone_needed"
    NOT_REACHED = "not_reached"
    FAILED = "failed"
    REFUSED = "refused"
    TOO_OFTEN = "too_often"
    PAUSED = "paused"
    OVER_BUDGET = "over_budget"


async def keep_deliveries(tx: Tx, observations: Sequence[Observation]) -> dict[int, UUID]:
    """Keep the raw bodies; returns the delivery's id by the observation's position."""
    kept = {index: uuid7() for index, item in enumerate(observations) if item.body is not None}
    if kept:
        chosen = [observations[index] for index in kept]
        await tx.fetch(
            """insert into delivery (id, source, carrier, waybill_no, body, received_at)
               select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])""",
            list(kept.values()),
            [item.source for item in chosen],
            [item.carrier for item in chosen],
            [item.waybill_no for item in chosen],
            [item.body for item in chosen],
            [item.received_at for item in chosen],
        )
    return kept


async def keep_unreadable(tx: Tx, observations: Sequence[Observation]) -> int:
    """Keep what could not be read, with the reason. Returns how many."""
    items = [(item, bad) for item in observations for bad in item.unreadable]
    if items:
        await tx.fetch(
            """insert into unreadable_item (id, source, carrier, waybill_no, reason, raw, received_at)
               select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                   $7::timestamptz[])""",
            [uuid7() for _ in items],
            [item.source for item, _ in items],
            [item.carrier for item, _ in items],
            [item.waybill_no for item, _ in items],
            [bad.reason for _, bad in items],
            [bad.raw for _, bad in items],
            [item.received_at for item, _ in items],
        )
    return len(items)


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A code nobody mapped, seen `count` times in one batch, with the last sample."""

    count: int
    text: str
    carrier: str
    waybill_no: str


async def count_unmapped(tx: Tx, seen: Mapping[tuple[str, str], Unmapped]) -> None:
    """Add to the counters, in the order of (source, code), so that concurrent batches do not deadlock."""
    if not seen:
        return
    ordered = sorted(seen.items())
    await tx.fetch(
        """insert into unmapped_code as known (source, code, sample_text, sample_carrier, sample_waybill_no, count,
               first_seen_at, last_seen_at)
           select source, code, text, carrier, waybill_no, count, $7, $7
           from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])
               as s (source, code, text, carrier, waybill_no, count)
           on conflict (source, code) do update set count = known.count + excluded.count,
               sample_text = excluded.sample_text, sample_carrier = excluded.sample_carrier,
               sample_waybill_no = excluded.sample_waybill_no, last_seen_at = excluded.last_seen_at""",
        [source for (source, _), _ in ordered],
        [code for (_, code), _ in ordered],
        [item.text for _, item in ordered],
        [item.carrier for _, item in ordered],
        [item.waybill_no for _, item in ordered],
        [item.count for _, item in ordered],
        tx.now,
    )


async def unmapped_codes(tx: Tx, limit: int) -> Sequence[Any]:
    """The counters, the most frequent first."""
    return await tx.fetch(
        """select source, code, sample_text, sample_carrier, sample_waybill_no, count, first_seen_at, last_seen_at
           from unmapped_code order by count desc, source, code limit $1""",
        limit,
    )


async def claim_query(
    tx: Tx, source: str, carrier: str, waybill_no: str, *, at_most_every: timedelta, phone_again_after: timedelta
) -> bool:
    """Take the right to ask a provider about a number now; false if it was asked too recently.

    After the provider asked for a phone number, another one may be tried sooner. Commit before asking: the provider
    counts the question, whatever becomes of us.
    """
    rows = await tx.fetch(
        """insert into source_query as known (source, carrier, waybill_no, asked_at) values ($1, $2, $3, $4)
           on conflict (source, carrier, waybill_no) do update
               set asked_at = excluded.asked_at, answered_at = null, outcome = null
               where known.asked_at <= $5 or known.outcome = $7
                  or (known.outcome = $8 and known.asked_at <= $6)
           returning 1""",
        source,
        carrier,
        waybill_no,
        tx.now,
        tx.now - at_most_every,
        tx.now - phone_again_after,
        QueryOutcome.NOT_REACHED.value,
        QueryOutcome.PHONE_NEEDED.value,
    )
    return bool(rows)


async def note_answer(tx: Tx, source: str, carrier: str, waybill_no: str, outcome: QueryOutcome) -> None:
    """Note what became of a question."""
    await tx.fetch(
        "update source_query set answered_at = $4, outcome = $5 where source = $1 and carrier = $2 and waybill_no = $3",
        source,
        carrier,
        waybill_no,
        tx.now,
        outcome.value,
    )


@dataclass(frozen=True, slots=True)
class LastQuery:
    """When a provider was last asked about a number, and what came of it."""

    asked_at: datetime
    answered_at: datetime | None
    outcome: QueryOutcome | None


async def last_query(tx: Tx, source: str, carrier: str, waybill_no: str) -> LastQuery | None:
    """The last question about a number, if there was one."""
    rows = await tx.fetch(
        """select asked_at, answered_at, outcome from source_query
           where source = $1 and carrier = $2 and waybill_no = $3""",
        source,
        carrier,
        waybill_no,
    )
    if not rows:
        return None
    outcome = rows[0]["outcome"]
    return LastQuery(rows[0]["asked_at"], rows[0]["answered_at"], QueryOutcome(outcome) if outcome else None)
