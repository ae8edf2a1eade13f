"""Items and their places: entering a queue, waiting, widening, overflowing, leaving."""

from routing.domain.commands import WorkRequest
from routing.domain.decisions import AgeAdjusted, PriorityChanged, WorkEnded, WorkQueued, WorkWidened
from routing.domain.entities import Work
from routing.domain.floor import Floor
from routing.domain.plans import Plan, Queue, place_of
from routing.domain.rules import Overflow, OverflowRule
from routing.domain.skills import Requirement
from routing.domain.timers import Kind
from routing.domain.values import FOREVER, Micros, Presence, WorkState, span


def create(floor: Floor, request: WorkRequest, priority: int) -> None:
    """A new item enters the queue it asks for."""
    floor.last_work_seq += 1
    work = Work(request, floor.last_work_seq, priority, age_from=request.enqueued)
    work.barred = dict.fromkeys(request.excluded, FOREVER)
    floor.work[request.id] = work
    enter(floor, work, request.queue, "requested")


def enter(floor: Floor, work: Work, name: str, because: str) -> None:
    """Puts an item into a queue, or into the one its overflow rules name, at the place its key gives it.

    While the queue is closed the item is held back: it counts as entering when the queue opens.
    """
    queue = floor.queues.get(name)
    if queue is None:
        queue, because = floor.queues[floor.parameters.default_queue], "no_such_queue"
    plan = floor.plan(work.request, queue)
    while (rule := _overflow_at_entry(floor, queue, plan)) is not None:
        queue, because = floor.queues[rule.to], f"overflow/{rule.when}"
        plan = floor.plan(work.request, queue)
    work.queue, work.plan, work.stage = queue.rules.name, plan, 0
    work.entered = opening(queue, max(floor.now, work.not_before or 0))
    set_place(floor, work)
    work.state = WorkState.WAITING
    queue.waiting += 1
    floor.changes.work[work] = None
    floor.decisions.append(WorkQueued(floor.now, work.request, work.queue, because))
    work.preferred_until = _preferred_until(floor, work, queue)
    skip_unstaffed(floor, work)
    let_wait(floor, work)


def set_place(floor: Floor, work: Work) -> None:
    """Works out an item's key and slope from its age, its priority and the rules of its queue."""
    queue = floor.queues[work.queue]
    work.key, work.slope = place_of(queue, floor.parameters, age_from=work.age_from, priority=work.priority)


def _overflow_at_entry(floor: Floor, queue: Queue, plan: Plan) -> OverflowRule | None:
    for rule in queue.rules.overflow:
        match rule.when:
            case Overflow.LENGTH:
                applies = queue.waiting >= rule.limit
            case Overflow.EXPECTED_WAIT:
                applies = (queue.expected_wait(floor.now) or 0) > span(rule.limit)
            case Overflow.UNSTAFFED:
                applies = not _staffed(plan.widest)
            case Overflow.CLOSED:
                applies = opening(queue, floor.now) > floor.now
            case Overflow.WAITED:
                applies = False
        if applies:
            return rule
    return None


def _staffed(requirement: Requirement) -> bool:
    return any(group.signed_in for group in requirement.groups)


def send_on_unstaffed(floor: Floor) -> None:
    """Somebody left, or lost a skill: what nobody signed in could ever have now moves on, where its queue says so.

    An item on offer does not, and neither does one that is held back until its queue opens.
    """
    rules = {
        name: rule
        for name, queue in floor.queues.items()
        for rule in reversed(queue.rules.overflow)
        if rule.when is Overflow.UNSTAFFED and queue.waiting
    }
    if not rules:
        return
    for work in list(floor.work.values()):
        rule = rules.get(work.queue)
        if rule is None or work.held is not None or work.offers or work.entered > floor.now:
            continue
        if not _staffed(work.plan.widest):
            take_out(floor, work)
            floor.queues[work.queue].waiting -= 1
            enter(floor, work, rule.to, f"overflow/{rule.when}")


def opening(queue: Queue, at: Micros) -> Micros:
    """That instant if the queue is open then, otherwise when it next opens."""
    return at if queue.hours is None else queue.hours.opening(at)


def appoint(floor: Floor, work: Work) -> None:
    """Lets an item that is out of sight count as entering its queue at its appointed time, or at the next opening.

    It keeps its key, and the steps of relaxation it has taken: who might have it, still may.
    """
    queue = floor.queues[work.queue]
    work.entered = opening(queue, max(floor.now, work.not_before or 0))
    work.preferred_until = _preferred_until(floor, work, queue)


def _preferred_until(floor: Floor, work: Work, queue: Queue) -> Micros | None:
    preferred = floor.agents.get(work.request.preferred_agent_id or "")
    if preferred is None or preferred.presence is not Presence.AVAILABLE or queue.rules.strict:
        return None
    if preferred.id in work.barred or not queue.preferred_span:
        return None
    return work.entered + queue.preferred_span


def skip_unstaffed(floor: Floor, work: Work) -> None:
    """Takes the steps of relaxation that need not wait because nobody is there who could do with less."""
    stages = work.plan.stages
    while work.stage + 1 < len(stages) and stages[work.stage + 1].if_unstaffed:
        if _staffed(stages[work.stage].requirement):
            return
        _widen(floor, work)


def _widen(floor: Floor, work: Work) -> None:
    work.stage += 1
    because = work.plan.stages[work.stage].because
    floor.changes.work[work] = None
    floor.decisions.append(WorkWidened(floor.now, work.request, work.queue, work.stage, because))


