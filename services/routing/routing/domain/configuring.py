"""Queue rules taking effect: checked against all queues, then applied to what waits."""

from collections.abc import Iterable

from routing.domain import queueing
from routing.domain.commands import ConfigureQueue
from routing.domain.decisions import QueueConfigured
from routing.domain.entities import Work
from routing.domain.floor import Floor
from routing.domain.offering import Answer
from routing.domain.plans import Queue, key_of, queue_of
from routing.domain.rules import QueueRules, conflicts
from routing.domain.values import Code, Presence


def configure(floor: Floor, command: ConfigureQueue) -> Answer:
    """Creates a queue or replaces its rules; a set of rules that contradicts itself changes nothing."""
    rules = command.rules
    known = floor.queues.get(rules.name)
    version = known.version if known else 0
    if command.expected_version is not None and command.expected_version != version:
        return Code.STALE_VERSION, {"version": version}
    if known is not None and version and known.rules == rules:
        return Code.UNCHANGED, {"version": version}
    found = conflicts({name: queue.rules for name, queue in floor.queues.items()} | {rules.name: rules})
    if found:
        return Code.INVALID, {"errors": [{"pointer": pointer, "detail": detail} for pointer, detail in found]}
    _apply(floor, queue_of(rules, version + 1, floor.parameters), known)
    floor.decisions.append(QueueConfigured(floor.now, rules.name, version + 1, command.by, rules))
    return Code.DONE, {"version": version + 1}


def _apply(floor: Floor, queue: Queue, known: Queue | None) -> None:
    name = queue.rules.name
    affected: list[Work] = []
    if known is not None:
        queue.waiting, queue.accepted = known.waiting, known.accepted
        affected = [work for work in floor.work.values() if work.queue == name]
        for work in affected:
            queueing.take_out(floor, work)
        floor.planner.forget(name)
    floor.queues[name] = queue
    floor.changes.queues[name] = queue
    use_orders(floor)
    for work in affected:
        work.plan = floor.plan(work.request, queue)
        work.stage = 0
        work.key = key_of(queue.rules, floor.parameters, age_from=work.age_from, priority=work.priority)
        floor.changes.work[work.request.id] = work
        if work.held is None:
            if work.entered > floor.now:  # held back by hours that may be others now
                work.entered = queueing.opening(queue, floor.now)
            queueing.skip_unstaffed(floor, work)
            if queue.rules.strict and work.preferred_until is not None:
                queueing.prefer_nobody(floor, work, "strict_queue")
            queueing.resume(floor, work)
            for offer in work.offers.values():  # no longer strict, it may have to yield to an emergency
                floor.touched_agents[offer.agent.id] = offer.agent


def use_orders(floor: Floor) -> None:
    """Keeps the index of free agents in the orders that some queue asks for."""
    if floor.idle.use_orders(queue.rules.agent_order for queue in floor.queues.values()):
        for agent in floor.agents.values():
            if agent.presence is Presence.AVAILABLE:
                floor.moved(agent)


def load(floor: Floor, queues: Iterable[tuple[QueueRules, int]]) -> None:
    """Sets the stored queues on an empty floor."""
    for rules, version in queues:
        floor.queues[rules.name] = queue_of(rules, version, floor.parameters)
    use_orders(floor)
