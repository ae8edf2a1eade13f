"""Skills that hold for a time only: they begin and run out at the instant, signed in or not."""

from routing.domain import offering, queueing
from routing.domain.commands import AgentProfile
from routing.domain.decisions import SkillsChanged
from routing.domain.entities import Agent
from routing.domain.floor import Floor
from routing.domain.timers import Kind
from routing.domain.values import Micros

SKILL_LAPSED = "skill_lapsed"


def lapsed_at(profile: AgentProfile, at: Micros) -> frozenset[str]:
    """The skills of a profile whose certificates do not hold at this instant."""
    return frozenset(
        skill for skill, paper in profile.certificates.items() if skill in profile.skills and not paper.holds(at)
    )


def watch(floor: Floor, agent: Agent) -> None:
    """Sets the timer for the next certificate that begins or ends."""
    moments = [
        moment
        for paper in agent.profile.certificates.values()
        for moment in (paper.start, paper.end)
        if moment is not None and moment > floor.now
    ]
    due = min(moments, default=None)
    if due is not None and due != agent.skills_due:
        floor.timers.add(due, Kind.SKILLS, agent)
    agent.skills_due = due


def due(floor: Floor, agent: Agent, due: Micros) -> None:
    """The timer fired: the agent joins those of their new skills; offers that ask for a lost one are taken back."""
    if agent.skills_due != due:
        return
    agent.skills_due = None
    lapsed = lapsed_at(agent.profile, floor.now)
    if lapsed != agent.lapsed:
        gained, lost = tuple(sorted(agent.lapsed - lapsed)), tuple(sorted(lapsed - agent.lapsed))
        floor.idle.leave(agent)
        agent.lapsed = lapsed
        floor.join(agent)
        floor.moved(agent)
        floor.touched_agents[agent.id] = agent
        floor.decisions.append(SkillsChanged(floor.now, agent.id, agent.name, gained, lost))
        for offer in list(agent.offers.values()):
            asked = offer.work.plan.stages[offer.work.stage].requirement
            preferred = offer.work.request.preferred_agent_id == agent.id
            if lost and not preferred and not asked.fits(agent.group.mask):
                offering.rescind(floor, offer, SKILL_LAPSED)
        queueing.send_on_unstaffed(floor)
    watch(floor, agent)
