"""Answering "where is this parcel": from the store, asking a provider first where the store is too old or empty."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from chassis.db import Database, Tx
from tracking_gateway.asking import Asker
from tracking_gateway.knowledge import Knowledge
from tracking_gateway.parameters import TrackingParameters
from tracking_gateway.store import carrier_changes, incidents, lanes, shipments
from tracking_gateway.store import parcels as store
from tracking_gateway.store.incidents import Incident
from tracking_gateway.store.parcels import Parcel, StoredEvent
from tracking_gateway.store.records import QueryOutcome
from tracking_gateway.store.shipments import StoredParty


@dataclass(slots=True)
class Found:
    """The parcel a number means, its events oldest first, and what asking a provider came to."""

    parcel: Parcel
    events: list[StoredEvent]
    others: list[Parcel]
    asked: QueryOutcome | None = None
    lane: Mapping[int, int] = field(default_factory=dict)
    parties: Mapping[str, StoredParty] = field(default_factory=dict)
    incidents: Sequence[Incident] = ()
    corrected: str | None = None


@dataclass(slots=True)
class Unknown:
    """Nothing is known. `needs_phone` are carriers that would answer if a phone number were given."""

    needs_phone: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)


class Lookup:
    """Finds parcels by number."""

    def __init__(
        self, db: Database, asker: Asker, knowledge: Knowledge, parameters: TrackingParameters, *, own_carrier: str
    ) -> None:
        self._db = db
        self._asker = asker
        self._knowledge = knowledge
        self._own = own_carrier
        self._fresh = timedelta(minutes=parameters.fresh_minutes)
        self._candidates = parameters.candidates_asked
        self._floor = parameters.confidence_floor

    async def find(self, waybill_no: str, *, carrier: str | None, phone: str | None) -> Found | Unknown:
        """What is known of a number. For a known parcel at most one provider is asked, for an unknown one a few."""
        async with self._db.read() as tx:
            parcels, named = await self._stored(tx, waybill_no, carrier)
            if parcels and not self._is_old(parcels[0]):
                return await self._found(tx, parcels, named, None)
        if parcels:
            asked = await self._asker.ask_any(parcels[0].carrier, waybill_no, phone)
            return await self.stored(waybill_no, carrier, asked) or Unknown()
        return await self._ask_candidates(waybill_no, carrier or named, carrier, phone)

    async def stored(self, waybill_no: str, carrier: str | None, asked: QueryOutcome | None = None) -> Found | None:
        """What the store knows of a number; nobody is asked. `asked`: what asking before came to."""
        async with self._db.read() as tx:
            parcels, named = await self._stored(tx, waybill_no, carrier)
            return await self._found(tx, parcels, named, asked) if parcels else None

    async def _stored(self, tx: Tx, waybill_no: str, carrier: str | None) -> tuple[list[Parcel], str | None]:
        """The number's parcels that somebody told of, the one it means first; and the carrier people said it has."""
        found = await store.find_parcels(tx, waybill_no, carrier)
        named = await carrier_changes.current(tx, waybill_no)
        known = [parcel for parcel in found if parcel.state.last is not None]
        if named and carrier is None:
            # What people said about the number counts for more than what was heard of it last.
            chosen = [parcel for parcel in known if parcel.carrier == named]
            return (chosen + [parcel for parcel in known if parcel.carrier != named] if chosen else []), named
        return known, named

    async def _found(self, tx: Tx, parcels: Sequence[Parcel], named: str | None, asked: QueryOutcome | None) -> Found:
        first = parcels[0]
        events = await store.load_events(tx, [first.id], self._knowledge)
        found = Found(first, events[first.id], list(parcels[1:]), asked, corrected=named)
        if first.shipment:
            found.parties = await shipments.parties(tx, first.id)
            lane = first.shipment.lane(first.carrier)
            found.lane = await lanes.history(tx, lane) if lane and not first.state.final else {}
        if first.state.open_exceptions():
            found.incidents = await incidents.open_of_parcel(tx, first.id)
        return found

    async def declared(self, waybill_no: str, carrier: str | None) -> Parcel | None:
        """The newest parcel of a number whose shipment was declared, scanned or not."""
        async with self._db.read() as tx:
            found = await store.find_parcels(tx, waybill_no, carrier)
        return next((parcel for parcel in found if parcel.shipment), None)

    def _is_old(self, parcel: Parcel) -> bool:
        """Whether the answer is old and can still change; our own network tells us by itself."""
        if parcel.carrier == self._own or parcel.state.final:
            return False
        return self._db.clock.now() - parcel.received_at >= self._fresh

    async def _ask_candidates(
        self, waybill_no: str, likely: str | None, carrier: str | None, phone: str | None
    ) -> Found | Unknown:
        unknown = Unknown()
        for name in self._likely_carriers(waybill_no, likely):
            outcome = await self._asker.ask_any(name, waybill_no, phone)
            if outcome is None:
                continue
            if outcome is QueryOutcome.ANSWERED and (found := await self.stored(waybill_no, carrier, outcome)):
                return found
            if outcome is QueryOutcome.PHONE_NEEDED:
                unknown.needs_phone.append(name)
            elif outcome is not QueryOutcome.NOTHING_KNOWN:
                unknown.unanswered.append(name)
        return unknown

    def _likely_carriers(self, waybill_no: str, carrier: str | None) -> list[str]:
        if carrier:
            return [] if carrier == self._own else [carrier]
        ranking = self._knowledge.ranker.rank(waybill_no)
        return [item.carrier for item in ranking.candidates if item.carrier != self._own][: self._candidates]
