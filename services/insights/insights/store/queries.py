"""Reading counters back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from chassis.db import Tx
from insights.domain.kpi import Counters

# One row per piece of work that arrived in the range, with the instant of its first answer.
_ARRIVED = """
    select w.queue, w.channel, w.enqueued_at, w.abandoned, w.cancelled_at, w.accepted_at,
           case when w.channel = 'voice' then answer.at else reply.at end as answered_at,
           coalesce(target.seconds, $4) as target
    from work w
    left join call_answer answer on w.channel = 'voice' and answer.interaction_id = w.interaction_id
        and answer.at >= w.enqueued_at
    left join lateral (
        select min(m.at) as at from message m
        where w.channel <> 'voice' and m.interaction_id = w.interaction_id and not m.inbound and m.at >= w.enqueued_at
    ) reply on true
    left join unnest($2::text[], $3::float8[]) as target (channel, seconds) on target.channel = w.channel
    where w.enqueued_at >= $1 and w.enqueued_at < $5
"""

_COUNTERS = f"""
    with arrived as ({_ARRIVED}),
    waits as (
        select *, extract(epoch from answered_at - enqueued_at)::float8 as wait,
               case when abandoned and answered_at is null
                    then extract(epoch from cancelled_at - enqueued_at)::float8 end as gave_up,
               extract(epoch from $7 - enqueued_at)::float8 as age
        from arrived)
    select queue, channel, count(*) as offered,
           count(wait) as answered,
           count(*) filter (where wait <= target) as in_target,
           count(gave_up) as abandoned,
           count(*) filter (where gave_up < $6) as short_abandoned,
           count(*) filter (where wait is null and accepted_at is null and cancelled_at is null) as waiting,
           coalesce(sum(wait), 0) as answered_wait_sum,
           coalesce(sum(gave_up), 0) as abandoned_wait_sum,
           coalesce(max(age) filter (where wait is null and accepted_at is null and cancelled_at is null), 0)
               as longest_wait
    from waits group by queue, channel order by queue, channel
"""

# A response is the time from a customer's first unanswered message to the agent's next message.
_RESPONSES = """
    with turns as (
        select m.interaction_id, m.inbound, m.at,
               lag(m.inbound) over turn as before_inbound
        from message m where m.at >= $1 and m.at < $2
        window turn as (partition by m.interaction_id order by m.at, m.message_id)),
    changes as (
        select interaction_id, inbound, at, lag(at) over (partition by interaction_id order by at) as asked_at
        from turns where before_inbound is distinct from inbound)
    select work.queue, work.channel, count(*) as n,
           percentile_disc(0.5) within group (order by extract(epoch from at - asked_at)::float8) as median,
           percentile_disc(0.9) within group (order by extract(epoch from at - asked_at)::float8) as p90
    from changes
    join lateral (select queue, channel from work w where w.interaction_id = changes.interaction_id
                  order by w.enqueued_at desc limit 1) work on true
    where not inbound and asked_at is not null
    group by work.queue, work.channel
"""


@dataclass(frozen=True)
class Responses:
    """How long customers waited for each answer, in seconds; percentiles by nearest rank."""

    n: int
    median: float
    p90: float


async def counters(
    tx: Tx,
    begin: datetime,
    end: datetime,
    *,
    targets: Mapping[str, float],
    default_target: float,
    short_abandon_seconds: float,
) -> dict[tuple[str, str], Counters]:
    """Counters by (queue, channel) of the work that arrived in [begin, end)."""
    rows = await tx.fetch(
        _COUNTERS,
        *(begin, list(targets), [float(seconds) for seconds in targets.values()], float(default_target), end),
        *(float(short_abandon_seconds), tx.now),
    )
    return {
        (row["queue"], row["channel"]): Counters(**{name: row[name] for name in Counters.__dataclass_fields__})
        for row in rows
    }


async def responses(tx: Tx, begin: datetime, end: datetime) -> dict[tuple[str, str], Responses]:
    """Response times by (queue, channel) of the messages in [begin, end)."""
    rows = await tx.fetch(_RESPONSES, begin, end)
    return {(row["queue"], row["channel"]): Responses(row["n"], row["median"], row["p90"]) for row in rows}


async def presence(tx: Tx) -> dict[str, int]:
    """Agents by presence."""
    rows = await tx.fetch("select presence, count(*) as n from agent group by presence")
    return {row["presence"]: row["n"] for row in rows}
