"""Noticing silences: parcels whose clock rules fall due are looked at, across restarts, each silence once."""

from datetime import datetime

from chassis.db import Database, DatabaseUnavailable, Tx
from chassis.i18n import DEFAULT_LANGUAGE, Catalogue
from tracking_gateway.domain.events import clock_event
from tracking_gateway.domain.model import SourceTime, TrackingEvent, TzSource
from tracking_gateway.domain.silence import Silence
from tracking_gateway.ingest import Ingest
from tracking_gateway.parameters import TrackingParameters
from tracking_gateway.store import parcels as store
from tracking_gateway.store.parcels import Parcel


class SilenceWatch:
    """Raises clock-derived exceptions. Any number of processes may run it."""

    def __init__(self, db: Database, ingest: Ingest, parameters: TrackingParameters, catalogue: Catalogue) -> None:
        self._db = db
        self._ingest = ingest
        self._knowledge = ingest.knowledge
        self._batch = parameters.silence_batch
        self._pause = parameters.silence_poll_seconds
        self._catalogue = catalogue

    async def run(self) -> None:
        """Look for silences until cancelled."""
        while True:
            try:
                while await self.look() == self._batch:
                    continue
            except DatabaseUnavailable:
                pass
            await self._db.clock.sleep(self._pause)

    async def look(self) -> int:
        """Look at the parcels that are due, one batch. Returns how many."""
        async with self._db.transaction() as tx:
            parcels = await store.due_for_check(tx, self._batch)
            if parcels:
                events = {parcel.id: self._events(tx, parcel) for parcel in parcels}
                await self._ingest.add_clock_events(tx, events, parcels)
        return len(parcels)

    def _events(self, tx: Tx, parcel: Parcel) -> list[TrackingEvent]:
        pending = self._knowledge.pending(parcel.carrier, parcel.state, parcel.shipment)
        due = [item for item in pending if item.due <= tx.now]
        return [self._event(parcel, item) for item in due]

    def _event(self, parcel: Parcel, silence: Silence) -> TrackingEvent:
        return clock_event(
            carrier=parcel.carrier,
            waybill_no=parcel.waybill_no,
            code=silence.code,
            anchor=silence.anchor,
            due=_utc(silence.due),
            seconds=silence.seconds,
            text=self._catalogue.text(
                DEFAULT_LANGUAGE, f"clock.{silence.code.value}", hours=f"{round(silence.seconds / 3600, 1):g}"
            ),
        )


def _utc(instant: datetime) -> SourceTime:
    return SourceTime(instant, instant.isoformat(), 0, TzSource.PAYLOAD)
