"""A group member for tests that kill it: reports ownership and values, one JSON object a line, until killed.

`python member.py URL GROUP TOPIC MEMBER commit|keep`
"""

import asyncio
import json
import sys

from chassis.bus.factory import open_bus
from chassis.bus.port import BusUnavailable, OwnershipLost
from chassis.clock import SystemClock


async def main(url: str, group: str, topic: str, member: str, mode: str) -> None:
    bus = open_bus(url, SystemClock())
    await bus.start()
    consumer = bus.consumer(group, [topic], member=member)
    await consumer.start()
    reported = -1
    while True:
        records = await consumer.fetch(20, 0.1)
        owned = len(consumer.owned())
        if records or owned != reported:
            reported = owned
            sys.stdout.write(json.dumps({"owned": owned, "values": [record.value.decode() for record in records]}))
            sys.stdout.write("\n")
            sys.stdout.flush()
        if mode == "commit":
            try:
                await consumer.commit(records)
            except (OwnershipLost, BusUnavailable):
                await consumer.rewind()


asyncio.run(main(*sys.argv[1:]))
