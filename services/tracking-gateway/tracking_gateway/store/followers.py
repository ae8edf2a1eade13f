"""Statements on followers: customers who have, or had, a case about a parcel."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis.db import Tx


@dataclass(frozen=True, slots=True)
class Follower:
    """A case about a parcel and its customer; `open` while the case is."""

    case_id: UUID
    customer_id: UUID
    waybill_no: str
    open: bool
    until: datetime


_COLUMNS = ", ".join(Follower.__dataclass_fields__)


async def add(tx: Tx, follower: Follower) -> None:
    """A case turned out to be about a parcel; its snapshot is owed."""
    await tx.fetch(
        """insert into follower (case_id, customer_id, waybill_no, open, since, until, quote_at)
           values ($1, $2, $3, $4, $6, $5, $6)
           on conflict (case_id) do update set waybill_no = excluded.waybill_no, customer_id = excluded.customer_id,
               until = excluded.until, quote_at = excluded.quote_at""",
        follower.case_id,
        follower.customer_id,
        follower.waybill_no,
        follower.open,
        follower.until,
        tx.now,
    )


async def set_open(tx: Tx, case_id: UUID, *, is_open: bool, until: datetime) -> Follower | None:
    """The case was closed or came back. `None` if it is about no parcel."""
    rows = await tx.fetch(
        f"""update follower set open = $2::boolean, until = $3,
                quote_at = case when $2::boolean then $4::timestamptz end
            where case_id = $1 returning {_COLUMNS}""",
        case_id,
        is_open,
        until,
        tx.now,
    )
    return Follower(**rows[0]) if rows else None


async def forget_customer(tx: Tx, customer_id: UUID) -> None:
    """A person whose data was erased is told of nothing any more, and nothing is kept of what they were told."""
    await tx.fetch("delete from follower where customer_id = $1", customer_id)
    await tx.fetch("delete from notice where customer_id = $1", customer_id)


async def of_numbers(tx: Tx, waybill_nos: Sequence[str]) -> list[Follower]:
    """Who follows these parcels: of each customer the open case, else the newest one."""
    rows = await tx.fetch(
        f"""select distinct on (waybill_no, customer_id) {_COLUMNS} from follower
            where waybill_no = any($1::text[]) and until > $2
            order by waybill_no, customer_id, open desc, since desc""",
        list(waybill_nos),
        tx.now,
    )
    return [Follower(**row) for row in rows]


async def has_open_case(tx: Tx, waybill_no: str) -> bool:
    """Whether somebody works on a case about the parcel."""
    return bool(await tx.fetch("select 1 from follower where waybill_no = $1 and open limit 1", waybill_no))


async def take_quotes(tx: Tx, limit: int, lease: timedelta) -> list[Follower]:
    """Cases that are owed a snapshot now. They come up again after `lease` unless `quoted` is called."""
    rows = await tx.fetch(
        f"""update follower set quote_at = $2 where case_id in (
                select case_id from follower where quote_at <= $1 order by quote_at limit $3 for update skip locked)
            returning {_COLUMNS}""",
        tx.now,
        tx.now + lease,
        limit,
    )
    return [Follower(**row) for row in rows]


async def quoted(tx: Tx, case_id: UUID) -> None:
    """The case has its snapshot."""
    await tx.fetch("update follower set quote_at = null where case_id = $1", case_id)


async def trim(tx: Tx, limit: int = 5000) -> int:
    """Forget closed cases past their term. Returns how many."""
    rows = await tx.fetch(
        """delete from follower where ctid = any(array(
               select ctid from follower where until <= $1 and not open limit $2)) returning 1""",
        tx.now,
        limit,
    )
    return len(rows)
