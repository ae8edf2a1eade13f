"""What the gateway learns from cases: parcels with a case are watched more closely and quoted to it, and its customer
is told of what happens to them."""

import asyncio
from datetime import timedelta
from uuid import UUID

from chassis.clock import Clock
from chassis.db import Database, DatabaseUnavailable, Tx
from chassis.tasks import wait_for_event
from contracts.cases import CaseClosed, CaseMerged, CaseOpened, CaseReopened, CaseWaybillNamed
from contracts.customers import CustomerErased
from contracts.event import Event
from contracts.parcels import ParcelSnapshotTaken, QuotePersonal
from tracking_gateway.api.view import Views
from tracking_gateway.domain.identity import NumberUnusable, canonical_number
from tracking_gateway.domain.masking import Audience
from tracking_gateway.knowledge import Knowledge
from tracking_gateway.lookup import Found, Lookup, Unknown
from tracking_gateway.notices import note_contact
from tracking_gateway.parameters import TrackingParameters
from tracking_gateway.store import followers as store
from tracking_gateway.store import watches
from tracking_gateway.store.followers import Follower
from tracking_gateway.watching import Watching

_BATCH = 20
_LEASE = timedelta(minutes=1)
_OWED = "quotes"
_BY_CUSTOMER = "customer"
"""Why a case was reopened, as cases says it."""


class CaseHandlers:
    """Handlers of what happens to cases."""

    def __init__(self, knowledge: Knowledge, watching: Watching, parameters: TrackingParameters) -> None:
        self._knowledge = knowledge
        self._watching = watching
        self._days = timedelta(days=parameters.follow_days)

    async def on_case_opened(self, tx: Tx, event: Event[CaseOpened]) -> None:
        """A case that begins with a parcel: because its customer asked, if an interaction came with it."""
        data = event.data
        if data.waybill_no is not None:
            asked = data.interaction_id is not None
            await self._begin(tx, data.case_id, data.customer_id, data.waybill_no, asked=asked)

    async def on_waybill_named(self, tx: Tx, event: Event[CaseWaybillNamed]) -> None:
        """A case that turned out to be about a parcel."""
        data = event.data
        await self._begin(tx, data.case_id, data.customer_id, data.waybill_no, asked=True)

    async def on_case_closed(self, tx: Tx, event: Event[CaseClosed]) -> None:
        """The case needs no attention; its customer is told of the parcel for a while."""
        await store.set_open(tx, event.data.case_id, is_open=False, until=tx.now + self._days)

    async def on_case_merged(self, tx: Tx, event: Event[CaseMerged]) -> None:
        """The case goes on in another one, which follows its own parcel."""
        await store.set_open(tx, event.data.merged_case_id, is_open=False, until=tx.now + self._days)

    async def on_customer_erased(self, tx: Tx, event: Event[CustomerErased]) -> None:
        """The person wants nothing kept."""
        await store.forget_customer(tx, event.data.customer_id)

    async def on_case_reopened(self, tx: Tx, event: Event[CaseReopened]) -> None:
        """The case is worked on again; mostly because the customer is back."""
        found = await store.set_open(tx, event.data.case_id, is_open=True, until=tx.now + self._days)
        if found is not None:
            tx.notify_stream(_OWED)
            asked = event.data.reason == _BY_CUSTOMER
            await self._attend(tx, found.case_id, found.customer_id, found.waybill_no, asked=asked)

    async def _begin(self, tx: Tx, case_id: UUID, customer_id: UUID, waybill_no: str, *, asked: bool) -> None:
        try:
            number = canonical_number(waybill_no)
        except NumberUnusable:
            return
        await store.add(tx, Follower(case_id, customer_id, number, open=True, until=tx.now + self._days))
        tx.notify_stream(_OWED)
        await self._attend(tx, case_id, customer_id, number, asked=asked)

    async def _attend(self, tx: Tx, case_id: UUID, customer_id: UUID, number: str, *, asked: bool) -> None:
        until = tx.now + self._days
        await self._watching.follow(tx, number, carrier=None, phone=None, until=until)
        await watches.hasten(tx, number, tx.now)
        if asked:
            await note_contact(
                tx, self._knowledge.notices, customer_id=customer_id, case_id=case_id, waybill_no=number, until=until
            )


class QuoteWriter:
    """Gives cases the snapshot they quote. Any number of processes may run it."""

    def __init__(self, db: Database, lookup: Lookup, views: Views, knowledge: Knowledge, *, pause: float) -> None:
        self._db = db
        self._lookup = lookup
        self._views = views
        self._knowledge = knowledge
        self._pause = pause

    async def run(self) -> None:
        """Write until cancelled."""
        with self._db.signals.listening(f"stream:{_OWED}") as owed:
            while True:
                owed.clear()
                try:
                    while await self.write_owed() == _BATCH:
                        continue
                except DatabaseUnavailable:
                    pass
                await wait_for_event(owed, self._pause)

    async def write_owed(self) -> int:
        """Write the snapshots of one batch of cases. Returns how many."""
        async with self._db.transaction() as tx:
            owed = await store.take_quotes(tx, _BATCH, _LEASE)
        await asyncio.gather(*(self._write(follower) for follower in owed))
        return len(owed)

    async def _write(self, follower: Follower) -> None:
        found = await self._lookup.find(follower.waybill_no, carrier=None, phone=None)
        async with self._db.transaction() as tx:
            await store.quoted(tx, follower.case_id)
            tx.emit(self._snapshot(follower, found, self._db.clock))

    def _snapshot(self, follower: Follower, found: Found | Unknown, clock: Clock) -> ParcelSnapshotTaken:
        now = clock.now()
        if isinstance(found, Unknown):
            return ParcelSnapshotTaken(
                case_id=follower.case_id,
                waybill_no=follower.waybill_no,
                found=False,
                occurred_at=now,
                personal=QuotePersonal(texts=self._views.unknown(follower.waybill_no, found)),
            )
        view = self._views.parcel(found, now, Audience.PARTY)
        return ParcelSnapshotTaken(
            case_id=follower.case_id,
            waybill_no=follower.waybill_no,
            found=True,
            parcel_id=view.parcel_id,
            carrier=view.carrier,
            status=view.status,
            exceptions=tuple(item.code.value for item in view.exceptions if item.open),
            promised_at=view.promise.promised_at,
            as_of=view.as_of,
            stale=view.stale,
            incidents=tuple(item.id for item in found.incidents),
            occurred_at=now,
            personal=QuotePersonal(texts=view.answer),
        )
