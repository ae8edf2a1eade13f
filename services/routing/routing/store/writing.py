"""Writing what a batch changed on the floor: every entity once, in its last state."""

from typing import Any

import orjson

from chassis.db import Tx
from routing.domain.entities import Agent, Assignment, Offer, Work
from routing.domain.floor import Changes
from routing.domain.memory import work_record
from routing.domain.values import Micros, OfferState, instant
from routing.store.bulk import Bulk

_WORK = Bulk(
    "work_item",
    {
        "work_item_id": "uuid",
        "domain": "text",
        "seq": "bigint",
        "case_id": "uuid",
        "case_no": "text",
        "interaction_id": "uuid",
        "channel": "text",
        "requested_queue": "text",
        "needs": "jsonb",
        "language": "text",
        "preferred_agent_id": "text",
        "waybill_no": "text",
        "personal": "jsonb",
        "enqueued_at": "timestamptz",
        "priority": "integer",
        "age_from": "timestamptz",
        "queue": "text",
        "key": "bigint",
        "entered_at": "timestamptz",
        "state": "text",
        "stage": "integer",
        "preferred_until": "timestamptz",
        "barred": "jsonb",
        "ended_at": "timestamptz",
        "end_reason": "text",
        "excluded": "jsonb",
        "callback": "boolean",
        "not_before": "timestamptz",
    },
    key=("work_item_id",),
)
_AGENTS = Bulk(
    "agent",
    {
        "domain": "text",
        "agent_id": "text",
        "seq": "bigint",
        "name": "text",
        "version": "integer",
        "capacity": "integer",
        "at_most": "jsonb",
        "groups": "jsonb",
        "rank": "integer",
        "presence": "text",
        "reason": "text",
        "since": "timestamptz",
        "idle_since": "timestamptz",
        "last_offered_at": "timestamptz",
        "misses": "integer",
        "handled": "bigint",
        "utilisation": "text",
        "lapsed": "jsonb",
        "astray_since": "timestamptz",
        "astray": "text",
    },
    key=("domain", "agent_id"),
)
_OFFERS = Bulk(
    "offer",
    {
        "offer_id": "uuid",
        "domain": "text",
        "work_item_id": "uuid",
        "agent_id": "text",
        "queue": "text",
        "cost": "integer",
        "offered_at": "timestamptz",
        "expires_at": "timestamptz",
        "state": "text",
        "ended_at": "timestamptz",
        "reason": "text",
    },
    key=("offer_id",),
)
_ASSIGNMENTS = Bulk(
    "assignment",
    {
        "offer_id": "uuid",
        "domain": "text",
        "work_item_id": "uuid",
        "queue": "text",
        "agent_id": "text",
        "cost": "integer",
        "accepted_at": "timestamptz",
        "assigned_by": "text",
        "finished_at": "timestamptz",
        "wrap_until": "timestamptz",
        "ended_at": "timestamptz",
        "outcome": "text",
    },
    key=("offer_id",),
)


async def write(tx: Tx, domain: str, changes: Changes) -> None:
    """Write all changes but those of configuration."""
    await _AGENTS.upsert(tx, [_agent(domain, agent) for agent in changes.agents.values()])
    await _WORK.upsert(tx, [_work(domain, work) for work in changes.work])
    offers = sorted(changes.offers, key=lambda offer: offer.state is OfferState.PENDING)  # ends come first
    await _OFFERS.upsert(tx, [_offer(domain, offer) for offer in offers])
    assignments = sorted(changes.assignments, key=lambda held: held.ended is None)
    await _ASSIGNMENTS.upsert(tx, [_assignment(domain, held) for held in assignments])


def _agent(domain: str, agent: Agent) -> tuple[object, ...]:
    profile = agent.profile
    return (
        domain,
        agent.id,
        agent.seq,
        agent.name,
        agent.version,
        profile.capacity,
        _json(profile.at_most),
        _json(sorted(profile.groups)),
        profile.rank,
        agent.presence.value,
        agent.reason,
        instant(agent.since),
        instant(agent.idle_since),
        instant(agent.last_offered),
        agent.misses,
        agent.handled,
        profile.utilisation,
        _json(sorted(agent.lapsed)),
        _instant(agent.astray_since),
        agent.astray,
    )


def _work(domain: str, work: Work) -> tuple[object, ...]:
    request, record = work.request, work_record(work)
    personal = {} if work.ended else {"customer_name": request.customer_name, "preview": request.preview}
    return (
        request.id,
        domain,
        work.seq,
        request.case_id,
        request.case_no,
        request.interaction_id,
        request.channel,
        request.queue,
        _json([[need.skill, need.level] for need in request.needs]),
        request.language,
        request.preferred_agent_id,
        request.waybill_no,
        _json(personal),
        instant(request.enqueued),
        work.priority,
        instant(work.age_from),
        work.queue,
        work.key,
        instant(work.entered),
        work.state.value,
        work.stage,
        _instant(work.preferred_until),
        _json(dict(record.barred)),
        _instant(work.ended),
        work.end_reason,
        _json(request.excluded),
        request.callback,
        _instant(work.not_before),
    )


def _offer(domain: str, offer: Offer) -> tuple[object, ...]:
    return (
        offer.id,
        domain,
        offer.work.request.id,
        offer.agent.id,
        offer.queue,
        offer.cost,
        instant(offer.created),
        instant(offer.expires),
        offer.state.value,
        _instant(offer.ended),
        offer.reason,
    )


def _assignment(domain: str, held: Assignment) -> tuple[object, ...]:
    return (
        held.offer_id,
        domain,
        held.work_id,
        held.queue,
        held.agent.id,
        held.cost,
        instant(held.accepted),
        held.by,
        _instant(held.finished),
        _instant(held.wrap_until),
        _instant(held.ended),
        held.outcome,
    )


def _instant(value: Micros | None) -> Any:
    return None if value is None else instant(value)


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
