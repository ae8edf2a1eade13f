"""Sending: each message once, in order, and never blindly a second time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from channel_sms.app import build
from channel_sms.parameters import SmsParameters
from channel_sms.sender import Sender
from channel_sms.settings import Settings
from channel_sms.twilio.gateway import TwilioGateway
from chassis.service import Service
from chassis.twilio.client import TwilioRest
from contracts.interactions import InteractionEnded, MessageReceived, MessageStatusChanged
from contracts.sends import InteractionEndRequested, MessageSendRequested, OutboundPersonal
from contracts.values import Channel, EndedBy, MessageStatus
from tests.contract.channel_sms.conftest import BASE, CUSTOMER, OURS, Twilio
from tests.contract.channel_sms.twilio_double import TwilioDouble, break_off, refuse, stall
from tests.support.world import World, eventually

FAST = {
    "retry_first_seconds": 0.05,
    "retry_longest_seconds": 0.1,
    "lookup_after_seconds": (0.05, 0.1, 0.2),
    "send_poll_seconds": 0.05,
    "send_attempts": 4,
}


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short pauses: the tests wait for outcomes, not for courtesy."""
    quick = SmsParameters(**FAST)  # type: ignore[arg-type]
    monkeypatch.setattr(SmsParameters, "load", classmethod(lambda cls: quick))


Send = Callable[..., Awaitable[MessageSendRequested]]


@pytest.fixture
async def interaction(world: World, twilio: Twilio) -> UUID:
    """An open interaction."""
    await twilio.message()
    (received,) = await world.wait_published(MessageReceived)
    return received.interaction_id


@pytest.fixture
def send(world: World, interaction: UUID) -> Send:
    """Asks for a message to be sent."""

    async def ask(text: str = "您的快件正在派送。", **changes: Any) -> MessageSendRequested:
        request = MessageSendRequested(
            **{
                "interaction_id": interaction,
                "message_id": uuid4(),
                "case_id": uuid4(),
                "case_no": "C1",
                "channel": Channel.SMS,
                "author": "agent-1",
                "requested_at": world.clock.now(),
                "personal": OutboundPersonal(text=text),
                **changes,
            }
        )
        await world.publish(request)
        return request

    return ask


async def status_of(world: World, message_id: UUID) -> list[MessageStatusChanged]:
    return [change for change in await world.published(MessageStatusChanged) if change.message_id == message_id]


async def settled(world: World, message_id: UUID, status: MessageStatus) -> MessageStatusChanged:
    """The change to `status`, once it is published."""
    changes = await eventually(
        lambda: status_of(world, message_id), lambda changes: any(change.status is status for change in changes)
    )
    return next(change for change in changes if change.status is status)


class TestTaken:
    async def test_goes_out_with_a_callback_that_names_it(self, world: World, send: Send, double: TwilioDouble) -> None:
        request = await send("hello")
        change = await settled(world, request.message_id, MessageStatus.SENDING)
        (call,) = double.create_calls
        assert (call["From"], call["To"], call["Body"]) == (OURS, CUSTOMER, "hello")
        assert call["StatusCallback"] == f"{BASE}/sms/v1/twilio/status?message={request.message_id}"
        assert change.provider_message_id == double.created[0]["sid"]

    async def test_repeated_request_is_sent_once(self, world: World, send: Send, double: TwilioDouble) -> None:
        request = await send("once")
        await world.publish(request)
        last = await send("last")
        await settled(world, last.message_id, MessageStatus.SENDING)
        assert [call["Body"] for call in double.create_calls] == ["once", "last"]

    async def test_a_conversation_is_sent_in_order_even_if_the_first_must_wait(
        self, world: World, send: Send, double: TwilioDouble
    ) -> None:
        double.behave = [refuse(429, 20429), refuse(429, 20429)]
        for text in ("1", "2", "3"):
            last = await send(text)
        await settled(world, last.message_id, MessageStatus.SENDING)
        assert [call["Body"] for call in double.create_calls] == ["1", "1", "1", "2", "3"]


