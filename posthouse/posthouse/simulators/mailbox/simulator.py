"""The customers' mail server: an SMTP sink for our mail, and a client that delivers into our listener."""

import asyncio
import smtplib
from collections import defaultdict
from typing import Literal

from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import Field
from pydantic_settings import SettingsConfigDict

from chassis.clock import Clock, SystemClock
from chassis.settings import ServiceSettings
from chassis.telemetry.logs import get_logger
from posthouse.simulators.mailbox import letters
from posthouse.simulators.mailbox.letters import Letter, ReceivedMail

log = get_logger(__name__)

Fault = Literal["refuse", "later", "silent", "cut", "bounce"]
"""What may happen to mail for an address: 550; 451; no answer after the content; the line cut instead of the answer;
accepted, and a bounce a moment later. `silent` and `cut` keep the mail: the sender cannot know."""

_LONGEST_SILENCE = 3600.0


class MailboxSettings(ServiceSettings):
    """Where the simulated customers' mail server listens, and how many mails it remembers."""

    model_config = SettingsConfigDict(env_prefix="POSTHOUSE_MAILBOX_", extra="ignore")

    host: str = "127.0.0.1"
    port: int = Field(default=8026, ge=0, le=65535, description="0: any free one")
    hostname: str = "mx.customers.example"
    mails_per_address: int = Field(default=200, ge=1, description="older ones are forgotten")


class NotDelivered(Exception):
    """Our listener did not take the mail; `code` is its reply code, None if it could not be reached."""

    def __init__(self, code: int | None, text: str) -> None:
        super().__init__(text)
        self.code = code


