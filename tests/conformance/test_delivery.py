"""Delivery, order and positions, with one member per group."""

import asyncio
from datetime import UTC, datetime

import pytest

from chassis.bus.port import Bus, OutRecord, OwnershipLost, TopicSpec, UnknownTopic
from tests.conformance.workbench import (
    Workbench,
    assert_complete,
    assert_ordered_per_key,
    eventually,
    nothing_more,
    records,
    take,
    values,
)


async def test_records_arrive_once_and_in_order_of_their_key(bench: Workbench) -> None:
    bus = await bench.bus()
    topic = await bench.topic(bus)
    consumer = await bench.consumer(bus, bench.name("group"), topic)
    published = records(topic, 600, keys=20)
    for start in range(0, 600, 50):
        await bus.publish(published[start : start + 50])

    taken = await take(consumer, 600, at_once=70)

    assert sorted(values(taken)) == sorted(record.value.decode() for record in published)
    assert_ordered_per_key(values(taken))
    assert await nothing_more(consumer)


async def test_a_key_stays_in_its_partition_and_positions_grow_from_zero(bench: Workbench) -> None:
    bus = await bench.bus()
    topic = await bench.topic(bus)
    consumer = await bench.consumer(bus, bench.name("group"), topic)
    await bus.publish(records(topic, 200))
    await bus.publish(records(topic, 200, start=200))

    partitions: dict[str, set[int]] = {}
    positions: dict[int, list[int]] = {}
    for record in await take(consumer, 400):
        partitions.setdefault(record.key, set()).add(record.partition)
        positions.setdefault(record.partition, []).append(record.position)

    assert all(len(of_key) == 1 for of_key in partitions.values())
    assert len(positions) > 1
    assert all(seen == list(range(len(seen))) for seen in positions.values())


async def test_a_record_comes_out_as_it_went_in(bench: Workbench) -> None:
    bus = await bench.bus()
    topic = await bench.topic(bus)
    consumer = await bench.consumer(bus, bench.name("group"), topic)
    headers = {
        "ce_type": b"posthouse.case.opened.v1",
        "empty": b"",
        "binary": bytes(range(256)),
        "ce_subject": "快递单号 🚚".encode(),
        "头": b"name beyond ASCII",
    }
    out = OutRecord(topic, "客户-çé-🚚", b'{"text": "\xe4\xbd\xa0"}\x00\xff', headers)
    await bus.publish([out])

    (record,) = await take(consumer, 1)

    assert (record.topic, record.key, record.value) == (out.topic, out.key, out.value)
    assert dict(record.headers) == headers
    assert list(record.headers) == list(headers)
    assert record.timestamp.tzinfo is not None
    assert abs((datetime.now(UTC) - record.timestamp).total_seconds()) < 60


async def test_empty_keys_and_values_are_records_too(bench: Workbench) -> None:
    bus = await bench.bus()
    topic = await bench.topic(bus)
    consumer = await bench.consumer(bus, bench.name("group"), topic)
    await bus.publish([])
    await bus.publish([OutRecord(topic, "", b"")])

    (record,) = await take(consumer, 1)

    assert (record.key, record.value, dict(record.headers)) == ("", b"", {})


async def test_a_member_resumes_after_what_was_committed(bench: Workbench) -> None:
    bus = await bench.bus()
    topic, group = await bench.topic(bus), bench.name("group")
    await bus.publish(records(topic, 100))
    consumer = await bench.consumer(bus, group, topic)
    first = await take(consumer, 40)
    await consumer.commit(first)
    await take(consumer, 20)
    await consumer.stop()

    again = await bench.consumer(bus, group, topic, member="two")
    rest = await take(again, 60)

    assert sorted(values(first) + values(rest)) == sorted(record.value.decode() for record in records(topic, 100))
    assert_ordered_per_key(values(first) + values(rest))
    assert await nothing_more(again)


async def test_what_was_not_committed_is_delivered_again(bench: Workbench) -> None:
    bus = await bench.bus()
    topic, group = await bench.topic(bus), bench.name("group")
    await bus.publish(records(topic, 50))
    consumer = await bench.consumer(bus, group, topic)
    first = await take(consumer, 50)
    await consumer.stop()

    again = await bench.consumer(bus, group, topic)

    assert sorted(values(await take(again, 50))) == sorted(values(first))


