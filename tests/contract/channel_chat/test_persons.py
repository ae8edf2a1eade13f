"""Who a signed-in visitor is to the rest of the house, and erasing what is stored of a person."""

from uuid import uuid4

import httpx

from chassis.service import Service
from contracts.customers import CustomerErased
from contracts.interactions import InteractionEnded, InteractionStarted, MessageReceived
from contracts.values import ContactKind, KnownAddress
from tests.contract.channel_chat.conftest import SITE, new_session
from tests.contract.channel_chat.tab import Tab
from tests.contract.channel_chat.test_sessions import identity
from tests.contract.channel_chat.test_telegram import Hook, hook, update
from tests.support.world import World

__all__ = ["hook"]


async def test_a_signed_in_visitor_is_recognised_and_later_forgotten(
    world: World, service: Service, address: str, web: httpx.AsyncClient
) -> None:
    claims = {
        "email": "wang@example.org",
        "email_verified": True,
        "phone_number": "+8613900000002",
        "phone_number_verified": "yes",
    }
    first = await new_session(web, identity=identity(**claims))
    session = await new_session(web, token=first["token"])  # the proof survives a new session
    async with Tab(address, session["token"]) as tab:
        await tab.say("我叫王芳", "message-1")
    (began,) = await world.wait_published(InteractionStarted)
    assert began.verified and began.personal.address == f"u-{SITE}-user-42"
    assert began.personal.also == (KnownAddress(kind=ContactKind.EMAIL, address="wang@example.org"),)

    event = CustomerErased(customer_id=uuid4(), interaction_ids=(began.interaction_id,), erased_at=world.clock.now())
    await world.publish(event)
    (ended,) = await world.wait_published(InteractionEnded)
    assert (ended.interaction_id, ended.reason) == (began.interaction_id, "erased")
    async with service.db.read() as tx:
        left = await tx.fetch("select c::text as row from conversation c union all select e::text from entry e")
    assert len(left) == 3
    assert not any("王芳" in row["row"] or "user-42" in row["row"] for row in left)
    again = await new_session(web, identity=identity())
    async with Tab(address, again["token"]) as tab:
        await tab.say("又来了", "message-2")
    assert len(await world.wait_published(MessageReceived, 2)) == 2
    async with service.db.read() as tx:
        (row,) = await tx.fetch("select address from conversation")
    assert row["address"] == f"u-{SITE}-user-42"


async def test_what_telegram_delivered_goes_too(world: World, service: Service, hook: Hook) -> None:
    await hook(update(5, text="我叫小明"))
    (received,) = await world.wait_published(MessageReceived)
    event = CustomerErased(customer_id=uuid4(), interaction_ids=(received.interaction_id,), erased_at=world.clock.now())
    await world.publish(event)
    await world.wait_published(InteractionEnded)
    async with service.db.read() as tx:
        left = await tx.fetch(
            "select u.payload::text as row from telegram_update u union all select c::text from conversation c"
        )
    assert not any("小明" in row["row"] for row in left)
