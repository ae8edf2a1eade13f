"""Idle interactions end by themselves; files are handed out to agents only, from Twilio only."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from channel_sms.app import build
from channel_sms.settings import Settings
from chassis.clock import ManualClock
from chassis.db import Database
from chassis.service import Service
from contracts.interactions import InteractionEnded, InteractionStarted, MessageReceived
from contracts.values import EndedBy
from tests.contract.channel_sms.conftest import ACCOUNT, TOKEN, Twilio, form, sid
from tests.contract.channel_sms.twilio_double import TwilioDouble, basic
from tests.support.world import World, eventually


async def test_silence_ends_an_interaction(manual_world: World, settings: Settings) -> None:
    clock = manual_world.clock
    assert isinstance(clock, ManualClock)
    service = await manual_world.start(build, settings)
    async with manual_world.client(service) as client:
        twilio = Twilio(client)
        await twilio.message(Body="first")
        await clock.advance(23 * 3600)
        await twilio.message(Body="second")
        await clock.advance(23 * 3600)
        assert not await manual_world.published(InteractionEnded)
        await clock.advance(2 * 3600)

        async def a_minute_later() -> list[InteractionEnded]:
            await clock.advance(60)
            return await manual_world.published(InteractionEnded)

        (ended,) = await eventually(a_minute_later)
        assert (ended.ended_by, ended.reason) == (EndedBy.SYSTEM, "idle")
        await twilio.message(Body="third")
        started = await manual_world.wait_published(InteractionStarted, 2)
        assert started[0].interaction_id == ended.interaction_id != started[1].interaction_id


async def test_two_processes_that_get_the_same_deliveries_store_each_message_once(
    world: World, service: Service, settings: Settings
) -> None:
    """Twilio's retry may reach another replica while the first delivery is still being written."""
    other = build(replace(world.runtime, instance="second"), settings)
    await other._check_health()
    deliveries = [form(MessageSid=sid(), Body=f"m{number}") for number in range(40)]
    async with world.client(service) as one, world.client(other) as two:
        answers = await asyncio.gather(
            *(Twilio(client).post("/v1/twilio/messages", fields) for fields in deliveries for client in (one, two, two))
        )
    await other.db.close()
    assert {answer.status_code for answer in answers} == {204}
    received = await world.wait_published(MessageReceived, 40)
    assert sorted(message.seq for message in received) == list(range(1, 41))
    assert len({message.message_id for message in received}) == 40
    assert len(await world.published(InteractionStarted)) == 1


async def test_database_away_is_503(twilio: Twilio, service: Service) -> None:
    lost: Database = service.db
    await lost.engine.dispose()
    url = lost.engine.url.set(port=9)
    from sqlalchemy.ext.asyncio import create_async_engine

    working, lost.engine = lost.engine, create_async_engine(url, isolation_level="AUTOCOMMIT")
    try:
        answer = await twilio.message()
    finally:
        lost.engine = working
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


class TestFiles:
    @pytest.fixture
    async def file(self, world: World, twilio: Twilio, double: TwilioDouble) -> str:
        """The path of a received picture."""
        double.media["/files/a"] = (307, {"Location": f"{double.url}/files/b"}, b"")
        double.media["/files/b"] = (200, {"Content-Type": "image/png"}, b"\x89PNG")
        await twilio.message(NumMedia="1", MediaUrl0=f"{double.url}/files/a", MediaContentType0="image/png")
        (received,) = await world.wait_published(MessageReceived)
        return received.personal.attachments[0].url.removeprefix("/sms")

    async def test_an_agent_gets_it_as_an_attachment(
        self, world: World, service: Service, double: TwilioDouble, file: str
    ) -> None:
        async with world.client(service, "cases:read") as client:
            answer = await client.get(file)
        assert (answer.status_code, answer.content) == (200, b"\x89PNG")
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert double.authorisations == [basic(ACCOUNT, TOKEN), None]

    async def test_others_do_not(self, world: World, service: Service, file: str) -> None:
        async with world.client(service) as anonymous, world.client(service, "tracking:read") as other:
            assert (await anonymous.get(file)).status_code == 401
            assert (await other.get(file)).status_code == 403

    async def test_what_is_not_there_is_404(self, world: World, service: Service, file: str) -> None:
        async with world.client(service, "cases:read") as client:
            assert (await client.get(file[:-1] + "7")).status_code == 404
            assert (await client.get(f"/v1/media/{uuid4()}/0")).status_code == 404

    async def test_credentials_never_go_elsewhere(
        self, world: World, service: Service, twilio: Twilio, double: TwilioDouble
    ) -> None:
        await twilio.message(NumMedia="1", MediaUrl0="http://127.0.0.1:9/x", MediaContentType0="image/png")
        (received,) = await world.wait_published(MessageReceived)
        async with world.client(service, "cases:read") as client:
            answer = await client.get(received.personal.attachments[0].url.removeprefix("/sms"))
        assert answer.status_code == 404
        assert not double.authorisations

    async def test_what_a_browser_might_run_is_plain_bytes(
        self, world: World, service: Service, twilio: Twilio, double: TwilioDouble
    ) -> None:
        double.media["/files/c"] = (200, {"Content-Type": "text/html"}, b"<script>")
        await twilio.message(NumMedia="1", MediaUrl0=f"{double.url}/files/c", MediaContentType0="image/svg+xml")
        (received,) = await world.wait_published(MessageReceived)
        async with world.client(service, "cases:read") as client:
            answer = await client.get(received.personal.attachments[0].url.removeprefix("/sms"))
        assert answer.headers["content-type"] == "application/octet-stream"
