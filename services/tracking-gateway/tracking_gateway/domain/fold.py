"""From events to state: the rules that decide what a parcel's history amounts to.

Events are folded in the order of their instants, whatever order they arrived in, and each counts once; so any
permutation, duplication or split of a history gives the same state. Rule numbers refer to the canonical model.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from contracts.parcels import ParcelStatus as S
from tracking_gateway.domain.exceptions import ExceptionRules
from tracking_gateway.domain.model import (
    MILESTONE_OF,
    PROMISE_CODES,
    Direction,
    ExceptionCode,
    Milestone,
    TrackingEvent,
    Verdict,
)
from tracking_gateway.domain.state import Episode, ParcelState, Place, Span, last_event, moved


class Effect(StrEnum):
    """What one event did to the status. Texts are in the message catalogue under `effect.<value>`."""

    MOVED = "moved"
    CONFIRMED = "confirmed"
    SAYS_NOTHING = "says_nothing"
    AFTER_FINAL = "after_final"
    ONLY_PAPER = "only_paper"
    UNMAPPED = "unmapped"
    AMBIGUOUS = "ambiguous"
    CLOCK = "clock"
    CLOCK_VOID = "clock_void"


PAPER = frozenset({S.NOT_FOUND, S.INFO_RECEIVED})
"""Statuses that are data, not goods: they never take back what a scan of the parcel itself said."""

_RETURN_EVIDENCE = frozenset({S.RETURNING, S.RETURNED})
_ON_THE_WAY = frozenset({S.PICKED_UP, S.IN_TRANSIT, S.ARRIVED_DEST})
_TOLD_AFTER_FINAL = frozenset({ExceptionCode.DAMAGED, ExceptionCode.MISDELIVERED})
"""What a recipient finds out after the delivery; any other problem told then is a late remark."""
_YIELDS_TO: dict[S, frozenset[S]] = {
    # Rule 1. A cancelled order whose parcel arrives or comes back was not cancelled in fact.
    S.DELIVERED: _RETURN_EVIDENCE,
    S.RETURNED: frozenset(),
    S.CANCELLED: _RETURN_EVIDENCE | {S.DELIVERED},
}

_OUT_OF_BAG = frozenset({S.OUT_FOR_DELIVERY, S.AVAILABLE_FOR_PICKUP, S.DELIVERY_FAILED, S.DELIVERED, S.RETURNED})
_OFF_THE_VEHICLE = frozenset({Milestone.ARRIVED, Milestone.ARRIVED_DEST})
_SHIPPED_BY = (Milestone.PICKED_UP, Milestone.DEPARTED, Milestone.ARRIVED, Milestone.ARRIVED_DEST)
FOLD_REVISION = 2
"""Counts changes of the code here that give stored histories another state; part of the rules' fingerprint."""

Trace = Callable[[TrackingEvent, Effect], None]


