"""Callbacks: the customer need not wait on the line, the item keeps the place it has."""

from dataclasses import replace

from routing.domain import matching, offering, queueing
from routing.domain.assignments import unknown
from routing.domain.commands import RequestCallback
from routing.domain.decisions import CallbackPromised
from routing.domain.floor import Floor
from routing.domain.offering import Answer
from routing.domain.values import Code, WorkState


def request(floor: Floor, command: RequestCallback) -> Answer:
    """From now on the item is a callback: same key, no matter who hangs up, out of sight until an appointed time.

    An offer that is pending stays, unless the channel changes or the time appointed is still to come.
    """
    work = floor.work.get(command.work_id)
    if work is None:
        return unknown(floor, command.work_id)
    if work.held is not None:
        return Code.NOT_WAITING, {"agent_id": work.held.agent.id}
    channel, due = command.channel, command.not_before
    if work.request.callback and (work.request.channel, work.not_before) == (channel, due):
        return Code.UNCHANGED, None
    queueing.take_out(floor, work)
    later = due is not None and due > floor.now
    if later or channel != work.request.channel:
        offering.rescind_all(floor, work, "callback")
        work.state = WorkState.WAITING
    work.request = replace(work.request, channel=channel, callback=True)
    work.not_before = due
    if later or work.entered > floor.now:
        queueing.appoint(floor, work)
    floor.changes.work[work] = None
    expected = floor.queues[work.queue].expected_wait(floor.now)
    ahead = matching.ahead(floor, work)
    floor.decisions.append(CallbackPromised(floor.now, work.request, work.queue, due, ahead, expected))
    queueing.resume(floor, work)
    return Code.DONE, {"ahead": ahead}
