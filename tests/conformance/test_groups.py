"""Groups with several members: sharing, rebalance, and commits of members that lost their partitions."""

import asyncio

import pytest

from chassis.bus.port import Bus, BusUnavailable, Consumer, OutRecord, OwnershipLost
from tests.conformance.workbench import (
    Workbench,
    assert_complete,
    assert_ordered_per_key,
    eventually,
    records,
    take,
    values,
)


async def owning(shares: dict[Consumer, int]) -> None:
    await eventually(
        lambda: all(len(member.owned()) == share for member, share in shares.items()),
        f"partitions are shared {sorted(shares.values())}",
    )


async def test_two_members_share_the_partitions(bench: Workbench) -> None:
    first, second = await bench.bus(), await bench.bus()
    topic, group = await bench.topic(first), bench.name("group")
    one = await bench.consumer(first, group, topic, member="one")
    two = await bench.consumer(second, group, topic, member="two", owning=2)
    await owning({one: 2, two: 2})
    assert not one.owned() & two.owned()

    await first.publish(records(topic, 200, keys=40))
    seen: list[str] = []
    by_member: list[set[int]] = [set(), set()]
    while len(seen) < 200:
        for place, member in enumerate((one, two)):
            batch = await member.fetch(50, 0.2)
            by_member[place] |= {record.partition for record in batch}
            seen += values(batch)
            await member.commit(batch)

    assert len(set(seen)) == len(seen) == 200
    assert not by_member[0] & by_member[1]


async def test_more_members_than_partitions_leaves_some_without(bench: Workbench) -> None:
    bus = await bench.bus()
    topic, group = await bench.topic(bus, partitions=2), bench.name("group")
    members = [bus.consumer(group, [topic], member=name) for name in ("one", "two", "three")]
    for member in members:
        await member.start()

    await eventually(lambda: sorted(len(member.owned()) for member in members) == [0, 1, 1], "two work, one waits")
    idle = next(member for member in members if not member.owned())
    assert await idle.fetch(10, 0.3) == []
    assert idle.seconds_since_poll() < 5


async def test_a_member_that_leaves_hands_over_what_it_did_not_commit(bench: Workbench) -> None:
    first, second = await bench.bus(), await bench.bus()
    topic, group = await bench.topic(first), bench.name("group")
    one = await bench.consumer(first, group, topic, member="one")
    two = await bench.consumer(second, group, topic, member="two", owning=2)
    await owning({one: 2, two: 2})
    published = records(topic, 120, keys=40)
    await first.publish(published)
    uncommitted = await one.fetch(500, 5.0)
    assert uncommitted

    await one.stop()
    await owning({two: 4})

    assert_complete(values(await take(two, 120)), published)


async def test_a_killed_members_partitions_move_and_nothing_is_lost(bench: Workbench) -> None:
    bus = await bench.bus()
    topic, group = await bench.topic(bus), bench.name("group")
    published = records(topic, 200, keys=40)
    await bus.publish(published)
    doomed = await bench.member_process(group, topic, "doomed", commit=False)
    await eventually(lambda: doomed.owned == 4 and len(doomed.values) == 200, "the first member reads all")
    survivor = await bench.consumer(bus, group, topic, member="survivor", owning=2)

    await doomed.kill()
    await owning({survivor: 4})

    assert_complete(values(await take(survivor, 200)), published)


async def test_a_member_that_comes_back_under_its_name_goes_on(bench: Workbench) -> None:
    bus = await bench.bus()
    topic, group = await bench.topic(bus), bench.name("group")
    published = records(topic, 100)
    before = await bench.member_process(group, topic, "steady", commit=True)
    await eventually(lambda: before.owned == 4, "the member owns all")
    await bus.publish(published[:50])
    await eventually(lambda: len(before.values) == 50, "the member handles the first half")
    await before.kill()
    await bus.publish(published[50:])

    back = await bench.consumer(bus, group, topic, member="steady")
    rest: list[str] = []
    while len(set(before.values) | set(rest)) < 100:
        rest += values(await back.fetch(100, 1.0))

    assert_complete([*before.values, *rest], published)
    assert_ordered_per_key([*before.values, *rest])


