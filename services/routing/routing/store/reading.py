"""What the API shows, read from committed state; any replica can answer."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from chassis.db import Tx
from routing.store.tables import LIVE_WORK, OPEN, PENDING

Row = dict[str, Any]

_WORK = """w.work_item_id, w.case_id, w.case_no, w.interaction_id, w.channel, w.queue, w.language, w.waybill_no,
    w.personal->>'customer_name' as customer_name, w.personal->>'preview' as preview, w.callback,
    w.enqueued_at"""

_AGENT = """select agent.domain, agent.utilisation, agent.lapsed::text as lapsed, agent.astray, agent.astray_since,
        coalesce((select jsonb_object_agg(skill, jsonb_build_object('valid_from', s.valid_from,
                                                                    'valid_until', s.valid_until))
                  from agent_skill s where s.domain = agent.domain and s.agent_id = agent.agent_id
                    and (valid_from is not null or valid_until is not null)), '{}')::text as certificates,
        agent.agent_id, agent.name, presence, reason, since, version, capacity, rank,
        at_most::text as at_most, groups::text as groups,
        coalesce((select jsonb_object_agg(skill, level) from agent_skill s
                  where s.domain = agent.domain and s.agent_id = agent.agent_id), '{}')::text as skills,
        coalesce((select jsonb_object_agg(channel, number) from (
            select w.channel, count(*) as number from held join work_item w using (work_item_id)
            where held.agent_id = agent.agent_id group by w.channel) as c), '{}')::text as holding,
        coalesce((select sum(cost) from held where held.agent_id = agent.agent_id), 0) as used
    from agent"""

_HELD = f"""with held as (
        select agent_id, work_item_id, cost from offer where domain = $1 and {PENDING}
        union all select agent_id, work_item_id, cost from assignment where domain = $1 and {OPEN}) """


async def agent(tx: Tx, domain: str, agent_id: str) -> Row | None:
    """One agent with skills and what they hold."""
    rows = await tx.fetch(_HELD + _AGENT + " where domain = $1 and agent_id = $2", domain, agent_id)
    return _agent(rows[0]) if rows else None


async def agents(tx: Tx, domain: str, after: str, limit: int) -> list[Row]:
    """Agents by id."""
    sql = _HELD + _AGENT + " where domain = $1 and agent_id > $2 order by agent_id limit $3"
    return [_agent(row) for row in await tx.fetch(sql, domain, after, limit)]


def _agent(row: Any) -> Row:
    found = dict(row)
    for name in ("at_most", "groups", "skills", "holding", "lapsed", "certificates"):
        found[name] = orjson.loads(found[name])
    return found


async def offers_of(tx: Tx, agent_id: str) -> list[Row]:
    """An agent's open offers, the one that ends first on top."""
    rows = await tx.fetch(
        f"""select {_WORK}, o.offer_id, o.offered_at, o.expires_at
            from offer o join work_item w using (work_item_id)
            where o.agent_id = $1 and o.{PENDING} order by o.expires_at, o.offer_id""",
        agent_id,
    )
    return [dict(row) for row in rows]


async def assignments_of(tx: Tx, agent_id: str) -> list[Row]:
    """What an agent has in hand, oldest first."""
    rows = await tx.fetch(
        f"""select {_WORK}, a.offer_id, a.accepted_at, a.wrap_until as wrap_up_until,
                   case when a.finished_at is null then 'active' else 'wrap_up' end as state
            from assignment a join work_item w using (work_item_id)
            where a.agent_id = $1 and a.{OPEN} order by a.accepted_at, a.offer_id""",
        agent_id,
    )
    return [dict(row) for row in rows]


async def offer(tx: Tx, offer_id: UUID) -> Row | None:
    """An offer, whatever became of it."""
    rows = await tx.fetch(
        """select o.*, w.case_id from offer o join work_item w using (work_item_id) where offer_id = $1""", offer_id
    )
    return dict(rows[0]) if rows else None


async def work_item(tx: Tx, work_item_id: UUID) -> Row | None:
    """An item without personal data, with its present or last assignment."""
    rows = await tx.fetch(
        """select w.work_item_id, w.case_id, w.case_no, w.interaction_id, w.channel, w.queue, w.requested_queue,
                  w.needs::text as needs, w.language, w.preferred_agent_id, w.priority, w.state, w.stage,
                  w.enqueued_at, w.entered_at, w.ended_at, w.end_reason, a.agent_id, a.accepted_at, a.finished_at,
                  a.outcome
           from work_item w left join lateral (
               select * from assignment where work_item_id = w.work_item_id order by accepted_at desc limit 1
           ) a on true
           where w.work_item_id = $1""",
        work_item_id,
    )
    if not rows:
        return None
    found = dict(rows[0])
    found["needs"] = [{"skill": skill, "level": level} for skill, level in orjson.loads(found["needs"])]
    return found


