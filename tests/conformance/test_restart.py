"""The bus server is killed and comes back."""

import asyncio

import pytest

from chassis.bus.port import BusUnavailable, OwnershipLost
from tests.conformance.workbench import (
    Workbench,
    assert_complete,
    assert_ordered_per_key,
    eventually,
    publish_patiently,
    records,
    take,
    values,
)


async def test_nothing_is_lost_when_the_server_is_killed_mid_stream(bench: Workbench) -> None:
    bus, other = await bench.bus(), await bench.bus()
    topic, group = await bench.topic(bus), bench.name("group")
    consumer = await bench.consumer(other, group, topic)
    published = records(topic, 3000, keys=30)
    handled: list[str] = []

    async def publish() -> None:
        for start in range(0, 3000, 50):
            await publish_patiently(bus, published[start : start + 50])
            await asyncio.sleep(0.01)

    async def handle() -> None:
        while True:
            batch = await consumer.fetch(100, 0.5)
            handled.extend(values(batch))
            try:
                await consumer.commit(batch)
            except OwnershipLost:
                continue
            except BusUnavailable:
                await consumer.rewind()

    publishing, handling = asyncio.create_task(publish()), asyncio.create_task(handle())
    await eventually(lambda: len(handled) > 500, "records flow")
    await bench.broker.kill()
    await bench.broker.start()
    await publishing
    await eventually(lambda: len(set(handled)) == 3000, "all records are handled")
    await eventually(lambda: sum(consumer.lag().values()) == 0, "and committed")
    handling.cancel()
    await asyncio.gather(handling, return_exceptions=True)

    assert_complete(handled, published)
    assert_ordered_per_key(handled)
    assert len(consumer.owned()) == 4


async def test_while_the_server_is_away_calls_end_in_time_and_work_afterwards(bench: Workbench) -> None:
    bus = await bench.bus()
    topic, group = await bench.topic(bus), bench.name("group")
    consumer = await bench.consumer(bus, group, topic)
    await bus.publish(records(topic, 20))
    fetched = await take(consumer, 20)
    assert await bus.healthy()

    await bench.broker.kill()
    try:
        async with asyncio.timeout(20):
            while await bus.healthy():  # the last good answer counts for a second
                await asyncio.sleep(0.1)
            assert await consumer.fetch(10, 0.5) == []
            publishing = asyncio.create_task(publish_patiently(bus, records(topic, 20, start=20)))
            with pytest.raises(BusUnavailable):
                await consumer.commit(fetched)
            with pytest.raises(BusUnavailable):
                await bus.end_positions(topic)
            late = bus.consumer(bench.name("group"), [topic], member="late")
            await late.start()
            assert await late.fetch(10, 0.2) == []
            stranger = bench.bus_not_started()
            with pytest.raises(BusUnavailable):
                await stranger.start()
        await eventually(lambda: consumer.seconds_since_poll() > 0.5, "silence is noticed")
    finally:
        await bench.broker.start()

    await publishing
    async with asyncio.timeout(20):
        while not await bus.healthy():
            await asyncio.sleep(0.1)
        await stranger.start()
    # A publish that gave up may have been stored all the same, so records can be there twice.
    for member, seen in ((late, []), (consumer, values(fetched))):
        while len(set(seen)) < 40:
            seen += values(await member.fetch(100, 1.0))
        assert_ordered_per_key(seen)
    assert consumer.seconds_since_poll() < 2


async def test_what_was_published_and_committed_survives_a_kill(bench: Workbench) -> None:
    bus = await bench.bus()
    topic, group = await bench.topic(bus), bench.name("group")
    consumer = await bench.consumer(bus, group, topic)
    published = records(topic, 100)
    await bus.publish(published)
    done = await take(consumer, 60)
    await consumer.commit(done)
    await consumer.stop()

    await bench.broker.kill()
    await bench.broker.start()

    fresh = await bench.bus()
    again = await bench.consumer(fresh, group, topic)
    rest: list[str] = []
    while len(set(values(done)) | set(rest)) < 100:
        rest += values(await again.fetch(100, 1.0))
    assert_complete(values(done) + rest, published)
    # At least once: a commit of the last second may have to be repeated, older ones not.
    assert len(rest) <= 100