async def test_rewind_hands_out_again_what_is_not_committed(bench: Workbench) -> None:
    bus = await bench.bus()
    topic = await bench.topic(bus)
    consumer = await bench.consumer(bus, bench.name("group"), topic)
    await bus.publish(records(topic, 90))
    first = await take(consumer, 30)
    await consumer.commit(first)
    dropped = await take(consumer, 40)

    await consumer.rewind()
    rest = await take(consumer, 60)

    assert set(values(dropped)) <= set(values(rest))
    assert_complete(values(first) + values(rest), records(topic, 90))
    assert_ordered_per_key(values(first) + values(rest))
    await consumer.commit(rest)
    await consumer.rewind()
    assert await nothing_more(consumer)


async def test_rewind_before_the_first_fetch_and_twice_changes_nothing(bench: Workbench) -> None:
    bus = await bench.bus()
    topic = await bench.topic(bus)
    consumer = await bench.consumer(bus, bench.name("group"), topic)
    await consumer.rewind()
    await bus.publish(records(topic, 10))
    await take(consumer, 10)
    await consumer.rewind()
    await consumer.rewind()

    assert len(await take(consumer, 10)) == 10


async def test_what_was_rewound_cannot_be_committed(bench: Workbench) -> None:
    bus = await bench.bus()
    topic, group = await bench.topic(bus), bench.name("group")
    consumer = await bench.consumer(bus, group, topic)
    await bus.publish(records(topic, 10))
    dropped = await take(consumer, 10)
    await consumer.rewind()

    with pytest.raises(OwnershipLost):
        await consumer.commit(dropped)

    assert await bus.committed_positions(group, topic) == {}
    assert sorted(values(await take(consumer, 10))) == sorted(values(dropped))


async def test_committing_again_or_less_does_not_go_back(bench: Workbench) -> None:
    bus = await bench.bus()
    topic, group = await bench.topic(bus, partitions=1), bench.name("group")
    consumer = await bench.consumer(bus, group, topic, owning=1)
    await bus.publish(records(topic, 20))
    taken = await take(consumer, 20)

    await consumer.commit(taken[:15])
    await consumer.commit(taken[:5])
    await consumer.commit(taken[:15])
    await consumer.commit([])

    assert await bus.committed_positions(group, topic) == {0: 15}


async def test_groups_know_nothing_of_each_other(bench: Workbench) -> None:
    bus = await bench.bus()
    topic = await bench.topic(bus)
    await bus.publish(records(topic, 30))
    one = await bench.consumer(bus, bench.name("group"), topic)
    await one.commit(await take(one, 30))

    other = await bench.consumer(bus, bench.name("group"), topic)
    await bus.publish(records(topic, 30, start=30))

    assert_ordered_per_key(values(await take(other, 60)))
    assert len(await take(one, 30)) == 30


async def test_one_consumer_reads_several_topics(bench: Workbench) -> None:
    bus = await bench.bus()
    topics = [await bench.topic(bus, partitions=2), await bench.topic(bus, partitions=3)]
    consumer = await bench.consumer(bus, bench.name("group"), *topics, owning=5)
    await bus.publish([*records(topics[0], 20), *records(topics[1], 20)])

    taken = await take(consumer, 40)
    await consumer.commit(taken)

    assert [sum(record.topic == topic for record in taken) for topic in topics] == [20, 20]


async def test_fetch_keeps_to_its_limit_and_serves_all_partitions(bench: Workbench) -> None:
    bus = await bench.bus()
    topic = await bench.topic(bus)
    await bus.publish(records(topic, 400, keys=40))
    consumer = await bench.consumer(bus, bench.name("group"), topic)

    sizes, partitions = [], set()
    while sum(sizes) < 400:
        batch = await consumer.fetch(7, 5.0)
        sizes.append(len(batch))
        partitions |= {record.partition for record in batch}

    assert max(sizes) <= 7
    assert len(partitions) == 4


