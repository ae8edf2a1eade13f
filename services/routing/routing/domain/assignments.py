"""Work that somebody has: finishing, wrapping up, completing, giving back, and giving out by hand."""

from uuid import UUID

from routing.domain import offering, queueing
from routing.domain.commands import AssignWork, CancelWork, CompleteWork, FinishWork, ReleaseWork
from routing.domain.decisions import WorkCompleted, WorkReleased, WrapUpStarted
from routing.domain.entities import Assignment, Work
from routing.domain.floor import Floor
from routing.domain.offering import Answer
from routing.domain.timers import Kind
from routing.domain.values import Code, Micros, Presence, WorkState


def finish(floor: Floor, command: FinishWork) -> Answer:
    """The case needs nobody any more."""
    work = floor.work.get(command.work_id)
    if work is None:
        return unknown(floor, command.work_id)
    return _conclude(floor, work, WorkState.CANCELLED, "finished")


def cancel(floor: Floor, command: CancelWork) -> Answer:
    """The work is not needed; whoever has it wraps up. A customer who hung up to be called back did not give up."""
    work = floor.work.get(command.work_id)
    if work is None:
        return unknown(floor, command.work_id)
    if command.abandoned and work.request.callback and work.held is None:
        return Code.CALLBACK_KEPT, None
    return _conclude(floor, work, WorkState.ABANDONED if command.abandoned else WorkState.CANCELLED, command.reason)


def _conclude(floor: Floor, work: Work, state: WorkState, reason: str) -> Answer:
    held = work.held
    if held is None:
        offering.rescind_all(floor, work, reason)
        queueing.end(floor, work, state, reason)
        return Code.DONE, None
    if held.finished is not None:
        return Code.ALREADY_ENDED, None
    held.finished, work.end_reason = floor.now, reason
    wrap_up = floor.queues[work.queue].wrap_up_span[work.request.channel]
    if not wrap_up:
        _complete(floor, work, held)
        return Code.DONE, None
    work.state, held.wrap_until = WorkState.WRAPPING, floor.now + wrap_up
    floor.timers.add(held.wrap_until, Kind.WRAP_UP, work)
    floor.changes.work[work] = None
    floor.changes.assignments[held] = None
    floor.decisions.append(WrapUpStarted(floor.now, work.request, work.queue, held.agent.id, held.wrap_until))
    return Code.DONE, None


def wrapped_up(floor: Floor, work: Work, due: Micros) -> None:
    """The timer of a wrap-up fired."""
    if work.held is not None and work.held.wrap_until == due:
        _complete(floor, work, work.held)


def complete(floor: Floor, command: CompleteWork) -> Answer:
    """The agent is done, and wants no (more) wrap-up."""
    work = floor.work.get(command.work_id)
    if work is None:
        return unknown(floor, command.work_id)
    if work.held is None:
        return Code.NOT_ASSIGNED, None
    if command.agent_id is not None and work.held.agent.id != command.agent_id:
        return Code.NOT_YOURS, None
    work.end_reason = work.end_reason or "completed"
    _complete(floor, work, work.held)
    return Code.DONE, None


def _complete(floor: Floor, work: Work, held: Assignment) -> None:
    finished = held.finished = floor.now if held.finished is None else held.finished
    work.state, work.ended = WorkState.COMPLETED, floor.now
    _let_go(floor, work, held, "completed")
    handled, wrap_up = finished - held.accepted, floor.now - finished
    floor.decisions.append(WorkCompleted(floor.now, work.request, work.queue, held.agent.id, handled, wrap_up))
    floor.forget_work(work)


def release(floor: Floor, command: ReleaseWork) -> Answer:
    """The item goes back to its old place, or to another queue."""
    work = floor.work.get(command.work_id)
    if work is None:
        return unknown(floor, command.work_id)
    held = work.held
    if held is None or held.finished is not None:
        return Code.NOT_ASSIGNED, None
    if command.agent_id is not None and held.agent.id != command.agent_id:
        return Code.NOT_YOURS, None
    if command.queue is not None and command.queue not in floor.queues:
        return Code.UNKNOWN_QUEUE, None
    _let_go(floor, work, held, "released")
    work.held = None
    if not command.keep_age:
        work.age_from = floor.now
    floor.decisions.append(WorkReleased(floor.now, work.request, work.queue, held.agent.id, command.reason))
    offering.bar(floor, work, held.agent.id)
    queueing.enter(floor, work, command.queue or work.queue, "transferred" if command.queue else "released")
    return Code.DONE, None


def _let_go(floor: Floor, work: Work, held: Assignment, outcome: str) -> None:
    held.ended, held.outcome = floor.now, outcome
    floor.changes.assignments[held] = None
    del held.agent.held[work.request.id]
    held.agent.idle_since = floor.now
    floor.give_back(held.agent, work.request.channel, held.cost)
    floor.changes.work[work] = None


def assign(floor: Floor, command: AssignWork) -> Answer:
    """A supervisor's choice, or an agent's pick, by the same checks as an offer."""
    work = floor.work.get(command.work_id)
    if work is None:
        return unknown(floor, command.work_id)
    agent = floor.agents.get(command.agent_id)
    if agent is None:
        return Code.UNKNOWN_AGENT, None
    if work.held is not None:
        mine = work.held.agent is agent
        return (Code.ALREADY_ACCEPTED if mine else Code.NOT_WAITING), {"agent_id": work.held.agent.id}
    if agent.id in work.request.excluded:
        return Code.EXCLUDED, None
    if agent.presence is not Presence.AVAILABLE:
        return Code.NOT_AVAILABLE, {"presence": agent.presence.value}
    on_offer = any(offer.agent is agent for offer in work.offers.values())
    if not on_offer and not floor.fits(agent, work.request.channel):
        return Code.NO_CAPACITY, {"used": agent.used, "capacity": agent.profile.capacity}
    offering.assign(floor, work, agent, command.by)
    return Code.DONE, None


def unknown(floor: Floor, work_id: UUID) -> Answer:
    """The answer about an item that is not live."""
    ended = floor.ended_work.get(work_id)
    return (Code.ALREADY_ENDED, {"state": ended.value}) if ended else (Code.UNKNOWN_WORK, None)
