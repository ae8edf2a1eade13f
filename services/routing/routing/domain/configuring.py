"""Configuration taking effect: checked as a whole, then applied to what waits and to who is here."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from routing.domain import adherence, offering, queueing, staff
from routing.domain.commands import Configure, ConfigureQueue
from routing.domain.configuration import Configuration, Fault, FloorRules, faults, faults_of
from routing.domain.decisions import ConfigurationActivated, QueueConfigured, QueueRemoved
from routing.domain.entities import Work
from routing.domain.floor import Floor
from routing.domain.offering import Answer
from routing.domain.parameters import Parameters
from routing.domain.plans import queue_of
from routing.domain.rules import QueueRules
from routing.domain.values import Code, Presence

QUEUE_REMOVED = "queue_removed"


def configure(floor: Floor, command: ConfigureQueue) -> Answer:
    """Creates a queue or replaces its rules; a set of rules that contradicts itself changes nothing."""
    rules = command.rules
    known = floor.queues.get(rules.name)
    version = known.version if known else 0
    if command.expected_version is not None and command.expected_version != version:
        return Code.STALE_VERSION, {"version": version}
    if known is not None and version and known.rules == rules:
        return Code.UNCHANGED, {"version": version}
    found = faults({name: queue.rules for name, queue in floor.queues.items()} | {rules.name: rules}, floor.rules)
    if found:
        return _invalid(found)
    note = f"queue {rules.name}"
    _put_in_force(floor, {rules.name: rules}, (), floor.rules, command.by, note)
    return Code.DONE, {"version": floor.queues[rules.name].version}


def activate(floor: Floor, command: Configure) -> Answer:
    """Puts a whole configuration in force, or none of it."""
    wanted = command.configuration
    if command.expected_version is not None and command.expected_version != floor.configured:
        return Code.STALE_VERSION, {"version": floor.configured}
    found = faults_of(wanted, floor.parameters.default_queue) or overloads(floor, wanted)
    if found:
        return _invalid(found)
    changed, removed = changes(floor, wanted)
    rules = wanted.floor_rules()
    if not changed and not removed and rules == floor.rules and floor.configured:
        return Code.UNCHANGED, {"version": floor.configured}
    _put_in_force(floor, changed, removed, rules, command.by, command.note)
    return Code.DONE, {"version": floor.configured}


def _invalid(found: Iterable[Fault]) -> Answer:
    return Code.INVALID, {"errors": [{"pointer": pointer, "detail": detail} for pointer, detail in found]}


def changes(floor: Floor, wanted: Configuration) -> tuple[dict[str, QueueRules], list[str]]:
    """Queues that are new or differ, and those that go."""
    named = {rules.name: rules for rules in wanted.queues}
    differ = {
        name: rules
        for name, rules in named.items()
        if name not in floor.queues or not floor.queues[name].version or floor.queues[name].rules != rules
    }
    return differ, sorted(floor.queues.keys() - named.keys())


def overloads(floor: Floor, wanted: FloorRules) -> list[Fault]:
    """Utilisation profiles that agents hold more than, or that agents have and the configuration has not."""
    found: list[Fault] = []
    for agent in floor.agents.values():
        name = agent.profile.utilisation
        if name is None:
            continue
        if name not in wanted.profiles:
            found.append(("/profiles", f"{agent.id} has the profile {name}, which is missing"))
        elif use := staff.below_use(floor, agent, staff.resolved(wanted, agent.profile), wanted):
            what = f"{use['used']} of {use['channel']}" if "channel" in use else f"work of {use['used']} units"
            found.append((f"/profiles/{name}", f"{agent.id} holds {what}, more than that"))
    return found


def _put_in_force(
    floor: Floor,
    changed: Mapping[str, QueueRules],
    removed: Collection[str],
    rules: FloorRules,
    by: str,
    note: str | None,
) -> None:
    before, floor.rules = floor.rules, rules
    floor.configured += 1
    floor.changes.configuration = True
    floor.planner.known_skills = frozenset(rules.skills)
    touched = {*changed, *removed}
    if before.skills.keys() != rules.skills.keys():
        touched |= floor.queues.keys()
    touched |= {
        name
        for name, queue in floor.queues.items()
        if (calendar := queue.rules.calendar) and before.calendars.get(calendar) != rules.calendars.get(calendar)
    }
    affected = [work for work in floor.work.values() if work.queue in touched]
    for work in affected:
        queueing.take_out(floor, work)
    floor.planner.forget(touched)
    _set_queues(floor, touched, changed, removed, by)
    use_orders(floor)
    for work in affected:
        if work.queue in floor.queues:
            _follow(floor, work)
        else:
            _move_out(floor, work)
    _refit_agents(floor, before)
    floor.decisions.append(ConfigurationActivated(floor.now, floor.configured, by, note, in_force(floor)))


def _set_queues(
    floor: Floor, touched: Collection[str], changed: Mapping[str, QueueRules], removed: Collection[str], by: str
) -> None:
    for name in sorted(name for name in touched if name not in removed):
        known = floor.queues.get(name)
        version = known.version if known else floor.removed.pop(name, 0)
        rules = changed[name] if name in changed else floor.queues[name].rules
        queue = queue_of(rules, version + (name in changed), floor.parameters, floor.rules.calendars)
        if known is not None:
            queue.waiting, queue.accepted = known.waiting, known.accepted
        floor.queues[name] = queue
        if name in changed:
            floor.decisions.append(QueueConfigured(floor.now, name, queue.version, by, rules))
    for name in removed:
        version = floor.queues.pop(name).version
        floor.removed[name] = version
        floor.decisions.append(QueueRemoved(floor.now, name, version, by))


def _follow(floor: Floor, work: Work) -> None:
    """An item whose queue has other rules now: the same age, a new plan from its first step."""
    queue = floor.queues[work.queue]
    work.plan = floor.plan(work.request, queue)
    work.stage = 0
    queueing.set_place(floor, work)
    floor.changes.work[work] = None
    if work.held is not None:
        return
    if work.entered > floor.now:  # held back by hours that may be others now
        work.entered = queueing.opening(queue, max(floor.now, work.not_before or 0))
    queueing.skip_unstaffed(floor, work)
    if queue.rules.strict and work.preferred_until is not None:
        queueing.prefer_nobody(floor, work, "strict_queue")
    queueing.resume(floor, work)
    for offer in work.offers.values():  # no longer strict, it may have to yield to an emergency
        floor.touched_agents[offer.agent.id] = offer.agent


def _move_out(floor: Floor, work: Work) -> None:
    """An item whose queue is gone: it waits in the default queue with its age; in somebody's hands it stays there."""
    default = floor.parameters.default_queue
    if work.held is None:
        offering.rescind_all(floor, work, QUEUE_REMOVED)
        queueing.enter(floor, work, default, QUEUE_REMOVED)
    else:
        work.queue = default
        work.plan = floor.plan(work.request, floor.queues[default])
        work.stage = 0
        queueing.set_place(floor, work)
        floor.changes.work[work] = None


