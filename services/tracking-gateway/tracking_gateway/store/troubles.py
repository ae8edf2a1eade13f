"""Statements on troubles: parcels with a problem that others may share, waiting to be compared."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.db import Tx
from tracking_gateway.domain.incidents import Trouble
from tracking_gateway.domain.model import ExceptionCode

_COLUMNS = "parcel_id, waybill_no, carrier, family, exception, opened_at, closed_at, node, node_kind, bag, vehicle"


async def note(tx: Tx, troubles: Sequence[Trouble], gone: Sequence[tuple[UUID, str]]) -> None:
    """Store what parcels have; `gone` are troubles that late scans showed never to have been: they end where they
    began, and count no more."""
    if gone:
        await tx.fetch(
            """update trouble set closed_at = opened_at, dirty = true
               where (parcel_id, family) in (select * from unnest($1::uuid[], $2::text[]))""",
            [parcel_id for parcel_id, _ in gone],
            [family for _, family in gone],
        )
    if not troubles:
        return
    ordered = sorted(troubles, key=lambda item: (item.parcel_id, item.family))
    await tx.fetch(
        f"""insert into trouble ({_COLUMNS}, dirty)
            select *, true from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
                $7::timestamptz[], $8::text[], $9::text[], $10::text[], $11::text[])
            on conflict (parcel_id, family) do update set exception = excluded.exception,
                opened_at = excluded.opened_at, closed_at = excluded.closed_at, node = excluded.node,
                node_kind = excluded.node_kind, bag = excluded.bag, vehicle = excluded.vehicle, dirty = true""",
        *([getattr(item, name) for item in ordered] for name in _COLUMNS.split(", ")),
    )


async def take_dirty(tx: Tx) -> list[str]:
    """Families in which something changed; they count as looked at. Rows that others hold come with the next look."""
    rows = await tx.fetch(
        """with changed as (select parcel_id, family from trouble where dirty for update skip locked)
           update trouble t set dirty = false from changed
           where t.parcel_id = changed.parcel_id and t.family = changed.family returning t.family"""
    )
    return sorted({row["family"] for row in rows})


async def current(tx: Tx, family: str, *, closed_since: datetime, limit: int) -> list[Trouble]:
    """Open troubles of a family and those closed lately, the newest if there are more."""
    rows = await tx.fetch(
        f"""select {_COLUMNS} from trouble
            where family = $1 and (closed_at is null or (closed_at > $2 and closed_at > opened_at))
            order by opened_at desc, parcel_id limit $3""",
        family,
        closed_since,
        limit,
    )
    return [_trouble(row) for row in rows]


async def of_parcels(tx: Tx, family: str, parcel_ids: Sequence[UUID]) -> list[Trouble]:
    """What these parcels have, or had, of a family."""
    rows = await tx.fetch(
        f"""select {_COLUMNS} from trouble where family = $1 and parcel_id = any($2::uuid[])
            and closed_at is distinct from opened_at""",
        family,
        list(parcel_ids),
    )
    return [_trouble(row) for row in rows]


async def trim(tx: Tx, closed_before: datetime, limit: int = 5000) -> int:
    """Forget troubles that are long over. Returns how many."""
    rows = await tx.fetch(
        """delete from trouble where ctid = any(array(
               select ctid from trouble where closed_at < $1 limit $2)) returning 1""",
        closed_before,
        limit,
    )
    return len(rows)


def _trouble(row: Any) -> Trouble:
    values = dict(row)
    values["exception"] = ExceptionCode(values["exception"])
    return Trouble(**values)
