"""Customers that turned out to be one: what changes hands, and giving it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from chassis.db import Tx
from chassis.ids import uuid7


@dataclass(frozen=True, slots=True)
class Merge:
    """A merge as stored."""

    id: UUID
    survivor_id: UUID
    merged_id: UUID
    reason: str
    actor: str
    merged_at: datetime
    undone_at: datetime | None
    undone_by: str | None


_COLUMNS = ", ".join(Merge.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Similar:
    """Another customer who may be the same person, and why."""

    customer_id: UUID
    reason: str


async def similar(tx: Tx, customer_id: UUID, limit: int) -> Sequence[Similar]:
    """Customers who share something with this one that strangers rarely do: an address that was written down on a
    case, or a name together with a waybill."""
    rows = await tx.fetch(
        """with mine as (
               select c.id, c.waybill_no, r.run->'fields' as fields from service_case c
               join case_run r on r.case_id = c.id where c.customer_id = $1 order by c.id desc limit 200),
           written as (
               select p.customer_id, 'address:' || p.kind as reason from mine
               join contact_point p on (p.kind = 'phone' and p.address = mine.fields->>'customer_phone')
                   or (p.kind = 'email' and p.address = lower(mine.fields->>'customer_email'))
               where p.customer_id <> $1),
           named as (
               select o.customer_id, 'name_and_waybill' as reason from mine
               join service_case o on o.waybill_no = mine.waybill_no and o.customer_id <> $1
               join customer a on a.id = $1 join customer b on b.id = o.customer_id
               where a.name is not null and a.name = b.name),
           vouched as (
               select case when a.customer_id = $1 then b.customer_id else a.customer_id end as customer_id,
                      'vouched:' || k.kind as reason
               from contact_claim k join contact_point a on a.id = k.contact_point_id
               join contact_point b on b.kind = k.kind and b.address = k.address
               where a.customer_id <> b.customer_id and $1 in (a.customer_id, b.customer_id))
           select distinct s.customer_id, s.reason
           from (select * from written union all select * from named union all select * from vouched) s
           join customer c on c.id = s.customer_id where c.merged_into is null
           order by s.customer_id, s.reason limit $2""",
        customer_id,
        limit,
    )
    return [Similar(**row) for row in rows]


async def merge(tx: Tx, *, survivor: UUID, merged: UUID, reason: str, actor: str) -> Merge:
    """Everything of `merged` becomes `survivor`'s. Both must be locked.

    Where both have an open case of one thread, the merged customer's stays open beside it, out of the threading.
    """
    clashing = await _ids(
        tx,
        """update service_case o set threading = false where customer_id = $2 and closed_at is null and threading
               and exists (select 1 from service_case s where s.customer_id = $1 and s.closed_at is null
                   and s.threading and s.thread_key = o.thread_key) returning id""",
        survivor,
        merged,
    )
    moved = {"unthreaded": clashing}
    for table in ("contact_point", "interaction", "service_case"):
        sql = f"update {table} set customer_id = $1 where customer_id = $2 returning id"
        moved[table] = await _ids(tx, sql, survivor, merged)
    await tx.fetch(
        """update customer s set name = coalesce(s.name, o.name), language = coalesce(s.language, o.language),
               employer = coalesce(s.employer, o.employer), address = coalesce(s.address, o.address),
               tier = coalesce(s.tier, o.tier), do_not_contact = s.do_not_contact or o.do_not_contact,
               tags = (select coalesce(array_agg(distinct t order by t), '{}') from unnest(s.tags || o.tags) t),
               version = s.version + 1, updated_at = $3
           from customer o where s.id = $1 and o.id = $2""",
        survivor,
        merged,
        tx.now,
    )
    await tx.fetch(
        "update customer set merged_into = $1, version = version + 1, updated_at = $3 where id = $2",
        survivor,
        merged,
        tx.now,
    )
    rows = await tx.fetch(
        f"""insert into customer_merge (id, survivor_id, merged_id, reason, actor, merged_at, moved)
            values ($1, $2, $3, $4, $5, $6, $7::text::jsonb) returning {_COLUMNS}""",
        uuid7(),
        survivor,
        merged,
        reason,
        actor,
        tx.now,
        orjson.dumps(moved).decode(),
    )
    return Merge(**rows[0])


async def get(tx: Tx, merge_id: UUID) -> Merge | None:
    """A merge."""
    rows = await tx.fetch(f"select {_COLUMNS} from customer_merge where id = $1", merge_id)
    return Merge(**rows[0]) if rows else None


async def of_customer(tx: Tx, customer_id: UUID) -> Sequence[Merge]:
    """The merges into a customer, oldest first."""
    rows = await tx.fetch(
        f"select {_COLUMNS} from customer_merge where survivor_id = $1 order by merged_at, id", customer_id
    )
    return [Merge(**row) for row in rows]


async def undo(tx: Tx, merge: Merge, actor: str) -> Merge:
    """Give back what changed hands, and what came in through the given-back addresses since. Both must be locked.

    A case opened since goes back if all its contacts came through those addresses; a mixed one stays.
    """
    rows = await tx.fetch("select moved::text as moved from customer_merge where id = $1", merge.id)
    moved: dict[str, Any] = orjson.loads(rows[0]["moved"])
    points = [UUID(value) for value in moved["contact_point"]]
    await tx.fetch(
        "update contact_point set customer_id = $2 where id = any($1::uuid[]) and customer_id = $3",
        points,
        merge.merged_id,
        merge.survivor_id,
    )
    await tx.fetch(
        """update interaction set customer_id = $2
           where customer_id = $3 and (id = any($1::uuid[]) or contact_point_id = any($4::uuid[]))""",
        [UUID(value) for value in moved["interaction"]],
        merge.merged_id,
        merge.survivor_id,
        points,
    )
    await tx.fetch(
        """update service_case c set customer_id = $2, threading = threading or id = any($5::uuid[])
           where customer_id = $3 and (id = any($1::uuid[]) or (opened_at >= $4 and
               exists (select 1 from interaction i where i.case_id = c.id and i.customer_id = $2) and
               not exists (select 1 from interaction i where i.case_id = c.id and i.customer_id <> $2)))""",
        [UUID(value) for value in moved["service_case"]],
        merge.merged_id,
        merge.survivor_id,
        merge.merged_at,
        await _free_threads(tx, [UUID(value) for value in moved["unthreaded"]]),
    )
    await tx.fetch("update customer set merged_into = null, version = version + 1 where id = $1", merge.merged_id)
    await tx.fetch("update customer set version = version + 1 where id = $1", merge.survivor_id)
    rows = await tx.fetch(
        f"update customer_merge set undone_at = $2, undone_by = $3 where id = $1 returning {_COLUMNS}",
        merge.id,
        tx.now,
        actor,
    )
    return Merge(**rows[0])


async def _free_threads(tx: Tx, case_ids: Sequence[UUID]) -> list[UUID]:
    """Of cases that lost their thread in the merge, those that are still open: after going back they may thread again,
    unless a case that goes back with them has taken it."""
    rows = await tx.fetch(
        """select c.id from service_case c where c.id = any($1::uuid[]) and c.closed_at is null
           and not exists (select 1 from service_case o join interaction i on i.case_id = o.id
               where o.customer_id = c.customer_id and o.thread_key = c.thread_key and o.closed_at is null
               and o.threading and i.customer_id <> o.customer_id)""",
        list(case_ids),
    )
    return [row["id"] for row in rows]


async def _ids(tx: Tx, sql: str, *arguments: object) -> list[str]:
    return [str(row["id"]) for row in await tx.fetch(sql, *arguments)]
