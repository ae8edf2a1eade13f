"""Why an item still waits, and why an agent has nothing: figures from the floor, for people to read."""

from collections import Counter
from typing import Any

from routing.domain import matching
from routing.domain.commands import ExplainAgent, ExplainWork
from routing.domain.entities import Agent, Work
from routing.domain.floor import Floor
from routing.domain.offering import Answer
from routing.domain.skills import Requirement
from routing.domain.values import SECOND, Code, Micros, Presence, WorkState


def explain_work(floor: Floor, command: ExplainWork) -> Answer:
    """What an item asks for, who could have it, and what keeps them; where it stands and what happens next."""
    work = floor.work.get(command.work_id)
    if work is None:
        return Code.UNKNOWN_WORK, None
    found: dict[str, Any] = {
        "state": work.state.value,
        "queue": work.queue,
        "waited_seconds": _seconds(floor.now - work.request.enqueued),
        "stage": work.stage,
    }
    if work.held is not None:
        return Code.UNCHANGED, {**found, "agent_id": work.held.agent.id}
    requirement = work.plan.stages[work.stage].requirement
    expected = floor.queues[work.queue].expected_wait(floor.now)
    found |= {
        "hold": _hold(floor, work),
        "callback": work.request.callback,
        "asks": _asks(requirement),
        "agents": _agents(floor, work, requirement),
        "on_offer_to": sorted(offer.agent.id for offer in work.offers.values()),
        "ahead": matching.ahead(floor, work),
        "queue_expected_wait_seconds": None if expected is None else _seconds(expected),
        "next": _next(floor, work),
    }
    return Code.UNCHANGED, found


def _hold(floor: Floor, work: Work) -> dict[str, Any] | None:
    """What keeps an item from everybody (closed queue, appointed callback) or from all but the preferred agent."""
    if work.entered > floor.now:
        kind = "closed" if (work.not_before or 0) <= floor.now else "appointed"
        return {"kind": kind, "seconds": _seconds(work.entered - floor.now)}
    if work.preferred_until is not None:
        left = _seconds(work.preferred_until - floor.now)
        return {"kind": "preferred_agent", "agent_id": work.request.preferred_agent_id, "seconds": left}
    return None


def _asks(requirement: Requirement) -> list[dict[str, Any]]:
    return [
        {
            "skills": {need.skill: need.level for need in alternative.needs},
            "without": list(alternative.forbids),
            "not_yet_for_groups": list(alternative.forbidden_groups),
        }
        for alternative in requirement.alternatives
    ]


def _agents(floor: Floor, work: Work, requirement: Requirement) -> dict[str, int]:
    """The agents who meet the requirement, each counted once, by what keeps them from having the item."""
    counts: Counter[str] = Counter()
    for group in requirement.groups:
        for agent in group.members.values():
            counts[_standing(floor, work, agent)] += 1
    return {name: counts[name] for name in ("free", "full", "cooling_down", "on_offer", "away", "offline")}


def _standing(floor: Floor, work: Work, agent: Agent) -> str:
    if agent.presence is not Presence.AVAILABLE:
        return agent.presence.value
    if any(offer.agent is agent for offer in work.offers.values()):
        return "on_offer"
    if agent.id in work.barred:
        return "cooling_down"
    return "free" if floor.fits(agent, work.request.channel) else "full"


def _next(floor: Floor, work: Work) -> dict[str, Any] | None:
    """The next step that time alone brings."""
    following = work.stage + 1
    if work.entered > floor.now or following >= len(work.plan.stages):
        return None
    stage = work.plan.stages[following]
    left = max(0, work.entered + stage.after - floor.now)
    to = None if stage.overflow is None else stage.overflow.to
    return {"because": stage.because, "seconds": _seconds(left), "to": to}


def explain_agent(floor: Floor, command: ExplainAgent) -> Answer:
    """What an agent could take, and what keeps the items they have the skills for from them."""
    agent = floor.agents.get(command.agent_id)
    if agent is None:
        return Code.UNKNOWN_AGENT, None
    room = {channel: floor.fits(agent, channel) for channel in agent.limits}
    entry = matching.first_for(floor, agent)
    return Code.UNCHANGED, {
        "presence": agent.presence.value,
        "reason": agent.reason,
        "used": agent.used,
        "capacity": agent.profile.capacity,
        "idle_seconds": None if agent.held else _seconds(floor.now - agent.idle_since),
        "channels_with_room": sorted(channel for channel, fits in room.items() if fits),
        "would_get": None if entry is None else entry[3].request.id,
        "waiting": _waiting_for(floor, agent, room),
    }


def _waiting_for(floor: Floor, agent: Agent, room: dict[str, bool]) -> dict[str, int]:
    """Items that nobody has, each counted once, by what keeps them from this agent."""
    counts: Counter[str] = Counter()
    for work in floor.work.values():
        if work.state is WorkState.WAITING:
            counts[_obstacle(floor, work, agent, room)] += 1
    return dict(sorted(counts.items()))


def _obstacle(floor: Floor, work: Work, agent: Agent, room: dict[str, bool]) -> str:
    if work.entered > floor.now:
        return "queue_closed"
    if work.preferred_until is not None and work.request.preferred_agent_id != agent.id:
        return "kept_for_another"
    if work.preferred_until is None and not work.plan.stages[work.stage].requirement.fits(agent.group.mask):
        return "skills_missing"
    if agent.presence is not Presence.AVAILABLE:
        return "agent_not_available"
    if agent.id in work.barred:
        return "cooling_down"
    return "takeable" if room[work.request.channel] else "agent_full"


def _seconds(span: Micros) -> float:
    return round(span / SECOND, 3)
