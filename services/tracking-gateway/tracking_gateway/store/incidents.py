"""Statements on incidents and the parcels that belong to them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.db import Tx

_LOCK = 0x70_68_69_6E  # one process at a time compares troubles


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident as stored."""

    id: UUID
    family: str
    scope: str
    place: str
    node: str | None
    exception: str
    severity: int
    evidence: str
    opened_at: datetime
    closed_at: datetime | None = None
    closed_because: str | None = None
    merged_into: UUID | None = None


_COLUMNS = ", ".join(Incident.__dataclass_fields__)


async def alone(tx: Tx) -> bool:
    """Whether nobody else compares troubles until this transaction ends."""
    rows = await tx.fetch("select pg_try_advisory_xact_lock($1) as alone", _LOCK)
    return bool(rows[0]["alone"])


async def open_of(tx: Tx, family: str) -> list[Incident]:
    """Open incidents of a family, the oldest first."""
    rows = await tx.fetch(
        f"select {_COLUMNS} from incident where family = $1 and closed_at is null order by id", family
    )
    return [Incident(**row) for row in rows]


async def add(tx: Tx, incident: Incident) -> None:
    """Store a new incident."""
    await tx.fetch(
        f"insert into incident ({_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        *(getattr(incident, name) for name in Incident.__dataclass_fields__),
    )


async def join(tx: Tx, incident_id: UUID, parcel_ids: Sequence[UUID]) -> None:
    """These parcels belong to it as well."""
    await tx.fetch(
        """insert into incident_parcel (incident_id, parcel_id, joined_at)
           select $1, parcel_id, $3 from unnest($2::uuid[]) as p (parcel_id) on conflict do nothing""",
        incident_id,
        list(parcel_ids),
        tx.now,
    )


async def members(tx: Tx, incident_id: UUID) -> set[UUID]:
    """The parcels that belong to it."""
    rows = await tx.fetch("select parcel_id from incident_parcel where incident_id = $1", incident_id)
    return {row["parcel_id"] for row in rows}


async def close(tx: Tx, incident_id: UUID, *, because: str, merged_into: UUID | None) -> None:
    """It is over."""
    await tx.fetch(
        """update incident set closed_at = $2, closed_because = $3, merged_into = $4
           where id = $1 and closed_at is null""",
        incident_id,
        tx.now,
        because,
        merged_into,
    )


async def get(tx: Tx, incident_id: UUID) -> Incident | None:
    """One incident."""
    rows = await tx.fetch(f"select {_COLUMNS} from incident where id = $1", incident_id)
    return Incident(**rows[0]) if rows else None


async def page(tx: Tx, *, open_only: bool, before: UUID | None, limit: int) -> list[Incident]:
    """Incidents, the newest first."""
    rows = await tx.fetch(
        f"""select {_COLUMNS} from incident
            where (not $1 or closed_at is null) and ($2::uuid is null or id < $2) order by id desc limit $3""",
        open_only,
        before,
        limit,
    )
    return [Incident(**row) for row in rows]


async def counts(tx: Tx, incident_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many parcels each has."""
    rows = await tx.fetch(
        """select incident_id, count(*) as n from incident_parcel where incident_id = any($1::uuid[])
           group by incident_id""",
        list(incident_ids),
    )
    return {row["incident_id"]: row["n"] for row in rows}


async def parcels_of(tx: Tx, incident_id: UUID, limit: int) -> Sequence[Any]:
    """Its parcels: parcel_id, waybill_no, carrier, status, joined_at."""
    return await tx.fetch(
        """select p.id as parcel_id, p.waybill_no, p.carrier, p.status, i.joined_at
           from incident_parcel i join parcel p on p.id = i.parcel_id
           where i.incident_id = $1 order by i.joined_at, p.waybill_no limit $2""",
        incident_id,
        limit,
    )


async def open_of_parcel(tx: Tx, parcel_id: UUID) -> list[Incident]:
    """Open incidents that a parcel belongs to."""
    columns = ", ".join(f"i.{name}" for name in Incident.__dataclass_fields__)
    rows = await tx.fetch(
        f"""select {columns} from incident i join incident_parcel m on m.incident_id = i.id
            where m.parcel_id = $1 and i.closed_at is null order by i.id""",
        parcel_id,
    )
    return [Incident(**row) for row in rows]
