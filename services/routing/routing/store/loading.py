"""Reading a routing domain back, as the owner needs it to rebuild the floor."""

from typing import Any
from uuid import UUID

import orjson

from chassis.db import Tx
from routing.domain.commands import AgentProfile, Certificate, Shift, WorkRequest
from routing.domain.configuration import Configuration, FloorRules
from routing.domain.memory import AgentRecord, AssignmentRecord, Memory, OfferRecord, WorkRecord
from routing.domain.plans import ACCEPTANCES
from routing.domain.rules import QueueRules
from routing.domain.skills import Need
from routing.domain.values import Micros, OfferState, Presence, WorkState, micros
from routing.store.tables import LIVE_WORK, PENDING


async def load(tx: Tx, domain: str) -> Memory:
    """Everything that lives in the domain. The caller's epoch must have begun, so that nobody else still writes."""
    rules, configured = await _rules(tx, domain)
    last = await tx.fetch("select coalesce(max(seq), 0) as seq from work_item where domain = $1", domain)
    return Memory(
        await _queues(tx, domain),
        await _agents(tx, domain),
        await _work(tx, domain),
        await _offers(tx, domain),
        last[0]["seq"],
        await _acceptances(tx, domain),
        await _removed(tx, domain),
        rules,
        configured,
    )


async def ended(tx: Tx, work_ids: list[UUID]) -> dict[UUID, str]:
    """Which of these items have ended, and how; the engine remembers only recent ends."""
    rows = await tx.fetch(
        "select work_item_id, state from work_item where work_item_id = any($1::uuid[]) and ended_at is not null",
        work_ids,
    )
    return {row["work_item_id"]: row["state"] for row in rows}


async def _queues(tx: Tx, domain: str) -> tuple[tuple[QueueRules, int], ...]:
    rows = await tx.fetch(
        "select rules::text as rules, version from queue where domain = $1 and not removed order by name", domain
    )
    return tuple((QueueRules.model_validate_json(row["rules"]), row["version"]) for row in rows)


async def _removed(tx: Tx, domain: str) -> tuple[tuple[str, int], ...]:
    rows = await tx.fetch("select name, version from queue where domain = $1 and removed order by name", domain)
    return tuple((row["name"], row["version"]) for row in rows)


async def _rules(tx: Tx, domain: str) -> tuple[FloorRules, int]:
    rows = await tx.fetch(
        "select body::text as body, version from configuration where domain = $1 order by version desc limit 1", domain
    )
    if not rows:
        return FloorRules(), 0
    return Configuration.model_validate_json(rows[0]["body"]).floor_rules(), rows[0]["version"]


async def _acceptances(tx: Tx, domain: str) -> tuple[tuple[str, tuple[Micros, ...]], ...]:
    rows = await tx.fetch(
        """select name as queue, accepted_at from queue cross join lateral (
               select accepted_at from assignment where assignment.domain = queue.domain and queue = queue.name
               order by accepted_at desc limit $2) as last
           where queue.domain = $1 order by name, accepted_at""",
        domain,
        ACCEPTANCES,
    )
    found: dict[str, list[Micros]] = {}
    for row in rows:
        found.setdefault(row["queue"], []).append(micros(row["accepted_at"]))
    return tuple((name, tuple(times)) for name, times in found.items())


async def _agents(tx: Tx, domain: str) -> tuple[AgentRecord, ...]:
    rows = await tx.fetch(
        """select agent.*, at_most::text as at_most_text, groups::text as groups_text, lapsed::text as lapsed_text,
                  coalesce((select jsonb_object_agg(skill, level) from agent_skill s
                            where s.domain = agent.domain and s.agent_id = agent.agent_id), '{}')::text as skills
           from agent where domain = $1 order by seq""",
        domain,
    )
    papers = await _certificates(tx, domain)
    shifts = await _shifts(tx, domain)
    return tuple(
        AgentRecord(
            row["agent_id"],
            row["seq"],
            row["name"],
            AgentProfile(
                orjson.loads(row["skills"]),
                frozenset(orjson.loads(row["groups_text"])),
                row["capacity"],
                orjson.loads(row["at_most_text"]),
                row["rank"],
                papers.get(row["agent_id"], {}),
                row["utilisation"],
            ),
            row["version"],
            Presence(row["presence"]),
            row["reason"],
            micros(row["since"]),
            micros(row["idle_since"]),
            row["misses"],
            row["handled"],
            micros(row["last_offered_at"]),
            frozenset(orjson.loads(row["lapsed_text"])),
            tuple(shifts.get(row["agent_id"], ())),
            _micros(row["astray_since"]),
            row["astray"],
        )
        for row in rows
    )


