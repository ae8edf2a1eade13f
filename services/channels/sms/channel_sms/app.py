"""Builds the SMS service: composition only."""

from pathlib import Path
from uuid import UUID

from channel_sms.api import media, webhooks
from channel_sms.handlers import Handlers
from channel_sms.idle import IdleSweep
from channel_sms.intake import Intake
from channel_sms.keywords import Keywords
from channel_sms.parameters import SmsParameters
from channel_sms.sender import Sender
from channel_sms.settings import Settings
from channel_sms.twilio.gateway import TwilioGateway
from channel_sms.twilio.media import MediaSource
from chassis.i18n import Catalogue
from chassis.runtime import Runtime
from chassis.service import Service
from chassis.twilio.client import TwilioRest
from chassis.twilio.webhooks import SignedForms
from contracts.customers import CustomerErased
from contracts.sends import InteractionEndRequested, MessageSendRequested

NAME = "sms"
PREFIX = "/sms"
"""Where this service is mounted; part of every URL Twilio signs."""


def build(runtime: Runtime, settings: Settings | None = None) -> Service:
    """The SMS service on this runtime; settings come from the environment unless given."""
    settings = settings or Settings()
    parameters = SmsParameters.load()
    base = runtime.settings.public_base_url.rstrip("/")
    service = Service(
        NAME,
        runtime,
        title="Posthouse SMS channel",
        description="Text messages in and out through Twilio, their delivery states, and opt-outs.",
        migrations=Path(__file__).parent / "store" / "migrations",
    )

    rest = TwilioRest(settings)
    gateway = TwilioGateway(
        rest, callback=lambda message_id: _callback(base, message_id), lookup_limit=parameters.lookup_limit
    )
    files = MediaSource(settings, limit_bytes=parameters.media_limit_bytes)
    keywords = Keywords(parameters, Catalogue.load("channel_sms"))

    service.provide("forms", SignedForms(settings, base, PREFIX))
    service.provide("intake", Intake(service.db, keywords, media_prefix=f"{PREFIX}/v1/media"))
    service.provide("files", files)
    service.include(webhooks.hot)
    service.include(webhooks.router)
    service.include(media.router)

    handlers = Handlers(parameters, settings.default_number)
    service.consume(
        {
            MessageSendRequested: handlers.on_message_send_requested,
            InteractionEndRequested: handlers.on_interaction_end_requested,
            CustomerErased: handlers.on_customer_erased,
        }
    )
    service.background("sender", Sender(service.db, gateway, parameters).run)
    service.background("idle", IdleSweep(service.db, parameters).run)
    service.on_stop(rest.close)
    service.on_stop(files.close)
    return service


def _callback(base: str, message_id: UUID) -> str:
    """The public URL of a message's status callbacks; it carries our id because Twilio's may not be stored yet."""
    return f"{base}{PREFIX}/v1/twilio/status?message={message_id}"
