"""Statements on watches: parcels of other carriers that are asked about by policy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.db import Tx


@dataclass(frozen=True, slots=True)
class Watch:
    """A parcel to ask about. `phone_suffix` are the last four digits of a phone, for carriers that want them."""

    waybill_no: str
    carrier: str
    phone_suffix: str | None
    until: datetime


async def add_watch(tx: Tx, watch: Watch, poll_at: datetime) -> None:
    """Follow a parcel; one that is followed already is followed at least as long and asked about as before."""
    await tx.fetch(
        """insert into watch as known (waybill_no, carrier, phone_suffix, poll_at, until) values ($1, $2, $3, $4, $5)
           on conflict (waybill_no, carrier) do update set until = greatest(known.until, excluded.until),
               phone_suffix = coalesce(excluded.phone_suffix, known.phone_suffix)""",
        watch.waybill_no,
        watch.carrier,
        watch.phone_suffix,
        poll_at,
        watch.until,
    )


async def take_due(tx: Tx, limit: int, lease: timedelta) -> list[Watch]:
    """Watches to ask about now. They come up again after `lease` unless `plan` says otherwise."""
    rows = await tx.fetch(
        """update watch set poll_at = $2 from (
               select waybill_no, carrier from watch where poll_at <= $1 order by poll_at limit $3
               for update skip locked) as due
           where watch.waybill_no = due.waybill_no and watch.carrier = due.carrier
           returning watch.waybill_no, watch.carrier, watch.phone_suffix, watch.until""",
        tx.now,
        tx.now + lease,
        limit,
    )
    return [Watch(**dict(row)) for row in rows]


async def plan(tx: Tx, watch: Watch, poll_at: datetime) -> None:
    """Ask about it next at this time."""
    await tx.fetch(
        "update watch set poll_at = $3 where waybill_no = $1 and carrier = $2", watch.waybill_no, watch.carrier, poll_at
    )


async def end(tx: Tx, watches: Sequence[Watch]) -> None:
    """Follow these no longer."""
    await tx.fetch(
        "delete from watch where (waybill_no, carrier) in (select * from unnest($1::text[], $2::text[]))",
        [watch.waybill_no for watch in watches],
        [watch.carrier for watch in watches],
    )


async def hasten(tx: Tx, waybill_no: str, poll_at: datetime) -> None:
    """Ask about a number no later than this, whoever its carrier."""
    await tx.fetch("update watch set poll_at = least(poll_at, $2) where waybill_no = $1", waybill_no, poll_at)