async def _certificates(tx: Tx, domain: str) -> dict[str, dict[str, Certificate]]:
    rows = await tx.fetch(
        """select agent_id, skill, valid_from, valid_until from agent_skill
           where domain = $1 and (valid_from is not null or valid_until is not null)""",
        domain,
    )
    found: dict[str, dict[str, Certificate]] = {}
    for row in rows:
        paper = Certificate(_micros(row["valid_from"]), _micros(row["valid_until"]))
        found.setdefault(row["agent_id"], {})[row["skill"]] = paper
    return found


async def _shifts(tx: Tx, domain: str) -> dict[str, list[Shift]]:
    rows = await tx.fetch(
        "select agent_id, starts_at, ends_at, kind from agent_shift where domain = $1 order by agent_id, starts_at",
        domain,
    )
    found: dict[str, list[Shift]] = {}
    for row in rows:
        shift = Shift(micros(row["starts_at"]), micros(row["ends_at"]), row["kind"])
        found.setdefault(row["agent_id"], []).append(shift)
    return found


async def _work(tx: Tx, domain: str) -> tuple[WorkRecord, ...]:
    rows = await tx.fetch(
        f"""select w.*, w.needs::text as needs_text, w.barred::text as barred_text, w.personal::text as personal_text,
                   w.excluded::text as excluded_text,
                   a.offer_id, a.agent_id, a.cost, a.accepted_at, a.assigned_by, a.finished_at, a.wrap_until
            from work_item w left join assignment a on a.work_item_id = w.work_item_id and a.ended_at is null
            where w.domain = $1 and w.{LIVE_WORK} order by w.seq""",
        domain,
    )
    return tuple(_work_record(row) for row in rows)


def _work_record(row: Any) -> WorkRecord:
    personal = orjson.loads(row["personal_text"])
    request = WorkRequest(
        _uuid(row["work_item_id"]),
        _uuid(row["case_id"]),
        row["case_no"],
        None if row["interaction_id"] is None else _uuid(row["interaction_id"]),
        row["channel"],
        row["requested_queue"],
        tuple(Need(skill, level) for skill, level in orjson.loads(row["needs_text"])),
        row["language"],
        row["preferred_agent_id"],
        row["waybill_no"],
        micros(row["enqueued_at"]),
        personal.get("customer_name"),
        personal.get("preview"),
        tuple(orjson.loads(row["excluded_text"])),
        row["callback"],
    )
    held = None
    if row["agent_id"] is not None:
        held = AssignmentRecord(
            row["agent_id"],
            _uuid(row["offer_id"]),
            row["cost"],
            micros(row["accepted_at"]),
            row["assigned_by"],
            _micros(row["finished_at"]),
            _micros(row["wrap_until"]),
        )
    return WorkRecord(
        request,
        row["seq"],
        row["priority"],
        micros(row["age_from"]),
        row["queue"],
        row["key"],
        micros(row["entered_at"]),
        WorkState(row["state"]),
        row["stage"],
        _micros(row["preferred_until"]),
        orjson.loads(row["barred_text"]),
        held,
        _micros(row["ended_at"]),
        row["end_reason"],
        _micros(row["not_before"]),
    )


async def _offers(tx: Tx, domain: str) -> tuple[OfferRecord, ...]:
    rows = await tx.fetch(f"select * from offer where domain = $1 and {PENDING} order by offer_id", domain)
    return tuple(
        OfferRecord(
            _uuid(row["offer_id"]),
            _uuid(row["work_item_id"]),
            row["agent_id"],
            row["queue"],
            row["cost"],
            micros(row["offered_at"]),
            micros(row["expires_at"]),
            OfferState(row["state"]),
            _micros(row["ended_at"]),
            row["reason"],
        )
        for row in rows
    )


def _micros(value: Any) -> Micros | None:
    return None if value is None else micros(value)


def _uuid(value: UUID) -> UUID:
    """The driver has a UUID class of its own, which orjson does not write."""
    return UUID(int=value.int)
