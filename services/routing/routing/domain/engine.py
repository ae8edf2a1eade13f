"""The engine: one command in, its result and decisions out."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from routing.domain import (
    adherence,
    assignments,
    callbacks,
    certificates,
    configuring,
    explain,
    matching,
    offering,
    queueing,
    staff,
    trial,
)
from routing.domain.commands import (
    AcceptOffer,
    AdjustAge,
    AgentsSeen,
    AssignWork,
    CancelWork,
    ChangePriority,
    Command,
    CompleteWork,
    Configure,
    ConfigureQueue,
    DeclineOffer,
    EnrolAgent,
    ExplainAgent,
    ExplainWork,
    FinishWork,
    ReleaseWork,
    RequestCallback,
    RequestWork,
    SetPresence,
    SetShifts,
    Tick,
    TryConfiguration,
    UpdateAgent,
)
from routing.domain.decisions import Decision, Result
from routing.domain.entities import Agent, Offer
from routing.domain.floor import Changes, Floor
from routing.domain.offering import Answer
from routing.domain.parameters import Parameters
from routing.domain.timers import Kind, Timer
from routing.domain.values import Code, Micros


class Engine:
    """One routing domain in memory.

    Deterministic: the same commands on the same state give the same decisions (offer ids come from `new_id`).
    Every command is idempotent; one that changes nothing says why by its code. After each command no waiting item
    and free agent are left that could be matched, except under a hold the item's explanation names.
    """

    def __init__(self, parameters: Parameters, new_id: Callable[[], UUID]) -> None:
        self.floor = Floor(parameters, new_id)

    def apply(self, command: Command) -> Result:
        """Lets the time pass up to the command's instant, then applies it."""
        floor = self.floor
        decisions: list[Decision] = []
        floor.decisions = decisions
        at = command.at
        if at > floor.now:  # a clock that jumps back stops time here, it does not undo it
            floor.now = at
        if floor.timers.is_due(floor.now):
            self._fire_due()
        code, detail = _HANDLERS[type(command)](floor, command)
        if floor.touched_agents or floor.touched_work:
            matching.settle(floor)
        return Result(code, decisions, detail)

    def next_due(self) -> Micros | None:
        """When the engine next wants a `Tick`, if nothing else happens."""
        return self.floor.timers.next_due()

    def take_changes(self) -> Changes:
        """What has changed since this was last asked."""
        changes, self.floor.changes = self.floor.changes, Changes()
        return changes

    def _fire_due(self) -> None:
        floor = self.floor
        while (timer := floor.timers.pop_due(floor.now)) is not None:
            _fire(floor, timer)
        matching.settle(floor)


def _fire(floor: Floor, timer: Timer) -> None:
    about = timer.about
    if isinstance(about, Offer):
        if offering.time_out(floor, about):
            staff.missed(floor, about.agent)
    elif isinstance(about, Agent):
        _AGENT_TIMERS[timer.kind](floor, about, timer.due)
    elif about.ended is None:
        if timer.kind is Kind.STAGE:
            queueing.stage_due(floor, about, timer.due)
        elif timer.kind is Kind.WRAP_UP:
            assignments.wrapped_up(floor, about, timer.due)
        else:
            offering.unbar(floor, about, timer.barred, timer.due)


_AGENT_TIMERS: dict[Kind, Callable[[Floor, Agent, Micros], None]] = {
    Kind.GONE: staff.gone,
    Kind.SKILLS: certificates.due,
    Kind.PLAN: adherence.plan_due,
}


def _request(floor: Floor, command: RequestWork) -> Answer:
    request = command.work
    if request.id in floor.work or request.id in floor.ended_work:
        return Code.ALREADY_KNOWN, None
    queueing.create(floor, request, command.priority)
    return Code.DONE, None


def _prioritise(floor: Floor, command: ChangePriority) -> Answer:
    work = floor.work.get(command.work_id)
    if work is None:
        ended = command.work_id in floor.ended_work
        return (Code.ALREADY_ENDED if ended else Code.UNKNOWN_WORK), None
    if work.priority == command.priority:
        return Code.UNCHANGED, None
    queueing.reprioritise(floor, work, command.priority)
    return Code.DONE, None


def _adjust_age(floor: Floor, command: AdjustAge) -> Answer:
    work = floor.work.get(command.work_id)
    if work is None:
        ended = command.work_id in floor.ended_work
        return (Code.ALREADY_ENDED if ended else Code.UNKNOWN_WORK), None
    queueing.adjust_age(floor, work, command.seconds)
    return Code.DONE, None


def _accept(floor: Floor, command: AcceptOffer) -> Answer:
    staff.seen_now(floor, command.agent_id)
    return offering.accept(floor, command)


def _decline(floor: Floor, command: DeclineOffer) -> Answer:
    staff.seen_now(floor, command.agent_id)
    return offering.decline(floor, command)


def _tick(floor: Floor, command: Tick) -> Answer:
    return Code.UNCHANGED, None


_HANDLERS: dict[type[Command], Callable[[Floor, Any], Answer]] = {
    RequestWork: _request,
    ChangePriority: _prioritise,
    AdjustAge: _adjust_age,
    RequestCallback: callbacks.request,
    FinishWork: assignments.finish,
    CancelWork: assignments.cancel,
    AcceptOffer: _accept,
    DeclineOffer: _decline,
    CompleteWork: assignments.complete,
    ReleaseWork: assignments.release,
    AssignWork: assignments.assign,
    SetPresence: staff.set_presence,
    EnrolAgent: staff.enrol,
    AgentsSeen: staff.seen,
    UpdateAgent: staff.update,
    SetShifts: adherence.set_shifts,
    ConfigureQueue: configuring.configure,
    Configure: configuring.activate,
    TryConfiguration: trial.try_out,
    ExplainWork: explain.explain_work,
    ExplainAgent: explain.explain_agent,
    Tick: _tick,
}