class Folder:
    """Folds events by one table of exception rules. `attempt_gap` separates two delivery attempts."""

    def __init__(self, rules: ExceptionRules, *, attempt_gap: timedelta) -> None:
        self._rules = rules
        self._attempt_gap = attempt_gap

    def fold(self, events: Iterable[TrackingEvent], trace: Trace | None = None) -> ParcelState:
        """The state after all events; `trace` is told what each event did."""
        state = ParcelState()
        unique = {event.key: event for event in events}
        for event in sorted(unique.values(), key=lambda item: item.order):
            effect = self.advance(state, event)
            if trace:
                trace(event, effect)
        return state

    def advance(self, state: ParcelState, event: TrackingEvent) -> Effect:
        """Fold one event into a state that has seen nothing later. Changes the state."""
        meaning = event.meaning
        state.order = event.order
        if meaning.clock_seconds is not None:
            return self._clock(state, event, meaning.clock_seconds)
        at = event.time.instant
        state.last = last_event(event)
        state.first_at = state.first_at or at
        if meaning.direction:
            self._turn(state, event, meaning.direction)
        status = self._status_in_context(state, event)
        milestone = self._milestone(event, status)
        if milestone:
            self._reach(state, milestone, event)
        effect = self._move(state, event, status)
        state.place = moved(
            state.place, event, out=status in _OUT_OF_BAG, arrived=meaning.milestone in _OFF_THE_VEHICLE
        )
        self._close_exceptions(state, event, status, milestone)
        for code in meaning.exceptions:
            if not state.final or effect is Effect.MOVED or code in _TOLD_AFTER_FINAL:
                self._open_exception(state, event, code)
        return effect

    def _status_in_context(self, state: ParcelState, event: TrackingEvent) -> S | None:
        """The status the event amounts to, given which way the parcel travels and what is known so far."""
        meaning = event.meaning
        status = meaning.status
        if status is S.DELIVERED and state.direction is Direction.RETURN:
            return S.RETURNED  # rule 4: delivered back to the sender
        if status in _ON_THE_WAY and state.direction is Direction.RETURN:
            return S.RETURNING
        if status is None and meaning.revokes and state.status in (S.DELIVERED, S.RETURNED):
            return S.EXCEPTION  # the delivery did not happen; nobody has said yet where the parcel is
        if status is None and meaning.exceptions and state.status in PAPER:
            return S.EXCEPTION  # something is wrong with a parcel that nobody has placed yet
        return status

    def _move(self, state: ParcelState, event: TrackingEvent, status: S | None) -> Effect:
        current = state.status
        if status is None:
            verdict = event.meaning.verdict
            return Effect(verdict.value) if verdict is not Verdict.MAPPED else Effect.SAYS_NOTHING
        if current in _YIELDS_TO and status is not current:
            revoked = event.meaning.revokes and current is not S.CANCELLED
            if not revoked and status not in _YIELDS_TO[current]:
                return Effect.AFTER_FINAL
            if current is S.DELIVERED and revoked:
                state.milestones.pop(Milestone.DELIVERED, None)
            elif current is S.RETURNED:
                state.milestones.pop(Milestone.RETURNED, None)
        elif status in PAPER and current not in PAPER:
            return Effect.ONLY_PAPER
        if status is current:
            return Effect.CONFIRMED if state.status_event else self._set(state, event, status)
        return self._set(state, event, status)

    def _set(self, state: ParcelState, event: TrackingEvent, status: S) -> Effect:
        state.status, state.status_since, state.status_event = status, event.time.instant, event.key
        return Effect.MOVED

    def _turn(self, state: ParcelState, event: TrackingEvent, direction: Direction) -> None:
        state.direction = direction
        back = state.exceptions.get(ExceptionCode.RETURN_TO_SENDER)
        if direction is Direction.FORWARD and back and back.closed_at is None:
            back.closed_at, back.closed_by = event.time.instant, event.key

    def _milestone(self, event: TrackingEvent, status: S | None) -> Milestone | None:
        meaning = event.meaning
        if status is None:
            return None
        return meaning.milestone if meaning.milestone and status is meaning.status else MILESTONE_OF.get(status)

    def _reach(self, state: ParcelState, milestone: Milestone, event: TrackingEvent) -> None:
        at = event.time.instant
        span = state.milestones.get(milestone)
        if span is None:
            state.milestones[milestone] = Span(at, at)
            return
        if milestone is Milestone.FAILED_ATTEMPT and at - span.last < self._attempt_gap:
            # The attempt that is told twice (by code and by remark, or by two sources) is one attempt.
            return
        span.last, span.count = at, span.count + 1

    def _close_exceptions(
        self, state: ParcelState, event: TrackingEvent, status: S | None, milestone: Milestone | None
    ) -> None:
        for code, episode in state.exceptions.items():
            if episode.closed_at is not None or code in event.meaning.exceptions:
                continue
            rule = self._rules.rules[code]
            if rule.ends(status) if episode.lasting else event.meaning.resolves or rule.is_closed_by(status, milestone):
                episode.closed_at, episode.closed_by = event.time.instant, event.key

    def _open_exception(self, state: ParcelState, event: TrackingEvent, code: ExceptionCode) -> None:
        episode = state.exceptions.get(code)
        if episode is None or episode.closed_at is not None:
            state.exceptions[code] = Episode(
                event.time.instant,
                event.key,
                evidence=event.text or event.code,
                node=event.node or state.place.node or event.location,
                place=state.place if state.place != Place() else None,
                lasting=code is ExceptionCode.COMPLETE_DELAY or (episode is not None and episode.lasting),
            )

    def _clock(self, state: ParcelState, event: TrackingEvent, seconds: int) -> Effect:
        """An exception that a clock proved, if it still holds: a late event can show that there was no silence."""
        (code,) = event.meaning.exceptions
        since = clock_anchor(state, code)
        if since is None or event.time.instant - since < timedelta(seconds=seconds):
            if code in PROMISE_CODES and state.final:
                state.lapsed |= {code}
            return Effect.CLOCK_VOID
        self._open_exception(state, event, code)
        if code in PROMISE_CODES:
            # A carrier's word of a delay ends with the next movement, a broken promise does not.
            state.exceptions[code] = replace(state.exceptions[code], lasting=True)
        return Effect.CLOCK


def shipped_at(state: ParcelState) -> datetime | None:
    """Since when a promise runs: the first collection, or the first scan on the way where nobody reported one."""
    first = [state.milestones[name].first for name in _SHIPPED_BY if name in state.milestones]
    picked_up = state.milestones.get(Milestone.PICKED_UP)
    return picked_up.first if picked_up else min(first, default=None)


def clock_anchor(state: ParcelState, code: ExceptionCode) -> datetime | None:
    """Since when silence counts for a clock rule; `None` where the rule does not apply to the state.

    UNSIGNED counts from the last time the parcel went out, PICKUP_OVERDUE from its arrival at the pickup point, NO_INFO
    from the order, STALLED from the last event of a parcel on its way. Promises count from the collection, on the way
    to the recipient only.
    """
    if state.final or state.last is None:
        return None
    if code in PROMISE_CODES:
        return shipped_at(state) if state.direction is Direction.FORWARD else None
    if code is ExceptionCode.UNSIGNED:
        trip = state.milestones.get(Milestone.OUT_FOR_DELIVERY)
        return trip.last if trip and state.status is S.OUT_FOR_DELIVERY else None
    if code is ExceptionCode.PICKUP_OVERDUE:
        return state.status_since if state.status is S.AVAILABLE_FOR_PICKUP else None
    if code is ExceptionCode.NO_INFO:
        return state.status_since if state.status in PAPER else None
    return state.last.at if state.status not in PAPER else None
