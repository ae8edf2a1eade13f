"""The invariants of the routing engine that hold at every moment, checked from scratch on its public state."""

from collections import Counter

from routing.domain.engine import Engine
from routing.domain.timers import Kind
from routing.domain.values import FOREVER, OfferState, Presence, WorkState


def check(engine: Engine) -> None:
    """I1, I2, I8 and the consistency of the indexes. (I3 to I7, I10 and I11 follow from agreeing with the oracle.)"""
    floor = engine.floor
    used: Counter[str] = Counter()
    counts: Counter[tuple[str, str]] = Counter()
    for offer in floor.offers.values():
        assert offer.state is OfferState.PENDING
        assert offer.expires > floor.now
        assert offer.agent.presence is Presence.AVAILABLE
        assert offer.work.state is WorkState.OFFERED and offer.work.offers[offer.id] is offer
        used[offer.agent.id] += offer.cost
        counts[offer.agent.id, offer.work.request.channel] += 1
    for work in floor.work.values():
        offered_to = [offer.agent.id for offer in work.offers.values()]
        assert len(offered_to) == len(set(offered_to))
        if work.held is not None:  # I1: one owner, and nothing else pending
            assert not work.offers and not work.ticket
            assert work.state is (WorkState.ASSIGNED if work.held.finished is None else WorkState.WRAPPING)
            assert work.held.agent.held[work.request.id] is work
            used[work.held.agent.id] += work.held.cost
            counts[work.held.agent.id, work.request.channel] += 1
        else:
            rules = floor.queues[work.queue].rules
            assert work.state is (WorkState.OFFERED if work.offers else WorkState.WAITING)
            wanted = len(work.offers) < rules.offers_at_once and work.entered <= floor.now
            assert bool(work.ticket) is wanted
    for agent in floor.agents.values():  # I2
        assert agent.used == used[agent.id]
        interrupting = any(
            queue not in floor.queues or floor.queues[queue].rules.interrupts or floor.queues[queue].version > 1
            for queue in [offer.queue for offer in agent.offers.values()]
            + [work.held.queue for work in agent.held.values() if work.held is not None]
        )
        assert 0 <= agent.used <= agent.profile.capacity or interrupting
        assert {name: number for name, number in agent.counts.items() if number} == {
            channel: number for (agent_id, channel), number in counts.items() if agent_id == agent.id
        }
    _check_timers(engine)
    for name, queue in floor.queues.items():
        assert queue.waiting == sum(work.queue == name and work.held is None for work in floor.work.values())


def _check_timers(engine: Engine) -> None:
    """I8: every pending offer, wrap-up, cool-down and signed-in agent has exactly one live timer."""
    floor = engine.floor
    live: Counter[tuple[Kind, object]] = Counter()
    for timer in floor.timers.pending():
        assert timer.due > floor.now
        live[timer.kind, (id(timer.about), timer.barred, timer.due)] += 1
    for offer in floor.offers.values():
        assert live[Kind.OFFER, (id(offer), "", offer.expires)] == 1
    for work in floor.work.values():
        if work.held is not None and work.held.wrap_until is not None:
            assert live[Kind.WRAP_UP, (id(work), "", work.held.wrap_until)] == 1
        if work.stage_due is not None:
            assert live[Kind.STAGE, (id(work), "", work.stage_due)] >= 1
        offered_to = {offer.agent.id for offer in work.offers.values()}
        for agent_id, until in work.barred.items():
            if agent_id not in offered_to and until != FOREVER:
                assert live[Kind.BAR, (id(work), agent_id, until)] >= 1
    for agent in floor.agents.values():
        if agent.presence is not Presence.OFFLINE:
            assert agent.gone_due is not None
            assert live[Kind.GONE, (id(agent), "", agent.gone_due)] == 1