class TestNotTaken:
    async def test_refusal_is_failed_with_its_code(self, world: World, send: Send, double: TwilioDouble) -> None:
        double.behave = [refuse(400, 21211, "not a valid number")]
        request = await send()
        change = await settled(world, request.message_id, MessageStatus.FAILED)
        assert change.error_code == "21211"
        assert str(change.error_text).endswith("not a valid number")
        assert len(double.create_calls) == 1

    @pytest.mark.parametrize(("status", "code"), [(429, 20429), (401, 20003)])
    async def test_told_to_wait_is_tried_again(
        self, world: World, send: Send, double: TwilioDouble, status: int, code: int
    ) -> None:
        double.behave = [refuse(status, code)]
        request = await send()
        await settled(world, request.message_id, MessageStatus.SENDING)
        assert len(double.create_calls) == 2

    async def test_gives_up_after_the_last_try(self, world: World, send: Send, double: TwilioDouble) -> None:
        double.behave = [refuse(429, 20429) for _ in range(10)]
        request = await send()
        change = await settled(world, request.message_id, MessageStatus.FAILED)
        assert change.error_code == "20429"
        assert len(double.create_calls) == FAST["send_attempts"]

    async def test_no_connection_is_tried_again(self, world: World, settings: Settings, double: TwilioDouble) -> None:
        settings.twilio_api_url = "http://127.0.0.1:9"
        service = await world.start(build, settings)
        async with world.client(service) as client:
            await Twilio(client).message()
        (received,) = await world.wait_published(MessageReceived)
        request = MessageSendRequested(
            interaction_id=received.interaction_id,
            message_id=uuid4(),
            case_id=uuid4(),
            case_no="C1",
            channel=Channel.SMS,
            author="agent-1",
            requested_at=world.clock.now(),
            personal=OutboundPersonal(text="hello"),
        )
        await world.publish(request)
        change = await settled(world, request.message_id, MessageStatus.FAILED)
        assert change.error_code == "provider_unreachable"
        assert not double.create_calls


AMBIGUOUS = {
    "stalled": lambda double, taken: stall(double, taken=taken),
    "cut": lambda double, taken: break_off(double, taken=taken),
    "server error": lambda double, taken: (
        lambda request, form: (double.take(form) if taken else None, refuse(500, 20500)(request, form))[1]
    ),
}


class TestAmbiguous:
    @pytest.mark.parametrize("kind", AMBIGUOUS)
    async def test_taken_after_all_is_found_and_not_sent_again(
        self, world: World, send: Send, double: TwilioDouble, kind: str
    ) -> None:
        double.behave = [AMBIGUOUS[kind](double, True)]
        request = await send("您好")
        change = await settled(world, request.message_id, MessageStatus.SENDING)
        assert change.provider_message_id == double.created[0]["sid"]
        assert len(double.create_calls) == 1

    @pytest.mark.parametrize("kind", AMBIGUOUS)
    async def test_what_the_list_never_shows_is_sent_again_after_the_last_look(
        self, world: World, send: Send, double: TwilioDouble, kind: str
    ) -> None:
        double.behave = [AMBIGUOUS[kind](double, False)]
        request = await send("您好")
        change = await settled(world, request.message_id, MessageStatus.SENDING)
        assert change.provider_message_id == double.created[0]["sid"]
        assert len(double.create_calls) == 2
        assert len(double.list_calls) == 2 * len(SmsParameters.load().lookup_after_seconds)

    async def test_when_every_try_is_ambiguous_people_decide(
        self, world: World, send: Send, double: TwilioDouble
    ) -> None:
        tries = SmsParameters.load().send_attempts
        double.behave = [break_off(double, taken=False) for _ in range(tries + 1)]
        request = await send("您好")
        change = await settled(world, request.message_id, MessageStatus.UNKNOWN)
        assert change.error_code == "unconfirmed"
        assert len(double.create_calls) == tries

    async def test_another_message_with_the_same_text_is_not_taken_for_it(
        self, world: World, send: Send, double: TwilioDouble
    ) -> None:
        first = await send("ok")
        await settled(world, first.message_id, MessageStatus.SENDING)
        double.behave = [break_off(double, taken=False)]
        second = await send("ok")
        change = await settled(world, second.message_id, MessageStatus.SENDING)
        assert change.provider_message_id == double.created[0]["sid"]  # the newest
        assert len(double.create_calls) == 3

    async def test_a_callback_settles_it_before_the_list_does(
        self, world: World, send: Send, double: TwilioDouble, twilio: Twilio
    ) -> None:
        double.listing_status = 503
        double.behave = [break_off(double, taken=True)]
        request = await send("您好")
        await eventually(lambda: _count(double.list_calls))
        sid = double.created[0]["sid"]
        assert (await twilio.status(sid, "sent", ours=request.message_id)).status_code == 204
        change = await settled(world, request.message_id, MessageStatus.SENT)
        assert change.provider_message_id == sid
        assert len(double.create_calls) == 1

    async def test_a_list_that_cannot_be_read_does_not_count_as_a_look(
        self, world: World, send: Send, double: TwilioDouble
    ) -> None:
        double.listing_status = 503
        double.behave = [break_off(double, taken=True)]
        request = await send("您好")
        await eventually(lambda: _count(double.list_calls), lambda calls: calls > 6)
        assert not await status_of(world, request.message_id)
        double.listing_status = 200
        await settled(world, request.message_id, MessageStatus.SENDING)

    async def test_a_process_that_died_during_the_call_leaves_it_to_the_look_up(
        self, world: World, service: Service, send: Send, double: TwilioDouble
    ) -> None:
        request = await send("您好")
        await settled(world, request.message_id, MessageStatus.SENDING)
        async with service.db.transaction() as tx:
            await tx.fetch(
                """update outbound_message set state = 'sending', sid = null, status = 'pending',
                   provider_status = null, next_attempt_at = now() - interval '1 second'"""
            )
        changes = await eventually(lambda: status_of(world, request.message_id), lambda found: len(found) == 2)
        assert changes[1].provider_message_id == double.created[0]["sid"]
        assert len(double.create_calls) == 1


