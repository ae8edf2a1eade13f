"""Offers: made, accepted, declined, timed out, taken back. Each ends exactly once; later words are no-ops."""

from typing import Any
from uuid import UUID

from routing.domain import queueing
from routing.domain.commands import AcceptOffer, DeclineOffer
from routing.domain.decisions import OfferDeclined, OfferMade, OfferRescinded, OfferTimedOut, WorkAccepted
from routing.domain.entities import Agent, Assignment, Offer, Work
from routing.domain.floor import Floor
from routing.domain.timers import Kind
from routing.domain.values import FOREVER, SECOND, Code, Micros, OfferState, WorkState, span

Answer = tuple[Code, dict[str, Any] | None]

_ENDED = {
    OfferState.ACCEPTED: Code.ALREADY_ACCEPTED,
    OfferState.DECLINED: Code.OFFER_DECLINED,
    OfferState.TIMED_OUT: Code.OFFER_TIMED_OUT,
    OfferState.RESCINDED: Code.OFFER_RESCINDED,
}


def make(floor: Floor, work: Work, agent: Agent) -> Offer:
    """Offers an item to an agent, or hands it over at once where the queue accepts automatically."""
    queue, channel = floor.queues[work.queue], work.request.channel
    at_once = queue.rules.auto_accept and not work.offers
    offer = _hold(floor, work, agent, floor.now + queue.offer_span[channel], pending=not at_once)
    why = {
        "order": queue.rules.agent_order.value,
        "idle_seconds": (floor.now - agent.idle_since) // SECOND,
        "waited_seconds": (floor.now - work.request.enqueued) // SECOND,
        "stage": work.stage,
        "preferred": work.preferred_until is not None,
        "handled": agent.handled,
        "used": agent.used,
        "capacity": agent.profile.capacity,
        "rank": agent.profile.rank,
    }
    work.state = WorkState.OFFERED
    floor.changes.work[work] = None
    floor.decisions.append(OfferMade(floor.now, work.request, work.queue, offer.id, agent.id, offer.expires, why))
    if at_once:
        _taken(floor, offer, by="auto_accept")
        return offer
    if queue.rules.auto_accept:  # other offers are pending since before the rule
        _accept(floor, offer, by="auto_accept")
        return offer
    floor.timers.add(offer.expires, Kind.OFFER, offer)
    work.barred[agent.id] = offer.expires  # one pending offer of an item per agent
    if len(work.offers) < queue.rules.offers_at_once:
        floor.touched_work[work] = None
    else:
        queueing.take_out(floor, work)
    return offer


def assign(floor: Floor, work: Work, agent: Agent, by: str) -> None:
    """Gives an item to an agent outright. Capacity must have been checked, unless it is on offer to them already."""
    offer = next((offer for offer in work.offers.values() if offer.agent is agent), None)
    if offer is None:
        offer = _hold(floor, work, agent, floor.now, pending=True)
    _accept(floor, offer, by=by)


def _hold(floor: Floor, work: Work, agent: Agent, expires: Micros, *, pending: bool) -> Offer:
    """An offer that takes the agent's capacity; not `pending`: it is accepted in the same breath."""
    channel = work.request.channel
    cost = agent.limits[channel][0]
    offer = Offer(floor.new_id(), work, agent, work.queue, cost, floor.now, expires)
    if pending:
        work.offers[offer.id] = agent.offers[offer.id] = floor.offers[offer.id] = offer
    else:
        offer.state, offer.ended = OfferState.ACCEPTED, floor.now
        floor.ended_offers.add(offer.id, (agent.id, offer.state, None))
    agent.last_offered = floor.now
    floor.take(agent, channel, cost)
    floor.changes.offers[offer] = None
    return offer


def accept(floor: Floor, command: AcceptOffer) -> Answer:
    """The agent takes the item."""
    offer = floor.offers.get(command.offer_id)
    if offer is None or offer.agent.id != command.agent_id:
        return _not_pending(floor, command.offer_id, command.agent_id)
    _accept(floor, offer, by=None)
    return Code.DONE, {"work_item_id": offer.work.request.id, "case_id": offer.work.request.case_id}


def _accept(floor: Floor, offer: Offer, by: str | None) -> None:
    _close(floor, offer, OfferState.ACCEPTED, None)
    for other in list(offer.work.offers.values()):
        _take_back(floor, other, "taken_by_another")
    _taken(floor, offer, by)


