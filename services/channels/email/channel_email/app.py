"""Builds the email service: composition only."""

from pathlib import Path

import httpx

from channel_email.api import messages
from channel_email.case_files import CaseFiles
from channel_email.handlers import Handlers
from channel_email.imap.watcher import ImapWatcher
from channel_email.intake import Intake
from channel_email.outgoing import Preparer
from channel_email.parameters import EmailParameters
from channel_email.sender import Sender
from channel_email.settings import Settings
from channel_email.smtp.listener import Listener, Protocol, Reception
from channel_email.smtp.relay import SmtpRelay
from channel_email.thread_secrets import data_folder, keyring
from chassis.files.blobs import BlobsUnavailable
from chassis.files.settings import FileSettings
from chassis.i18n import Catalogue
from chassis.runtime import Runtime
from chassis.service import Service
from contracts.customers import CustomerErased
from contracts.sends import InteractionEndRequested, MessageSendRequested

NAME = "email"


def _case_files(service: Service, settings: Settings) -> CaseFiles:
    runtime = service.runtime
    address = settings.cases_url or f"{runtime.settings.public_base_url.rstrip('/')}/cases"
    http = httpx.AsyncClient(base_url=address.rstrip("/"), timeout=20)
    service.on_stop(http.aclose)

    async def bearer() -> str:
        if runtime.tokens is None:
            raise BlobsUnavailable("no token for the case service is configured")
        return await runtime.tokens.bearer()

    return CaseFiles(http, bearer)


def build(runtime: Runtime, settings: Settings | None = None, parameters: EmailParameters | None = None) -> Service:
    """The email service on this runtime; settings and parameters come from the environment unless given."""
    settings = settings or Settings()
    parameters = parameters or EmailParameters.load()
    service = Service(
        NAME,
        runtime,
        title="Posthouse email channel",
        description="Mail in by LMTP, SMTP and IMAP, mail out by SMTP, threads, files and delivery reports.",
        migrations=Path(__file__).parent / "store" / "migrations",
    )
    mailboxes = {mailbox.address: mailbox for mailbox in settings.mailboxes}
    own = frozenset(mailboxes)
    keys = keyring(settings, runtime.settings)
    texts = Catalogue.load("channel_email")
    files = FileSettings()
    blobs = files.blobs(NAME, data_folder(settings, runtime.settings) / "blobs")
    intake = Intake(service.db, blobs, keys, texts, parameters, own=own)

    service.provide("blobs", blobs)
    service.provide("scanner", files.scanner())
    service.include(messages.router)

    handlers = Handlers(keys, blobs, settings.mailboxes[0].address if settings.mailboxes else None)
    service.consume(
        {
            MessageSendRequested: handlers.on_message_send_requested,
            InteractionEndRequested: handlers.on_interaction_end_requested,
            CustomerErased: handlers.on_customer_erased,
        }
    )
    sender = Sender(
        service.db,
        SmtpRelay(settings, parameters),
        Preparer(service.db, blobs, keys, mailboxes, parameters, _case_files(service, settings)),
        parameters,
        name=runtime.instance,
    )
    service.on_start(sender.recover)
    service.background("sender", sender.run)

    listeners: dict[Protocol, Listener] = {}
    ports: dict[Protocol, int | None] = {"lmtp": settings.lmtp_port, "smtp": settings.smtp_port}
    for protocol, port in ports.items():
        if port is None:
            continue
        reception = Reception(
            intake,
            own,
            protocol=protocol,
            accepts=service.accepts_intake,
            draining=runtime.draining,
            max_recipients=parameters.recipients,
        )
        listener = Listener(reception, settings, parameters, protocol=protocol, port=port)
        listeners[protocol] = listener
        service.on_start(listener.start)
        service.on_stop(listener.stop)
    service.provide("listeners", listeners)

    for mailbox in settings.mailboxes:
        if mailbox.imap is not None:
            watcher = ImapWatcher(
                service.db, intake, mailbox, mailbox.imap, texts, parameters, accepts=service.accepts_intake
            )
            service.background(f"imap {mailbox.address}", watcher.run)
    return service
