"""SMS: what phones send reaches the account's webhook; what the account sends passes through its statuses."""

import asyncio

from chassis.clock import Clock
from posthouse.simulators.twilio.delivery import HTTP_RETRIEVAL_FAILURE, WebhookFailed, Webhooks
from posthouse.simulators.twilio.events import Events
from posthouse.simulators.twilio.faults import Faults
from posthouse.simulators.twilio.fields import API_VERSION, message_fields, rfc2822
from posthouse.simulators.twilio.settings import SimulatorSettings
from posthouse.simulators.twilio.state import Hook, Message, World, new_sid

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = frozenset("^{}\\[~]|€")
UNDELIVERED = frozenset({"undelivered"})


def segments(text: str) -> int:
    """How many SMS segments a text takes (GSM 03.38: 160 or 153 septets; otherwise UCS-2: 70 or 67 units)."""
    if all(character in GSM_BASIC or character in GSM_EXTENDED for character in text):
        length, single, part = len(text) + sum(character in GSM_EXTENDED for character in text), 160, 153
    else:
        length, single, part = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= single else -(-length // part)


class Texting:
    """All messages of the account."""

    def __init__(
        self,
        settings: SimulatorSettings,
        world: World,
        clock: Clock,
        webhooks: Webhooks,
        events: Events,
        faults: Faults,
    ) -> None:
        self._settings, self._world, self._clock = settings, world, clock
        self._webhooks, self._events, self._faults = webhooks, events, faults
        self._tasks: set[asyncio.Task[None]] = set()

    async def receive(self, from_: str, to: str, body: str) -> tuple[Message, int | None]:
        """A phone texts one of the account's numbers. Returns the message and the webhook's last HTTP status.

        Raises KeyError for a number that takes no texts. Whatever the webhook answers, Twilio keeps the message.
        """
        number = self._settings.number(to)
        if number is None or number.sms_url is None:
            raise KeyError(to)
        now = self._clock.now()
        message = Message(
            new_sid("SM"), to, from_, body, "inbound", "received", now, now, sent=now, segments=segments(body)
        )
        self._world.messages[message.sid] = message
        self._publish(message)
        fields = {
            "AccountSid": self._settings.account_sid,
            "ApiVersion": API_VERSION,
            "Body": body,
            "From": from_,
            "MessageSid": message.sid,
            "NumMedia": "0",
            "NumSegments": str(message.segments),
            "SmsMessageSid": message.sid,
            "SmsSid": message.sid,
            "SmsStatus": "received",
            "To": to,
            "ToCountry": "CN" if to.startswith("+86") else "US",
        }
        try:
            answer = await self._webhooks.fetch(Hook(number.sms_url), fields, message.sid)
        except WebhookFailed as failure:
            message.error_code = HTTP_RETRIEVAL_FAILURE
            return message, failure.status
        return message, answer.status_code

    def send(self, message: Message) -> None:
        """Carry an accepted outbound message on: sending, sent, then delivered or undelivered."""
        self._world.messages[message.sid] = message
        task = asyncio.create_task(self._carry(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop carrying messages."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _carry(self, message: Message) -> None:
        fault = self._faults.take(UNDELIVERED, message.to)
        last = "undelivered" if fault else "delivered"
        for status in ("sending", "sent", last):
            await self._clock.sleep(self._settings.pace.message_step)
            message.status, message.updated = status, self._clock.now()
            if status == "sent":
                message.sent = message.updated
                if not fault:
                    self._publish(message)
            if status == "undelivered" and fault:
                message.error_code = fault.code
                message.error_message = "Unreachable destination handset"
            if message.callback:
                fields = message_fields(self._settings.account_sid, message)
                self._webhooks.notify(message.sid, message.callback, fields)

    def _publish(self, message: Message) -> None:
        """Tell the phone page: the phone sent this, or now has it."""
        inbound = message.direction == "inbound"
        data = {"party": message.from_ if inbound else message.to, "sid": message.sid, "body": message.body}
        data |= {"from": message.from_, "to": message.to, "at": rfc2822(message.updated)}
        self._events.publish("message.sent" if inbound else "message.received", data)
