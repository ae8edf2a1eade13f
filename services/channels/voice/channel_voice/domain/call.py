"""A call and its agent legs: what each report means, whatever the order and however often it comes.

Reports of the provider arrive late, twice and out of order. Two rules make that harmless: states only move forward,
and who ended a call follows from causality instead of report order. When the agent leaves, the provider asks us what
the caller hears next, and it can end the caller's call only after we answered; so a call that is over without that
question was ended by the caller.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from contracts.values import EndedBy


class Phase(StrEnum):
    """Where a call is; it only moves down this list."""

    SELF_SERVICE = "self_service"
    WAITING = "waiting"
    TALKING = "talking"
    ENDED = "ended"


class LegState(StrEnum):
    """Where an agent leg is; it only moves down this list. From `ADMITTED` on it may enter the conference."""

    REQUESTED = "requested"
    RINGING = "ringing"
    ADMITTED = "admitted"
    JOINED = "joined"
    OVER = "over"


class LegFailure(StrEnum):
    """Why a requested agent leg did not come about (the reasons of `call.failed`)."""

    NO_ANSWER = "no_answer"
    BUSY = "busy"
    DECLINED = "declined"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    SUPERSEDED = "superseded"
    CONNECTED = "connected"
    NOT_WAITING = "not_waiting"


_LEG_ORDER = list(LegState)


@dataclass(frozen=True)
class Leg:
    """One attempt to bring an agent onto a call."""

    id: UUID
    call_request_id: UUID
    agent_id: str
    work_item_id: UUID
    state: LegState = LegState.REQUESTED
    call_sid: str | None = None
    failure: LegFailure | None = None

    @property
    def live(self) -> bool:
        return self.state is not LegState.OVER


@dataclass(frozen=True)
class Closing:
    """Somebody decided that the call ends, before the provider confirmed it."""

    by: EndedBy
    reason: str | None


@dataclass(frozen=True)
class Call:
    """A caller's call. At most one of `legs` is live at any time."""

    id: UUID
    phase: Phase = Phase.SELF_SERVICE
    closing: Closing | None = None
    legs: tuple[Leg, ...] = ()

    @property
    def live_leg(self) -> Leg | None:
        return next((leg for leg in self.legs if leg.live), None)

    def leg(self, leg_id: UUID) -> Leg:
        """The leg; KeyError if the call has no such leg."""
        for leg in self.legs:
            if leg.id == leg_id:
                return leg
        raise KeyError(leg_id)


@dataclass(frozen=True)
class Queued:
    """The caller waits for a person from now on."""


@dataclass(frozen=True)
class DialLeg:
    """The agent is to be dialled."""

    leg: Leg


@dataclass(frozen=True)
class DropLeg:
    """An agent leg is to be hung up, wherever it is."""

    leg: Leg


@dataclass(frozen=True)
class DropCaller:
    """The caller's call is to be hung up."""


@dataclass(frozen=True)
class Answered:
    """The agent was bridged to the caller."""

    leg: Leg


@dataclass(frozen=True)
class LegFailed:
    """The leg did not come about and the caller still waits, or is with somebody else."""

    leg: Leg
    reason: LegFailure


@dataclass(frozen=True)
class Ended:
    """The call is over."""

    by: EndedBy
    reason: str | None


Effect: TypeAlias = Queued | DialLeg | DropLeg | DropCaller | Answered | LegFailed | Ended
Outcome: TypeAlias = tuple[Call, tuple[Effect, ...]]
Transition: TypeAlias = Callable[[Call], Outcome]


def ask_person(call: Call) -> Outcome:
    """The caller wants a person."""
    if call.phase is not Phase.SELF_SERVICE:
        return call, ()
    return replace(call, phase=Phase.WAITING), (Queued(),)


def request_leg(call: Call, leg: Leg) -> Outcome:
    """An agent is to be brought onto the call.

    A newer request replaces a leg that still rings (its agent was released meanwhile); once an agent is let in, later
    requests fail. A request for a call that is over has its answer already: the call's end.
    """
    if call.phase is Phase.ENDED or any(known.call_request_id == leg.call_request_id for known in call.legs):
        return call, ()
    current = call.live_leg
    effects: tuple[Effect, ...] = ()
    if call.phase is Phase.SELF_SERVICE:
        return _fail(call, leg, LegFailure.NOT_WAITING)
    if current is not None and _reached(current, LegState.ADMITTED):
        return _fail(call, leg, LegFailure.CONNECTED)
    if current is not None:
        call, effects = _fail(call, current, LegFailure.SUPERSEDED)
        effects = (DropLeg(current), *effects)
    return _with_leg(call, leg), (*effects, DialLeg(leg))


