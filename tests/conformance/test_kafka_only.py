"""What only the Kafka adapter has to show: the traps of its client."""

import pytest

from chassis.bus.kafka.client import new_member
from chassis.bus.kafka.consumer import KafkaConsumer
from chassis.bus.port import OutRecord
from chassis.kafka_server import KafkaServer
from tests.conformance.brokers import KafkaBroker
from tests.conformance.workbench import Workbench, eventually, records, take, values

pytestmark = pytest.mark.kafka


@pytest.fixture
def broker(kafka_server: KafkaServer) -> KafkaBroker:
    return KafkaBroker(kafka_server)


async def test_consumers_of_one_process_do_not_share_their_assignors_memory(bench: Workbench) -> None:
    bus = await bench.bus()
    topics = [await bench.topic(bus), await bench.topic(bus)]
    for topic in topics:
        await bench.consumer(bus, bench.name("group"), topic)
    one, two = (new_member(bus._address, bench.name("group"), "m") for _ in range(2))  # type: ignore[attr-defined]

    assigned = [member._partition_assignment_strategy[0] for member in (one, two)]

    assert assigned[0] is not assigned[1]
    assert all(assignor.member_assignment is None for assignor in assigned)
    await one.stop()
    await two.stop()


async def test_a_producer_whose_sequence_broke_is_replaced(bench: Workbench) -> None:
    bus = await bench.bus()
    topic = await bench.topic(bus, partitions=1)
    consumer = await bench.consumer(bus, bench.name("group"), topic, owning=1)
    await bus.publish(records(topic, 3, keys=1))
    first = bus._producer._producer  # type: ignore[attr-defined]
    # As after an outage in which the broker forgot a batch (aiokafka issue 1017): the next number leaves a gap.
    first._txn_manager._sequence_numbers.update(dict.fromkeys(first._txn_manager._sequence_numbers, 9))

    with pytest.raises(Exception, match="OutOfOrderSequence"):
        await bus.publish([OutRecord(topic, "key-0", b"key-0:3")])
    await bus.publish([OutRecord(topic, "key-0", b"key-0:3")])

    assert bus._producer._producer is not first  # type: ignore[attr-defined]
    assert values(await take(consumer, 4)) == [f"key-0:{number}" for number in range(4)]


async def test_a_consumer_that_hears_nothing_is_replaced(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    bus = await bench.bus()
    topic, group = await bench.topic(bus), bench.name("group")
    consumer = await bench.consumer(bus, group, topic)
    assert isinstance(consumer, KafkaConsumer)
    await bus.publish(records(topic, 10))
    await consumer.commit(await take(consumer, 10))
    stuck = consumer._client
    stuck._fetcher._fetch_task.cancel()  # as in aiokafka issue 1154: alive by its heartbeat, but fetching no more
    monkeypatch.setattr("chassis.bus.kafka.consumer.STUCK_SECONDS", 1.0)

    await bus.publish(records(topic, 10, start=10))
    rest = await take(consumer, 10)

    assert consumer._client is not stuck
    assert sorted(values(rest)) == sorted(record.value.decode() for record in records(topic, 10, start=10))


async def test_a_crashed_member_that_comes_back_at_once_causes_no_rebalance(bench: Workbench) -> None:
    bus = await bench.bus()
    topic, group = await bench.topic(bus), bench.name("group")
    steady = await bench.member_process(group, topic, "crashing", commit=True)
    await eventually(lambda: steady.owned == 4, "the first member owns all")
    other = await bench.consumer(bus, group, topic, member="other", owning=2)
    assert isinstance(other, KafkaConsumer)
    generation = other._client._coordinator.generation

    await steady.kill()
    back = await bench.member_process(group, topic, "crashing", commit=True)
    await eventually(lambda: back.owned == 2, "it gets its share back")

    assert other._client._coordinator.generation == generation
    assert len(other.owned()) == 2
