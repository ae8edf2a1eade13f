"""Asking about followed parcels by policy: the closer to the door, the oftener; the staler, the rarer."""

from datetime import datetime, timedelta

from chassis.db import Database, DatabaseUnavailable
from tracking_gateway.asking import Asker
from tracking_gateway.domain.state import ParcelState
from tracking_gateway.parameters import TrackingParameters
from tracking_gateway.store import parcels, watches
from tracking_gateway.store.watches import Watch

_LEASE = timedelta(minutes=5)
_BATCH = 50


class Poller:
    """Asks about watches that are due. A parcel that ten thousand people follow is asked about once."""

    def __init__(self, db: Database, asker: Asker, parameters: TrackingParameters) -> None:
        self._db = db
        self._asker = asker
        self._parameters = parameters

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            try:
                while await self.poll_due():
                    continue
            except DatabaseUnavailable:
                pass
            await self._db.clock.sleep(self._parameters.watch_poll_seconds)

    async def poll_due(self) -> int:
        """Ask about one batch of what is due. Returns how many."""
        async with self._db.transaction() as tx:
            due = await watches.take_due(tx, _BATCH, _LEASE)
        for watch in due:
            await self._poll(watch)
        return len(due)

    async def _poll(self, watch: Watch) -> None:
        source = self._asker.source_for(watch.carrier)
        if source is not None:
            await self._asker.ask(source, watch.carrier, watch.waybill_no, watch.phone_suffix)
        async with self._db.transaction() as tx:
            found = await parcels.find_parcels(tx, watch.waybill_no, watch.carrier)
            state = found[0].state if found else ParcelState()
            if source is None or state.final or watch.until <= tx.now:
                await watches.end(tx, [watch])
                return
            await watches.plan(tx, watch, tx.now + self.pause(state, tx.now))

    def pause(self, state: ParcelState, now: datetime) -> timedelta:
        """How long until the next question, by status and by how long nothing happened."""
        pause = timedelta(minutes=self._parameters.poll_minutes.get(state.status, self._parameters.poll_minutes_else))
        quiet = now - state.last.at if state.last else timedelta(0)
        if quiet > timedelta(days=self._parameters.poll_quiet_days):
            pause *= self._parameters.poll_quiet_factor
        return pause
