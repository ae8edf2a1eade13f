"""Forgetting what nobody may or needs to keep."""

from chassis.db import Tx

_CHUNK = 5000


async def trim(tx: Tx, days: int) -> int:
    """Remove ended items with their offers and assignments, old decisions, and answers nobody fetched."""
    rows = await tx.fetch(
        """with old as (
               select work_item_id from work_item
               where ended_at < $1::timestamptz - make_interval(days => $2) limit $3),
           offers as (delete from offer where work_item_id in (select work_item_id from old)),
           assignments as (delete from assignment where work_item_id in (select work_item_id from old)),
           decisions as (delete from decision_log where work_item_id in (select work_item_id from old)),
           gone as (delete from work_item where work_item_id in (select work_item_id from old) returning 1)
           select count(*) as n from gone""",
        tx.now,
        days,
        _CHUNK,
    )
    await tx.fetch(
        """delete from decision_log where id = any(array(
               select id from decision_log where at < $1::timestamptz - make_interval(days => $2) limit $3))""",
        tx.now,
        days,
        _CHUNK,
    )
    await tx.fetch("delete from command_reply where created_at < $1::timestamptz - interval '1 hour'", tx.now)
    return int(rows[0]["n"])
