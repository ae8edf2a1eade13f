"""Taking in what sources say: events stored once, states folded, transitions emitted; one transaction for many parcels.

The parcels' rows are locked first, so events of one parcel are emitted in the order of its changes. An event later than
all others extends the stored state; one that is not (late, corrected order, other rules) makes its parcel fold anew
from its whole history, with the same result.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from chassis.db import Tx
from tracking_gateway import metrics
from tracking_gateway.consequences import Consequences
from tracking_gateway.domain.identity import Window, generation_of
from tracking_gateway.domain.model import TrackingEvent, TrackingState, Verdict
from tracking_gateway.domain.observation import Observation, Unreadable
from tracking_gateway.domain.state import ParcelState
from tracking_gateway.knowledge import Knowledge
from tracking_gateway.parameters import TrackingParameters
from tracking_gateway.store import parcels as store
from tracking_gateway.store import records
from tracking_gateway.store.parcels import NewEvent, Parcel
from tracking_gateway.transitions import Before, Told, emit_transitions

_LOOK_AGAIN = timedelta(minutes=1)
"""A parcel that was just looked at is left alone for this long, whatever its rules say."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one observation: the parcel of its newest event, and which events were new."""

    parcel: Parcel | None
    new_keys: frozenset[UUID]


@dataclass(slots=True)
class _Work:
    """One parcel within a batch."""

    parcel: Parcel
    before: Before
    new: list[TrackingEvent] = field(default_factory=list)
    heard: Observation | None = None