class MailboxSimulator:
    """Every address in the world, as far as we send to it. Mails are kept in memory."""

    def __init__(self, settings: MailboxSettings, *, deliver_to: tuple[str, int], clock: Clock | None = None) -> None:
        """`deliver_to` is the host and port of the LMTP listener that takes mail for us."""
        self._settings = settings
        self._deliver_to = deliver_to
        self._clock = clock or SystemClock()
        self._mails: dict[str, list[ReceivedMail]] = defaultdict(list)
        self._faults: dict[str, tuple[Fault, int]] = {}
        self._server: asyncio.Server | None = None
        self._bounces: set[asyncio.Task[None]] = set()
        self._connections: set[SMTP] = set()

    @property
    def port(self) -> int:
        """Where it listens for mail to customers."""
        if self._server is None:
            raise RuntimeError("the simulator was not started")
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def start(self) -> None:
        """Listen for mail."""
        loop = asyncio.get_running_loop()
        handler = _Sink(self)
        self._server = await loop.create_server(
            lambda: _Conversation(
                handler,
                connections=self._connections,
                enable_SMTPUTF8=True,
                hostname=self._settings.hostname,
                loop=loop,
            ),
            self._settings.host,
            self._settings.port,
        )

    async def stop(self) -> None:
        """Stop listening and forget what is under way."""
        for task in self._bounces:
            task.cancel()
        if self._server is not None:
            self._server.close()
            for connection in list(self._connections):
                if connection.transport is not None:
                    connection.transport.close()
            await self._server.wait_closed()

    def mails(self, address: str) -> list[ReceivedMail]:
        """What arrived for an address, oldest first."""
        return list(self._mails[address.lower()])

    def let_fail(self, address: str, fault: Fault, *, times: int = 1) -> None:
        """Let this happen to the next mails for an address."""
        self._faults[address.lower()] = (fault, times)

    async def send(
        self,
        sender: str,
        *,
        text: str,
        to: str | None = None,
        subject: str | None = None,
        in_reply_to: str | None = None,
        name: str = "",
        quote: bool = True,
    ) -> str:
        """Write to us as the customer `sender`; returns the message id. Raises `NotDelivered`, or `LookupError` if
        `in_reply_to` is no mail in the mailbox."""
        answered = self._find(sender, in_reply_to) if in_reply_to else None
        if answered is not None:
            to = to or answered.reply_to
            subject = subject or (answered.subject if answered.subject[:3] == "Re:" else f"Re: {answered.subject}")
        if not to:
            raise ValueError("a mail needs a recipient")
        letter = Letter(sender, name, to, subject or "", text, answered, quote)
        mail_id, content = letters.write(letter, self._clock.now())
        await self.deliver(content, sender=sender, recipient=to)
        return mail_id

    async def deliver(self, content: bytes, *, sender: str, recipient: str) -> None:
        """Hand a mail to our LMTP listener, as the company's mail server would. Raises `NotDelivered`."""
        await asyncio.to_thread(self._deliver, content, sender, recipient)

    def _deliver(self, content: bytes, sender: str, recipient: str) -> None:
        host, port = self._deliver_to
        try:
            with smtplib.LMTP(host, port, local_hostname=self._settings.hostname, timeout=30) as client:
                client.sendmail(sender, [recipient], content)
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            raise NotDelivered(code, text.decode("utf-8", "replace")) from error
        except smtplib.SMTPResponseException as error:
            raise NotDelivered(error.smtp_code, str(error.smtp_error)) from error
        except (OSError, smtplib.SMTPException) as error:
            raise NotDelivered(None, str(error)) from error

    def _find(self, address: str, mail_id: str) -> ReceivedMail:
        wanted = mail_id.strip().strip("<>")
        for mail in self._mails[address.lower()]:
            if mail.id == wanted:
                return mail
        raise LookupError(mail_id)

    def take_fault(self, address: str) -> Fault | None:
        """The fault due for an address, which is used up by this."""
        fault, times = self._faults.get(address.lower(), (None, 0))
        if fault is None or times <= 0:
            return None
        self._faults[address.lower()] = (fault, times - 1)
        return fault

    def keep(self, content: bytes, *, envelope_sender: str, recipient: str) -> None:
        """Put a mail into a mailbox."""
        mailbox = self._mails[recipient.lower()]
        mailbox.append(letters.read(content, envelope_sender=envelope_sender, at=self._clock.now()))
        del mailbox[: -self._settings.mails_per_address]

    def bounce_later(self, content: bytes, *, envelope_sender: str, recipient: str) -> None:
        """Send the report of a failed delivery back, after the mail was accepted."""
        report = letters.bounce(
            content,
            recipient=recipient,
            bounce_to=envelope_sender,
            at=self._clock.now(),
            hostname=self._settings.hostname,
        )
        task = asyncio.create_task(self._bounce(report, envelope_sender))
        self._bounces.add(task)
        task.add_done_callback(self._bounces.discard)

    async def _bounce(self, report: bytes, recipient: str) -> None:
        try:
            await self.deliver(report, sender="", recipient=recipient)
        except NotDelivered as error:
            log.warning("a bounce was not taken", error=str(error))


class _Sink:
    """aiosmtpd's hooks: take everything, but for the faults."""

    def __init__(self, simulator: MailboxSimulator) -> None:
        self._simulator = simulator

    async def handle_RCPT(  # noqa: N802 - names of aiosmtpd's hooks
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        fault = self._simulator.take_fault(address)
        if fault == "refuse":
            return "550 5.1.1 No such mailbox"
        if fault == "later":
            return "451 4.2.1 Mailbox is busy, try again later"
        envelope.rcpt_tos.append(address)
        if fault is not None:
            envelope.rcpt_options.append(fault)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content or b""
        sender = envelope.mail_from or ""
        for recipient in envelope.rcpt_tos:
            self._simulator.keep(content, envelope_sender=sender, recipient=recipient)
        if "bounce" in envelope.rcpt_options:
            for recipient in envelope.rcpt_tos:
                self._simulator.bounce_later(content, envelope_sender=sender, recipient=recipient)
        if "cut" in envelope.rcpt_options and server.transport is not None:
            server.transport.close()
        if "silent" in envelope.rcpt_options or "cut" in envelope.rcpt_options:
            await asyncio.sleep(_LONGEST_SILENCE)
        return "250 2.0.0 Delivered"


class _Conversation(SMTP):
    """A conversation that the simulator can hang up."""

    def __init__(self, handler: _Sink, *, connections: set[SMTP], **options: object) -> None:
        self._connections = connections
        super().__init__(handler, **options)  # type: ignore[arg-type]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._connections.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._connections.discard(self)
        super().connection_lost(error)
