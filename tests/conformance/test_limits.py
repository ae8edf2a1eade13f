"""Sizes: what fits, what is refused, and that refusing has no effect."""

import pytest

from chassis.bus.port import MAX_HEADER_BYTES, MAX_RECORD_BYTES, OutRecord, RecordTooLarge
from tests.conformance.workbench import Workbench, nothing_more, records, take


async def test_the_largest_record_with_the_largest_headers_fits(bench: Workbench) -> None:
    bus = await bench.bus()
    topic = await bench.topic(bus)
    consumer = await bench.consumer(bus, bench.name("group"), topic)
    value = bytes(range(256)) * (MAX_RECORD_BYTES // 256)
    largest = OutRecord(topic, "k" * (MAX_RECORD_BYTES - len(value)), value, {"h": b"x" * (MAX_HEADER_BYTES - 1)})
    await bus.publish([largest, OutRecord(topic, "small", b"after it")])

    taken = {record.key: record for record in await take(consumer, 2)}

    assert taken[largest.key].value == value
    assert taken[largest.key].headers["h"] == largest.headers["h"]
    assert taken["small"].value == b"after it"
    await consumer.commit(list(taken.values()))


async def test_many_large_records_in_one_call(bench: Workbench) -> None:
    bus = await bench.bus()
    topic = await bench.topic(bus, partitions=1)
    consumer = await bench.consumer(bus, bench.name("group"), topic, owning=1)
    large = [OutRecord(topic, "same", bytes([number]) * 900_000) for number in range(12)]
    await bus.publish(large)

    taken = await take(consumer, 12)

    assert [record.value[0] for record in taken] == list(range(12))
    assert all(len(record.value) == 900_000 for record in taken)


@pytest.mark.parametrize("part", ["value", "key", "headers"])
async def test_oversize_is_refused_and_nothing_of_the_call_is_published(bench: Workbench, part: str) -> None:
    bus = await bench.bus()
    topic = await bench.topic(bus)
    consumer = await bench.consumer(bus, bench.name("group"), topic)
    oversize = {
        "value": OutRecord(topic, "key", b"x" * MAX_RECORD_BYTES),
        "key": OutRecord(topic, "号" * (MAX_RECORD_BYTES // 3 + 1), b""),
        "headers": OutRecord(topic, "key", b"", {"h": b"x" * MAX_HEADER_BYTES}),
    }[part]

    with pytest.raises(RecordTooLarge, match=f"{topic}.*limit is {oversize_limit(part)}"):
        await bus.publish([*records(topic, 3), oversize])

    assert await nothing_more(consumer)
    await bus.publish(records(topic, 3))
    assert len(await take(consumer, 3)) == 3


async def test_a_key_with_nul_is_refused(bench: Workbench) -> None:
    bus = await bench.bus()
    topic = await bench.topic(bus)

    with pytest.raises(ValueError, match="NUL"):
        await bus.publish([OutRecord(topic, "a\0b", b"")])

    assert sum((await bus.end_positions(topic)).values()) == 0


def oversize_limit(part: str) -> int:
    return MAX_HEADER_BYTES if part == "headers" else MAX_RECORD_BYTES
