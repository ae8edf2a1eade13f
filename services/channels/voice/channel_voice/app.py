"""Builds the voice service: composition only."""

from pathlib import Path

import httpx

from channel_voice.api import audio, webhooks
from channel_voice.exchange import Exchange
from channel_voice.handlers import Handlers
from channel_voice.parameters import VoiceParameters
from channel_voice.reception import Reception
from channel_voice.reports import Reports
from channel_voice.settings import Settings
from channel_voice.switchboard import CALL_CHECK, LEG_CHECK, Switchboard
from channel_voice.tracking import Bearer, Tracking, TrackingAway
from channel_voice.trim import Trim
from channel_voice.twilio.gateway import Gateway
from channel_voice.twilio.twiml import Scripts
from channel_voice.twilio.urls import PREFIX, Urls
from chassis.i18n import Catalogue
from chassis.runtime import Runtime
from chassis.service import Service
from chassis.twilio.client import TwilioRest
from chassis.twilio.webhooks import SignedForms
from contracts.customers import CustomerErased
from contracts.sends import CallRequested, InteractionEndRequested

NAME = "voice"


def build(runtime: Runtime, settings: Settings | None = None, parameters: VoiceParameters | None = None) -> Service:
    """The voice service on this runtime; settings and parameters come from the environment unless given."""
    settings = settings or Settings()
    parameters = parameters or VoiceParameters.load()
    base = runtime.settings.public_base_url.rstrip("/")
    service = Service(
        NAME,
        runtime,
        title="Posthouse voice channel",
        description="Telephone calls through Twilio: keypad self-service, waiting, conferences with agents.",
        migrations=Path(__file__).parent / "store" / "migrations",
    )

    rest = TwilioRest(settings)
    http = httpx.AsyncClient(base_url=settings.tracking_url or f"{base}/tracking", trust_env=False)
    urls = Urls(base)
    scripts = Scripts(Catalogue.load("channel_voice"), parameters, urls)
    switchboard = Switchboard(parameters)
    tracking = Tracking(
        http, _bearer(runtime, settings), seconds=parameters.lookup_seconds, untypeable=parameters.untypeable
    )

    service.provide("forms", SignedForms(settings, base, PREFIX))
    service.provide("parameters", parameters)
    service.provide("reception", Reception(service.db, switchboard, scripts, tracking, parameters))
    service.provide("reports", Reports(service.db, switchboard, scripts, parameters))
    service.include(webhooks.router)
    service.include(audio.router)

    handlers = Handlers(switchboard)
    service.consume(
        {
            CallRequested: handlers.on_call_requested,
            InteractionEndRequested: handlers.on_interaction_end_requested,
            CustomerErased: handlers.on_customer_erased,
        }
    )
    service.on_timer(LEG_CHECK, handlers.on_leg_check)
    service.on_timer(CALL_CHECK, handlers.on_call_check)
    gateway = Gateway(rest, urls, parameters.agent_ring_seconds)
    service.background("exchange", Exchange(service.db, gateway, switchboard, parameters).run)
    service.background("trim-calls", Trim(service.db, parameters).run)
    service.on_stop(rest.close)
    service.on_stop(http.aclose)
    return service


def _bearer(runtime: Runtime, settings: Settings) -> Bearer:
    async def bearer() -> str:
        if settings.tracking_api_key is not None:
            return settings.tracking_api_key.get_secret_value()
        if runtime.tokens is None:
            raise TrackingAway("no token for the tracking gateway is configured")
        return await runtime.tokens.bearer()

    return bearer
