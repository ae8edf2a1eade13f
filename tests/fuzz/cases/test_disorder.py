"""Events as an at-least-once bus delivers them: repeated, in batches of any size, to several processes, in any order
between interactions. Whatever comes, each message is on one timeline once, in order, and nobody waits unseen."""

import asyncio
import random
from uuid import UUID, uuid4

import pytest

from cases.app import build
from chassis.runtime import Runtime
from chassis.service import Service
from contracts.event import EventData
from contracts.interactions import (
    ContactPersonal,
    InteractionEnded,
    InteractionStarted,
    MessagePersonal,
    MessageReceived,
)
from contracts.values import Channel, ContactKind, EndedBy
from tests.support.world import World, eventually

TEXTS = ["hello", "SF1234567890123 到哪了", "我要投诉", "YT1234567890123 还没到", "thanks", "SF1234567890123 呢", "?"]


async def processes(world: World, count: int) -> list[Service]:
    """Several processes of the service on one database, in one consumer group."""
    started = []
    for number in range(count):
        runtime = Runtime(
            settings=world.runtime.settings,
            bus=world.bus,
            database_server_url=world.runtime.database_server_url,
            identity=world.runtime.identity,
            clock=world.runtime.clock,
            migrate_on_start=False,
            instance=f"cases-{number}",
        )
        other = World(runtime, world.issuer, world.databases)
        started.append(await other.start(build))
        world._services.append(started[-1])
    return started


def conversation(dice: random.Random, world: World, address: str) -> list[EventData]:
    """What one interaction of a customer tells, in its own order."""
    interaction, now = uuid4(), world.clock.now()
    channel = dice.choice([Channel.SMS, Channel.TELEGRAM, Channel.CHAT])
    kind = ContactKind.PHONE if channel is Channel.SMS else ContactKind(channel)
    events: list[EventData] = [
        InteractionStarted(
            interaction_id=interaction,
            channel=channel,
            direction="inbound",
            account="us",
            contact_kind=kind,
            occurred_at=now,
            personal=ContactPersonal(address=address),
        )
    ]
    for seq in range(1, dice.randint(2, 6)):
        events.append(
            MessageReceived(
                interaction_id=interaction,
                message_id=uuid4(),
                seq=seq,
                channel=channel,
                provider="test",
                provider_message_id=f"{interaction}-{seq}",
                automatic=dice.random() < 0.1,
                occurred_at=now,
                personal=MessagePersonal(text=dice.choice(TEXTS)),
            )
        )
    if dice.random() < 0.3:
        events.append(
            InteractionEnded(interaction_id=interaction, channel=channel, ended_by=EndedBy.CUSTOMER, occurred_at=now)
        )
    return events


def interleaved(dice: random.Random, conversations: list[list[EventData]]) -> list[EventData]:
    """All events, each conversation in its order, mixed at random."""
    queues = [list(events) for events in conversations]
    mixed = []
    while queues:
        queue = dice.choice(queues)
        mixed.append(queue.pop(0))
        if not queue:
            queues.remove(queue)
    return mixed


@pytest.mark.parametrize("seed", range(4))
async def test_any_disorder_between_conversations(world: World, seed: int) -> None:
    dice = random.Random(seed)
    services = await processes(world, 3)
    addresses = [f"+86138000300{number:02d}" for number in range(5)]
    conversations = [conversation(dice, world, dice.choice(addresses)) for _ in range(30)]
    mixed = interleaved(dice, conversations)
    ids = {id(event): uuid4() for event in mixed}
    at = 0
    while at < len(mixed):
        size = dice.randint(1, 25)
        batch = mixed[at : at + size]
        await world.publish(*batch, event_ids=[ids[id(event)] for event in batch])
        at += dice.randint(max(1, size // 2), size)  # what overlaps is delivered again, with the same ids
    await check(world, services[0], conversations, set(ids.values()))


async def check(world: World, service: Service, conversations: list[list[EventData]], ids: set[UUID]) -> None:
    """Wait until everything was handled, then look for every promise."""

    async def rows(sql: str, *arguments: object) -> list[tuple]:
        async with service.db.read() as tx:
            return [tuple(row) for row in await tx.fetch(sql, *arguments)]

    await eventually(lambda: rows("select count(*) from inbox"), lambda found: found[0][0] == len(ids), timeout=60)

    messages = {e.message_id for c in conversations for e in c if isinstance(e, MessageReceived)}
    stored = await rows("select message_id from timeline_entry where kind = 'message_in'")
    pending = await rows("select message_id from pending_entry")
    assert sorted(m for (m,) in stored + pending) == sorted(messages)

    gaps = await rows(
        """select c.id from service_case c join timeline_entry e on e.case_id = c.id group by c.id, c.last_seq
           having count(*) <> c.last_seq or max(seq) <> c.last_seq or min(seq) <> 1"""
    )
    assert gaps == []

    for events in conversations:
        told = [e.message_id for e in events if isinstance(e, MessageReceived)]
        order = await rows(
            """select message_id from timeline_entry where interaction_id = $1 and kind = 'message_in'
               order by recorded_at, seq""",
            events[0].interaction_id,  # type: ignore[attr-defined]
        )
        kept = [m for (m,) in order]
        assert kept == [m for m in told if m in set(kept)]

    assert (
        await rows(
            "select customer_id, thread_key from service_case where closed_at is null group by 1, 2 having count(*) > 1"
        )
        == []
    )
    assert await rows("select kind, address from contact_point group by 1, 2 having count(*) > 1") == []
    unserved = await rows(
        """select id from service_case c where closed_at is null and last_customer_seq > 0 and owner is null
           and not exists (select 1 from work_item w where w.case_id = c.id and w.state = 'requested')
           and exists (select 1 from interaction i where i.case_id = c.id and i.ended_at is null)"""
    )
    assert unserved == []
    lost = await rows(
        "select id from interaction where case_id is not null and case_id not in (select id from service_case)"
    )
    assert lost == []


async def test_redelivery_of_everything_changes_nothing(world: World) -> None:
    dice = random.Random(99)
    services = await processes(world, 2)
    conversations = [conversation(dice, world, f"+8613800040{n:03d}") for n in range(10)]
    events = interleaved(dice, conversations)
    ids = [uuid4() for _ in events]
    await world.publish(*events, event_ids=ids)
    await check(world, services[0], conversations, set(ids))
    async with services[0].db.read() as tx:
        before = await tx.fetch("select case_id, seq, kind, message_id from timeline_entry order by 1, 2")
    await asyncio.gather(world.publish(*events, event_ids=ids), world.publish(*events, event_ids=ids))
    end = {p: await _committed(world, p) for p in (await world.bus.end_positions("interactions"))}
    await eventually(lambda: _behind(world, end), lambda behind: behind == [])
    async with services[0].db.read() as tx:
        assert await tx.fetch("select case_id, seq, kind, message_id from timeline_entry order by 1, 2") == before


async def _committed(world: World, partition: int) -> int:
    return (await world.bus.end_positions("interactions"))[partition]


async def _behind(world: World, end: dict[int, int]) -> list[int]:
    committed = await world.bus.committed_positions("cases", "interactions")
    return [partition for partition, position in end.items() if position and committed.get(partition, 0) < position]
