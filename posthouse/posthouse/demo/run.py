"""Running the demo: the house, its simulated surroundings, and either the script or the simulated customers."""

import asyncio
import contextlib
import json
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from starlette.types import ASGIApp

from chassis.settings import ChassisSettings
from posthouse.allinone import AllInOne, all_in_one
from posthouse.demo.agent import Agent
from posthouse.demo.environment import DemoWorld
from posthouse.demo.life import Feed, simulated_life
from posthouse.demo.scenarios import SCENARIOS
from posthouse.demo.scenarios.stage import Stage
from posthouse.demo.simulators import simulated_providers
from posthouse.demo.steps import ScenarioEnded, Steps
from posthouse.process import configure_telemetry, serve
from posthouse.simulators.mailbox import MailboxSettings, MailboxSimulator
from posthouse.simulators.twilio.settings import Pace

# Speech and set-up take their natural time when a person listens, and next to none when a script does.
UNHURRIED = Pace(answer_after=None)
BRISK = Pace(message_step=0.02, call_setup=0.02, retry=0.05, per_cjk_character=0.001, per_character=0.001, play=0.2)


@dataclass
class RunningDemo:
    """A demo that answers."""

    house: AllInOne
    world: DemoWorld
    feed: Feed
    started_ms: int


async def run_demo(settings: ChassisSettings, host: str, port: int, *, once: bool, as_json: bool) -> int:
    """Start, drive or wait, stop. Returns the exit status."""
    configure_telemetry(settings, "posthouse-demo")
    async with running_demo(settings, host, port, pace=BRISK if once else UNHURRIED) as demo:
        if once:
            return await _drive(demo, as_json=as_json)
        _invite(demo)
        life = asyncio.create_task(simulated_life(demo.world, demo.feed))
        await asyncio.wait(
            {life, asyncio.create_task(demo.house.runtime.draining.wait())}, return_when=asyncio.FIRST_COMPLETED
        )
        if life.done():
            life.result()
        life.cancel()
        await asyncio.wait({life})
    return 0


@asynccontextmanager
async def running_demo(settings: ChassisSettings, host: str, port: int, *, pace: Pace) -> AsyncIterator[RunningDemo]:
    """The whole house on one port, with simulated providers, ready for customers."""
    began = time.perf_counter()
    world = DemoWorld(settings.public_base_url.rstrip("/"), mail_port=_free_port(), relay_port=_free_port())
    world.apply()
    mailboxes = MailboxSimulator(MailboxSettings(port=world.relay_port), deliver_to=("127.0.0.1", world.mail_port))
    await mailboxes.start()
    try:
        feed = Feed()
        async with all_in_one(settings, demo=True, routes=[feed.route()]) as house:
            app: ASGIApp = simulated_providers(world, mailboxes, house.app, pace=pace)
            server = asyncio.create_task(serve(app, house.runtime, host=host, port=port))
            try:
                await _ready(world.base_url, server)
                yield RunningDemo(house, world, feed, round((time.perf_counter() - began) * 1000))
            finally:
                house.runtime.draining.set()
                await server
    finally:
        await mailboxes.stop()


async def _drive(demo: RunningDemo, *, as_json: bool) -> int:
    steps = Steps(quiet=as_json)
    async with (
        httpx.AsyncClient(base_url=demo.world.base_url, timeout=30, trust_env=False) as http,
        Agent(demo.world.base_url, "li.na") as agent,
    ):
        await agent.go("available")
        for scenario in SCENARIOS:
            with contextlib.suppress(ScenarioEnded):
                await scenario(Stage(demo.world, agent, http, steps))
    if as_json:
        print(json.dumps({**steps.as_dict(), "started_ms": demo.started_ms}, ensure_ascii=False))
    else:
        held = sum(step.ok for step in steps.done)
        print(f"\n{held} of {len(steps.done)} steps held; the house was up after {demo.started_ms / 1000:.1f} s")
    return 0 if steps.ok else 1


async def _ready(base_url: str, server: "asyncio.Task[None]") -> None:
    async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
        while True:
            if server.done():
                await server
                raise RuntimeError("the web server ended before it was ready")
            with contextlib.suppress(httpx.HTTPError):
                if (await http.get(f"{base_url}/readyz")).status_code == 200:
                    return
            await asyncio.sleep(0.05)


def _invite(demo: RunningDemo) -> None:
    base = demo.world.base_url
    lines = (
        "",
        f"  驿站 Posthouse is up after {demo.started_ms / 1000:.1f} s",
        "",
        f"  Start here                {base}/",
        f"  Agent's desk              {base}/desk/     (choose 李娜 Li Na)",
        f"  Customer's phone, mail    {base}/phone/",
        f"  Chat on the web site      {base}/widget/",
        f"  API documentation         {base}/cases/docs",
        "",
        "  Ctrl-C stops it.",
        "",
    )
    print("\n".join(lines), file=sys.stderr, flush=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
