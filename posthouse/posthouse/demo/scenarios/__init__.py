"""Scripted customers, one module per channel. Each drives the real interfaces and checks every step."""

from collections.abc import Awaitable, Callable

from posthouse.demo.scenarios import chat, complaint, exception, figures, mail, order, parcels, sms, telegram, voice
from posthouse.demo.scenarios.stage import Stage

Scenario = Callable[[Stage], Awaitable[None]]

SCENARIOS: tuple[Scenario, ...] = (
    sms.run,
    sms.refuses_forgeries,
    chat.run,
    telegram.run,
    mail.run,
    voice.run,
    parcels.number_in_chat,
    parcels.stalled,
    exception.run,
    complaint.run,
    order.run,
    figures.run,
)
