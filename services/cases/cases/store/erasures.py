"""Erasing what is stored of a person. Rows that figures are counted from stay; what they say of the person goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cases.store.recognition import digest
from chassis.db import Tx
from chassis.ids import uuid7

CASE, ORDER = "case", "order"

_SAFE = (
    *("code", "seq", "provider", "automatic", "step", "next_step", "outcome", "limit", "due_at", "legal", "role"),
    *("procedure", "queue", "work_item_id", "channel", "agent_id", "notice", "percent", "cause", "kind"),
    *("step_label", "next_label", "role_label", "procedure_label", "notice_label", "kind_label", "authority_label"),
)
"""Details of timeline entries that name no person."""


@dataclass(frozen=True, slots=True)
class Matter:
    """A case or an order of the person: what kept it, and when it ended (None: it has not)."""

    kind: str
    id: UUID
    number: str
    procedure: str
    ended_at: datetime | None


async def persons(tx: Tx, customer_id: UUID) -> list[UUID]:
    """The customer and everybody who was merged into them."""
    rows = await tx.fetch(
        """with recursive same as (
               select id from customer where id = $1
               union select c.id from customer c join same s on c.merged_into = s.id)
           select id from same order by id""",
        customer_id,
    )
    return [row["id"] for row in rows]


async def matters(tx: Tx, customer_ids: Sequence[UUID]) -> list[Matter]:
    """Their cases and orders that are not erased yet."""
    cases = await tx.fetch(
        """select id, case_no, procedure, closed_at from service_case
           where customer_id = any($1::uuid[]) and thread_key not like 'erased:%' order by id""",
        list(customer_ids),
    )
    orders = await tx.fetch(
        """select id, coalesce(order_no, '') as number, ended_at, state from shipping_order
           where customer_id = any($1::uuid[]) and content <> '{}'::jsonb order by id""",
        list(customer_ids),
    )
    return [
        *(Matter(CASE, row["id"], row["case_no"], row["procedure"], row["closed_at"]) for row in cases),
        *(Matter(ORDER, row["id"], row["number"], "order_taking", row["ended_at"]) for row in orders),
    ]


async def profile(tx: Tx, customer_ids: Sequence[UUID]) -> None:
    """Erase who they are and how to reach them; a digest of each address tells late news of old contacts."""
    ids = list(customer_ids)
    points = await tx.fetch(
        "select id, customer_id, kind, address from contact_point where customer_id = any($1::uuid[])", ids
    )
    await tx.fetch(
        """insert into erased_address (digest, customer_id, erased_at)
           select digest, customer_id, $3 from unnest($1::text[], $2::uuid[]) as a (digest, customer_id)
           on conflict (digest) do update set customer_id = excluded.customer_id, erased_at = excluded.erased_at""",
        [digest(row["kind"], row["address"]) for row in points],
        [row["customer_id"] for row in points],
        tx.now,
    )
    gone = [row["id"] for row in points]
    await tx.fetch("update interaction set contact_point_id = null where contact_point_id = any($1::uuid[])", gone)
    await tx.fetch(
        "update interaction set erased_at = $2 where customer_id = any($1::uuid[]) and erased_at is null", ids, tx.now
    )
    for table in ("contact_verification", "contact_code", "contact_claim"):
        await tx.fetch(f"delete from {table} where contact_point_id = any($1::uuid[])", gone)
    await tx.fetch("delete from contact_point where id = any($1::uuid[])", gone)
    await tx.fetch(
        """update customer set name = null, employer = null, address = null, tier = null, tags = '{}', erased_at = $2,
               version = version + 1, updated_at = $2 where id = any($1::uuid[])""",
        ids,
        tx.now,
    )
    await tx.fetch("update consent set evidence = '' where customer_id = any($1::uuid[])", ids)


async def cases(tx: Tx, case_ids: Sequence[UUID]) -> list[str]:
    """Erase what was said and written on these cases. Returns the names of blobs that nothing refers to any more."""
    ids = list(case_ids)
    await tx.fetch(
        """update timeline_entry e set data = coalesce((select jsonb_object_agg(key, value) from jsonb_each(e.data)
               where key = any($2::text[])), '{}'::jsonb) || '{"erased": true}'::jsonb
           where case_id = any($1::uuid[])""",
        ids,
        list(_SAFE),
    )
    await tx.fetch(
        """update service_case set waybill_no = null, thread_key = 'erased:' || id, threading = false, tags = '{}',
               resolution = case when resolution ~ '^[a-z_]+$' then resolution else 'erased' end,
               version = version + 1, updated_at = $2 where id = any($1::uuid[])""",
        ids,
        tx.now,
    )
    await tx.fetch("update approval set summary = '', reason = null where case_id = any($1::uuid[])", ids)
    await tx.fetch("update sanction set person = null, cause = '', reason = null where case_id = any($1::uuid[])", ids)
    await tx.fetch("update notice set reason = null where case_id = any($1::uuid[]) and state = 'told'", ids)
    await tx.fetch(
        "update dispatch set task = '', answer = null, fields = '{}'::jsonb where case_id = any($1::uuid[])", ids
    )
    await _copies(tx, ids)
    return await _files(tx, ids)


async def seal(tx: Tx, case_ids: Sequence[UUID]) -> None:
    """Kept cases take no more contacts, and no search finds what was said on them."""
    await unsearchable(tx, case_ids)
    await tx.fetch("update service_case set threading = false where id = any($1::uuid[])", list(case_ids))


async def unsearchable(tx: Tx, case_ids: Sequence[UUID]) -> None:
    """Let no search find what was said on these cases."""
    await tx.fetch("delete from search_entry where case_id = any($1::uuid[])", list(case_ids))


async def _copies(tx: Tx, ids: Sequence[UUID]) -> None:
    """Live streams and the event feed hold copies for a while."""
    names = [str(case_id) for case_id in ids]
    await unsearchable(tx, ids)
    await tx.fetch(
        """update stream_entry set data = jsonb_build_object('case_id', data->'case_id', 'seq', data->'seq')
           where data->>'case_id' = any($1::text[])""",
        names,
    )
    for table in ("feed_arrival", "feed_event"):
        scrub = f"update {table} set data = data - 'reason' - 'personal' where case_id = any($1::uuid[])"
        await tx.fetch(scrub, list(ids))


async def _files(tx: Tx, ids: Sequence[UUID]) -> list[str]:
    rows = await tx.fetch("delete from attachment where case_id = any($1::uuid[]) returning sha256", list(ids))
    names = sorted({row["sha256"] for row in rows})
    used = await tx.fetch("select distinct sha256 from attachment where sha256 = any($1::text[])", names)
    still = {row["sha256"] for row in used}
    return [name for name in names if name not in still]


async def orders(tx: Tx, order_ids: Sequence[UUID]) -> None:
    """Erase whom orders were for and what was sent."""
    ids = list(order_ids)
    await tx.fetch(
        """update shipping_order set content = '{}'::jsonb, goods = null, entrust = null, offers = '[]'::jsonb,
               sender_phone = null, waybill_no = null, end_reason = null, version = version + 1, updated_at = $2
           where id = any($1::uuid[])""",
        ids,
        tx.now,
    )
    await tx.fetch("update order_change set detail = '{}'::jsonb where order_id = any($1::uuid[])", ids)
    for order_id in ids:
        await tx.fetch(
            "update order_delivery set body = '' where next_at is null and strpos(body, $1::text) > 0", str(order_id)
        )


async def interactions_of(tx: Tx, customer_ids: Sequence[UUID], *, besides: Sequence[UUID]) -> list[UUID]:
    """Their exchanges, without those of cases that are kept."""
    rows = await tx.fetch(
        """select id from interaction where customer_id = any($1::uuid[])
               and (case_id is null or not case_id = any($2::uuid[])) order by id""",
        list(customer_ids),
        list(besides),
    )
    return [row["id"] for row in rows]


async def interactions_of_case(tx: Tx, case_id: UUID) -> list[UUID]:
    """The exchanges of a case."""
    rows = await tx.fetch("select id from interaction where case_id = $1 order by id", case_id)
    return [row["id"] for row in rows]


async def pending(tx: Tx, interaction_ids: Sequence[UUID]) -> None:
    """Erase what these exchanges gathered without a case."""
    await tx.fetch("delete from pending_entry where interaction_id = any($1::uuid[])", list(interaction_ids))


async def keep(tx: Tx, matter: Matter, customer_id: UUID, *, rule: str, until: datetime) -> None:
    """Note that a law keeps this record."""
    await tx.fetch(
        """insert into retained_record (kind, id, customer_id, rule, until) values ($1, $2, $3, $4, $5)
           on conflict (kind, id) do nothing""",
        matter.kind,
        matter.id,
        customer_id,
        rule,
        until,
    )


async def release(tx: Tx, kind: str, record_id: UUID) -> UUID | None:
    """The time of a kept record is over: returns whose it was."""
    rows = await tx.fetch(
        "delete from retained_record where kind = $1 and id = $2 returning customer_id", kind, record_id
    )
    return rows[0]["customer_id"] if rows else None


async def is_kept(tx: Tx, case_id: UUID) -> bool:
    """Whether the case is only kept because a law says so."""
    return bool(await tx.fetch("select 1 from retained_record where kind = 'case' and id = $1", case_id))


async def record(tx: Tx, customer_id: UUID, actor: str, reason: str) -> UUID:
    """Note that a person was erased, who did it and why."""
    erasure_id = uuid7()
    await tx.fetch(
        "insert into erasure (id, customer_id, actor, reason, erased_at) values ($1, $2, $3, $4, $5)",
        erasure_id,
        customer_id,
        actor,
        reason,
        tx.now,
    )
    return erasure_id


async def forget_digests(tx: Tx, before: datetime) -> None:
    """Digests of addresses serve as long as old news can still arrive."""
    await tx.fetch("delete from erased_address where erased_at < $1", before)
