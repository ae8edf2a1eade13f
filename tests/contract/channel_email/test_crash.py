"""The process is killed, or dies in the middle: nothing accepted is lost, nothing is stored or sent twice."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiosmtplib
import asyncpg
import pytest

from channel_email.app import build
from channel_email.parameters import EmailParameters
from channel_email.settings import Settings
from chassis.service import Service
from contracts.interactions import MessageReceived, MessageStatusChanged
from contracts.values import MessageStatus
from posthouse.simulators.mailbox import MailboxSimulator
from tests.contract.channel_email.conftest import CUSTOMER, SECRET, SUPPORT, Post, mail, send_request
from tests.support.world import World, eventually


class Process:
    """The email service in its own process."""

    def __init__(self, world: World, settings: Settings) -> None:
        parameters = {"smtp_data_seconds": 60, "send_poll_seconds": 0.2}
        given = {
            "server_url": world.runtime.database_server_url,
            "database_prefix": world.runtime.settings.database_prefix,
            "settings": {**settings.model_dump(mode="json"), "thread_secrets": [SECRET]},
            "parameters": parameters,
        }
        self._given = json.dumps(given)
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and wait until it serves."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(Path(__file__).with_name("process.py")),
            self._given,
            stdout=asyncio.subprocess.PIPE,
        )
        assert self._process.stdout is not None
        assert await asyncio.wait_for(self._process.stdout.readline(), 60) == b"ready\n"

    async def kill(self) -> None:
        """kill -9."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


@pytest.fixture
async def process(world: World, settings: Settings, simulator: MailboxSimulator) -> AsyncIterator[Process]:
    """A process that serves, on a database of this test."""
    prepared = build(world.runtime, settings)
    await world._prepare_database(prepared)
    await prepared.db.close()
    process = Process(world, settings)
    await process.start()
    yield process
    await process.kill()


async def connection(world: World) -> "asyncpg.Connection[asyncpg.Record]":
    """A connection to the service's database."""
    server = world.runtime.database_server_url.rpartition("/")[0]
    return await asyncpg.connect(f"{server}/{world.runtime.database_name('email')}")


async def deliver(settings: Settings, content: bytes) -> int:
    """Deliver by SMTP; the reply code."""
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=settings.smtp_port, timeout=60)
    async with client:
        await client.mail(CUSTOMER)
        await client.rcpt(SUPPORT)
        return (await client.data(content)).code


async def test_killed_between_receiving_and_commit(world: World, settings: Settings, process: Process) -> None:
    content = mail(mail_id="<once@customer.example>").as_bytes()
    database = await connection(world)
    held = database.transaction()
    await held.start()
    await database.execute("lock table outbox in access exclusive mode")
    delivery = asyncio.create_task(deliver(settings, content))

    async def waiting() -> int:
        other = await connection(world)
        try:
            count: int = await other.fetchval("select count(*) from pg_locks where not granted")
            return count
        finally:
            await other.close()

    await eventually(waiting)
    await process.kill()
    with pytest.raises(aiosmtplib.SMTPException):
        await delivery
    await held.rollback()
    assert await database.fetchval("select count(*) from inbound_message") == 0
    await process.start()
    assert await deliver(settings, content) == 250
    assert await deliver(settings, content) == 250
    assert await database.fetchval("select count(*) from inbound_message") == 1
    await database.close()
    (received,) = await world.wait_published(MessageReceived)
    assert received.seq == 1


async def test_killed_after_the_answer(world: World, settings: Settings, process: Process) -> None:
    codes = [await deliver(settings, mail(f"{n}").as_bytes()) for n in range(10)]
    await process.kill()
    assert codes == [250] * 10
    await process.start()
    received = await world.wait_published(MessageReceived, 10)
    assert sorted(each.personal.text for each in received) == sorted(f"{n}" for n in range(10))


async def test_killed_while_the_mail_server_has_the_content(
    world: World, settings: Settings, process: Process, simulator: MailboxSimulator
) -> None:
    await deliver(settings, mail().as_bytes())
    (received,) = await world.wait_published(MessageReceived)
    simulator.let_fail(CUSTOMER, "silent")
    request = send_request(world, received.interaction_id)
    await world.publish(request)

    async def arrived() -> int:
        return len(simulator.mails(CUSTOMER))

    await eventually(arrived)
    await process.kill()
    await process.start()

    async def unknown() -> list[MessageStatusChanged]:
        events = await world.published(MessageStatusChanged)
        return [event for event in events if event.status is MessageStatus.UNKNOWN]

    (event,) = await eventually(unknown)
    assert event.message_id == request.message_id
    following = send_request(world, received.interaction_id)
    await world.publish(following)
    await eventually(arrived, lambda count: count >= 2)
    assert [each.text for each in simulator.mails(CUSTOMER)] == [request.personal.text, following.personal.text]


async def test_a_claim_of_a_dead_process_is_taken_up_again(
    world: World, settings: Settings, parameters: EmailParameters, simulator: MailboxSimulator
) -> None:
    service = await world.start(build, settings, parameters)
    post = Post(world, service, simulator)
    await post.smtp(mail())
    (received,) = await post.received()
    await post.answered(received.interaction_id)
    await service.stop()
    database = await connection(world)
    await database.execute(
        """update outbound_message set state = 'claimed', status = 'pending', claimed_by = 'test',
           next_attempt_at = now() + interval '1 hour'"""
    )
    await database.close()
    again: Service = await world.start(build, settings, parameters)

    async def done() -> bool:
        async with again.db.read() as tx:
            return bool(await tx.fetch("select 1 from outbound_message where state = 'done' and status = 'sent'"))

    await eventually(done)
    assert len(simulator.mails(CUSTOMER)) == 2  # the first was the real one, before its row was turned back
