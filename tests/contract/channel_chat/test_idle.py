"""Idle interactions end by themselves."""

from channel_chat import conversing
from channel_chat.app import build
from channel_chat.settings import Settings, SiteSettings
from channel_chat.store.conversations import Party
from chassis.clock import ManualClock
from contracts.interactions import InteractionEnded
from contracts.values import Channel, EndedBy
from tests.support.world import World, eventually


async def test_silence_ends_a_chat_sooner_than_telegram(manual_world: World) -> None:
    clock = manual_world.clock
    assert isinstance(clock, ManualClock)
    service = await manual_world.start(
        build, Settings(sites=(SiteSettings(id="shop", origins=("https://shop.test",)),))
    )
    visitor, customer = Party(Channel.CHAT, "shop", "v-1"), Party(Channel.TELEGRAM, "bot", "7")
    for party in (visitor, customer):
        async with service.db.transaction() as tx:
            await conversing.say(tx, party, "message-1", "hello")

    async def ended_after(hours: float) -> list[InteractionEnded]:
        await clock.advance(hours * 3600)
        return await manual_world.published(InteractionEnded)

    assert not await ended_after(3.9)
    (ended,) = await eventually(lambda: ended_after(0.05))
    assert (ended.channel, ended.ended_by, ended.reason) == (Channel.CHAT, EndedBy.SYSTEM, "idle")
    both = await eventually(lambda: ended_after(4), lambda found: len(found) == 2)
    assert {event.channel for event in both} == {Channel.CHAT, Channel.TELEGRAM}
