"""One tenure of a domain: an epoch, an engine in memory, and the commits that keep the store equal to it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import merge

from chassis.db import Database
from chassis.ids import uuid7
from routing import metrics
from routing.dispatch import batch
from routing.dispatch.batch import Outcome
from routing.dispatch.envelope import Envelope, from_stored
from routing.domain.commands import Tick
from routing.domain.engine import Engine
from routing.domain.memory import Memory, rebuild
from routing.domain.values import micros
from routing.parameters import RoutingParameters
from routing.store import commands, loading, ownership
from routing.store.commands import StoredCommand


@dataclass
class Attempt:
    """A commit being tried: which one, with what, and what it came to if it succeeds."""

    epoch: int
    number: int
    local: Sequence[Envelope]
    stored: list[StoredCommand] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)


class Reign:
    """Made by `begin`. After any exception from `commit` the memory is not to be trusted: `rebuild` or step down."""

    def __init__(
        self, db: Database, domain: str, parameters: RoutingParameters, epoch: int, before: tuple[int, int]
    ) -> None:
        self.domain = domain
        self.epoch = epoch
        self.before = before
        """(epoch, number) of the last commit before this reign"""
        self.attempt: Attempt | None = None
        """the commit whose outcome is not known yet"""
        self._db = db
        self._parameters = parameters
        self._number = 0
        self.engine = Engine(parameters.engine, uuid7)

    @classmethod
    async def begin(cls, db: Database, domain: str, parameters: RoutingParameters, owner: str) -> "Reign":
        """Start a new epoch, which fences every earlier owner, and rebuild the floor."""
        async with db.transaction() as tx:
            epoch, before = await ownership.begin_epoch(tx, domain, owner)
            memory = await loading.load(tx, domain)
        reign = cls(db, domain, parameters, epoch, before)
        reign._remember(memory)
        return reign

    async def rebuild(self) -> None:
        """Throw the memory away and read it back. Raises `Fenced` if the domain is no longer ours."""
        async with self._db.transaction() as tx:
            await ownership.mark_batch(tx, self.domain, self.epoch, self._number)
            memory = await loading.load(tx, self.domain)
        self._remember(memory)

    def _remember(self, memory: Memory) -> None:
        began = time.perf_counter()
        self.engine = rebuild(memory, self._parameters.engine, uuid7, micros(self._db.clock.now()))
        metrics.REBUILD_SECONDS.labels(self.domain).set(time.perf_counter() - began)

    def tick_due(self) -> bool:
        """Whether a timer of the engine is due."""
        due = self.engine.next_due()
        return due is not None and due <= micros(self._db.clock.now())

    async def commit(self, local: Sequence[Envelope], look: int) -> Attempt:
        """Apply these commands, and up to `look` from the table, and commit what follows."""
        if not look and all(envelope.once is None for envelope in local):
            attempt = Attempt(self.epoch, self._number, local)
            attempt.outcomes = batch.apply(self.engine, self._in_order(local, ()))
            if not self.engine.floor.changes:
                return attempt  # heartbeats and no-ops leave nothing to write
        else:
            attempt = Attempt(self.epoch, self._number, local)
        self._number += 1
        attempt.number = self._number
        self.attempt = attempt
        async with self._db.transaction() as tx:
            await ownership.mark_batch(tx, self.domain, self.epoch, attempt.number)
            if look:
                attempt.stored = await commands.take(tx, self.domain, look)
            if not attempt.outcomes:
                stored = [from_stored(one) for one in attempt.stored]
                attempt.outcomes = await batch.apply_checked(tx, self.engine, self._in_order(local, stored))
            await batch.write(tx, self.domain, self.epoch, self.engine.take_changes(), attempt.outcomes)
        self.attempt = None
        return attempt

    def _in_order(self, local: Sequence[Envelope], stored: Sequence[Envelope]) -> list[Envelope]:
        """By time of receipt, each source keeping its own order; last comes what time alone brings about.

        An answer that arrived before its offer ran out is thus applied before the offer expires, however late we are.
        """
        ordered = list(merge(stored, local, key=lambda envelope: envelope.command.at))
        if self.tick_due():
            ordered.append(Envelope(Tick(micros(self._db.clock.now()))))
        return ordered
