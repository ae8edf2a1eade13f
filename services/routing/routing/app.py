"""Builds the routing service: composition only."""

import asyncio
from pathlib import Path

from chassis.db import Database, DatabaseUnavailable
from chassis.i18n import Catalogue
from chassis.runtime import Runtime
from chassis.service import Service
from routing.api import agents, configurations, me, offers, queues, staffing, work
from routing.api.deps import Room
from routing.connections import Connections
from routing.dispatch.cluster import Cluster
from routing.dispatch.dispatcher import Dispatcher
from routing.dispatch.writer import Writer
from routing.handlers import work_handlers
from routing.homes import Home, Homes
from routing.parameters import RoutingParameters
from routing.seeds import first_queues
from routing.settings import Settings
from routing.store import trimming

NAME = "routing"
_TRIM_EVERY = 600.0


def build(runtime: Runtime, settings: Settings | None = None, parameters: RoutingParameters | None = None) -> Service:
    """The routing service on this runtime; settings and parameters come from the environment unless given."""
    settings = settings or Settings()
    parameters = parameters or RoutingParameters.load()
    service = Service(
        NAME,
        runtime,
        title="Posthouse routing",
        description="Which agent gets which work: queues, offers, assignments, presence and capacity.",
        migrations=Path(__file__).parent / "store" / "migrations",
    )
    cluster = Cluster(service.db, list(settings.domains), every_seconds=parameters.takeover_seconds)
    writers: dict[str, Writer] = {}
    queues_at_first, domain_of = first_queues(settings.queues_file), settings.domain_of_queue()
    default = next(iter(settings.domains))
    for domain in settings.domains:
        own = [rules for rules in queues_at_first if domain_of.get(rules.name, default) == domain]
        writers[domain] = Writer(service.db, domain, parameters, cluster, instance=runtime.instance, first_queues=own)
        service.background(f"owner of {domain}", writers[domain].run)
    service.background("cluster", cluster.run)
    homes = Homes(
        service.db,
        {
            domain: Home(domain, Dispatcher(service.db, domain, parameters, writer, instance=runtime.instance))
            for domain, writer in writers.items()
        },
        domain_of,
    )
    connections = Connections([home.dispatcher for home in homes.all()], parameters.seen_every_seconds)

    service.provide("room", Room(homes, connections, Catalogue.load("routing")))
    service.provide("writers", writers)
    for router in (
        me.router,
        offers.router,
        work.router,
        agents.router,
        queues.router,
        configurations.router,
        staffing.router,
    ):
        service.include(router)

    service.consume(work_handlers(homes))
    service.background("connections", connections.run)
    service.background("trim ended work", lambda: _trim(service.db, parameters.keep_ended_days))
    return service


async def _trim(db: Database, days: int) -> None:
    while True:
        await asyncio.sleep(_TRIM_EVERY)
        try:
            async with db.transaction() as tx:
                await trimming.trim(tx, days)
        except DatabaseUnavailable:
            continue