async def test_who_lost_a_partition_cannot_commit(bench: Workbench) -> None:
    first, second = await bench.bus(), await bench.bus()
    topic, group = await bench.topic(first), bench.name("group")
    loser = await bench.consumer(first, group, topic, member="loser")
    published = records(topic, 200, keys=40)
    await first.publish(published)
    fetched = await take(loser, 200)
    winner = await bench.consumer(second, group, topic, member="winner", owning=2)
    await owning({loser: 2, winner: 2})

    with pytest.raises(OwnershipLost):
        await loser.commit(fetched)

    assert await second.committed_positions(group, topic) == {}
    again: list[str] = []
    while len(set(again)) < 200:
        for member in (loser, winner):
            batch = await member.fetch(100, 0.2)
            again += values(batch)
            await member.commit(batch)
    assert_complete(again, published)


async def test_a_partition_that_was_away_and_came_back_counts_as_lost(bench: Workbench) -> None:
    first, second = await bench.bus(), await bench.bus()
    topic, group = await bench.topic(first), bench.name("group")
    one = await bench.consumer(first, group, topic, member="one")
    await first.publish(records(topic, 100, keys=40))
    fetched = await take(one, 100)
    two = await bench.consumer(second, group, topic, member="two", owning=2)
    await owning({one: 2, two: 2})
    handled = await two.fetch(500, 5.0)
    await two.commit(handled)
    await two.stop()
    await owning({one: 4})

    with pytest.raises(OwnershipLost):
        await one.commit(fetched)

    rest = await take(one, 100 - len(handled))
    assert sorted(values(rest) + values(handled)) == sorted(values(fetched))


async def test_a_long_pause_between_fetches_keeps_the_partitions(bench: Workbench) -> None:
    bus = await bench.bus()
    topic, group = await bench.topic(bus), bench.name("group")
    slow = await bench.consumer(bus, group, topic, member="slow")
    await bus.publish(records(topic, 20))
    fetched = await take(slow, 20)
    # Twice the time after which Kafka gives a silent member's partitions away: its heartbeat must go on by itself.
    await eventually(lambda: slow.seconds_since_poll() > 4.0, "the member handles a batch for long")

    await slow.commit(fetched)

    assert len(slow.owned()) == 4
    assert sum((await bus.committed_positions(group, topic)).values()) == 20


class Worker:
    """A member as a service runs it: handle, commit, drop the batch when it was lost."""

    def __init__(self, consumer: Consumer, handled: list[str]) -> None:
        self.consumer = consumer
        self.lost = 0
        self._handled = handled
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self.consumer.stop()

    async def _run(self) -> None:
        await self.consumer.start()
        while True:
            batch = await self.consumer.fetch(20, 0.5)
            self._handled += values(batch)
            await asyncio.sleep(0.005)  # handling takes its time, so that rebalances hit batches in flight
            try:
                await self.consumer.commit(batch)
            except OwnershipLost:
                self.lost += 1
            except BusUnavailable:
                await self.consumer.rewind()


async def test_rebalance_under_load_loses_nothing_and_keeps_order(bench: Workbench) -> None:
    buses = [await bench.bus() for _ in range(3)]
    topic, group = await bench.topic(buses[0]), bench.name("group")
    published = records(topic, 3000, keys=30)
    handled: list[str] = []

    async def publish(bus: Bus, batch: list[OutRecord]) -> None:
        for start in range(0, len(batch), 25):
            await bus.publish(batch[start : start + 25])
            await asyncio.sleep(0.01)

    publishing = asyncio.create_task(publish(buses[0], published))
    workers = [Worker(buses[0].consumer(group, [topic], member="m0"), handled)]
    for number in (1, 2):
        threshold = len(handled) + 200
        await eventually(lambda goal=threshold: len(handled) > goal, "records flow")
        workers.append(Worker(buses[number].consumer(group, [topic], member=f"m{number}"), handled))
        await eventually(lambda worker=workers[-1]: len(worker.consumer.owned()) > 0, "the new member gets its share")
    for worker in (workers[0], workers[2]):
        threshold = len(handled) + 200
        await eventually(lambda goal=threshold: len(handled) > goal or publishing.done(), "records flow")
        await worker.stop()
    await publishing
    await eventually(lambda: len(set(handled)) == 3000, "all records are handled")
    await eventually(lambda: sum(workers[1].consumer.lag().values()) == 0, "and committed")
    await workers[1].stop()

    assert_complete(handled, published)
    assert_ordered_per_key(handled)
    ends = await buses[1].end_positions(topic)
    assert await buses[1].committed_positions(group, topic) == {key: end for key, end in ends.items() if end}
