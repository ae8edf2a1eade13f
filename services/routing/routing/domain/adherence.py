"""Shifts: is the agent's presence as planned? And breaks: may the agent go now, and are they back in time?"""

from bisect import bisect_right

from routing.domain.commands import SetPresence, SetShifts, Shift
from routing.domain.decisions import AdherenceChanged, ShiftsPlanned
from routing.domain.entities import Agent
from routing.domain.floor import Floor
from routing.domain.offering import Answer
from routing.domain.timers import Kind
from routing.domain.values import Code, Micros, Presence, span

NOT_AS_PLANNED = "not_as_planned"
BREAK_TOO_LONG = "break_too_long"
WORK = "work"


def set_shifts(floor: Floor, command: SetShifts) -> Answer:
    """Replaces an agent's plan; one whose stretches overlap or run backwards changes nothing."""
    agent = floor.agents.get(command.agent_id)
    if agent is None:
        return Code.UNKNOWN_AGENT, None
    for number, shift in enumerate(command.shifts):
        if shift.end <= shift.start:
            return _invalid(number, "ends before it begins")
        if number and shift.start < command.shifts[number - 1].end:
            return _invalid(number, "begins before the one before it ends")
    if agent.shifts == command.shifts:
        return Code.UNCHANGED, None
    agent.shifts = command.shifts
    floor.changes.agents[agent.id] = agent
    floor.decisions.append(ShiftsPlanned(floor.now, agent.id, len(command.shifts)))
    judge(floor, agent)
    return Code.DONE, None


def _invalid(number: int, why: str) -> Answer:
    return Code.INVALID, {"errors": [{"pointer": f"/shifts/{number}", "detail": f"this stretch {why}"}]}


def expected(shifts: tuple[Shift, ...], at: Micros) -> Presence | None:
    """The presence a plan asks for; None: there is no plan."""
    if not shifts:
        return None
    number = bisect_right(shifts, at, key=lambda shift: shift.start) - 1
    if number < 0 or shifts[number].end <= at:
        return Presence.OFFLINE
    return Presence.AVAILABLE if shifts[number].kind == WORK else Presence.AWAY


def judge(floor: Floor, agent: Agent) -> None:
    """Compares presence with the plan and the break's length, and reports a change of the verdict."""
    now, planned = floor.now, expected(agent.shifts, floor.now)
    astray_since = agent.astray_since
    if planned is None or planned is agent.presence:
        astray_since = None
    elif astray_since is None:
        astray_since = now
    too_long, astray = _break_over(floor, agent), None
    reported = None if astray_since is None else astray_since + span(floor.rules.adherence_tolerance_seconds)
    if reported is not None and reported <= now:
        astray = NOT_AS_PLANNED
    if too_long is not None and too_long <= now:
        astray = BREAK_TOO_LONG
    if astray != agent.astray:
        began = too_long if astray == BREAK_TOO_LONG else astray_since
        floor.decisions.append(
            AdherenceChanged(now, agent.id, agent.name, astray, planned, agent.presence, agent.reason, began or now)
        )
    if (astray_since, astray) != (agent.astray_since, agent.astray):
        agent.astray_since, agent.astray = astray_since, astray
        floor.changes.agents[agent.id] = agent
    _watch(floor, agent, (_boundary(agent.shifts, now), reported, too_long))


def _break_over(floor: Floor, agent: Agent) -> Micros | None:
    """When the break the agent is on should end."""
    rule = floor.rules.breaks.get(agent.reason or "") if agent.presence is Presence.AWAY else None
    return None if rule is None or rule.most_seconds is None else agent.since + span(rule.most_seconds)


def _boundary(shifts: tuple[Shift, ...], now: Micros) -> Micros | None:
    """When the plan next changes."""
    for shift in shifts[max(0, bisect_right(shifts, now, key=lambda shift: shift.start) - 1) :]:
        for moment in (shift.start, shift.end):
            if moment > now:
                return moment
    return None


def _watch(floor: Floor, agent: Agent, moments: tuple[Micros | None, ...]) -> None:
    due = min((moment for moment in moments if moment is not None and moment > floor.now), default=None)
    if due is not None and due != agent.plan_due:
        floor.timers.add(due, Kind.PLAN, agent)
    agent.plan_due = due


def plan_due(floor: Floor, agent: Agent, due: Micros) -> None:
    """The timer of an agent's plan fired."""
    if agent.plan_due == due:
        agent.plan_due = None
        judge(floor, agent)


def break_refused(floor: Floor, agent: Agent, command: SetPresence) -> Answer | None:
    """Why the agent may not go away now for this reason; None if they may."""
    rule = floor.rules.breaks.get(command.reason or "")
    if command.presence is not Presence.AWAY or rule is None or command.by is not None:
        return None
    others = [one for one in floor.agents.values() if one is not agent]
    if rule.at_once is not None:
        away = sum(one.presence is Presence.AWAY and one.reason == command.reason for one in others)
        if away >= rule.at_once:
            detail = {"reason": command.reason, "rule": "at_once", "limit": rule.at_once, "number": away}
            return Code.BREAK_REFUSED, detail
    if rule.stay_available is not None:
        here = sum(one.presence is Presence.AVAILABLE for one in others)
        if here < rule.stay_available:
            detail = {"reason": command.reason, "rule": "stay_available", "limit": rule.stay_available, "number": here}
            return Code.BREAK_REFUSED, detail
    return None
