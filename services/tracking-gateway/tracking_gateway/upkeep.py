"""Background work: parcels folded by old rules are folded anew; what is past its retention is dropped."""

from datetime import timedelta
from uuid import UUID

from chassis.db import Database
from chassis.telemetry.logs import get_logger
from tracking_gateway.ingest import Ingest
from tracking_gateway.knowledge import Knowledge
from tracking_gateway.parameters import TrackingParameters
from tracking_gateway.store import agreed_orders as orders
from tracking_gateway.store import followers, notices, shipments, subscriptions, troubles
from tracking_gateway.store import parcels as store

log = get_logger(__name__)

_BATCH = 200
_EVERY_SECONDS = 600.0
_START = UUID(int=0)


class Upkeep:
    """Runs for as long as the service does."""

    def __init__(self, db: Database, ingest: Ingest, knowledge: Knowledge, parameters: TrackingParameters) -> None:
        self._db = db
        self._ingest = ingest
        self._knowledge = knowledge
        self._bodies = timedelta(days=parameters.delivery_retention_days)
        self._webhooks = timedelta(days=parameters.webhook_retention_days)
        self._notices = timedelta(days=parameters.notice_retention_days)
        self._parties = timedelta(days=parameters.party_retention_days)
        self._troubles = timedelta(hours=2 * parameters.incident_window_hours)

    async def run(self) -> None:
        """Fold anew once after the start (rules change with a release), and tidy up every ten minutes."""
        await self.fold_anew()
        while True:
            await self.tidy()
            await self._db.clock.sleep(_EVERY_SECONDS)

    async def fold_anew(self) -> int:
        """Bring every parcel's state to today's rules; changes are emitted like any other. Returns how many changed."""
        changed, seen, after = 0, 0, _START
        while True:
            async with self._db.transaction() as tx:
                batch = await store.parcels_by_other_rules(tx, self._knowledge.rules, after, _BATCH)
                if not batch:
                    break
                changed += await self._ingest.refold(tx, batch)
            seen, after = seen + len(batch), batch[-1]
        if seen:
            log.info("parcels folded by new rules", parcels=seen, changed=changed, rules=self._knowledge.rules)
        return changed

    async def tidy(self) -> None:
        """Drop what is past its retention (raw bodies, finished webhooks, notices, parties, troubles that are over),
        and end subscriptions past their term."""
        dropped = 1
        while dropped:
            async with self._db.transaction() as tx:
                dropped = await store.drop_deliveries(tx, self._bodies) + await subscriptions.trim(tx, self._webhooks)
                dropped += await notices.trim(tx, self._notices) + await followers.trim(tx)
                dropped += await shipments.forget_parties(tx, self._parties) + await orders.trim(tx, self._parties)
                dropped += await troubles.trim(tx, tx.now - self._troubles)
