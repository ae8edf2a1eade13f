"""Messages from Twilio: stored once, in one interaction per pair of numbers, numbered without gaps."""

import asyncio
import base64
from itertools import pairwise
from uuid import UUID

import pytest

from chassis.ids import derived_id
from chassis.service import Service
from contracts.interactions import InteractionStarted, MessageReceived
from contracts.values import Channel, ContactKind
from tests.contract.channel_sms.conftest import ACCOUNT, BASE, CUSTOMER, OURS, SECONDARY, TOKEN, Twilio, form, sid
from tests.support.world import World, eventually


async def rows(service: Service, sql: str, *arguments: object) -> list[dict[str, object]]:
    async with service.db.read() as tx:
        return [dict(row) for row in await tx.fetch(sql, *arguments)]


class TestFirstMessage:
    async def test_starts_an_interaction_and_is_received(self, world: World, twilio: Twilio) -> None:
        answer = await twilio.message(MessageSid=sid(7), Body="单号 SF1234567890123")
        assert answer.status_code == 204
        (received,) = await world.wait_published(MessageReceived)
        (started,) = await world.published(InteractionStarted)
        assert started.interaction_id == received.interaction_id
        assert started.channel is Channel.SMS
        assert started.account == OURS
        assert started.contact_kind is ContactKind.PHONE
        assert started.personal.address == CUSTOMER
        assert received.message_id == derived_id("twilio", sid(7))
        assert received.provider_message_id == sid(7)
        assert received.seq == 1
        assert not received.automatic
        assert received.personal.text == "单号 SF1234567890123"

    async def test_unknown_fields_are_kept(self, twilio: Twilio, service: Service) -> None:
        await twilio.message(NewIn2027="yes", Body="hello")
        (row,) = await rows(service, "select fields::text as fields from inbound_message")
        assert '"NewIn2027":"yes"' in str(row["fields"]).replace(" ", "")

    async def test_files_are_listed_without_fetching_them(self, world: World, twilio: Twilio) -> None:
        url = "https://api.twilio.com/2010-04-01/Accounts/AC/Messages/MM/Media/ME1"
        await twilio.message(
            MessageSid=sid(8, "MM"), Body="", NumMedia="1", MediaUrl0=url, MediaContentType0="image/jpeg"
        )
        (received,) = await world.wait_published(MessageReceived)
        (file,) = received.personal.attachments
        assert file.content_type == "image/jpeg"
        assert file.name == "media-1.jpg"
        assert file.url == f"/sms/v1/media/{received.message_id}/0"

    async def test_nul_characters_do_not_lose_the_message(self, world: World, twilio: Twilio) -> None:
        assert (await twilio.message(Body="a\x00b", FromCity="x\x00")).status_code == 204
        (received,) = await world.wait_published(MessageReceived)
        assert received.personal.text == "a\ufffdb"


class TestConversation:
    async def test_messages_share_the_interaction_and_count_on(self, world: World, twilio: Twilio) -> None:
        for text in ("一", "二", "三"):
            await twilio.message(Body=text)
        received = await world.wait_published(MessageReceived, 3)
        assert [(m.seq, m.personal.text) for m in received] == [(1, "一"), (2, "二"), (3, "三")]
        assert len({m.interaction_id for m in received}) == 1
        assert len(await world.published(InteractionStarted)) == 1

    async def test_other_numbers_have_their_own(self, world: World, twilio: Twilio) -> None:
        await twilio.message()
        await twilio.message(From="+15005550006")
        await twilio.message(To="+8610955430001")
        received = await world.wait_published(MessageReceived, 3)
        assert len({m.interaction_id for m in received}) == 3
        assert {m.seq for m in received} == {1}

    async def test_a_burst_of_first_messages_makes_one_interaction(self, world: World, twilio: Twilio) -> None:
        answers = await asyncio.gather(*(twilio.message(Body=f"m{i}") for i in range(50)))
        assert {answer.status_code for answer in answers} == {204}
        received = await world.wait_published(MessageReceived, 50)
        assert len(await world.published(InteractionStarted)) == 1
        assert sorted(m.seq for m in received) == list(range(1, 51))
        assert all(one.seq < other.seq for one, other in pairwise(received))