async def waiting(tx: Tx, domain: str, queue: str | None, after: tuple[int, int], limit: int) -> list[Row]:
    """Items that wait or are on offer, in the order of their keys, without personal data."""
    rows = await tx.fetch(
        """select work_item_id, case_id, case_no, channel, queue, priority, state, stage, enqueued_at, entered_at,
                  key, seq
           from work_item
           where domain = $1 and state in ('waiting', 'offered') and ($2::text is null or queue = $2)
             and (key, seq) > ($3, $4)
           order by key, seq limit $5""",
        domain,
        queue,
        *after,
        limit,
    )
    return [dict(row) for row in rows]


async def queues(tx: Tx, domain: str) -> list[Row]:
    """All queues in force."""
    rows = await tx.fetch(
        """select name, version, rules::text as rules, changed_at, changed_by from queue
           where domain = $1 and not removed order by name""",
        domain,
    )
    return [_queue(row) for row in rows]


async def queue(tx: Tx, domain: str, name: str) -> Row | None:
    """The rules of a queue in force."""
    rows = await tx.fetch(
        """select name, version, rules::text as rules, changed_at, changed_by from queue
           where domain = $1 and name = $2 and not removed""",
        domain,
        name,
    )
    return _queue(rows[0]) if rows else None


async def queue_versions(tx: Tx, domain: str, name: str, limit: int) -> list[Row]:
    """Earlier rules of a queue, newest first."""
    rows = await tx.fetch(
        """select name, version, rules::text as rules, changed_at, changed_by from queue_version
           where domain = $1 and name = $2 order by version desc limit $3""",
        domain,
        name,
        limit,
    )
    return [_queue(row) for row in rows]


def _queue(row: Any) -> Row:
    return {**dict(row), "rules": orjson.loads(row["rules"])}


async def queue_counts(tx: Tx, domain: str, name: str) -> Row:
    """How many items of a queue wait, are on offer and in hand, by channel, and since when the oldest waits."""
    rows = await tx.fetch(
        f"""select channel, state, count(*) as number, min(enqueued_at) as oldest
            from work_item where domain = $1 and queue = $2 and {LIVE_WORK} group by channel, state""",
        domain,
        name,
    )
    counts: dict[str, dict[str, int]] = {}
    oldest = None
    for row in rows:
        counts.setdefault(row["channel"], {})[row["state"]] = row["number"]
        if row["state"] in ("waiting", "offered"):
            oldest = row["oldest"] if oldest is None else min(oldest, row["oldest"])
    return {"channels": counts, "oldest": oldest}


async def recent_waits(tx: Tx, domain: str, name: str, minutes: int) -> Row:
    """Acceptances of a queue in the last minutes: number and mean wait in seconds."""
    rows = await tx.fetch(
        """select count(*) as number, avg((detail->>'waited')::bigint) / 1e6 as mean from decision_log
           where domain = $1 and queue = $2 and kind = 'work_accepted'
             and at > $3::timestamptz - make_interval(mins => $4)""",
        domain,
        name,
        tx.now,
        minutes,
    )
    return dict(rows[0])


async def signed_in(tx: Tx, domain: str) -> list[Row]:
    """Agents who are not offline, with what decides whom they may serve."""
    sql = _HELD + _AGENT + " where domain = $1 and presence <> 'offline'"
    return [_agent(row) for row in await tx.fetch(sql, domain)]


async def decisions(tx: Tx, *, work_item_id: UUID, limit: int) -> Sequence[Row]:
    """The decision log of an item, oldest first."""
    rows = await tx.fetch(
        """select at, kind, agent_id, queue, detail::text as detail from decision_log where work_item_id = $1
           order by id limit $2""",
        work_item_id,
        limit,
    )
    return [{**dict(row), "detail": orjson.loads(row["detail"])} for row in rows]


async def decisions_of_agent(tx: Tx, agent_id: str, limit: int) -> Sequence[Row]:
    """The decision log of an agent, newest first."""
    rows = await tx.fetch(
        """select at, kind, agent_id, queue, detail::text as detail from decision_log where agent_id = $1
           order by id desc limit $2""",
        agent_id,
        limit,
    )
    return [{**dict(row), "detail": orjson.loads(row["detail"])} for row in rows]


async def shifts(tx: Tx, domain: str, agent_id: str) -> list[Row]:
    """An agent's plan, in order."""
    rows = await tx.fetch(
        "select starts_at, ends_at, kind from agent_shift where domain = $1 and agent_id = $2 order by starts_at",
        domain,
        agent_id,
    )
    return [dict(row) for row in rows]


async def stream_seq(tx: Tx, channel: str) -> int:
    """The number of the newest entry of a stream."""
    rows = await tx.fetch("select last_seq from stream_head where channel = $1", channel)
    return int(rows[0]["last_seq"]) if rows else 0
