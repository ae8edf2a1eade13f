"""Agents: enrolment, presence, connection, profile, and what missed offers lead to."""

from dataclasses import replace
from typing import Any

from routing.domain import adherence, certificates, offering, queueing
from routing.domain.commands import AgentProfile, AgentsSeen, EnrolAgent, SetPresence, UpdateAgent
from routing.domain.configuration import FloorRules
from routing.domain.decisions import AgentUpdated, PresenceChanged
from routing.domain.entities import Agent
from routing.domain.floor import Floor
from routing.domain.offering import Answer
from routing.domain.skills import LANGUAGE
from routing.domain.timers import Kind
from routing.domain.values import Code, Micros, Presence, span

MISSED_OFFERS = "missed"
CONNECTION_LOST = "connection_lost"


def enrol(floor: Floor, command: EnrolAgent) -> Answer:
    """Makes sure that the agent exists; a first sign-in gets the profile of new agents."""
    known = floor.agents.get(command.agent_id)
    if known is None:
        _create(floor, command.agent_id, command.agent_name)
        return Code.DONE, None
    _seen(floor, known)
    return (Code.DONE if _rename(floor, known, command.agent_name) else Code.UNCHANGED), None


def _create(floor: Floor, agent_id: str, name: str | None, profile: AgentProfile | None = None) -> Agent:
    parameters = floor.parameters
    new = AgentProfile(dict(parameters.new_agent_skills), frozenset(), parameters.capacity, {}, 0)
    profile = resolved(floor.rules, profile or new)
    floor.last_agent_seq += 1
    agent = Agent(agent_id, floor.last_agent_seq, name, profile, since=floor.now, idle_since=floor.now)
    floor.agents[agent_id] = agent
    _equip(floor, agent)
    floor.changes.agents[agent_id] = agent
    floor.decisions.append(AgentUpdated(floor.now, agent_id, agent.version))
    return agent


def _equip(floor: Floor, agent: Agent) -> None:
    """Puts an agent with their profile among those of the same skills."""
    agent.lapsed = certificates.lapsed_at(agent.profile, floor.now)
    floor.set_limits(agent)
    floor.join(agent)
    certificates.watch(floor, agent)


def resolved(rules: FloorRules, profile: AgentProfile) -> AgentProfile:
    """A profile with the capacity of the utilisation profile it names."""
    known = rules.profiles.get(profile.utilisation or "")
    return profile if known is None else replace(profile, capacity=known.capacity)


def _rename(floor: Floor, agent: Agent, name: str | None) -> bool:
    if name is None or name == agent.name:
        return False
    agent.name = name
    floor.changes.agents[agent.id] = agent
    return True


def set_presence(floor: Floor, command: SetPresence) -> Answer:
    """The agent's own word."""
    agent = floor.agents.get(command.agent_id) or _create(floor, command.agent_id, command.agent_name)
    _rename(floor, agent, command.agent_name)
    _seen(floor, agent)
    if agent.presence is command.presence and agent.reason == command.reason:
        return Code.UNCHANGED, None
    if refusal := adherence.break_refused(floor, agent, command):
        return refusal
    change(floor, agent, command.presence, command.reason)
    return Code.DONE, None


def change(floor: Floor, agent: Agent, presence: Presence, reason: str | None) -> None:
    """Changes an agent's presence, with all that follows for offers, for what was kept for them, and for their plan."""
    was, agent.presence, agent.reason, agent.since = agent.presence, presence, reason, floor.now
    agent.group.signed_in += (presence is not Presence.OFFLINE) - (was is not Presence.OFFLINE)
    floor.moved(agent)
    floor.decisions.append(PresenceChanged(floor.now, agent.id, agent.name, presence, reason))
    if presence is Presence.AVAILABLE:
        if was is not Presence.AVAILABLE:
            agent.idle_since, agent.misses = floor.now, 0
            floor.touched_agents[agent.id] = agent
    else:
        for offer in list(agent.offers.values()):
            offering.rescind(floor, offer, "agent_" + presence.value)
        _leave_to_others(floor, agent)
    if presence is not Presence.OFFLINE:
        _watch(floor, agent)
    adherence.judge(floor, agent)
    if presence is Presence.OFFLINE:
        queueing.send_on_unstaffed(floor)


def _leave_to_others(floor: Floor, agent: Agent) -> None:
    """Items that waited for this agent alone wait for everybody."""
    for bucket in agent.own.values():
        for *_, ticket, work in sorted(bucket.heap, key=lambda entry: entry[:3]):
            if work.ticket == ticket:
                queueing.take_out(floor, work)
                queueing.let_wait(floor, work)
    agent.own.clear()


