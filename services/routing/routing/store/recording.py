"""A stretch of the past, read for the simulator: customers, agents' availability, rules. No personal data."""

from datetime import datetime
from typing import Any

import orjson

from chassis.db import Tx

Row = dict[str, Any]


async def calls(tx: Tx, domain: str, begin: datetime, end: datetime) -> list[Row]:
    """Items whose customers began to wait in the stretch, by when they did, with first answer and time in hand."""
    rows = await tx.fetch(
        """select w.enqueued_at as at, w.requested_queue as queue, w.channel, w.needs::text as needs, w.language,
                  w.priority, w.preferred_agent_id,
                  case when a.first is not null then 'answered' when w.state = 'abandoned' then 'abandoned'
                       else 'other' end as outcome,
                  greatest(0, extract(epoch from coalesce(a.first, w.ended_at, $3) - w.enqueued_at))::float8 as waited,
                  a.handled::float8 as handled
           from work_item w left join lateral (
               select min(accepted_at) as first,
                      sum(extract(epoch from coalesce(finished_at, ended_at) - accepted_at)) as handled
               from assignment where assignment.work_item_id = w.work_item_id) as a on true
           where w.domain = $1 and w.enqueued_at >= $2 and w.enqueued_at < $3 order by w.enqueued_at, w.seq""",
        domain,
        begin,
        end,
    )
    return [{**dict(row), "needs": dict(orjson.loads(row["needs"]))} for row in rows]


async def agents(tx: Tx, domain: str) -> list[Row]:
    """All agents with their present profiles."""
    rows = await tx.fetch(
        """select agent_id as id, capacity, rank, at_most::text as at_most, groups::text as groups,
                  coalesce((select jsonb_object_agg(skill, level) from agent_skill s
                            where s.domain = agent.domain and s.agent_id = agent.agent_id), '{}')::text as skills
           from agent where domain = $1 order by seq""",
        domain,
    )
    found = [dict(row) for row in rows]
    for row in found:
        row |= {name: orjson.loads(row[name]) for name in ("at_most", "groups", "skills")}
    return found


async def presence(tx: Tx, domain: str, begin: datetime, end: datetime) -> dict[str, list[tuple[datetime, bool]]]:
    """By agent, the changes of presence in the stretch, in order, begun with the one that held when it began."""
    rows = await tx.fetch(
        """(select distinct on (agent_id) agent_id, $2::timestamptz as at, detail->>'presence' as presence, 0 as id
            from decision_log where domain = $1 and kind = 'presence_changed' and at < $2 order by agent_id, id desc)
           union all
           select agent_id, at, detail->>'presence', id
           from decision_log where domain = $1 and kind = 'presence_changed' and at >= $2 and at < $3
           order by agent_id, at, id""",
        domain,
        begin,
        end,
    )
    found: dict[str, list[tuple[datetime, bool]]] = {}
    for row in rows:
        found.setdefault(row["agent_id"], []).append((row["at"], row["presence"] == "available"))
    return found


async def configuration(tx: Tx, domain: str, end: datetime) -> Row | None:
    """The configuration in force at the end of the stretch, or the first one if none was yet."""
    rows = await tx.fetch(
        """select body::text as body from configuration where domain = $1
           order by activated_at >= $2, case when activated_at < $2 then -version else version end limit 1""",
        domain,
        end,
    )
    return orjson.loads(rows[0]["body"]) if rows else None
