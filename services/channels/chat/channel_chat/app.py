"""Builds the chat service: composition only."""

from functools import partial
from pathlib import Path

from channel_chat.api import messages, sessions, socket, telegram, typing
from channel_chat.api.cors import SiteCors
from channel_chat.handlers import Handlers
from channel_chat.idle import IdleSweep
from channel_chat.limits import Limits
from channel_chat.parameters import ChatParameters
from channel_chat.settings import Settings
from channel_chat.sites import Sites
from channel_chat.store import token_keys
from channel_chat.telegram.gateway import TelegramGateway
from channel_chat.telegram.intake import TelegramIntake
from channel_chat.telegram.registration import register_until_done
from channel_chat.telegram.sender import TelegramSender
from channel_chat.visitors import Visitors
from chassis.i18n import Catalogue
from chassis.runtime import Runtime
from chassis.service import Service
from contracts.customers import CustomerErased
from contracts.sends import InteractionEndRequested, MessageSendRequested

NAME = "chat"
PREFIX = "/chat"


def build(runtime: Runtime, settings: Settings | None = None) -> Service:
    """The chat service on this runtime; settings come from the environment unless given."""
    settings = settings or Settings()
    parameters = ChatParameters.load()
    service = Service(
        NAME,
        runtime,
        title="Posthouse chat channels",
        description="Web chat for visitors of a site (the socket is described in PROTOCOL.md), and Telegram.",
        migrations=Path(__file__).parent / "store" / "migrations",
    )
    sites = Sites(settings.sites)
    service.app.add_middleware(SiteCors, sites=sites)
    service.provide("prefix", PREFIX)
    service.provide("sites", sites)
    service.provide("parameters", parameters)
    service.provide("limits", Limits(parameters, runtime.clock))
    service.provide("bots", {bot.id: bot for bot in settings.bots})
    service.provide("telegram", TelegramIntake(Catalogue.load("channel_chat")))
    for api in (sessions, messages, socket, typing, telegram):
        service.include(api.router)

    handlers = Handlers(parameters)
    service.consume(
        {
            MessageSendRequested: handlers.on_message_send_requested,
            InteractionEndRequested: handlers.on_interaction_end_requested,
            CustomerErased: handlers.on_customer_erased,
        }
    )
    service.on_start(partial(_take_keys, service, settings, parameters))
    service.background("idle", IdleSweep(service.db, parameters).run)
    _telegram(service, settings, parameters)
    return service


def _telegram(service: Service, settings: Settings, parameters: ChatParameters) -> None:
    gateways = {
        bot.id: TelegramGateway(bot, timeout_seconds=parameters.telegram_timeout_seconds) for bot in settings.bots
    }
    service.background("telegram", TelegramSender(service.db, gateways, parameters).run)
    base = service.runtime.settings.public_base_url.rstrip("/")
    for bot, gateway in gateways.items():
        service.on_stop(gateway.close)
        if settings.register_webhooks:
            url = f"{base}{PREFIX}/v1/telegram/{bot}/webhook"
            connections = parameters.telegram_connections
            service.background(
                f"webhook {bot}",
                partial(register_until_done, gateway, url, connections=connections, clock=service.clock),
            )


async def _take_keys(service: Service, settings: Settings, parameters: ChatParameters) -> None:
    """The keys of visitors' tokens: configured, or shared by all replicas through the database."""
    keys = [secret.get_secret_value() for secret in settings.token_secrets]
    if not keys:
        async with service.db.transaction() as tx:
            keys = [await token_keys.get_or_create(tx)]
    service.provide("visitors", Visitors(keys, parameters, service.clock))
