"""What a configuration would do to what waits and to who is here, worked out beside the floor and changing nothing."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from routing.domain import configuring
from routing.domain.commands import TryConfiguration
from routing.domain.configuration import Configuration, FloorRules, faults_of
from routing.domain.entities import Agent, Work
from routing.domain.floor import Floor
from routing.domain.offering import Answer
from routing.domain.plans import Planner
from routing.domain.rules import QueueRules
from routing.domain.skills import Alternative, Need, Requirement, SkillBook
from routing.domain.values import Code, Presence

_LISTED = 100
"""Items and agents named one by one; the rest are counted."""


def try_out(floor: Floor, command: TryConfiguration) -> Answer:
    """The faults of a configuration, or else its consequences."""
    wanted = command.configuration
    found = faults_of(wanted, floor.parameters.default_queue) or configuring.overloads(floor, wanted)
    if found:
        errors = [{"pointer": pointer, "detail": detail} for pointer, detail in found]
        return Code.UNCHANGED, {"errors": errors, "version": floor.configured}
    return Code.UNCHANGED, {"errors": [], "version": floor.configured, **consequences(floor, wanted)}


def consequences(floor: Floor, wanted: Configuration) -> dict[str, Any]:
    """Who and what the configuration changes, compared with what is in force."""
    changed, removed = configuring.changes(floor, wanted)
    waiting = [work for work in floor.work.values() if work.held is None]
    now = _World(floor, {name: queue.rules for name, queue in floor.queues.items()}, floor.rules)
    then = _World(floor, {rules.name: rules for rules in wanted.queues}, wanted)
    default = floor.parameters.default_queue
    stranded, staffless, moved = [], [], []
    for work in waiting:
        target = work.queue if work.queue in then.queues else default
        if work.queue not in then.queues:
            moved.append(work)
        if not then.anybody(target, work) and now.anybody(work.queue, work):
            stranded.append(work)
        elif not then.signed_in(target, work) and now.signed_in(work.queue, work):
            staffless.append(work)
    idle = [agent for agent in floor.agents.values() if now.serves(agent) and not then.serves(agent)]
    gone = {name for name in floor.rules.skills if wanted.skills and name not in wanted.skills}
    return {
        "queues_added": sorted(name for name in changed if name not in floor.queues),
        "queues_changed": {
            name: _fields(floor.queues[name].rules, rules) for name, rules in changed.items() if name in floor.queues
        },
        "queues_removed": removed,
        "floor_changed": [
            name for name in type(floor.rules).model_fields if getattr(floor.rules, name) != getattr(wanted, name)
        ],
        "items_replanned": dict(Counter(work.queue for work in waiting if work.queue in changed)),
        "items_moved": _items(moved),
        "items_stranded": _items(stranded),
        "items_without_staff": _items(staffless),
        "items_asking_for_removed_skills": _items(
            [work for work in waiting if any(need.skill in gone for need in work.request.needs)]
        ),
        "agents_without_queue": _agents(idle),
        "agents_with_removed_skills": _agents(
            agent for agent in floor.agents.values() if gone & agent.profile.skills.keys()
        ),
    }


def _fields(before: QueueRules, after: QueueRules) -> list[str]:
    return [name for name in QueueRules.model_fields if getattr(before, name) != getattr(after, name)]


def _items(works: Iterable[Work]) -> dict[str, Any]:
    found = [str(work.request.id) for work in works]
    return {"number": len(found), "work_item_ids": found[:_LISTED]}


def _agents(agents: Iterable[Agent]) -> dict[str, Any]:
    found = sorted(agent.id for agent in agents)
    return {"number": len(found), "agent_ids": found[:_LISTED]}


class _World:
    """One configuration and the agents there are, with a skill book of its own: the floor's indexes stay untouched."""

    def __init__(self, floor: Floor, queues: dict[str, QueueRules], rules: FloorRules) -> None:
        self._book = SkillBook()
        self._planner = Planner(self._book)
        self._planner.known_skills = frozenset(rules.skills)
        self.queues = queues
        self._masks: dict[int, bool] = {}
        self._own: dict[str, int] = {}
        for agent in floor.agents.values():
            skills = {name: level for name, level in agent.profile.skills.items() if name not in agent.lapsed}
            mask = self._own[agent.id] = self._book.signature(skills, agent.profile.groups)
            self._masks[mask] = self._masks.get(mask, False) or agent.presence is not Presence.OFFLINE
        self._entry = [self._bare(one) for one in queues.values()]
        self._answers: dict[tuple[int, bool], bool] = {}

    def _bare(self, rules: QueueRules) -> Requirement:
        """What a queue asks of everybody who serves it, before any item and at its least."""
        dropped = {skill for step in rules.relaxation for skill in step.drop}
        alternatives = []
        for either in rules.any_of or ({},):
            needs = {**rules.needs, **either}
            kept = tuple(Need(skill) for skill in sorted(needs) if skill not in dropped)
            alternatives.append(Alternative(kept, tuple(sorted(rules.none_of))))
        return self._book.requirement(tuple(alternatives))[0]

    def serves(self, agent: Agent) -> bool:
        """Whether the agent could serve any queue, at least once items ask for less."""
        return any(requirement.fits(self._own[agent.id]) for requirement in self._entry)

    def anybody(self, queue: str, work: Work) -> bool:
        """Whether any agent at all could have the item in the end."""
        return self._fits(queue, work, signed_in=False)

    def signed_in(self, queue: str, work: Work) -> bool:
        """Whether an agent who is signed in could have the item in the end."""
        return self._fits(queue, work, signed_in=True)

    def _fits(self, queue: str, work: Work, *, signed_in: bool) -> bool:
        widest = self._planner.plan(self.queues[queue], work.request).widest
        key = (id(widest), signed_in)
        if key not in self._answers:
            self._answers[key] = any(
                widest.fits(mask) and (here or not signed_in) for mask, here in self._masks.items()
            )
        return self._answers[key]
