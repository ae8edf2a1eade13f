"""Opt-outs: recorded, confirmed once, and obeyed for promotions only."""

from typing import Any
from uuid import uuid4

from chassis.service import Service
from contracts.interactions import InteractionSelfServed, MessageReceived, MessageStatusChanged
from contracts.sends import MessageSendRequested, OutboundPersonal
from contracts.values import Channel, MessageStatus
from tests.contract.channel_sms.conftest import Twilio, form
from tests.contract.channel_sms.twilio_double import TwilioDouble
from tests.support.world import World, eventually


async def suppressions(service: Service) -> list[tuple[Any, ...]]:
    async with service.db.read() as tx:
        rows = await tx.fetch("select account, address, category from suppression where lifted_at is null")
    return [tuple(row.values()) for row in rows]


async def ask(world: World, text: str, category: str) -> MessageSendRequested:
    (first, *_) = await world.wait_published(MessageReceived)
    request = MessageSendRequested(
        interaction_id=first.interaction_id,
        message_id=uuid4(),
        case_id=uuid4(),
        case_no="C1",
        channel=Channel.SMS,
        author="agent-1",
        category=category,
        requested_at=world.clock.now(),
        personal=OutboundPersonal(text=text),
    )
    await world.publish(request)
    return request


async def outcome(world: World, request: MessageSendRequested) -> MessageStatusChanged:
    async def changes() -> list[MessageStatusChanged]:
        published = await world.published(MessageStatusChanged)
        return [change for change in published if change.message_id == request.message_id]

    return (await eventually(changes))[0]


async def sent(double: TwilioDouble, count: int) -> list[str]:
    async def bodies() -> list[str]:
        return [call["Body"] for call in double.create_calls]

    return await eventually(bodies, lambda found: len(found) >= count)


async def test_stop_is_recorded_confirmed_and_needs_no_person(
    world: World, twilio: Twilio, service: Service, double: TwilioDouble
) -> None:
    await twilio.message(Body=" 退订。")
    (received,) = await world.wait_published(MessageReceived)
    assert received.automatic
    assert len(await suppressions(service)) == 1
    (confirmation,) = await sent(double, 1)
    assert "退订" in confirmation
    (served,) = await world.wait_published(InteractionSelfServed)
    assert (served.service, served.answer) == ("sms.stop", confirmation)


async def test_it_is_confirmed_once(world: World, twilio: Twilio, double: TwilioDouble) -> None:
    for _ in range(3):
        await twilio.message(Body="STOP", From="+15005550006")
    await twilio.message(Body="HELP", From="+15005550006")
    bodies = await sent(double, 2)
    assert len(bodies) == 2
    assert bodies[0].startswith("You will get no more")
    assert bodies[1].startswith("Courier customer service")


async def test_promotions_stop_and_answers_do_not(world: World, twilio: Twilio, double: TwilioDouble) -> None:
    await twilio.message(Body="TD")
    blocked = await ask(world, "双十一寄件八折", "marketing")
    served = await ask(world, "您的快件已签收", "service")
    assert (await outcome(world, blocked)).error_code == "suppressed"
    assert (await outcome(world, served)).status is MessageStatus.SENDING


async def test_start_lifts_it(world: World, twilio: Twilio, service: Service, double: TwilioDouble) -> None:
    await twilio.message(Body="TD")
    await twilio.message(Body="start")
    assert not await suppressions(service)
    request = await ask(world, "双十一寄件八折", "marketing")
    assert (await outcome(world, request)).status is MessageStatus.SENDING


async def test_twilio_answered_already(world: World, twilio: Twilio, service: Service, double: TwilioDouble) -> None:
    await twilio.message(Body="stop", OptOutType="STOP")
    await world.wait_published(MessageReceived)
    assert len(await suppressions(service)) == 1
    request = await ask(world, "service", "service")
    await outcome(world, request)
    assert [call["Body"] for call in double.create_calls] == ["service"]


async def test_single_letters_need_the_promotion_that_offered_them(
    world: World, twilio: Twilio, service: Service, double: TwilioDouble
) -> None:
    await twilio.message(Body="R")
    assert not await suppressions(service)
    promotion = await ask(world, "寄件八折，拒收请回复R", "marketing")
    await outcome(world, promotion)
    await twilio.message(Body="T")
    assert not await suppressions(service)
    await twilio.message(Body="r")
    assert len(await suppressions(service)) == 1


async def test_a_word_that_may_mean_something_else_is_still_read_by_a_person(
    world: World, twilio: Twilio, service: Service
) -> None:
    await twilio.message(Body="取消")
    (received,) = await world.wait_published(MessageReceived)
    assert not received.automatic
    assert len(await suppressions(service)) == 1


async def test_a_redelivered_stop_changes_nothing(world: World, twilio: Twilio, double: TwilioDouble) -> None:
    stop = form(Body="TD")
    for _ in range(3):
        await twilio.post("/v1/twilio/messages", stop)
    await twilio.message(Body="HELP")
    assert len(await sent(double, 2)) == 2
