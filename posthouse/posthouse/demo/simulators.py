"""The simulated providers of the demo, served on the same port as the house."""

from collections.abc import Sequence

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from posthouse.demo.environment import ACCOUNT_SID, BOT, NUMBER_EN, NUMBER_ZH, DemoWorld
from posthouse.simulators.mailbox import MailboxSimulator, build_router
from posthouse.simulators.telegram import app as telegram
from posthouse.simulators.twilio import app as twilio
from posthouse.simulators.twilio.settings import Number, Pace, SimulatorSettings


class Dispatch:
    """Sends a request to the first app whose prefix fits, path unchanged; the last one takes the rest."""

    def __init__(self, rules: Sequence[tuple[Sequence[str], ASGIApp]], rest: ASGIApp) -> None:
        self._rules = rules
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        for prefixes, app in self._rules:
            if scope["type"] != "lifespan" and path.startswith(tuple(prefixes)):
                await app(scope, receive, send)
                return
        await self._rest(scope, receive, send)


def simulated_providers(world: DemoWorld, mailboxes: MailboxSimulator, house: ASGIApp, *, pace: Pace) -> ASGIApp:
    """The house with its providers in front of it: Twilio, mailboxes and Telegram below /sim."""
    mail = FastAPI(title="Mailbox simulator", openapi_url=None)
    mail.include_router(build_router(mailboxes), prefix="/sim")
    bots = telegram.build({BOT: world.bot_token})
    phones = twilio_simulator(world, pace=pace)
    return Dispatch(
        [(("/sim/mailboxes",), mail), (("/sim/telegram",), bots), (("/sim/", "/2010-04-01/"), phones)], house
    )


def twilio_simulator(world: DemoWorld, *, pace: Pace) -> ASGIApp:
    """A Twilio account with an English and a Chinese number, wired to our webhooks."""
    numbers = tuple(
        Number(
            number,
            voice_url=f"{world.base_url}/voice/v1/twilio/voice/incoming#rc=2&rp=ct,rt,5xx",
            voice_fallback_url=f"{world.base_url}/voice/v1/twilio/voice/fallback",
            status_callback=f"{world.base_url}/voice/v1/twilio/voice/status",
            sms_url=f"{world.base_url}/sms/v1/twilio/messages#rc=3&rp=ct,rt,5xx",
        )
        for number in (NUMBER_EN, NUMBER_ZH)
    )
    return twilio.build(
        SimulatorSettings(account_sid=ACCOUNT_SID, auth_token=world.auth_token, numbers=numbers, pace=pace)
    )
