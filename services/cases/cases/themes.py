"""Composition of the themes beside the cases themselves: orders, departments, knowledge."""

from collections.abc import Awaitable, Callable
from typing import Any

from cases.actions import dispatching
from cases.actions.dispatch_mail import Dispatcher
from cases.actions.office import Office
from cases.actions.ordering import following, taking, upkeep
from cases.actions.ordering.shop import Shop
from cases.api import (
    departments,
    dispatches,
    knowledge,
    knowledge_workflow,
    order_endings,
    order_quotes,
    order_subscriptions,
    orders,
)
from cases.dispatch_settings import DispatchParameters, DispatchSettings, signer
from cases.handlers.dispatches import on_overdue
from cases.handlers.orders import OrderHandlers
from cases.knowledge_base import KnowledgeParameters, plant
from cases.order_settings import OrderSettings
from cases.portal import endpoints as portal
from cases.store.order_webhooks import OrderDeliveries
from chassis.db import Tx
from chassis.service import Service
from chassis.webhooks import WebhookSender
from contracts.event import Event
from contracts.parcels import ParcelDelivered

EventHandler = Callable[[Tx, Event[Any]], Awaitable[None]]


def add_orders(service: Service, office: Office, *, on_parcel_delivered: EventHandler) -> None:
    """Orders, with their webhooks. `on_parcel_delivered` is what else happens when a parcel arrives; it goes first."""
    shop, settings = Shop.load(office), OrderSettings()
    handlers = OrderHandlers(shop)
    service.provide("shop", shop)
    service.provide("webhooks_to_private_addresses", settings.webhooks_to_private_addresses)
    for module in (order_quotes, order_subscriptions, orders, order_endings):
        service.include(module.router)
    service.on_timer(taking.DRAFT_TIMER, handlers.on_timer(following.draft_expired))
    service.on_timer(taking.PICKUP_TIMER, handlers.on_timer(following.pickup_missed))
    service.on_timer(taking.PROMISE_TIMER, handlers.on_timer(following.late))

    async def delivered(tx: Tx, event: Event[ParcelDelivered]) -> None:
        await on_parcel_delivered(tx, event)
        await handlers.on_parcel_delivered(tx, event)

    service.consume({ParcelDelivered: delivered})
    sender = WebhookSender(
        service.db, OrderDeliveries(), service=service.name, allow_private=settings.webhooks_to_private_addresses
    )
    service.background("order webhooks", sender.run)
    service.background("order upkeep", lambda: upkeep.forget_deliveries(service.db, shop.parameters.delivery_days))
    service.on_stop(sender.close)


def add_departments(service: Service, office: Office) -> None:
    """Departments, what is dispatched to them, and the page they answer on."""
    chassis = service.runtime.settings
    dispatcher = Dispatcher(
        office, signer(DispatchSettings(), chassis), DispatchParameters.load(), chassis.public_base_url
    )
    service.provide("dispatcher", dispatcher)
    for module in (departments, dispatches, portal):
        service.include(module.router)
    for limit in (dispatching.ACKNOWLEDGE_TIMER, dispatching.REPLY_TIMER):
        service.on_timer(limit, on_overdue(office, limit))


def add_knowledge(service: Service) -> None:
    """Knowledge; an empty knowledge base begins with the packaged articles."""
    parameters = KnowledgeParameters.load()
    service.provide("knowledge", parameters)
    service.include(knowledge.router)
    service.include(knowledge_workflow.router)
    service.on_start(lambda: plant(service.db, parameters))
