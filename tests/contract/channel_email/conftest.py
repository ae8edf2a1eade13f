"""The email service with real listeners, and the simulated mail server of the customers on the other side."""

import contextlib
import random
import socket
from collections.abc import AsyncIterator
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest
from pydantic import SecretStr

from channel_email.app import build
from channel_email.domain.tokens import Keyring
from channel_email.parameters import EmailParameters
from channel_email.settings import MailboxSettings, Settings
from chassis.ids import uuid7
from chassis.service import Service
from contracts.interactions import InteractionStarted, MessageReceived
from contracts.sends import InteractionEndRequested, MessageSendRequested, OutboundPersonal
from contracts.values import Attachment, Channel, EndedBy
from posthouse.simulators.mailbox import MailboxSettings as SimulatorSettings
from posthouse.simulators.mailbox import MailboxSimulator
from tests.support.world import World, eventually

SUPPORT = "support@posthouse.example"
CLAIMS = "claims@posthouse.example"
CUSTOMER = "li.lei@customer.example"
SECRET = "a secret of thirty-two bytes....."
RECOVERY_SECONDS = 150
"""A killed PostgreSQL first syncs every file of every test's database, which takes its time on a busy disk."""
KEYS = Keyring([SECRET.encode()])


def free_port() -> int:
    """A port that nobody listens on, below those that the system gives to outgoing connections."""
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no free port")


def mail(
    text: str = "我的快递到哪里了？",
    *,
    sender: str = CUSTOMER,
    to: str = SUPPORT,
    subject: str = "查询快递",
    mail_id: str | None = "",
    headers: dict[str, str] | None = None,
) -> EmailMessage:
    """An ordinary mail; `mail_id=None` leaves the Message-ID out."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = "Mon, 05 Jan 2026 09:00:00 +0800"
    if mail_id is not None:
        message["Message-ID"] = mail_id or make_msgid(domain="customer.example")
    for name, value in (headers or {}).items():
        message[name] = value
    message.set_content(text)
    return message


def send_request(
    world: World, interaction_id: Any, text: str = "您好，包裹在派送中。", **options: Any
) -> MessageSendRequested:
    """What cases asks for."""
    files: tuple[Attachment, ...] = options.pop("attachments", ())
    return MessageSendRequested(
        interaction_id=interaction_id,
        message_id=options.pop("message_id", uuid7()),
        case_id=options.pop("case_id", uuid7()),
        case_no=options.pop("case_no", "C-26-000017"),
        channel=Channel.EMAIL,
        author="agent-1",
        author_name="王芳",
        requested_at=world.clock.now(),
        personal=OutboundPersonal(text=text, attachments=files, **options),
    )


class Post:
    """Talks to the service's listeners as a mail server would, and reads what the service made of it."""

    def __init__(self, world: World, service: Service, simulator: MailboxSimulator) -> None:
        self.world = world
        self.service = service
        self.simulator = simulator

    def port(self, protocol: str) -> int:
        """Where the service listens."""
        port: int = self.service.app.state.listeners[protocol].port
        return port

    async def smtp(
        self, content: EmailMessage | bytes, *, to: str | list[str] = SUPPORT, sender: str = CUSTOMER
    ) -> tuple[int, str]:
        """Deliver by SMTP; (code, text) of the last reply."""
        raw = content if isinstance(content, bytes) else content.as_bytes()
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=self.port("smtp"), timeout=20)
        await client.connect()
        try:
            await client.mail(sender)
            for recipient in [to] if isinstance(to, str) else to:
                await client.rcpt(recipient)
            answer = await client.data(raw)
            return answer.code, answer.message
        except aiosmtplib.SMTPResponseException as error:
            return error.code, error.message
        finally:
            client.close()

    async def lmtp(self, content: EmailMessage | bytes, *, to: str = SUPPORT, sender: str = CUSTOMER) -> None:
        """Deliver by LMTP; raises what the simulator raises."""
        raw = content if isinstance(content, bytes) else content.as_bytes()
        await self.simulator.deliver(raw, sender=sender, recipient=to)

    async def rows(self, sql: str, *arguments: object) -> list[dict[str, Any]]:
        """Rows of the service's database."""
        async with self.service.db.read() as tx:
            return [dict(row) for row in await tx.fetch(sql, *arguments)]

    async def received(self, count: int = 1) -> list[MessageReceived]:
        """The announced mails, once there are `count`."""
        return await self.world.wait_published(MessageReceived, count)

    async def started(self) -> list[InteractionStarted]:
        """The announced interactions."""
        return await self.world.published(InteractionStarted)

    def request(self, interaction_id: Any, text: str = "您好，包裹在派送中。", **options: Any) -> MessageSendRequested:
        """What cases asks for."""
        return send_request(self.world, interaction_id, text, **options)

    async def end(self, interaction_id: Any) -> None:
        """Let cases end an interaction, and wait until it is over."""
        await self.world.publish(
            InteractionEndRequested(
                interaction_id=interaction_id,
                channel=Channel.EMAIL,
                ended_by=EndedBy.AGENT,
                requested_at=self.world.clock.now(),
            )
        )
        await eventually(
            lambda: self.rows("select 1 from interaction where id = $1 and ended_at is not null", interaction_id)
        )

    async def answered(self, interaction_id: Any, *, address: str = CUSTOMER, **options: Any) -> Any:
        """Send an answer in the interaction; returns it as the customer's mailbox has it."""
        before = len(self.simulator.mails(address))
        await self.world.publish(self.request(interaction_id, **options))

        async def arrived() -> list[Any]:
            return self.simulator.mails(address)[before:]

        return (await eventually(arrived))[0]


@pytest.fixture
def parameters() -> EmailParameters:
    """Short times, so that tests need not wait; limits as they are."""
    return EmailParameters(
        retry_seconds=(0.05, 0.05, 0.05), smtp_timeout_seconds=5, smtp_data_seconds=0.5, send_poll_seconds=0.2
    )


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    """Two mailboxes, listeners on free ports, the customers' mail server as the relay."""
    return Settings(
        mailboxes=(MailboxSettings(address=SUPPORT, name="驿站客服"), MailboxSettings(address=CLAIMS)),
        thread_secrets=(SecretStr(SECRET),),
        blob_dir=tmp_path,
        lmtp_port=free_port(),
        smtp_port=free_port(),
        relay_port=free_port(),
    )


@pytest.fixture
async def simulator(settings: Settings) -> AsyncIterator[MailboxSimulator]:
    """The customers' mail server."""
    simulator = MailboxSimulator(
        SimulatorSettings(port=settings.relay_port), deliver_to=("127.0.0.1", settings.lmtp_port or 0)
    )
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest.fixture
async def post(world: World, settings: Settings, parameters: EmailParameters, simulator: MailboxSimulator) -> Post:
    """The running service and its surroundings."""
    service = await world.start(build, settings, parameters)
    return Post(world, service, simulator)