class TestRepeatedDelivery:
    async def test_changes_nothing(self, world: World, twilio: Twilio, service: Service) -> None:
        repeated = sid()
        answers = await asyncio.gather(*(twilio.message(MessageSid=repeated, Body="once") for _ in range(20)))
        assert {answer.status_code for answer in answers} == {204}
        await twilio.message(Body="after")
        received = await world.wait_published(MessageReceived, 2)
        assert [(m.seq, m.personal.text) for m in received] == [(1, "once"), (2, "after")]
        assert len(await rows(service, "select 1 from inbound_message")) == 2

    async def test_after_the_end_does_not_begin_anew(self, world: World, twilio: Twilio, service: Service) -> None:
        repeated = sid()
        await twilio.message(MessageSid=repeated)
        async with service.db.transaction() as tx:
            await tx.fetch("update interaction set ended_at = now(), ended_by = 'agent'")
        assert (await twilio.message(MessageSid=repeated)).status_code == 204
        assert len(await rows(service, "select 1 from interaction")) == 1


class TestSignature:
    async def test_secondary_token_serves_during_rotation(self, twilio: Twilio) -> None:
        assert (await twilio.post("/v1/twilio/messages", form(), token=SECONDARY)).status_code == 204

    @pytest.mark.parametrize("path", ["/v1/twilio/messages", "/v1/twilio/status"])
    async def test_missing_is_refused(self, twilio: Twilio, service: Service, path: str) -> None:
        answer = await twilio.post(path, form(), signature="")
        assert answer.status_code == 403
        assert answer.headers["content-type"] == "application/problem+json"
        assert not await rows(service, "select 1 from inbound_message")

    async def test_one_changed_byte_is_refused(self, twilio: Twilio, service: Service) -> None:
        from chassis.twilio.signature import sign

        fields = form()
        good = base64.b64decode(sign(TOKEN, f"{BASE}/sms/v1/twilio/messages", fields))
        for index in range(len(good)):
            forged = bytearray(good)
            forged[index] ^= 1
            answer = await twilio.post(
                "/v1/twilio/messages", fields, signature=base64.b64encode(bytes(forged)).decode()
            )
            assert answer.status_code == 403
        assert not await rows(service, "select 1 from inbound_message")

    async def test_a_changed_field_is_refused(self, twilio: Twilio) -> None:
        from chassis.twilio.signature import sign

        proof = sign(TOKEN, f"{BASE}/sms/v1/twilio/messages", form(MessageSid=sid(9), Body="one"))
        answer = await twilio.post("/v1/twilio/messages", form(MessageSid=sid(9), Body="two"), signature=proof)
        assert answer.status_code == 403

    async def test_host_headers_play_no_part(self, twilio: Twilio) -> None:
        answer = await twilio.post(
            "/v1/twilio/messages", form(), headers={"host": "evil.example", "x-forwarded-host": "evil.example"}
        )
        assert answer.status_code == 204


class TestMalformed:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("MessageSid", "nonsense"),
            ("From", ""),
            ("From", "x" * 400),
            ("To", " "),
            ("NumMedia", "many"),
        ],
    )
    async def test_names_the_field(self, twilio: Twilio, field: str, value: str) -> None:
        fields = {**dict(form()), field: value}
        if field == "MessageSid":
            fields["SmsSid"] = value
        answer = await twilio.post("/v1/twilio/messages", list(fields.items()))
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == f"#/{field}"

    async def test_oversize_is_413(self, twilio: Twilio) -> None:
        assert (await twilio.message(Body="x" * 1_100_000)).status_code == 413


class TestWithoutWhatWeDependOn:
    async def test_broker_away_is_503(self, twilio: Twilio, service: Service) -> None:
        service._bus_answers = False
        answer = await twilio.message()
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert not await rows(service, "select 1 from inbound_message")


async def test_events_of_a_message_are_written_with_it(world: World, twilio: Twilio, service: Service) -> None:
    """The row and the event are one transaction: whatever was answered 204 is in both."""
    await twilio.message(MessageSid=sid(11))

    async def stored() -> list[dict[str, object]]:
        return await rows(service, "select id from inbound_message")

    (row,) = await eventually(stored)
    (received,) = await world.wait_published(MessageReceived)
    assert row["id"] == received.message_id
    assert isinstance(row["id"], UUID)
    assert ACCOUNT.startswith("AC")
