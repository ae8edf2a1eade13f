"""What a batch of events will lock, found without locking anything."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.db import Tx


@dataclass(frozen=True, slots=True)
class Concerned:
    """What a batch is about, as far as its events say. `deciding` interactions will look for a case in any event,
    `writing` ones only if theirs is not open."""

    interactions: Collection[UUID] = ()
    deciding: Collection[UUID] = ()
    writing: Collection[UUID] = ()
    messages: Collection[UUID] = ()
    work_items: Collection[UUID] = ()
    cases: Collection[UUID] = ()
    waybills: Collection[str] = ()
    addresses: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Customers and cases to lock."""

    customers: frozenset[UUID]
    cases: frozenset[UUID]

    def within(self, other: "Plan") -> bool:
        """Whether the other plan has all of this one."""
        return self.customers <= other.customers and self.cases <= other.cases


async def plan(tx: Tx, about: Concerned, *, since: datetime) -> Plan:
    """Cases that the events name, and for contacts that look for a case their customers (the linked case's too) with
    all cases that could be chosen: open ones, and those closed after `since`."""
    rows = await tx.fetch(
        """with contact as (select id, customer_id, case_id from interaction where id = any($1::uuid[])),
               named as (
                   select case_id as id from contact where case_id is not null
                   union select case_id from timeline_entry where message_id = any($2::uuid[])
                   union select case_id from work_item where id = any($3::uuid[])
                   union select unnest($4::uuid[])
                   union select id from service_case where waybill_no = any($5::text[]) and closed_at is null),
               person as (
                   select customer_id as id from contact where id = any($6::uuid[])
                   union select n.customer_id from contact n where n.id = any($7::uuid[]) and not exists (
                       select 1 from service_case c where c.id = n.case_id and c.closed_at is null)
                   union select c.customer_id from contact n join service_case c on c.id = n.case_id
                       where n.id = any($6::uuid[]) or (n.id = any($7::uuid[]) and c.closed_at is not null)
                   union select p.customer_id from contact_point p
                       join unnest($8::text[], $9::text[]) as a (kind, address)
                         on p.kind = a.kind and p.address = a.address)
           select id, true as is_case from named
           union select c.id, true from service_case c
               where c.customer_id in (select id from person) and (c.closed_at is null or c.closed_at > $10)
           union select id, false from person
           union select m.merged_into, false from customer m
               where m.id in (select id from person) and m.merged_into is not null""",
        list(about.interactions),
        list(about.messages),
        list(about.work_items),
        list(about.cases),
        list(about.waybills),
        list(about.deciding),
        list(about.writing),
        [kind for kind, _ in about.addresses],
        [address for _, address in about.addresses],
        since,
    )
    return Plan(
        customers=frozenset(row["id"] for row in rows if not row["is_case"]),
        cases=frozenset(row["id"] for row in rows if row["is_case"]),
    )


async def take_addresses(tx: Tx, addresses: Sequence[tuple[str, str]]) -> None:
    """Keep others from making a customer of the same new address until COMMIT, in one order for everybody."""
    for kind, address in sorted(addresses):
        await tx.fetch("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"address:{kind}:{address}")
