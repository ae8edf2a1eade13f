"""Builds the tracking gateway: composition only."""

from pathlib import Path
from zoneinfo import ZoneInfo

from chassis.i18n import Catalogue
from chassis.runtime import Runtime
from chassis.service import Service
from chassis.webhooks import WebhookSender
from contracts.cases import CaseClosed, CaseMerged, CaseNoticeSettled, CaseOpened, CaseReopened, CaseWaybillNamed
from contracts.customers import CustomerErased
from contracts.orders import OrderAmended, OrderCancelled, OrderPlaced, OrderStatusChanged
from contracts.parcels import ScanRecorded, ShipmentDeclared
from tracking_gateway.api import (
    carriers,
    detect,
    disclosure,
    epcis,
    incidents,
    notices,
    parcels,
    scans,
    shipments,
    subscriptions,
    unmapped,
)
from tracking_gateway.api.pushes import push_router
from tracking_gateway.api.view import Views
from tracking_gateway.asking import Asker
from tracking_gateway.carriers.registry import push_sources, query_sources, subscribe_sources
from tracking_gateway.declaring import Declaring
from tracking_gateway.followers import CaseHandlers, QuoteWriter
from tracking_gateway.following import Following
from tracking_gateway.handlers import on_scan_recorded, on_shipment_declared
from tracking_gateway.incidents import IncidentWatch
from tracking_gateway.ingest import Ingest
from tracking_gateway.intake import Intake
from tracking_gateway.knowledge import Knowledge
from tracking_gateway.lookup import Lookup
from tracking_gateway.notices import NoticeSender, on_notice_settled
from tracking_gateway.orders import OrderHandlers
from tracking_gateway.parameters import TrackingParameters
from tracking_gateway.polling import Poller
from tracking_gateway.settings import Settings
from tracking_gateway.silences import SilenceWatch
from tracking_gateway.store import subscriptions as webhook_store
from tracking_gateway.upkeep import Upkeep
from tracking_gateway.watching import Watching

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
    lookup = Lookup(service.db, asker, knowledge, parameters, own_carrier=settings.own_carrier)
    views = Views(knowledge, catalogue, zone, least_samples=parameters.lane_least_samples)
    declaring = Declaring(ingest, parameters)
    service.provide("lookup", lookup)
    service.provide("views", views)
    service.provide("declaring", declaring)
    for module in (parcels, shipments, carriers, disclosure, notices, incidents, detect):
        service.include(module.router)
    for module in (scans, epcis, subscriptions, unmapped):
        service.include(module.router)
    service.include(push_router(push_sources(settings)))

    service.consume(
        {
            ScanRecorded: on_scan_recorded(ingest, knowledge, own_carrier=settings.own_carrier, zone=zone),
            ShipmentDeclared: on_shipment_declared(declaring, own_carrier=settings.own_carrier),
        }
    )
    service.background("upkeep", Upkeep(service.db, ingest, knowledge, parameters).run)
    sender = WebhookSender(
        service.db, webhook_store, service=NAME, allow_private=settings.webhooks_to_private_addresses
    )
    service.background("webhooks", sender.run)
    watchers = subscribe_sources(settings, parameters.query_timeout_seconds, runtime.settings.public_base_url)
    following = Following(service.db, watchers, parameters)
    service.provide("following", following)
    watching = Watching(asker, following, knowledge, parameters, own=settings.own_carrier)
    service.provide("watching", watching)
    case = CaseHandlers(knowledge, watching, parameters)
    service.consume(
        {
            CaseOpened: case.on_case_opened,
            CaseWaybillNamed: case.on_waybill_named,
            CaseClosed: case.on_case_closed,
            CaseMerged: case.on_case_merged,
            CaseReopened: case.on_case_reopened,
            CustomerErased: case.on_customer_erased,
            CaseNoticeSettled: on_notice_settled,
        }
    )
    quotes = QuoteWriter(service.db, lookup, views, knowledge, pause=parameters.quote_poll_seconds)
    service.background("quotes", quotes.run)
    order = OrderHandlers(declaring, own_carrier=settings.own_carrier)
    service.consume(
        {
            OrderPlaced: order.on_order_placed,
            OrderAmended: order.on_order_amended,
            OrderCancelled: order.on_order_cancelled,
            OrderStatusChanged: order.on_order_status_changed,
        }
    )
    sender_of_notices = NoticeSender(service.db, knowledge.notices, catalogue, pause=parameters.notice_poll_seconds)
    service.background("notices", sender_of_notices.run)
    service.background("incidents", IncidentWatch(service.db, knowledge.exceptions, parameters, catalogue).run)
    service.background("polls", Poller(service.db, asker, following, parameters).run)
    service.background("silences", SilenceWatch(service.db, ingest, parameters, catalogue).run)
    service.on_stop(sender.close)
    service.on_stop(asker.close)
    service.on_stop(following.close)
    for source in sources:
        service.on_stop(source.close)
    return service