class TestTwoSenders:
    async def test_share_the_work_without_sending_twice(
        self, world: World, service: Service, settings: Settings, send: Send, double: TwilioDouble
    ) -> None:
        rest = TwilioRest(settings)
        gateway = TwilioGateway(rest, callback=lambda message: f"{BASE}/?m={message}", lookup_limit=100)
        other = asyncio.create_task(Sender(service.db, gateway, SmsParameters.load()).run())
        try:
            requests = [await send(f"m{number}") for number in range(20)]
            for request in requests:
                await settled(world, request.message_id, MessageStatus.SENDING)
        finally:
            other.cancel()
            await asyncio.gather(other, return_exceptions=True)
            await rest.close()
        assert [call["Body"] for call in double.create_calls] == [f"m{number}" for number in range(20)]


class TestRefusedByUs:
    @pytest.mark.parametrize(("text", "code"), [("x" * 1601, "too_long"), ("快" * 700, "too_long"), ("  ", "empty")])
    async def test_text_that_cannot_travel(
        self, world: World, send: Send, double: TwilioDouble, text: str, code: str
    ) -> None:
        request = await send(text)
        change = await settled(world, request.message_id, MessageStatus.FAILED)
        assert change.error_code == code
        assert not double.create_calls

    async def test_unknown_interaction(self, world: World, send: Send) -> None:
        request = await send(interaction_id=uuid4())
        change = await settled(world, request.message_id, MessageStatus.FAILED)
        assert change.error_code == "unknown_interaction"

    async def test_other_channels_are_not_ours(self, world: World, send: Send, double: TwilioDouble) -> None:
        other = await send("for the chat", channel=Channel.CHAT)
        ours = await send("for us")
        await settled(world, ours.message_id, MessageStatus.SENDING)
        assert [call["Body"] for call in double.create_calls] == ["for us"]
        assert not await status_of(world, other.message_id)


class TestEnd:
    async def test_ends_once_and_the_next_message_begins_anew(
        self, world: World, twilio: Twilio, interaction: UUID
    ) -> None:
        request = InteractionEndRequested(
            interaction_id=interaction,
            channel=Channel.SMS,
            ended_by=EndedBy.AGENT,
            reason="resolved",
            requested_at=world.clock.now(),
        )
        await world.publish(request, request)
        (ended,) = await world.wait_published(InteractionEnded)
        assert (ended.interaction_id, ended.ended_by, ended.reason) == (interaction, EndedBy.AGENT, "resolved")
        await twilio.message(Body="one more thing")
        received = await world.wait_published(MessageReceived, 2)
        assert received[1].interaction_id != interaction
        assert received[1].seq == 1
        assert len(await world.published(InteractionEnded)) == 1


async def _count(calls: list[Any]) -> int:
    return len(calls)
