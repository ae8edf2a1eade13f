"""Asking about followed parcels by policy: the closer to the door, the oftener; the staler, the rarer."""

from datetime import datetime, timedelta

from chassis.db import Database, DatabaseUnavailable
from tracking_gateway.asking import Asker
from tracking_gateway.domain.state import ParcelState
from tracking_gateway.following import Following
from tracking_gateway.parameters import TrackingParameters
from tracking_gateway.store import followers, parcels, watches
from tracking_gateway.store.watches import Watch

_LEASE = timedelta(minutes=5)
_BATCH = 50


class Poller:
    """Asks about watches that are due. A parcel that ten thousand people follow is asked about once, and one whose
    provider pushes its news only to make sure."""

    def __init__(self, db: Database, asker: Asker, following: Following, parameters: TrackingParameters) -> None:
        self._db = db
        self._asker = asker
        self._following = following
        self._parameters = parameters

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            try:
                while await self.poll_due():
                    continue
                while await self._following.end_released():
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
        pushed = await self._following.follow(watch)
        await self._asker.ask_any(watch.carrier, watch.waybill_no, watch.phone_suffix)
        served = self._following.serves(watch.carrier) or self._asker.source_for(watch.carrier) is not None
        async with self._db.transaction() as tx:
            found = await parcels.find_parcels(tx, watch.waybill_no, watch.carrier)
            state = found[0].state if found else ParcelState()
            ended = state.final or watch.until <= tx.now or not served
            if ended:
                await watches.end(tx, [watch])
            else:
                attended = await followers.has_open_case(tx, watch.waybill_no)
                pause = self.pause(state, tx.now, pushed=pushed, attended=attended)
                await watches.plan(tx, watch, tx.now + pause)
        if ended:
            await self._following.release(watch)

    def pause(self, state: ParcelState, now: datetime, *, pushed: bool = False, attended: bool = False) -> timedelta:
        """How long until the next question: by status, by how long nothing happened, and whether news is pushed. While
        somebody works on a case about the parcel (`attended`) it is asked about as often as providers allow."""
        pause = timedelta(minutes=self._parameters.poll_minutes.get(state.status, self._parameters.poll_minutes_else))
        quiet = now - state.last.at if state.last else timedelta(0)
        if quiet > timedelta(days=self._parameters.poll_quiet_days):
            pause *= self._parameters.poll_quiet_factor
        if attended:
            return min(pause, timedelta(minutes=self._parameters.poll_minutes_open_case))
        return max(pause, timedelta(minutes=self._parameters.poll_minutes_pushed)) if pushed else pause
