"""Having providers watch followed parcels, so that news comes by push and questions become rare.

Driven by the polling policy: each time a followed parcel comes up, its provider is asked to watch it unless it does;
when the parcel is no longer followed, the provider is told. What cannot be had by push is still asked for.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from chassis.db import Database, Tx
from chassis.telemetry.logs import get_logger
from tracking_gateway import metrics
from tracking_gateway.breaker import Breaker
from tracking_gateway.budget import Budget
from tracking_gateway.carriers.port import (
    NumberRefused,
    PhoneNeeded,
    RateLimited,
    SourceError,
    SourceRefused,
    SubscribeSource,
)
from tracking_gateway.parameters import TrackingParameters
from tracking_gateway.store import provider_subscriptions as store
from tracking_gateway.store.provider_subscriptions import Agreement, ProviderSubscription
from tracking_gateway.store.watches import Watch

log = get_logger(__name__)

_LEASE = timedelta(minutes=5)
_BATCH = 20
_MONTH = timedelta(days=30)


class Following:
    """Subscribes at the first provider that serves a carrier. Any number of processes may run it."""

    def __init__(self, db: Database, sources: Sequence[SubscribeSource], parameters: TrackingParameters) -> None:
        self._db = db
        self._sources = {source.name: source for source in sources}
        self._again = timedelta(minutes=parameters.subscribe_retry_minutes)
        self._per_month = parameters.subscriptions_per_month
        per_minute = parameters.subscriptions_per_minute
        self._budgets = {name: Budget(db.clock, per_minute.get(name)) for name in self._sources}
        self._breakers = {
            name: Breaker(
                f"{name}/subscribe",
                db.clock,
                failures=parameters.breaker_failures,
                pause_seconds=parameters.breaker_pause_seconds,
            )
            for name in self._sources
        }

    def serves(self, carrier: str) -> bool:
        """Whether some provider watches this carrier's parcels."""
        return any(source.serves(carrier) for source in self._sources.values())

    async def follow(self, watch: Watch) -> bool:
        """See to it that a provider watches the parcel, if one does such. Whether one does now."""
        source = next((item for item in self._sources.values() if item.serves(watch.carrier)), None)
        if source is None:
            return False
        async with self._db.transaction() as tx:
            known = await store.get(tx, watch.waybill_no, watch.carrier)
            if known and known.state is Agreement.ACTIVE:
                return not await store.lapse(tx, watch.waybill_no, watch.carrier, tx.now + self._again)
            if known and (known.next_at is None or known.next_at > tx.now):
                return False
            if known and (when := self._permitted(known, source.name, tx.now)):
                await self._wait(tx, watch, "as often this month as the provider allows", when)
                return False
            if not self._breakers[source.name].allows() or not self._budgets[source.name].take():
                return False
            claimed = await store.claim(tx, watch.waybill_no, watch.carrier, source.name, tx.now + _LEASE)
        return claimed is not None and await self._subscribe(source, watch)

    async def release(self, watch: Watch) -> None:
        """The parcel is no longer followed: its provider need not watch it either."""
        async with self._db.transaction() as tx:
            await store.leave(tx, watch.waybill_no, watch.carrier)

    async def end_released(self) -> int:
        """Tell providers what they need no longer watch, one batch. Returns how many were tried."""
        async with self._db.transaction() as tx:
            due = await store.take_leaving(tx, _BATCH, self._again)
        for subscription in due:
            await self._unsubscribe(subscription)
        return len(due)

    async def close(self) -> None:
        """Close the connections."""
        for source in self._sources.values():
            await source.close()

    def _permitted(self, known: ProviderSubscription, source: str, now: datetime) -> datetime | None:
        """When the provider may be asked again, if it may not now."""
        limit = self._per_month.get(source)
        lately = [at for at in known.taken_at if at > now - _MONTH]
        return lately[-limit] + _MONTH if limit and len(lately) >= limit else None

    async def _subscribe(self, source: SubscribeSource, watch: Watch) -> bool:
        breaker = self._breakers[source.name]
        try:
            if source.needs_phone(watch.carrier) and not watch.phone_suffix:
                raise PhoneNeeded(watch.carrier)
            reference = await source.subscribe(watch.carrier, watch.waybill_no, phone=watch.phone_suffix)
        except NumberRefused as error:
            breaker.succeeded()
            await self._not_taken(source, watch, Agreement.REFUSED, f"refused: {error}", None)
            return False
        except PhoneNeeded:
            breaker.succeeded()
            await self._not_taken(source, watch, Agreement.WAITING, "a phone number is needed", self._again)
            return False
        except SourceError as error:
            pause = _noted(breaker, error) or self._again
            log.warning("a provider took no subscription", source=source.name, carrier=watch.carrier, error=str(error))
            await self._not_taken(source, watch, Agreement.WAITING, str(error), pause)
            return False
        breaker.succeeded()
        metrics.PROVIDER_SUBSCRIPTIONS.labels(source.name, "taken").inc()
        async with self._db.transaction() as tx:
            await store.note_taken(tx, watch.waybill_no, watch.carrier, reference, tx.now - _MONTH)
        return True

    async def _not_taken(
        self, source: SubscribeSource, watch: Watch, state: Agreement, reason: str, pause: timedelta | None
    ) -> None:
        metrics.PROVIDER_SUBSCRIPTIONS.labels(source.name, state.value).inc()
        async with self._db.transaction() as tx:
            next_at = tx.now + pause if pause else None
            await store.note_not_taken(tx, watch.waybill_no, watch.carrier, state, reason[:200], next_at)

    async def _wait(self, tx: Tx, watch: Watch, reason: str, until: datetime) -> None:
        await store.note_not_taken(tx, watch.waybill_no, watch.carrier, Agreement.WAITING, reason, until)

    async def _unsubscribe(self, subscription: ProviderSubscription) -> None:
        source = self._sources.get(subscription.source)
        try:
            if source:
                await source.unsubscribe(subscription.carrier, subscription.waybill_no, subscription.reference or "")
        except (NumberRefused, SourceRefused, PhoneNeeded) as error:
            log.warning("a subscription could not be ended", source=subscription.source, error=str(error))
        except SourceError as error:
            log.warning("a subscription is to be ended later", source=subscription.source, error=str(error))
            return
        metrics.PROVIDER_SUBSCRIPTIONS.labels(subscription.source, "ended").inc()
        async with self._db.transaction() as tx:
            await store.drop(tx, subscription.waybill_no, subscription.carrier)


def _noted(breaker: Breaker, error: SourceError) -> timedelta | None:
    """Tell the breaker, and how long the provider itself wants to be left alone."""
    wanted = error.retry_after if isinstance(error, RateLimited) else None
    breaker.failed(pause_seconds=wanted)
    return timedelta(seconds=wanted) if wanted else None
