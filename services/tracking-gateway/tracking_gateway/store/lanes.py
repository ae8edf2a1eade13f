"""Statements on the history of lanes: one sample a delivered parcel, counted in buckets of travel time."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.db import Tx


@dataclass(frozen=True, slots=True)
class Sample:
    """How long one parcel of a lane took."""

    parcel_id: UUID
    lane: str
    bucket: int


async def count(tx: Tx, samples: Sequence[Sample]) -> None:
    """Count each parcel once, however often it is told."""
    rows = await tx.fetch(
        """insert into lane_sample (parcel_id, lane, bucket)
           select * from unnest($1::uuid[], $2::text[], $3::smallint[]) on conflict (parcel_id) do nothing
           returning lane, bucket""",
        [sample.parcel_id for sample in samples],
        [sample.lane for sample in samples],
        [sample.bucket for sample in samples],
    )
    await _add(tx, [(row["lane"], row["bucket"]) for row in rows], 1)


async def take_back(tx: Tx, parcel_ids: Sequence[UUID]) -> None:
    """These parcels were not delivered after all."""
    rows = await tx.fetch(
        "delete from lane_sample where parcel_id = any($1::uuid[]) returning lane, bucket", list(parcel_ids)
    )
    await _add(tx, [(row["lane"], row["bucket"]) for row in rows], -1)


async def _add(tx: Tx, counted: Sequence[tuple[str, int]], step: int) -> None:
    """Move the counters, in the order of their keys, so that concurrent batches do not deadlock."""
    if not counted:
        return
    totals: dict[tuple[str, int], int] = {}
    for key in counted:
        totals[key] = totals.get(key, 0) + step
    ordered = sorted(totals.items())
    await tx.fetch(
        """insert into lane_bucket as known (lane, bucket, count)
           select * from unnest($1::text[], $2::smallint[], $3::bigint[])
           on conflict (lane, bucket) do update set count = known.count + excluded.count""",
        [lane for (lane, _), _ in ordered],
        [bucket for (_, bucket), _ in ordered],
        [total for _, total in ordered],
    )


async def history(tx: Tx, lane: str) -> dict[int, int]:
    """How many parcels of a lane fell into each bucket."""
    rows = await tx.fetch("select bucket, count from lane_bucket where lane = $1 and count > 0", lane)
    return {row["bucket"]: row["count"] for row in rows}