def leg_known(call: Call, leg_id: UUID, call_sid: str) -> Outcome:
    """The provider named the leg's call. A leg given up meanwhile is hung up."""
    leg = call.leg(leg_id)
    if leg.call_sid is not None:
        return call, ()
    leg = replace(leg, call_sid=call_sid)
    if not leg.live:
        return _with_leg(call, leg), (DropLeg(leg),)
    state = leg.state if _reached(leg, LegState.RINGING) else LegState.RINGING
    return _with_leg(call, replace(leg, state=state)), ()


def leg_picked_up(call: Call, leg_id: UUID) -> Outcome:
    """The agent picked up and asks what to do: let in, if the leg is still wanted."""
    leg = call.leg(leg_id)
    if not leg.live or call.phase is Phase.ENDED or _reached(leg, LegState.ADMITTED):
        return call, ()
    return _with_leg(call, replace(leg, state=LegState.ADMITTED)), ()


def bridged(call: Call) -> Outcome:
    """The conference began, which takes two: the agent who was let in speaks with the caller."""
    leg = call.live_leg
    if leg is None or call.phase is Phase.ENDED or leg.state is not LegState.ADMITTED:
        return call, ()
    joined = replace(leg, state=LegState.JOINED)
    return replace(_with_leg(call, joined), phase=Phase.TALKING), (Answered(joined),)


def leg_over(call: Call, leg_id: UUID, failure: LegFailure) -> Outcome:
    """The leg's call is over; `failure` says why, in case it was never bridged."""
    leg = call.leg(leg_id)
    if not leg.live:
        return call, ()
    if leg.state is LegState.JOINED or call.phase is Phase.ENDED:
        return _with_leg(call, replace(leg, state=LegState.OVER)), ()
    return _fail(call, leg, failure)


def caller_released(call: Call) -> Outcome:
    """The conference is over for the caller, who is still on the line: the agent left, or nobody came."""
    leg = call.live_leg
    effects: tuple[Effect, ...] = ()
    if leg is not None and leg.state is LegState.ADMITTED:
        # The conference began and ended, so the agent was in it; the report of that is still on its way.
        call, effects = bridged(call)
    talked = call.phase is Phase.TALKING
    by, reason = (EndedBy.AGENT, "hangup") if talked else (EndedBy.SYSTEM, "conference_ended")
    call, ended = _end(call, by, reason)
    return call, (*effects, *ended)


def caller_gone(call: Call) -> Outcome:
    """The caller's call is over."""
    return _end(call, EndedBy.CUSTOMER, "hangup" if call.phase is not Phase.WAITING else "abandoned")


def close(call: Call, closing: Closing) -> Outcome:
    """Somebody ends the call: the first who does is remembered, and the caller's call is hung up."""
    if call.phase is Phase.ENDED:
        return call, ()
    return replace(call, closing=call.closing or closing), (DropCaller(),)


def farewell(call: Call, closing: Closing) -> Outcome:
    """The caller hears a farewell and the provider hangs up by itself."""
    if call.phase is Phase.ENDED:
        return call, ()
    return replace(call, closing=call.closing or closing), ()


def _end(call: Call, by: EndedBy, reason: str) -> Outcome:
    if call.phase is Phase.ENDED:
        return call, ()
    closing = call.closing or Closing(by, reason)
    # A joined agent leaves with the conference; any other leg would ring on, or enter a conference of its own.
    drops = tuple(DropLeg(leg) for leg in call.legs if leg.live and leg.state is not LegState.JOINED)
    legs = tuple(replace(leg, state=LegState.OVER) for leg in call.legs)
    return replace(call, phase=Phase.ENDED, legs=legs), (Ended(closing.by, closing.reason), *drops)


def _fail(call: Call, leg: Leg, failure: LegFailure) -> Outcome:
    over = replace(leg, state=LegState.OVER, failure=failure)
    return _with_leg(call, over), (LegFailed(over, failure),)


def _with_leg(call: Call, leg: Leg) -> Call:
    others = tuple(known for known in call.legs if known.id != leg.id)
    return replace(call, legs=(*others, leg))


def _reached(leg: Leg, state: LegState) -> bool:
    return _LEG_ORDER.index(leg.state) >= _LEG_ORDER.index(state)
