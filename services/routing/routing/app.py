"""Builds the routing service: composition only."""

import asyncio
from pathlib import Path

from chassis.db import Database, DatabaseUnavailable
from chassis.i18n import Catalogue
from chassis.runtime import Runtime
from chassis.service import Service
from routing.api import agents, me, offers, queues, work
from routing.api.deps import Room
from routing.connections import Connections
from routing.dispatch.dispatcher import Dispatcher
from routing.dispatch.writer import Writer
from routing.handlers import work_handlers
from routing.parameters import RoutingParameters
from routing.seeds import first_queues
from routing.settings import Settings
from routing.store import trimming

NAME = "routing"
DOMAIN = "default"
"""The one routing domain so far. Everything below the API takes it as an argument."""

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
    writer = Writer(
        service.db,
        DOMAIN,
        parameters,
        instance=runtime.instance,
        first_queues=first_queues(settings.queues_file),
    )
    dispatcher = Dispatcher(service.db, DOMAIN, parameters, writer, instance=runtime.instance)
    connections = Connections(dispatcher, parameters.seen_every_seconds)

    service.provide("room", Room(DOMAIN, dispatcher, connections, Catalogue.load("routing")))
    service.provide("writer", writer)
    for router in (me.router, offers.router, work.router, agents.router, queues.router):
        service.include(router)

    service.consume(work_handlers(DOMAIN))
    service.background("owner", writer.run)
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
