"""Statements on notices to customers. States: planned, requested, then sent, refused, unreachable; or moot, capped, or
asked_first (the customer asked before we told)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.db import Tx


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice that is planned."""

    id: UUID
    rule: str
    rules_version: str
    parcel_id: UUID
    waybill_no: str
    case_id: UUID
    customer_id: UUID
    exception: str | None
    due_at: datetime


_COLUMNS = ", ".join(Notice.__dataclass_fields__)
_SENT = "('requested', 'sent')"


async def add(tx: Tx, notices: Sequence[Notice], *, state: str = "planned", contact_at: datetime | None = None) -> None:
    """Plan notices; each once, whatever is told again."""
    await tx.fetch(
        f"""insert into notice ({_COLUMNS}, state, planned_at, contact_at)
            select *, $10, $11, $12 from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::uuid[],
                $7::uuid[], $8::text[], $9::timestamptz[]) on conflict (id) do nothing""",
        *([getattr(item, name) for item in notices] for name in Notice.__dataclass_fields__),
        state,
        tx.now,
        contact_at,
    )


async def take_due(tx: Tx, limit: int) -> list[Notice]:
    """Planned notices whose time has come, locked."""
    rows = await tx.fetch(
        f"""select {_COLUMNS} from notice where state = 'planned' and due_at <= $1 order by due_at, id limit $2
            for update skip locked""",
        tx.now,
        limit,
    )
    return [Notice(**row) for row in rows]


async def settle(tx: Tx, notice_id: UUID, state: str, *, channel: str | None = None, reason: str | None = None) -> None:
    """What became of a notice."""
    await tx.fetch(
        "update notice set state = $2, channel = $3, reason = $4, settled_at = $5 where id = $1",
        notice_id,
        state,
        channel,
        reason,
        tx.now,
    )


async def sent_lately(tx: Tx, notice: Notice, within: timedelta) -> tuple[int, int]:
    """How many notices the customer got lately, of all parcels and of this one."""
    rows = await tx.fetch(
        f"""select count(*) as n, count(*) filter (where waybill_no = $2) as same from notice
            where customer_id = $1 and state in {_SENT} and settled_at > $3""",
        notice.customer_id,
        notice.waybill_no,
        tx.now - within,
    )
    return rows[0]["n"], rows[0]["same"]


async def contacted(tx: Tx, customer_id: UUID, waybill_no: str) -> list[float]:
    """The customer asks about the parcel. Seconds since each notice of a problem that was sent before; those still
    planned come too late."""
    await tx.fetch(
        """update notice set state = 'asked_first', contact_at = $3
           where customer_id = $1 and waybill_no = $2 and state = 'planned' and exception is not null""",
        customer_id,
        waybill_no,
        tx.now,
    )
    rows = await tx.fetch(
        f"""update notice set contact_at = $3
            where customer_id = $1 and waybill_no = $2 and state in {_SENT} and exception is not null
              and contact_at is null and settled_at <= $3
            returning extract(epoch from $3::timestamptz - settled_at)::float8 as lead""",
        customer_id,
        waybill_no,
        tx.now,
    )
    return [row["lead"] for row in rows]


async def of_number(tx: Tx, waybill_no: str, limit: int) -> Sequence[Any]:
    """Notices about a parcel, the newest first."""
    return await tx.fetch(
        """select id, rule, rules_version, case_id, exception, state, reason, channel, planned_at, due_at, settled_at,
               contact_at
           from notice where waybill_no = $1 order by planned_at desc, id limit $2""",
        waybill_no,
        limit,
    )


async def lead(tx: Tx, since: datetime, until: datetime) -> Any:
    """How far ahead of customers' questions we were, over problems planned or asked about in that time."""
    rows = await tx.fetch(
        f"""select count(*) filter (where state in {_SENT}) as notified,
               count(*) filter (where state in {_SENT} and contact_at is not null) as asked_later,
               count(*) filter (where state = 'asked_first') as asked_first,
               percentile_cont(0.5) within group (
                   order by extract(epoch from contact_at - settled_at)::float8)
                   filter (where state in {_SENT} and contact_at is not null) as median_lead
           from notice where exception is not null and planned_at >= $1 and planned_at < $2""",
        since,
        until,
    )
    return rows[0]


async def trim(tx: Tx, older_than: timedelta, limit: int = 5000) -> int:
    """Forget old notices. Returns how many."""
    rows = await tx.fetch(
        """delete from notice where ctid = any(array(
               select ctid from notice where planned_at < $1 and state <> 'planned' limit $2)) returning 1""",
        tx.now - older_than,
        limit,
    )
    return len(rows)