def let_wait(floor: Floor, work: Work) -> None:
    """Puts an item where those who may have it look for it, and arms the timer of its next stage."""
    advance(floor, work, floor.now)
    if not work.ticket and work.entered <= floor.now:
        show(floor, work)


def show(floor: Floor, work: Work) -> None:
    """Puts an item into the bucket of its stage, or into that of its preferred agent."""
    preferred = None if work.preferred_until is None else floor.agents[work.request.preferred_agent_id or ""]
    if preferred is not None and preferred.presence is Presence.AVAILABLE:
        floor.waiting.keep_for(work, preferred)
    else:
        if preferred is not None:
            prefer_nobody(floor, work, "preferred_agent_left")
        floor.waiting.insert(work, work.plan.stages[work.stage].requirement)
    floor.waiting.insistent += floor.queues[work.queue].insistent
    floor.touched_work[work] = None


def wait_again(floor: Floor, work: Work) -> None:
    """An offer of the item ended without acceptance: it waits in its old place, with the stages due since."""
    if not work.offers:
        work.state = WorkState.WAITING
    floor.changes.work[work] = None
    take_out(floor, work)
    resume(floor, work)


def resume(floor: Floor, work: Work) -> None:
    """Lets an item that is out of sight wait, unless it is on offer to as many agents as its queue allows."""
    if len(work.offers) < floor.queues[work.queue].rules.offers_at_once:
        let_wait(floor, work)
    else:
        advance(floor, work, floor.now)


def take_out(floor: Floor, work: Work) -> None:
    """Takes an item out of sight; it keeps its queue and key."""
    if work.ticket:
        floor.waiting.remove(work)
        floor.waiting.insistent -= floor.queues[work.queue].insistent
        floor.touched_work.pop(work, None)


def stage_due(floor: Floor, work: Work, due: Micros) -> None:
    """The timer of an item's next stage fired."""
    if work.stage_due == due and work.state in (WorkState.WAITING, WorkState.OFFERED):
        work.stage_due = None
        take_out(floor, work)
        advance(floor, work, due)
        wanted = len(work.offers) < floor.queues[work.queue].rules.offers_at_once
        if wanted and not work.ticket and work.entered <= floor.now:
            show(floor, work)


def advance(floor: Floor, work: Work, until: Micros) -> None:
    """Takes the stages due by `until` and sets the timer for the next; the item is out of sight meanwhile.

    An item on offer does not overflow; that happens when it waits again.
    """
    if work.preferred_until is not None and work.preferred_until <= until:
        prefer_nobody(floor, work, "preferred_agent_busy")
    stages = work.plan.stages
    while work.stage + 1 < len(stages) and work.entered + stages[work.stage + 1].after <= until:
        stage = stages[work.stage + 1]
        if stage.overflow is not None:
            if work.offers:
                return
            floor.queues[work.queue].waiting -= 1
            enter(floor, work, stage.overflow.to, stage.because)
            return
        _widen(floor, work)
    arm(floor, work)


def arm(floor: Floor, work: Work) -> None:
    """Sets the timer of the item's next stage."""
    due = work.preferred_until
    if work.entered > floor.now:
        due = work.entered
    elif work.stage + 1 < len(work.plan.stages):
        after = work.entered + work.plan.stages[work.stage + 1].after
        due = after if due is None else min(due, after)
    if due is not None and due != work.stage_due:
        floor.timers.add(due, Kind.STAGE, work)
    work.stage_due = due


def prefer_nobody(floor: Floor, work: Work, because: str) -> None:
    """Ends the wait for the preferred agent. The item is to be put in its new place by the caller."""
    work.preferred_until = None
    floor.changes.work[work] = None
    floor.decisions.append(WorkWidened(floor.now, work.request, work.queue, work.stage, because))


def reprioritise(floor: Floor, work: Work, priority: int) -> None:
    """Gives an item another priority; if it waits, it moves to the place that goes with it."""
    work.priority = priority
    _move(floor, work)
    floor.decisions.append(PriorityChanged(floor.now, work.request, work.queue, priority))


def adjust_age(floor: Floor, work: Work, seconds: float) -> None:
    """Lets an item count as having waited longer (or less long) than it has."""
    work.age_from -= span(seconds)
    _move(floor, work)
    floor.decisions.append(AgeAdjusted(floor.now, work.request, work.queue, seconds))


def _move(floor: Floor, work: Work) -> None:
    """Works the key out anew; an item in sight moves to the place that goes with it."""
    visible = bool(work.ticket)
    take_out(floor, work)
    set_place(floor, work)
    if visible:
        let_wait(floor, work)
    floor.changes.work[work] = None


def leave_queue(floor: Floor, work: Work) -> None:
    """The item waits no more: somebody has it, or it ended."""
    take_out(floor, work)
    floor.queues[work.queue].waiting -= 1
    work.preferred_until = work.stage_due = None
    floor.changes.work[work] = None


def end(floor: Floor, work: Work, state: WorkState, reason: str) -> None:
    """Ends an item that nobody had. Its offers must have been taken back before."""
    leave_queue(floor, work)
    work.state, work.ended, work.end_reason = state, floor.now, reason
    abandoned = state is WorkState.ABANDONED
    floor.decisions.append(WorkEnded(floor.now, work.request, work.queue, reason, abandoned))
    floor.forget_work(work)
