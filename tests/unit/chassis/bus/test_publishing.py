import asyncio
from collections.abc import Sequence

import pytest

from chassis.bus.port import BusUnavailable, OutRecord
from chassis.bus.publishing import MAX_BATCH_RECORDS, GroupPublisher


class Wire:
    """A bus that stores what it gets when it is let."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.error: Exception | None = None

    async def send(self, records: Sequence[OutRecord]) -> None:
        self.batches.append([record.key for record in records])
        await self.open.wait()
        if self.error is not None:
            raise self.error


def out(*keys: str) -> list[OutRecord]:
    return [OutRecord("t", key, b"value") for key in keys]


async def test_calls_that_come_while_one_batch_is_sent_share_the_next() -> None:
    wire = Wire()
    wire.open.clear()
    publisher = GroupPublisher(wire.send, timeout=5)
    calls = [asyncio.create_task(publisher.publish(out(f"a{n}", f"b{n}"))) for n in range(4)]
    await asyncio.sleep(0)
    late = asyncio.create_task(publisher.publish(out("late")))
    await asyncio.sleep(0)
    wire.open.set()
    await asyncio.gather(*calls, late)

    assert [key for batch in wire.batches for key in batch] == [f"{k}{n}" for n in range(4) for k in "ab"] + ["late"]
    assert len(wire.batches) == 2


async def test_a_batch_is_bounded_but_no_call_is_split() -> None:
    wire = Wire()
    publisher = GroupPublisher(wire.send, timeout=5)
    large = out(*(str(n) for n in range(MAX_BATCH_RECORDS + 1)))

    await asyncio.gather(publisher.publish(large), publisher.publish(out("x")), publisher.publish(out("y")))

    assert [len(batch) for batch in wire.batches] == [MAX_BATCH_RECORDS + 1, 2]


async def test_a_failure_reaches_all_of_its_batch_and_the_next_one_goes_on() -> None:
    wire = Wire()
    wire.error = BusUnavailable("away")
    publisher = GroupPublisher(wire.send, timeout=5)

    results = await asyncio.gather(*(publisher.publish(out(str(n))) for n in range(3)), return_exceptions=True)
    wire.error = None
    await publisher.publish(out("again"))

    assert all(isinstance(result, BusUnavailable) for result in results)
    assert wire.batches[-1] == ["again"]


async def test_after_the_time_out_a_call_that_was_not_sent_is_forgotten() -> None:
    wire = Wire()
    wire.open.clear()
    publisher = GroupPublisher(wire.send, timeout=0.05)
    first = asyncio.create_task(publisher.publish(out("sent")))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    with pytest.raises(BusUnavailable):
        await publisher.publish(out("waiting"))
    with pytest.raises(BusUnavailable):
        await first
    wire.open.set()
    await publisher.publish(out("later"))

    assert wire.batches == [["sent"], ["later"]]


async def test_a_cancelled_call_does_not_disturb_the_others() -> None:
    wire = Wire()
    wire.open.clear()
    publisher = GroupPublisher(wire.send, timeout=5)
    sent = asyncio.create_task(publisher.publish(out("sent")))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    given_up, kept = (asyncio.create_task(publisher.publish(out(key))) for key in ("given up", "kept"))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    wire.open.set()
    await asyncio.gather(sent, kept)

    assert wire.batches == [["sent"], ["kept"]]


async def test_closing_fails_what_is_pending() -> None:
    wire = Wire()
    wire.open.clear()
    publisher = GroupPublisher(wire.send, timeout=5)
    calls = [asyncio.create_task(publisher.publish(out(str(n)))) for n in range(2)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    calls.append(asyncio.create_task(publisher.publish(out("late"))))
    await asyncio.sleep(0)

    await publisher.close()

    results = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(result, BusUnavailable) for result in results)
    with pytest.raises(BusUnavailable):
        await publisher.publish(out("after"))
