"""Inbound mail by LMTP and SMTP. 250 means: stored, with its events, in a committed transaction.

Meant to stand behind a mail server of the company (LMTP), or where only trusted hosts reach it (SMTP): there is no
log-in, and nothing is relayed. Whatever is wrong on our side is answered 4xx, so that the sender keeps the mail and
comes again; 5xx is only for what no repetition can mend.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Literal

from aiosmtpd import lmtp, smtp
from aiosmtpd.smtp import Envelope, Session

from channel_email.domain.addresses import split_detail
from channel_email.domain.headers import normalised
from channel_email.intake import Delivery, Intake
from channel_email.metrics import MAILS_REFUSED
from channel_email.parameters import EmailParameters
from channel_email.settings import Settings
from chassis.db import DatabaseUnavailable
from chassis.files.blobs import BlobsUnavailable
from chassis.telemetry.logs import get_logger

log = get_logger(__name__)

Protocol = Literal["lmtp", "smtp"]

_ACCEPTED = "250 2.6.0 Stored"
_TRY_LATER = "451 4.3.0 Not stored, try again later"
_AWAY = "451 4.3.2 Not stored, something we depend on is away, try again later"
_BUSY = b"421 4.3.2 Too many connections, try again later\r\n"
_DRAINING = "421 4.3.2 Shutting down, try again later"
_NO_MAILBOX = "550 5.1.1 No such mailbox here"
_TOO_MANY = "452 4.5.3 Too many recipients"


class Reception:
    """Decides over each transaction: the hooks that aiosmtpd calls."""

    def __init__(
        self,
        intake: Intake,
        own: frozenset[str],
        *,
        protocol: Protocol,
        accepts: Callable[[], bool],
        draining: asyncio.Event,
        max_recipients: int,
    ) -> None:
        """`accepts` says whether what we depend on is there. `draining` is set when the process is to end."""
        self._intake = intake
        self._own = own
        self._protocol = protocol
        self._accepts = accepts
        self._draining = draining
        self._max_recipients = max_recipients

    async def handle_MAIL(  # noqa: N802 - names of aiosmtpd's hooks
        self, server: smtp.SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """The transaction begins."""
        if self._draining.is_set():
            return _refused(_DRAINING)
        if not self._accepts():
            return _refused(_AWAY)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: smtp.SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """A recipient: one of our mailboxes, with or without a detail."""
        known = normalised(address)
        if known is None or split_detail(known)[0] not in self._own:
            return _refused(_NO_MAILBOX)
        if len(envelope.rcpt_tos) >= self._max_recipients:
            return _refused(_TOO_MANY)
        envelope.rcpt_tos.append(known)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: smtp.SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """The content: stored for every mailbox in one transaction, or for none."""
        if not self._accepts():
            return _refused(_AWAY)
        try:
            await self._intake.receive(self._deliveries(envelope))
        except (DatabaseUnavailable, BlobsUnavailable) as error:
            log.warning("mail not stored, something is away", error=repr(error))
            return _refused(_AWAY)
        except Exception as error:  # the sender still has the mail: a fault of ours must not make him drop it
            log.error("mail could not be stored", error=repr(error), exc_info=error)
            return _refused(_TRY_LATER)
        return _ACCEPTED

    async def handle_exception(self, error: Exception) -> str:
        """An unforeseen error anywhere in the conversation."""
        log.error("SMTP conversation failed", error=repr(error), exc_info=error)
        return _refused(_TRY_LATER)

    def _deliveries(self, envelope: Envelope) -> list[Delivery]:
        recipients: dict[str, list[str]] = {}
        for address in envelope.rcpt_tos:
            recipients.setdefault(split_detail(address)[0], []).append(address)
        sender = envelope.mail_from or ""
        content = envelope.content or b""
        return [
            Delivery(
                mailbox=mailbox,
                raw=content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape"),
                via=self._protocol,
                recipients=tuple(addresses),
                return_path="" if sender in ("", "<>") else normalised(sender),
            )
            for mailbox, addresses in recipients.items()
        ]


class Listener:
    """A listening socket for one protocol."""

    def __init__(
        self, reception: Reception, settings: Settings, parameters: EmailParameters, *, protocol: Protocol, port: int
    ) -> None:
        self._reception = reception
        self._settings = settings
        self._parameters = parameters
        self._kind: type[_Counted] = _Lmtp if protocol == "lmtp" else _Smtp
        self._protocol = protocol
        self._port = port
        self._server: asyncio.Server | None = None
        self._connections: set[smtp.SMTP] = set()

    @property
    def port(self) -> int:
        """The port that is listened on; for setting 0 the one the system chose."""
        if self._server is None:
            raise RuntimeError("the listener was not started")
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def start(self) -> None:
        """Listen."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol_for_connection, self._settings.listen_host, self._port)
        log.info("listening for mail", protocol=self._protocol, host=self._settings.listen_host, port=self.port)

    async def stop(self) -> None:
        """Stop listening and hang up. Mail that is not answered yet is not stored, and comes again."""
        if self._server is None:
            return
        self._server.close()
        for connection in list(self._connections):
            if connection.transport is not None:
                connection.transport.close()
        await self._server.wait_closed()

    def _protocol_for_connection(self) -> asyncio.Protocol:
        if len(self._connections) >= self._parameters.connections:
            return _Busy()
        return self._kind(
            self._reception,
            connections=self._connections,
            line_bytes=self._parameters.line_bytes,
            data_size_limit=self._parameters.mail_bytes,
            enable_SMTPUTF8=True,
            hostname=self._settings.hostname,
            ident="Posthouse",
            timeout=self._parameters.idle_connection_seconds,
            loop=asyncio.get_running_loop(),
        )


class _Counted(smtp.SMTP):
    """A conversation that is known to its listener while it lasts."""

    def __init__(self, handler: Reception, *, connections: set[smtp.SMTP], line_bytes: int, **options: Any) -> None:
        self.line_length_limit = line_bytes
        self._connections = connections
        super().__init__(handler, **options)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._connections.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._connections.discard(self)
        super().connection_lost(error)


class _Smtp(_Counted):
    """SMTP: one answer for all recipients."""


class _Lmtp(_Counted, lmtp.LMTP):
    """LMTP: after the content each recipient gets his own answer (RFC 2033 4.2); here they are always alike."""

    _answers = 1

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - name of aiosmtpd's method
        self._answers = max(len(self.envelope.rcpt_tos) if self.envelope else 0, 1)
        try:
            await super().smtp_DATA(arg)
        finally:
            self._answers = 1

    async def push(self, status: Any) -> None:
        """Send a reply line. Before the content there is one reply, whoever it concerns."""
        before_content = str(status).startswith(("354", "501", "503"))
        for _ in range(1 if before_content else self._answers):
            await super().push(status)


class _Busy(asyncio.Protocol):
    """Says that there are too many conversations, and hangs up."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            MAILS_REFUSED.labels("421").inc()
            transport.write(_BUSY)
            transport.close()


def _refused(reply: str) -> str:
    MAILS_REFUSED.labels(reply[:3]).inc()
    return reply