async def test_fetch_returns_as_soon_as_a_record_is_published(bench: Workbench) -> None:
    bus, other = await bench.bus(), await bench.bus()
    topic = await bench.topic(bus)
    consumer = await bench.consumer(bus, bench.name("group"), topic)
    for publisher in (bus, other):
        waiting = asyncio.create_task(consumer.fetch(10, 20.0))
        await asyncio.sleep(0)
        await publisher.publish([OutRecord(topic, "key", b"value")])
        async with asyncio.timeout(5):
            assert values(await waiting) == ["value"]


async def test_many_small_publishes_at_once_lose_and_repeat_nothing(bench: Workbench) -> None:
    bus = await bench.bus()
    topic = await bench.topic(bus)
    consumer = await bench.consumer(bus, bench.name("group"), topic)

    async def publish(task: int) -> None:
        for sequence in range(4):
            await bus.publish([OutRecord(topic, f"task-{task}", f"task-{task}:{sequence}".encode())])

    await asyncio.gather(*(publish(task) for task in range(200)))
    taken = values(await take(consumer, 800))

    assert len(set(taken)) == 800
    assert_ordered_per_key(taken)
    assert await nothing_more(consumer)


async def test_publishing_to_a_topic_nobody_made_is_refused(bench: Workbench) -> None:
    bus = await bench.bus()
    topic = await bench.topic(bus)

    with pytest.raises(UnknownTopic, match="no-such-topic"):
        await bus.publish([*records(topic, 3), OutRecord("no-such-topic", "key", b"")])
    with pytest.raises(UnknownTopic):
        await bus.end_positions("no-such-topic")

    assert sum((await bus.end_positions(topic)).values()) == 0


async def test_a_topic_may_be_made_after_its_consumer_started(bench: Workbench) -> None:
    bus = await bench.bus()
    topic, group = bench.name("topic"), bench.name("group")
    consumer = bus.consumer(group, [topic], member="one")
    await consumer.start()
    assert await nothing_more(consumer)

    await bus.ensure_topics([TopicSpec(topic, 2)])
    await bus.publish(records(topic, 5))

    assert len(await take(consumer, 5)) == 5


async def test_topics_can_be_ensured_by_many_at_once_and_again(bench: Workbench) -> None:
    buses = [await bench.bus() for _ in range(3)]
    spec, other = TopicSpec(bench.name("topic"), 3), TopicSpec(bench.name("topic"), 2)

    async def ensure(bus: Bus) -> None:
        await bus.ensure_topics([spec, other])

    await asyncio.gather(*(ensure(bus) for bus in buses))
    await buses[0].ensure_topics([TopicSpec(spec.name, 9)])

    assert sorted(await buses[1].end_positions(spec.name)) == [0, 1, 2]
    assert sorted(await buses[2].end_positions(other.name)) == [0, 1]


async def test_positions_lag_and_reading_without_a_group(bench: Workbench) -> None:
    bus = await bench.bus()
    topic, group = await bench.topic(bus, partitions=1), bench.name("group")
    await bus.publish(records(topic, 20))
    consumer = await bench.consumer(bus, group, topic, owning=1)
    taken = await take(consumer, 12)
    await consumer.commit(taken[:8])

    assert await bus.end_positions(topic) == {0: 20}
    assert await bus.committed_positions(group, topic) == {0: 8}
    assert await bus.committed_positions(bench.name("group"), topic) == {}
    assert sum(consumer.lag().values()) == 12
    assert values(await bus.read(topic, 0, 5, 3)) == values(taken[5:8])
    assert [record.position for record in await bus.read(topic, 0, 18, 100)] == [18, 19]
    assert not await bus.read(topic, 0, 20, 100)
    assert await bus.committed_positions(group, topic) == {0: 8}


async def test_health_and_time_since_the_last_answer(bench: Workbench) -> None:
    bus = await bench.bus()
    topic = await bench.topic(bus)
    consumer = await bench.consumer(bus, bench.name("group"), topic)

    assert await bus.healthy()
    await consumer.fetch(1, 1.0)
    assert consumer.seconds_since_poll() < 2.0
    before = consumer.seconds_since_poll()
    await eventually(lambda: consumer.seconds_since_poll() > before + 0.1, "nobody fetches, so it grows")