def _taken(floor: Floor, offer: Offer, by: str | None) -> None:
    """The agent of an offer that just ended has the item, and nobody else is offered it."""
    work, agent, now = offer.work, offer.agent, floor.now
    queueing.leave_queue(floor, work)
    floor.queues[work.queue].accepted.append(now)
    work.state = WorkState.ASSIGNED
    work.held = Assignment(work.request.id, work.queue, agent, offer.id, offer.cost, now, by)
    floor.changes.assignments[work.held] = None
    agent.held[work.request.id] = work
    agent.idle_since = now
    agent.misses = 0
    agent.handled += 1
    floor.moved(agent)
    waited = max(0, now - work.request.enqueued)
    floor.decisions.append(WorkAccepted(now, work.request, work.queue, offer.id, agent.id, agent.name, waited, by))


def decline(floor: Floor, command: DeclineOffer) -> Answer:
    """The agent does not take the item, which keeps its place."""
    offer = floor.offers.get(command.offer_id)
    if offer is None or offer.agent.id != command.agent_id:
        return _not_pending(floor, command.offer_id, command.agent_id)
    _close(floor, offer, OfferState.DECLINED, command.reason)
    floor.decisions.append(
        OfferDeclined(floor.now, offer.work.request, offer.queue, offer.id, offer.agent.id, command.reason)
    )
    _return(floor, offer)
    return Code.DONE, None


def time_out(floor: Floor, offer: Offer) -> bool:
    """The offer's timer fired. True if it was still pending; the caller then judges the agent's misses."""
    if offer.state is not OfferState.PENDING:
        return False
    _close(floor, offer, OfferState.TIMED_OUT, None)
    offer.agent.misses += 1
    floor.decisions.append(OfferTimedOut(floor.now, offer.work.request, offer.queue, offer.id, offer.agent.id))
    _return(floor, offer)
    return True


def rescind(floor: Floor, offer: Offer, reason: str) -> None:
    """Takes back an offer; the item waits again in its old place."""
    _take_back(floor, offer, reason)
    queueing.wait_again(floor, offer.work)


def rescind_all(floor: Floor, work: Work, reason: str) -> None:
    """Takes back every offer of an item that is about to end or to go elsewhere."""
    for offer in list(work.offers.values()):
        _take_back(floor, offer, reason)


def _take_back(floor: Floor, offer: Offer, reason: str) -> None:
    _close(floor, offer, OfferState.RESCINDED, reason)
    floor.give_back(offer.agent, offer.work.request.channel, offer.cost)
    floor.decisions.append(OfferRescinded(floor.now, offer.work.request, offer.queue, offer.id, offer.agent.id, reason))


def _return(floor: Floor, offer: Offer) -> None:
    """After a no or a miss: capacity back, the agent cools down for this item, the item waits again."""
    work, agent = offer.work, offer.agent
    floor.give_back(agent, work.request.channel, offer.cost)
    bar(floor, work, agent.id)
    if work.preferred_until is not None:
        queueing.prefer_nobody(floor, work, "preferred_agent_declined")
    queueing.wait_again(floor, work)


def bar(floor: Floor, work: Work, agent_id: str) -> None:
    """Keeps an item from an agent for the cool-down."""
    until = floor.now + span(floor.parameters.cooldown_seconds)
    if work.barred.get(agent_id) == FOREVER:
        return
    if until > floor.now:
        work.barred[agent_id] = until
        floor.timers.add(until, Kind.BAR, work, agent_id)
    else:
        work.barred.pop(agent_id, None)


def unbar(floor: Floor, work: Work, agent_id: str, until: Micros) -> None:
    """The timer of a cool-down fired: if it still holds, the agent may have the item again."""
    if work.barred.get(agent_id) == until and not any(offer.agent.id == agent_id for offer in work.offers.values()):
        del work.barred[agent_id]
        floor.changes.work[work] = None
        if work.ticket:
            floor.touched_work[work] = None


def _close(floor: Floor, offer: Offer, state: OfferState, reason: str | None) -> None:
    offer.state, offer.ended, offer.reason = state, floor.now, reason
    offer.work.barred.pop(offer.agent.id, None)
    del offer.work.offers[offer.id]
    del offer.agent.offers[offer.id]
    floor.forget_offer(offer)
    floor.changes.offers[offer] = None


def _not_pending(floor: Floor, offer_id: UUID, agent_id: str) -> Answer:
    live = floor.offers.get(offer_id)
    if live is not None:
        return Code.NOT_YOURS, None
    remembered = floor.ended_offers.get(offer_id)
    if remembered is None:
        return Code.UNKNOWN_OFFER, None
    owner, state, reason = remembered
    if owner != agent_id:
        return Code.NOT_YOURS, None
    return _ENDED[state], {"reason": reason}