class Ingest:
    """Applies observations. Stateless but for rules and parameters: any process may run any number of it."""

    def __init__(self, knowledge: Knowledge, parameters: TrackingParameters) -> None:
        self.knowledge = knowledge
        self._gap = timedelta(days=parameters.number_reuse_days)
        self._tolerance = timedelta(minutes=parameters.future_tolerance_minutes)
        self._consequences = Consequences(knowledge.exceptions, knowledge.notices)

    async def apply(self, tx: Tx, observations: Sequence[Observation]) -> list[Outcome]:
        """Take in a batch; one outcome per observation, in order."""
        if not observations:
            return []
        observations = [self._without_future(item) for item in observations]
        work, placed = await self._place(tx, observations)
        new, moved = await self._store(tx, observations, work, placed)
        await self._fold(tx, work, moved)
        await self._save(tx, [item for item in work.values() if item.new or item.heard or item.parcel.id in moved])
        await self._count(tx, observations, new)
        return [
            Outcome(
                parcel=work[places[-1]].parcel if places else None,
                new_keys=frozenset(
                    event.key
                    for event, parcel_id in zip(observation.events, places, strict=True)
                    if (parcel_id, event.key) in new
                ),
            )
            for observation, places in zip(observations, placed, strict=True)
        ]

    async def refold(self, tx: Tx, parcel_ids: Sequence[UUID]) -> int:
        """Fold these parcels anew by today's rules; returns how many states changed on an axis."""
        found = await store.parcels_by_id(tx, parcel_ids, lock=True)
        work = {parcel.id: _Work(parcel, Before.of(parcel)) for parcel in found}
        await self._fold(tx, work, set(work))
        return await self._save(tx, list(work.values()))

    async def add_clock_events(
        self, tx: Tx, events: Mapping[UUID, Sequence[TrackingEvent]], found: list[Parcel]
    ) -> int:
        """Store what a clock proved about parcels that this transaction holds; returns how many states changed."""
        work = {parcel.id: _Work(parcel, Before.of(parcel)) for parcel in found}
        rows = [NewEvent(key, event, None, None) for key, group in events.items() for event in group]
        new, _ = await store.insert_events(tx, rows) if rows else (set(), set())
        for row in rows:
            if (row.parcel_id, row.event.key) in new:
                work[row.parcel_id].new.append(row.event)
        await self._fold(tx, work, set())
        return await self._save(tx, list(work.values()), not_before=tx.now + _LOOK_AGAIN)

    async def _save(self, tx: Tx, changed: Sequence[_Work], *, not_before: datetime | None = None) -> int:
        """Write states back, set when to look at each parcel next, tell what changed."""
        if not changed:
            return 0
        for item in changed:
            due = self._next_check(tx, item.parcel)
            item.parcel.check_at = max(due, not_before) if due and not_before else due
        await store.save_parcels(tx, [item.parcel for item in changed])
        told = [
            Told(item.before, item.parcel, emit_transitions(tx, item.before, item.parcel, self.knowledge.exceptions))
            for item in changed
        ]
        await self._consequences.draw(tx, told)
        return sum(bool(item.changes) for item in told)

    def _next_check(self, tx: Tx, parcel: Parcel) -> datetime | None:
        """The earliest moment a clock rule may fall due. An earlier one that is set already is kept: moving it with
        every scan would rewrite an index entry each time, looking in vain now and then costs less."""
        pending = self.knowledge.pending(parcel.carrier, parcel.state, parcel.shipment)
        due = pending[0].due if pending else None
        if parcel.check_at is not None and parcel.check_at > tx.now and (due is None or parcel.check_at <= due):
            return parcel.check_at
        return due

    def _without_future(self, observation: Observation) -> Observation:
        """A scan dated in the future is a wrong clock: it would outrank every true event until its time comes."""
        limit = observation.received_at + self._tolerance
        if all(event.time.instant <= limit for event in observation.events):
            return observation
        kept = [
            (event, raw)
            for event, raw in zip(observation.events, observation.raw, strict=True)
            if event.time.instant <= limit
        ]
        ahead = [event for event in observation.events if event.time.instant > limit]
        return Observation(
            carrier=observation.carrier,
            waybill_no=observation.waybill_no,
            source=observation.source,
            events=tuple(event for event, _ in kept),
            raw=tuple(raw for _, raw in kept),
            received_at=observation.received_at,
            snapshot=observation.snapshot,
            tracking=observation.tracking,
            unreadable=observation.unreadable
            + tuple(Unreadable(f"dated in the future: {event.time.local}", event.text) for event in ahead),
            body=observation.body,
        )

    async def _place(self, tx: Tx, observations: Sequence[Observation]) -> tuple[dict[UUID, _Work], list[list[UUID]]]:
        """Lock the parcels and say which parcel each event belongs to."""
        numbers = [(item.waybill_no, item.carrier) for item in observations]
        found = await store.lock_parcels(tx, numbers, source=observations[0].source, rules=self.knowledge.rules)
        work = {parcel.id: _Work(parcel, Before.of(parcel)) for group in found.values() for parcel in group}
        placed: list[list[UUID]] = []
        for observation, number in zip(observations, numbers, strict=True):
            group, places = found[number], []
            for event in observation.events:
                parcel = await self._parcel_for(tx, event, group, work, observation)
                _widen(parcel, event)
                places.append(parcel.id)
            if observation.snapshot or observation.tracking:
                told_of = [work[place].parcel for place in places] or group
                work[max(told_of, key=lambda item: item.generation).id].heard = observation
            placed.append(places)
        return work, placed

    async def _parcel_for(
        self, tx: Tx, event: TrackingEvent, group: list[Parcel], work: dict[UUID, _Work], observation: Observation
    ) -> Parcel:
        if len(group) == 1 and group[0].first_event_at is None:
            return group[0]
        windows = [Window(item.generation, item.first_event_at, item.last_event_at) for item in group]
        generation = generation_of(event.time.instant, windows, self._gap)
        for parcel in group:
            if parcel.generation == generation:
                return parcel
        parcel = await store.add_generation(
            tx,
            (observation.waybill_no, observation.carrier),
            generation,
            source=observation.source,
            rules=self.knowledge.rules,
            received_at=observation.received_at,
        )
        group.append(parcel)
        work[parcel.id] = _Work(parcel, Before.of(parcel))
        return parcel

    async def _store(
        self,
        tx: Tx,
        observations: Sequence[Observation],
        work: dict[UUID, _Work],
        placed: list[list[UUID]],
    ) -> tuple[set[tuple[UUID, UUID]], set[UUID]]:
        deliveries = await records.keep_deliveries(tx, observations)
        rows: dict[tuple[UUID, UUID], NewEvent] = {}
        for index, (observation, places) in enumerate(zip(observations, placed, strict=True)):
            for event, raw, parcel_id in zip(observation.events, observation.raw, places, strict=True):
                known = rows.get((parcel_id, event.key))
                if known is None or known.event.sequence < event.sequence:
                    rows[parcel_id, event.key] = NewEvent(parcel_id, event, raw, deliveries.get(index))
        if not rows:
            return set(), set()
        new, moved = await store.insert_events(tx, list(rows.values()))
        for (parcel_id, key), row in rows.items():
            if (parcel_id, key) in new:
                work[parcel_id].new.append(row.event)
        for observation, places in zip(observations, placed, strict=True):
            for event, parcel_id in zip(observation.events, places, strict=True):
                if (parcel_id, event.key) in new:
                    _heard(work[parcel_id].parcel, observation)
        return new, moved

    async def _fold(self, tx: Tx, work: dict[UUID, _Work], moved: set[UUID]) -> None:
        anew = [item for item in work.values() if item.parcel.id in moved or self._needs_history(item)]
        histories = await store.load_events(tx, [item.parcel.id for item in anew], self.knowledge) if anew else {}
        for parcel_id, history in histories.items():
            parcel = work[parcel_id].parcel
            parcel.state = self.knowledge.folder.fold(stored.event for stored in history)
            parcel.rules = self.knowledge.rules
        for item in work.values():
            if item.new and item.parcel.id not in histories:
                item.parcel.rules = self.knowledge.rules
                for event in sorted(item.new, key=lambda event: event.order):
                    self.knowledge.folder.advance(item.parcel.state, event)
            if item.heard:
                _heard(item.parcel, item.heard)
            item.parcel.tracking_state = _tracking_state(item)
        metrics.FOLDED_ANEW.inc(len(histories))

    def _needs_history(self, item: _Work) -> bool:
        if not item.new:
            return False
        state = item.parcel.state
        if state.order is None:
            return False
        return item.parcel.rules != self.knowledge.rules or any(event.order <= state.order for event in item.new)

    async def _count(self, tx: Tx, observations: Sequence[Observation], new: set[tuple[UUID, UUID]]) -> None:
        new_keys = {key for _, key in new}
        unmapped: dict[tuple[str, str], records.Unmapped] = {}
        for observation in observations:
            for event in observation.events:
                if event.meaning.verdict is Verdict.MAPPED or event.key not in new_keys:
                    continue
                known = unmapped.get((event.source, event.code))
                unmapped[event.source, event.code] = records.Unmapped(
                    count=(known.count if known else 0) + 1,
                    text=event.text,
                    carrier=observation.carrier,
                    waybill_no=observation.waybill_no,
                )
        await records.count_unmapped(tx, unmapped)
        unreadable = await records.keep_unreadable(tx, observations)
        metrics.observe_batch(
            observations[0].source,
            seen=sum(len(observation.events) for observation in observations),
            new=len(new),
            unmapped=sum(item.count for item in unmapped.values()),
            unreadable=unreadable,
        )


def _widen(parcel: Parcel, event: TrackingEvent) -> None:
    at = event.time.instant
    parcel.first_event_at = min(parcel.first_event_at or at, at)
    parcel.last_event_at = max(parcel.last_event_at or at, at)


def _heard(parcel: Parcel, observation: Observation) -> None:
    if observation.received_at >= parcel.received_at:
        parcel.received_at, parcel.source = observation.received_at, observation.source


def _tracking_state(item: _Work) -> TrackingState:
    state: ParcelState = item.parcel.state
    if state.final:
        return TrackingState.STOPPED
    if item.heard and item.heard.tracking:
        return item.heard.tracking
    return TrackingState.ACTIVE if item.new else item.parcel.tracking_state
