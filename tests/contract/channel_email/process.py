"""The email service in a process of its own, to be killed: `python process.py <json>`; says `ready` when it serves."""

import asyncio
import json
import sys
from typing import Any

from channel_email.app import build
from channel_email.parameters import EmailParameters
from channel_email.settings import Settings
from chassis.auth.tokens import TokenVerifier
from chassis.bus.factory import open_bus
from chassis.clock import SystemClock
from chassis.runtime import Runtime
from chassis.settings import ChassisSettings, database_of


async def main(given: dict[str, Any]) -> None:
    """Serve until killed."""
    prefix = given["database_prefix"]
    bus = open_bus(database_of(given["server_url"], f"{prefix}bus"), clock=SystemClock())
    runtime = Runtime(
        settings=ChassisSettings(database_prefix=prefix, trace_ratio=0),
        bus=bus,
        database_server_url=given["server_url"],
        identity=TokenVerifier(issuer="https://issuer.test", audience="posthouse", jwks_url="https://issuer.test/keys"),
        migrate_on_start=False,
        instance="process",
    )
    await bus.start()
    service = build(runtime, Settings(**given["settings"]), EmailParameters(**given["parameters"]))
    async with service.running():
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
