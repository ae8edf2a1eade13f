"""Exchanges that we begin, and erasing what is stored of a person."""

from uuid import UUID, uuid4

import pytest

from channel_sms.settings import Settings
from chassis.service import Service
from contracts.customers import CustomerErased
from contracts.interactions import InteractionEnded, InteractionStarted, MessageReceived, MessageStatusChanged
from contracts.sends import MessageSendRequested, OutboundPersonal
from contracts.values import Channel, MessageStatus
from tests.contract.channel_sms.conftest import CUSTOMER, OURS, Twilio
from tests.contract.channel_sms.twilio_double import TwilioDouble
from tests.support.world import World, eventually


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With a number of ours to begin exchanges from."""
    return settings.model_copy(update={"default_number": OURS})


def asked(world: World, interaction_id: UUID, recipient: str | None) -> MessageSendRequested:
    """What cases asks for."""
    return MessageSendRequested(
        interaction_id=interaction_id,
        message_id=uuid4(),
        case_id=uuid4(),
        case_no="C1",
        channel=Channel.SMS,
        author="system",
        requested_at=world.clock.now(),
        personal=OutboundPersonal(text="您的投诉已受理", recipient=recipient),
    )


async def failed(world: World, message_id: UUID) -> MessageStatusChanged:
    """The news that a message was not sent."""
    found = await eventually(
        lambda: world.published(MessageStatusChanged),
        lambda all_: any(e.message_id == message_id and e.status is MessageStatus.FAILED for e in all_),
    )
    return next(event for event in found if event.message_id == message_id)


async def test_an_exchange_begins_with_our_message_and_ends_with_the_person(
    world: World, twilio: Twilio, service: Service, double: TwilioDouble
) -> None:
    request = asked(world, uuid4(), CUSTOMER)
    await world.publish(request)
    (began,) = await world.wait_published(InteractionStarted)
    assert (began.interaction_id, began.direction, began.account, began.personal.address, began.case_id) == (
        request.interaction_id,
        "outbound",
        OURS,
        CUSTOMER,
        request.case_id,
    )
    await eventually(lambda: _calls(double), lambda calls: calls == [(OURS, CUSTOMER)])
    await twilio.message(Body="好的，谢谢")  # the answer belongs to the exchange we began
    (answer,) = await world.wait_published(MessageReceived)
    assert answer.interaction_id == request.interaction_id

    again = asked(world, uuid4(), CUSTOMER)  # an exchange with this number is open: the message goes there
    await world.publish(again)
    (ended,) = await world.wait_published(InteractionEnded)
    assert ended.interaction_id == again.interaction_id
    unknown = asked(world, uuid4(), None)
    await world.publish(unknown)
    assert (await failed(world, unknown.message_id)).error_code is not None

    await twilio.message(Body="退订", From="+8613800138001")  # somebody else's opt-out
    erased = CustomerErased(customer_id=uuid4(), interaction_ids=(request.interaction_id,), erased_at=world.clock.now())
    await world.publish(erased)
    assert (await world.wait_published(InteractionEnded, 2))[-1].interaction_id == request.interaction_id
    async with service.db.read() as tx:
        left = await tx.fetch(
            """select i::text from interaction i where id = $1
               union all select m::text from inbound_message m where interaction_id = $1
               union all select o::text from outbound_message o where interaction_id = $1""",
            request.interaction_id,
        )
        assert len(left) == 4
        assert not any(CUSTOMER in row[0] or "谢谢" in row[0] or "投诉" in row[0] for row in left)
        kept = await tx.fetch("select address from suppression where lifted_at is null")
        assert [row["address"] for row in kept] == ["+8613800138001"]


async def _calls(double: TwilioDouble) -> list[tuple[str, str]]:
    return [(call["From"], call["To"]) for call in double.create_calls]