def _refit_agents(floor: Floor, before: FloorRules) -> None:
    """Agents take on their changed utilisation profiles, and are judged by the changed rules for breaks."""
    rules = floor.rules
    for agent in floor.agents.values():
        name = agent.profile.utilisation
        if name is not None and before.profiles.get(name) != rules.profiles[name]:
            staff.give(floor, agent, staff.resolved(rules, agent.profile))
        if (before.breaks, before.adherence_tolerance_seconds) != (rules.breaks, rules.adherence_tolerance_seconds):
            adherence.judge(floor, agent)


def first(queues: Sequence[QueueRules], parameters: Parameters) -> Configuration:
    """The configuration an empty domain starts with; the default queue is added if it is not among them."""
    if not any(rules.name == parameters.default_queue for rules in queues):
        queues = [*queues, QueueRules(name=parameters.default_queue, ask_language=False)]
    return Configuration(queues=tuple(queues))


def use_orders(floor: Floor) -> None:
    """Keeps the index of free agents in the orders that some queue asks for."""
    if floor.idle.use_orders(queue.rules.agent_order for queue in floor.queues.values()):
        for agent in floor.agents.values():
            if agent.presence is Presence.AVAILABLE:
                floor.moved(agent)


def in_force(floor: Floor) -> Configuration:
    """The configuration as it stands."""
    queues = tuple(queue.rules for _, queue in sorted(floor.queues.items()) if queue.version)
    rules = floor.rules
    parts = {name: getattr(rules, name) for name in FloorRules.model_fields}
    return Configuration.model_construct(**parts, queues=queues)


def load(
    floor: Floor,
    queues: Iterable[tuple[QueueRules, int]],
    removed: Iterable[tuple[str, int]],
    rules: FloorRules,
    version: int,
) -> None:
    """Sets the stored configuration on an empty floor."""
    floor.rules, floor.configured = rules, version
    floor.planner.known_skills = frozenset(rules.skills)
    floor.removed = dict(removed)
    for one, its_version in queues:
        floor.queues[one.name] = queue_of(one, its_version, floor.parameters, rules.calendars)
    use_orders(floor)
