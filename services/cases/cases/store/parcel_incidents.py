"""Statements on incidents of the courier's network, and on cases about parcels."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from chassis.db import Tx


async def add(tx: Tx, incident_id: UUID, case_id: UUID) -> None:
    """The case stands for the incident."""
    await tx.fetch("insert into parcel_incident (incident_id, case_id) values ($1, $2)", incident_id, case_id)


async def case_of(tx: Tx, incident_id: UUID) -> UUID | None:
    """The case that stands for an incident."""
    rows = await tx.fetch("select case_id from parcel_incident where incident_id = $1", incident_id)
    return rows[0]["case_id"] if rows else None


async def outside(tx: Tx, waybill_nos: Collection[str]) -> Sequence[UUID]:
    """Open cases about these parcels that belong to no incident."""
    rows = await tx.fetch(
        """select id from service_case where waybill_no = any($1::text[]) and closed_at is null
               and incident_id is null and not incident order by id""",
        sorted(set(waybill_nos)),
    )
    return [row["id"] for row in rows]


async def members(tx: Tx, case_id: UUID) -> Sequence[UUID]:
    """Open cases that belong to an incident's case."""
    rows = await tx.fetch(
        "select id from service_case where incident_id = $1 and closed_at is null order by id", case_id
    )
    return [row["id"] for row in rows]


async def customers_with_closed_cases(tx: Tx, waybill_no: str, since: datetime) -> Sequence[tuple[UUID, str | None]]:
    """Customers who asked about a parcel lately and have no open case about it, with the language they used."""
    rows = await tx.fetch(
        """select distinct on (customer_id) customer_id, language from service_case c
           where waybill_no = $1 and closed_at > $2 and not incident and merged_into is null
             and not exists (select 1 from service_case o
                 where o.customer_id = c.customer_id and o.waybill_no = $1 and o.closed_at is null)
           order by customer_id, id desc""",
        waybill_no,
        since,
    )
    return [(row["customer_id"], row["language"]) for row in rows]


async def open_case_of(tx: Tx, customer_id: UUID, waybill_no: str) -> UUID | None:
    """The customer's open case about a parcel, the newest."""
    rows = await tx.fetch(
        """select id from service_case where customer_id = $1 and waybill_no = $2 and closed_at is null
           order by id desc limit 1""",
        customer_id,
        waybill_no,
    )
    return rows[0]["id"] if rows else None
