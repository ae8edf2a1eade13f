"""The owner of a routing domain: takes commands in, decides in memory, commits in groups, answers after the commit.

The memory is only ever ahead of the store by the batch being committed. If that commit fails, or its outcome is not
known, the memory is thrown away and rebuilt from the store; the number of the last commit there tells which it was.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence

from chassis.db import Database, DatabaseUnavailable
from chassis.db.database import stream_signal
from chassis.telemetry.logs import get_logger
from routing import metrics
from routing.dispatch.cluster import Cluster, HandedOver, LockLost, Tenure
from routing.dispatch.envelope import Envelope, Reply
from routing.dispatch.reign import Attempt, Reign
from routing.domain import configuring
from routing.domain.commands import Configure
from routing.domain.rules import QueueRules
from routing.domain.values import SECOND, micros
from routing.parameters import RoutingParameters
from routing.store import commands, ownership

log = get_logger(__name__)


class NotOwner(Exception):
    """Another replica owns the domain, or nobody does at the moment; hand the command over."""


class Writer:
    """Owns one routing domain whenever it is free. `submit` works while `owning` is true."""

    def __init__(
        self,
        db: Database,
        domain: str,
        parameters: RoutingParameters,
        cluster: Cluster,
        *,
        instance: str,
        first_queues: Sequence[QueueRules],
    ) -> None:
        """`first_queues` are what an empty domain starts with."""
        self._db = db
        self._domain = domain
        self._parameters = parameters
        self._cluster = cluster
        self._instance = instance
        self._first_queues = first_queues
        self._reign: Reign | None = None
        self._waiting: deque[Envelope] = deque()
        self._local = asyncio.Event()
        self._careful = 0
        self._failures = 0
        self._doubt: Attempt | None = None

    @property
    def owning(self) -> bool:
        """Whether this process decides for the domain now."""
        return self._reign is not None

    async def submit(self, envelope: Envelope) -> Reply:
        """Decide a command and answer once its effects are durable. Raises `NotOwner`."""
        if self._reign is None:
            raise NotOwner
        envelope.future = asyncio.get_running_loop().create_future()
        self._waiting.append(envelope)
        self._local.set()
        return await envelope.future

    async def run(self) -> None:
        """Own the domain whenever it is free, until cancelled."""
        while True:
            async with self._cluster.hold(self._domain, taken=self._hand_over_doubt) as held:
                try:
                    await self._rule(held)
                except HandedOver:
                    log.info("handed the domain over", domain=self._domain)
                except (ownership.Fenced, LockLost, DatabaseUnavailable) as error:
                    log.warning("no longer the owner of the domain", domain=self._domain, error=repr(error))
                finally:
                    self._step_down()
            await asyncio.sleep(self._parameters.takeover_seconds)

    async def _rule(self, held: Tenure) -> None:
        reign = await Reign.begin(self._db, self._domain, self._parameters, self._instance)
        self._reign = reign
        self._settle_doubt(reign.before)
        if not any(queue.version for queue in reign.engine.floor.queues.values()):
            now = micros(self._db.clock.now())
            wanted = configuring.first(self._first_queues, self._parameters.engine)
            self._waiting.appendleft(Envelope(Configure(now, wanted, "first start", None, 0)))
        metrics.OWNED.labels(self._domain).set(1)
        log.info("owner of the domain", domain=self._domain, epoch=reign.epoch, items=len(reign.engine.floor.work))
        with self._db.signals.listening(stream_signal(commands.owner_channel(self._domain))) as remote:
            remote.set()  # whatever waited while there was no owner
            while True:
                await self._wait(reign, remote)
                held.check()
                await self._round(reign, remote)

    async def _wait(self, reign: Reign, remote: asyncio.Event) -> None:
        """Until a command or a timer of the engine is due, or it is time to look into the table anyway."""
        if self._waiting or remote.is_set() or reign.tick_due():
            return
        self._local.clear()
        sleepers: list[asyncio.Task[object]] = [
            asyncio.create_task(self._local.wait()),
            asyncio.create_task(remote.wait()),
        ]
        due = reign.engine.next_due()
        if due is not None:
            left = (due - micros(self._db.clock.now())) / SECOND
            sleepers.append(asyncio.create_task(self._db.clock.sleep(left)))
        try:
            done, _ = await asyncio.wait(
                sleepers, timeout=self._parameters.poll_seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for sleeper in sleepers:
                sleeper.cancel()
        if not done:
            async with self._db.read() as tx:
                if await commands.any_waiting(tx, self._domain):
                    remote.set()

    async def _round(self, reign: Reign, remote: asyncio.Event) -> None:
        limit = 1 if self._careful else self._parameters.batch_size
        local = self._take(limit)
        look = 0 if self._careful and local else limit
        if not remote.is_set():
            look = 0
        began = time.perf_counter()
        try:
            attempt = await reign.commit(local, look)
        except (ownership.Fenced, LockLost, DatabaseUnavailable):
            self._doubt = reign.attempt or Attempt(0, 0, local)
            raise
        except Exception as error:
            await self._recover(reign, local, error)
            remote.set()
            return
        self._failures = 0
        self._careful = max(0, self._careful - 1)
        if look and len(attempt.stored) < look:
            remote.clear()
        _resolve(attempt)
        metrics.COMMIT_SECONDS.labels(self._domain).observe(time.perf_counter() - began)
        metrics.BATCH_COMMANDS.labels(self._domain).observe(len(local) + len(attempt.stored))

    def _take(self, limit: int) -> list[Envelope]:
        found: list[Envelope] = []
        while self._waiting and len(found) < limit:
            envelope = self._waiting.popleft()
            if envelope.future is None or not envelope.future.done():  # whoever asked may have gone
                found.append(envelope)
        return found

    async def _recover(self, reign: Reign, local: Sequence[Envelope], error: Exception) -> None:
        """A command broke the batch: rebuild, then go on one by one to find it, and set it aside.

        When one after the other fails, the fault is not theirs: raise, and let the supervisor try again later.
        """
        stored = reign.attempt.stored if reign.attempt else []
        reign.attempt = None
        number = len(local) + len(stored)
        log.error("a batch failed", domain=self._domain, commands=number, error=repr(error), exc_info=error)
        await reign.rebuild()
        if number > 1:
            self._waiting.extendleft(reversed(local))
            self._careful = number
            return
        self._failures += 1
        if number == 0 or self._failures > self._parameters.failures_in_a_row:
            raise error
        metrics.FAILED_COMMANDS.labels(self._domain).inc()
        for envelope in local:
            if envelope.future is not None and not envelope.future.done():
                envelope.future.set_exception(error)
        async with self._db.transaction() as tx:
            for one in stored:
                await commands.set_aside(tx, one.seq, repr(error))

    def _settle_doubt(self, before: tuple[int, int]) -> None:
        """We are the owner again: the store says whether the commit in doubt took effect."""
        doubt, self._doubt = self._doubt, None
        if doubt is None:
            return
        if before == (doubt.epoch, doubt.number):
            _resolve(doubt)
        elif before[0] == doubt.epoch or doubt.epoch == 0:
            self._waiting.extendleft(reversed(doubt.local))
        else:
            _refuse(doubt.local)

    def _hand_over_doubt(self) -> None:
        """Somebody else is the owner: whoever waits for a commit in doubt has to ask them."""
        doubt, self._doubt = self._doubt, None
        if doubt is not None:
            _refuse(doubt.local)

    def _step_down(self) -> None:
        self._reign = None
        metrics.OWNED.labels(self._domain).set(0)
        waiting, self._waiting = list(self._waiting), deque()
        _refuse(waiting)


def _resolve(attempt: Attempt) -> None:
    for outcome in attempt.outcomes:
        future = outcome.envelope.future
        if future is not None and not future.done():
            future.set_result(outcome.reply)


def _refuse(envelopes: Sequence[Envelope]) -> None:
    for envelope in envelopes:
        if envelope.future is not None and not envelope.future.done():
            envelope.future.set_exception(NotOwner())
