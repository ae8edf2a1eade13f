"""Routing domains as the rest of the service sees them: where a queue, an agent, an item or an offer is at home."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from chassis.db import Database
from chassis.http.problems import NotFound
from routing.dispatch.dispatcher import Dispatcher
from routing.store import homes as store


@dataclass(frozen=True)
class Home:
    """A routing domain and the way to its owner, wherever that is."""

    domain: str
    dispatcher: Dispatcher


class Homes:
    """All domains of this installation. Queues are dealt out by settings; agents stay where they first signed in."""

    def __init__(self, db: Database, homes: Mapping[str, Home], queues: Mapping[str, str]) -> None:
        """`homes` by domain, the first one taking what is named nowhere; `queues` maps queue to domain."""
        self._db = db
        self._homes = homes
        self._queues = queues
        self.default = next(iter(homes.values()))

    def all(self) -> list[Home]:
        """Every domain."""
        return list(self._homes.values())

    def named(self, domain: str | None) -> Home:
        """A domain by name, the default one if none is given; 404 for one that does not exist."""
        if domain is None:
            return self.default
        if domain not in self._homes:
            raise NotFound("routing domain", domain)
        return self._homes[domain]

    def of_queue(self, queue: str) -> Home:
        """Where a queue is at home."""
        return self._homes[self._queues.get(queue, self.default.domain)]

    async def of_agent(self, agent_id: str, *, first: str | None = None) -> Home:
        """Where an agent is at home; one never seen, in `first` or the default domain."""
        return await self._found(store.of_agent, agent_id, self.named(first))

    async def of_work(self, work_item_id: UUID) -> Home:
        """Where an item is at home."""
        return await self._found(store.of_work, work_item_id)

    async def of_offer(self, offer_id: UUID) -> Home:
        """Where an offer was made."""
        return await self._found(store.of_offer, offer_id)

    async def _found(self, look: store.Look, what: object, otherwise: Home | None = None) -> Home:
        if len(self._homes) == 1:
            return self.default
        async with self._db.read() as tx:
            domain = await look(tx, what)
        return self._homes.get(domain or "", otherwise or self.default)
