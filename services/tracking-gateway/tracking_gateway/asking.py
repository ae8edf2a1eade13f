"""Asking providers about a number: at most one question at a time and none sooner than the provider allows.

The first provider that serves a carrier is asked; where it does not answer, the next.

Callers who want the same number wait for one question. The right to ask is taken in the database before the question
goes out, so the limit holds across processes and crashes. A provider that fails repeatedly is paused.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from chassis.db import Database, DatabaseUnavailable
from chassis.telemetry.logs import get_logger
from tracking_gateway import metrics
from tracking_gateway.breaker import Breaker
from tracking_gateway.budget import Budget
from tracking_gateway.carriers.port import (
    NotReached,
    PhoneNeeded,
    QuerySource,
    RateLimited,
    SourceError,
    SourceRefused,
)
from tracking_gateway.domain.observation import Told, observe
from tracking_gateway.ingest import Ingest
from tracking_gateway.knowledge import Knowledge
from tracking_gateway.parameters import TrackingParameters
from tracking_gateway.store import records
from tracking_gateway.store.records import QueryOutcome

log = get_logger(__name__)

_Question = tuple[str, str, str]


class Asker:
    """Asks sources in their order of preference."""

    def __init__(
        self,
        db: Database,
        ingest: Ingest,
        knowledge: Knowledge,
        sources: Sequence[QuerySource],
        parameters: TrackingParameters,
    ) -> None:
        self._db = db
        self._ingest = ingest
        self._knowledge = knowledge
        self._sources = sources
        self._fresh = timedelta(minutes=parameters.fresh_minutes)
        self._phone_again = timedelta(seconds=parameters.phone_retry_seconds)
        self._timeout = parameters.query_timeout_seconds
        self._total = parameters.query_total_seconds
        self._breakers = {
            source.name: Breaker(
                source.name,
                db.clock,
                failures=parameters.breaker_failures,
                pause_seconds=parameters.breaker_pause_seconds,
            )
            for source in sources
        }
        self._budgets = {
            source.name: Budget(db.clock, parameters.requests_per_minute.get(source.name)) for source in sources
        }
        self._running: dict[_Question, asyncio.Task[QueryOutcome]] = {}

    def source_for(self, carrier: str) -> QuerySource | None:
        """The source that can be asked about a carrier's parcels, if one is configured."""
        return next((source for source in self._sources if source.serves(carrier)), None)

    async def ask_any(self, carrier: str, waybill_no: str, phone: str | None) -> QueryOutcome | None:
        """Ask the sources that serve a carrier until one answers, or the first knows nothing; None if there is none.

        The others have it from the same carrier, so they are asked only where the first gives no answer, and that they
        know nothing then proves nothing. Without an answer the outcome is that of the first, or the wish for a phone
        number where that would have helped.
        """
        unsettled: list[QueryOutcome] = []
        end = self._db.clock.monotonic() + self._total
        for source in self._sources:
            left = end - self._db.clock.monotonic()
            if not source.serves(carrier) or left <= 0:
                continue
            outcome = await self.ask(source, carrier, waybill_no, phone, at_most_seconds=left)
            if outcome is QueryOutcome.ANSWERED or (outcome is QueryOutcome.NOTHING_KNOWN and not unsettled):
                return outcome
            unsettled.append(outcome)
        if QueryOutcome.PHONE_NEEDED in unsettled:
            return QueryOutcome.PHONE_NEEDED
        return unsettled[0] if unsettled else None

    async def ask(
        self,
        source: QuerySource,
        carrier: str,
        waybill_no: str,
        phone: str | None,
        *,
        at_most_seconds: float | None = None,
    ) -> QueryOutcome:
        """Ask now unless it was asked recently; what was told is stored when this returns.

        Waits no longer than the time-out; a slower answer is still taken in when it comes.
        """
        question = (source.name, carrier, waybill_no)
        task = self._running.get(question)
        if task is None:
            task = asyncio.create_task(self._ask(source, carrier, waybill_no, phone))
            self._running[question] = task
            task.add_done_callback(lambda _: self._running.pop(question, None))
        try:
            async with asyncio.timeout(min(self._timeout, at_most_seconds or self._timeout)):
                return await asyncio.shield(task)
        except TimeoutError:
            return QueryOutcome.FAILED

    async def close(self) -> None:
        """End the questions that are still under way."""
        for task in list(self._running.values()):
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _ask(self, source: QuerySource, carrier: str, waybill_no: str, phone: str | None) -> QueryOutcome:
        if source.needs_phone(carrier) and not phone:
            return QueryOutcome.PHONE_NEEDED
        breaker = self._breakers[source.name]
        if not breaker.allows():
            return QueryOutcome.PAUSED
        if not self._budgets[source.name].take():
            return QueryOutcome.OVER_BUDGET
        async with self._db.transaction() as tx:
            if not await records.claim_query(
                tx,
                source.name,
                carrier,
                waybill_no,
                at_most_every=self._fresh,
                phone_again_after=self._phone_again,
            ):
                last = await records.last_query(tx, source.name, carrier, waybill_no)
                return (last.outcome if last else None) or QueryOutcome.TOO_OFTEN
        outcome, told = await self._question(source, breaker, carrier, waybill_no, phone)
        metrics.QUERIES.labels(source.name, outcome.value).inc()
        await self._store(source, carrier, waybill_no, outcome, told)
        return outcome

    async def _question(
        self, source: QuerySource, breaker: Breaker, carrier: str, waybill_no: str, phone: str | None
    ) -> tuple[QueryOutcome, tuple[Told, str] | None]:
        try:
            answer = await source.query(carrier, waybill_no, phone=phone)
        except PhoneNeeded:
            breaker.succeeded()
            return QueryOutcome.PHONE_NEEDED, None
        except SourceError as error:
            breaker.failed(pause_seconds=error.retry_after if isinstance(error, RateLimited) else None)
            log.warning("a provider gave no answer", source=source.name, carrier=carrier, error=str(error))
            return _failure(error), None
        breaker.succeeded()
        return (QueryOutcome.ANSWERED, answer) if answer else (QueryOutcome.NOTHING_KNOWN, None)

    async def _store(
        self,
        source: QuerySource,
        carrier: str,
        waybill_no: str,
        outcome: QueryOutcome,
        answer: tuple[Told, str] | None,
    ) -> None:
        try:
            async with self._db.transaction() as tx:
                await records.note_answer(tx, source.name, carrier, waybill_no, outcome)
                if answer:
                    told, body = answer
                    observation = observe(
                        told,
                        source=source.name,
                        codes=self._knowledge.codes[source.name],
                        interpreter=self._knowledge.interpreter,
                        received_at=tx.now,
                        snapshot=True,
                        body=body,
                    )
                    await self._ingest.apply(tx, [observation])
        except DatabaseUnavailable:
            log.warning("an answer could not be stored, the database is away", source=source.name)
            raise


def _failure(error: SourceError) -> QueryOutcome:
    match error:
        case NotReached():
            return QueryOutcome.NOT_REACHED
        case SourceRefused():
            return QueryOutcome.REFUSED
        case RateLimited():
            return QueryOutcome.TOO_OFTEN
    return QueryOutcome.FAILED
