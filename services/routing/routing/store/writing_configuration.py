"""Writing what supervisors set: configurations with their queues, agents' skills and plans."""

from collections.abc import Sequence
from typing import Any

from chassis.db import Tx
from routing.domain.decisions import ConfigurationActivated, Decision, QueueConfigured, QueueRemoved
from routing.domain.entities import Agent
from routing.domain.values import Micros, instant
from routing.store.bulk import Bulk

_SKILLS = Bulk(
    "agent_skill",
    {
        "domain": "text",
        "agent_id": "text",
        "skill": "text",
        "level": "integer",
        "valid_from": "timestamptz",
        "valid_until": "timestamptz",
    },
)
_SHIFTS = Bulk(
    "agent_shift",
    {"domain": "text", "agent_id": "text", "starts_at": "timestamptz", "ends_at": "timestamptz", "kind": "text"},
)
_CONFIGURATIONS = Bulk(
    "configuration",
    {
        "domain": "text",
        "version": "integer",
        "body": "jsonb",
        "note": "text",
        "activated_at": "timestamptz",
        "activated_by": "text",
    },
)
_QUEUE_COLUMNS = {
    "domain": "text",
    "name": "text",
    "version": "integer",
    "rules": "jsonb",
    "changed_at": "timestamptz",
    "changed_by": "text",
}
_QUEUES = Bulk("queue", {**_QUEUE_COLUMNS, "removed": "boolean"}, key=("domain", "name"))
_QUEUE_VERSIONS = Bulk("queue_version", _QUEUE_COLUMNS)


async def write_queues(tx: Tx, domain: str, configured: Sequence[QueueConfigured]) -> None:
    """Write new rules, oldest version first, each into the history and the last of each queue into force."""
    rows = [
        (domain, one.queue, one.version, one.rules.model_dump_json(), instant(one.at), one.by) for one in configured
    ]
    await _QUEUE_VERSIONS.insert(tx, rows)
    await _QUEUES.upsert(tx, [(*row, False) for row in {row[1]: row for row in rows}.values()])


async def write_configurations(tx: Tx, domain: str, decisions: Sequence[Decision]) -> None:
    """Write the rules that took effect, the queues that went, and each configuration whole into the history."""
    await write_queues(tx, domain, [one for one in decisions if isinstance(one, QueueConfigured)])
    last = {one.queue: one for one in decisions if isinstance(one, QueueConfigured | QueueRemoved)}
    for gone in last.values():
        if isinstance(gone, QueueRemoved):
            await tx.fetch(
                "update queue set removed = true, changed_at = $3, changed_by = $4 where domain = $1 and name = $2",
                domain,
                gone.queue,
                instant(gone.at),
                gone.by,
            )
    rows = [
        (domain, one.version, one.configuration.model_dump_json(by_alias=True), one.note, instant(one.at), one.by)
        for one in decisions
        if isinstance(one, ConfigurationActivated)
    ]
    await _CONFIGURATIONS.insert(tx, rows)


async def write_skills(tx: Tx, domain: str, agents: Sequence[Agent]) -> None:
    """Write the skills of agents whose profile changed."""
    if agents:
        await tx.fetch(
            "delete from agent_skill where domain = $1 and agent_id = any($2::text[])",
            domain,
            [agent.id for agent in agents],
        )
        await _SKILLS.insert(
            tx,
            [
                (domain, agent.id, skill, level, *_validity(agent, skill))
                for agent in agents
                for skill, level in sorted(agent.profile.skills.items())
            ],
        )


def _validity(agent: Agent, skill: str) -> tuple[object, object]:
    paper = agent.profile.certificates.get(skill)
    return (None, None) if paper is None else (_instant(paper.start), _instant(paper.end))


async def write_shifts(tx: Tx, domain: str, agents: Sequence[Agent]) -> None:
    """Write the plans of agents that were replaced."""
    if agents:
        names = [agent.id for agent in agents]
        await tx.fetch("delete from agent_shift where domain = $1 and agent_id = any($2::text[])", domain, names)
        rows = [
            (domain, agent.id, instant(shift.start), instant(shift.end), shift.kind)
            for agent in agents
            for shift in agent.shifts
        ]
        await _SHIFTS.insert(tx, rows)


def _instant(value: Micros | None) -> Any:
    return None if value is None else instant(value)
