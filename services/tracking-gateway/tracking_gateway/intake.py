"""Intake of scans and pushes: requests that arrive together share one transaction."""

from collections.abc import Sequence

from chassis.db import Database, Tx
from chassis.group_commit import GroupCommit
from tracking_gateway.domain.observation import Observation
from tracking_gateway.ingest import Ingest, Outcome

_Delivery = Sequence[Observation]


class Intake:
    """Accepts deliveries. When `accept` returns, what it was given is durable."""

    def __init__(self, db: Database, ingest: Ingest, *, max_batch: int) -> None:
        self._ingest = ingest
        self._group: GroupCommit[_Delivery, list[Outcome]] = GroupCommit(db, self._apply, max_batch=max_batch)

    async def accept(self, observations: Sequence[Observation]) -> list[Outcome]:
        """Take in what one request brought; one outcome per observation. Raises DatabaseUnavailable."""
        return await self._group.submit(observations)

    async def _apply(self, tx: Tx, deliveries: Sequence[_Delivery]) -> Sequence[list[Outcome] | Exception]:
        outcomes = iter(await self._ingest.apply(tx, [item for delivery in deliveries for item in delivery]))
        return [[next(outcomes) for _ in delivery] for delivery in deliveries]
