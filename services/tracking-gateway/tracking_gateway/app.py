"""Builds the tracking gateway: composition only."""

from pathlib import Path
from zoneinfo import ZoneInfo

from chassis.i18n import Catalogue
from chassis.runtime import Runtime
from chassis.service import Service
from chassis.webhooks import WebhookSender
from contracts.parcels import ScanRecorded
from tracking_gateway.api import detect, epcis, parcels, scans, subscriptions, unmapped
from tracking_gateway.api.pushes import push_router
from tracking_gateway.api.view import Views
from tracking_gateway.asking import Asker
from tracking_gateway.carriers.registry import push_sources, query_sources
from tracking_gateway.handlers import on_scan_recorded
from tracking_gateway.ingest import Ingest
from tracking_gateway.intake import Intake
from tracking_gateway.knowledge import Knowledge
from tracking_gateway.lookup import Lookup
from tracking_gateway.parameters import TrackingParameters
from tracking_gateway.polling import Poller
from tracking_gateway.settings import Settings
from tracking_gateway.silences import SilenceWatch
from tracking_gateway.store import subscriptions as webhook_store
from tracking_gateway.upkeep import Upkeep

NAME = "tracking-gateway"


def build(runtime: Runtime, settings: Settings | None = None) -> Service:
    """The tracking gateway on this runtime; settings come from the environment unless given."""
    settings = settings or Settings()
    parameters = TrackingParameters.load()
    service = Service(
        NAME,
        runtime,
        title="Posthouse tracking gateway",
        description="One normalised, explainable answer about every parcel of every supported carrier.",
        migrations=Path(__file__).parent / "store" / "migrations",
    )
    zone = ZoneInfo(settings.own_zone)
    catalogue = Catalogue.load("tracking_gateway")
    knowledge = Knowledge(parameters, own_carrier=settings.own_carrier, own_pattern=settings.own_waybill_pattern)
    ingest = Ingest(knowledge, parameters)
    sources = query_sources(settings, runtime.clock, parameters.query_timeout_seconds)
    asker = Asker(service.db, ingest, knowledge, sources, parameters)

    service.provide("parameters", parameters)
    service.provide("knowledge", knowledge)
    service.provide("catalogue", catalogue)
    service.provide("own_carrier", settings.own_carrier)
    service.provide("own_zone", zone)
    service.provide("webhooks_to_private_addresses", settings.webhooks_to_private_addresses)
    service.provide("asker", asker)
    service.provide("intake", Intake(service.db, ingest, max_batch=parameters.ingest_batch))
    service.provide("lookup", Lookup(service.db, asker, knowledge, parameters, own_carrier=settings.own_carrier))
    service.provide("views", Views(knowledge, catalogue, zone))
    for module in (parcels, detect, scans, epcis, subscriptions, unmapped):
        service.include(module.router)
    service.include(push_router(push_sources(settings)))

    service.consume({ScanRecorded: on_scan_recorded(ingest, knowledge, own_carrier=settings.own_carrier, zone=zone)})
    service.background("upkeep", Upkeep(service.db, ingest, knowledge, parameters).run)
    sender = WebhookSender(
        service.db, webhook_store, service=NAME, allow_private=settings.webhooks_to_private_addresses
    )
    service.background("webhooks", sender.run)
    service.background("polls", Poller(service.db, asker, parameters).run)
    service.background("silences", SilenceWatch(service.db, ingest, parameters, catalogue).run)
    service.on_stop(sender.close)
    service.on_stop(asker.close)
    for source in sources:
        service.on_stop(source.close)
    return service