def missed(floor: Floor, agent: Agent) -> None:
    """After an offer timed out: too many misses in a row set the agent away, so that customers do not ring in vain."""
    if agent.presence is Presence.AVAILABLE and agent.misses >= floor.parameters.misses_before_away:
        change(floor, agent, Presence.AWAY, MISSED_OFFERS)


def seen(floor: Floor, command: AgentsSeen) -> Answer:
    """These agents' desks are connected."""
    for agent_id in command.agent_ids:
        agent = floor.agents.get(agent_id)
        if agent is not None:
            _seen(floor, agent)
    return Code.UNCHANGED, None


def seen_now(floor: Floor, agent_id: str) -> None:
    """The agent spoke to us."""
    agent = floor.agents.get(agent_id)
    if agent is not None:
        _seen(floor, agent)


def _seen(floor: Floor, agent: Agent) -> None:
    agent.last_seen = floor.now


def _watch(floor: Floor, agent: Agent) -> None:
    if agent.gone_due is None:
        agent.gone_due = agent.last_seen + span(floor.parameters.presence_grace_seconds)
        floor.timers.add(agent.gone_due, Kind.GONE, agent)


def gone(floor: Floor, agent: Agent, due: Micros) -> None:
    """The timer of an agent's silence fired: seen since, they are watched on; otherwise they are offline."""
    if agent.gone_due != due:
        return
    agent.gone_due = None
    if agent.presence is Presence.OFFLINE:
        return
    if agent.last_seen + span(floor.parameters.presence_grace_seconds) > floor.now:
        _watch(floor, agent)
    else:
        change(floor, agent, Presence.OFFLINE, CONNECTION_LOST)


def watch_everybody(floor: Floor) -> None:
    """After a rebuild nobody's silence counts yet: the grace period starts anew for all who are signed in."""
    for agent in floor.agents.values():
        agent.last_seen = floor.now
        if agent.presence is not Presence.OFFLINE:
            _watch(floor, agent)


def update(floor: Floor, command: UpdateAgent) -> Answer:
    """Replaces an agent's profile."""
    agent, profile = floor.agents.get(command.agent_id), command.profile
    version = 0 if agent is None else agent.version
    if command.expected_version is not None and command.expected_version != version:
        return Code.STALE_VERSION, {"version": version}
    if unknown := _unknown_names(floor, profile):
        return Code.INVALID, {"errors": unknown}
    if agent is None:
        _create(floor, command.agent_id, command.agent_name, profile)
        return Code.DONE, {"version": 1}
    profile = resolved(floor.rules, profile)
    if found := below_use(floor, agent, profile, floor.rules):
        return Code.CAPACITY_BELOW_USE, found
    _rename(floor, agent, command.agent_name)
    give(floor, agent, profile)
    queueing.send_on_unstaffed(floor)
    return Code.DONE, {"version": agent.version}


def below_use(floor: Floor, agent: Agent, profile: AgentProfile, rules: FloorRules) -> dict[str, Any] | None:
    """Where the agent holds more than a profile would let them; None if it fits."""
    if profile.capacity < agent.used:
        return {"used": agent.used, "capacity": profile.capacity}
    for channel, most in floor.most_of(profile, rules).items():
        if most < agent.counts.get(channel, 0):
            return {"channel": channel, "used": agent.counts[channel], "at_most": most}
    return None


def give(floor: Floor, agent: Agent, profile: AgentProfile) -> None:
    """Gives an agent a profile, resolved and checked before."""
    floor.idle.leave(agent)
    agent.profile = profile
    agent.version += 1
    _equip(floor, agent)
    floor.moved(agent)
    floor.touched_agents[agent.id] = agent
    floor.decisions.append(AgentUpdated(floor.now, agent.id, agent.version))


def _unknown_names(floor: Floor, profile: AgentProfile) -> list[dict[str, str]]:
    """Names of a profile that the configuration does not have."""
    skills, found = floor.rules.skills, []
    for name in sorted(profile.skills):
        if skills and name not in skills and not name.startswith(LANGUAGE):
            found.append({"pointer": f"/skills/{name}", "detail": "there is no such skill in the catalogue"})
    if profile.utilisation is not None and profile.utilisation not in floor.rules.profiles:
        found.append({"pointer": "/utilisation", "detail": "there is no such utilisation profile"})
    return found
