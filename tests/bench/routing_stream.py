"""Time from an arriving item to its offer on the agent's stream, at 100 items a second.

Routing runs as a server process on the embedded log. Counted: from before the request for work is published until the
offer arrives on the server-sent events of the agent it was made to. In between: log, inbox, command, decision, commit,
stream. Twenty-five agents take up to 100 items each, so that every item is offered at once and no offer runs out.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import httpx

from chassis.bus.factory import open_bus
from chassis.bus.port import Bus, OutRecord
from chassis.clock import SystemClock
from chassis.ids import uuid7
from chassis.settings import database_of
from contracts.event import cloudevent_headers
from contracts.values import Channel
from contracts.work import WorkRequested
from tests.bench.report import Report, percentile, progress
from tests.bench.servers import free_port, postgres, process
from tests.bench.world import keys_of
from tests.support.tokens import ISSUER, TestIssuer

RATE = 100
AGENTS = 25
SCOPES = ("routing:agent", "routing:read", "routing:admin")


async def run(report: Report, *, quick: bool) -> None:
    """Adds the figures."""
    seconds = 3 if quick else 20
    progress(f"offers on streams: {seconds} s at {RATE}/s")
    limits = httpx.Limits(max_connections=200)
    async with (
        _served() as (url, bus, issuer),
        httpx.AsyncClient(timeout=30, trust_env=False, limits=limits) as http,
    ):
        seen: dict[str, float] = {}
        await _prepare(http, url, issuer)
        reading = [asyncio.create_task(_stream(http, url, issuer, number, seen)) for number in range(AGENTS)]
        await _settle(bus, seen)
        times = await _paced(bus, seen, seconds)
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
    report.add("item to offer on the stream, p50", percentile(times, 0.5), "ms", aim="≤ 20 ms")
    report.add("item to offer on the stream, p99", percentile(times, 0.99), "ms", aim="≤ 100 ms")


@asynccontextmanager
async def _served() -> AsyncIterator[tuple[str, Bus, TestIssuer]]:
    issuer = TestIssuer()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        server = stack.enter_context(postgres(folder))
        port, keys_port = free_port(), free_port()
        async with keys_of(issuer, keys_port):
            url = f"http://127.0.0.1:{port}"
            environment = {
                "POSTHOUSE_DATABASE_URL": server.url,
                "POSTHOUSE_BUS_URL": "embedded:",
                "POSTHOUSE_PUBLIC_BASE_URL": url,
                "POSTHOUSE_AUTH_ISSUER": ISSUER,
                "POSTHOUSE_AUTH_JWKS_URL": f"http://127.0.0.1:{keys_port}/jwks",
                "POSTHOUSE_MIGRATE_ON_START": "true",
                "POSTHOUSE_LOG_LEVEL": "WARNING",
                "POSTHOUSE_DATA_DIR": str(folder),
            }
            arguments = ["-m", "posthouse", "serve", "routing", "--host", "127.0.0.1", "--port", str(port)]
            starting = process(arguments, environment, url=f"{url}/readyz", log=folder / "server.log")
            await asyncio.to_thread(starting.__enter__)
            stack.callback(starting.__exit__, None, None, None)
            bus = open_bus(database_of(server.url, "posthouse_bus"), SystemClock())
            await bus.start()
            try:
                yield url, bus, issuer
            finally:
                await bus.stop()


def _headers(issuer: TestIssuer, number: int) -> dict[str, str]:
    return {"Authorization": f"Bearer {issuer.token(f'agent-{number}', SCOPES)}"}


async def _prepare(http: httpx.AsyncClient, url: str, issuer: TestIssuer) -> None:
    """Agents with room for many mails, available."""
    for number in range(AGENTS):
        headers = _headers(issuer, number)
        agent = f"{url}/routing/v1/agents/agent-{number}"
        await _put(http, f"{url}/routing/v1/agents/me", {"presence": "away", "reason": "starting"}, headers)
        profile = {"skills": {"tracking": 3}, "capacity": 10_000, "at_most": {"email": 100}}
        current = (await http.get(agent, headers=headers)).headers.get("etag", "*")
        await _put(http, agent, profile, {**headers, "If-Match": current})
        await _put(http, f"{url}/routing/v1/agents/me", {"presence": "available"}, headers)


async def _put(http: httpx.AsyncClient, url: str, body: dict[str, object], headers: dict[str, str]) -> None:
    answer = await http.put(url, json=body, headers=headers)
    if answer.is_error:
        raise RuntimeError(f"{answer.status_code} {answer.text}")


async def _stream(http: httpx.AsyncClient, url: str, issuer: TestIssuer, number: int, seen: dict[str, float]) -> None:
    headers = _headers(issuer, number)
    async with http.stream("GET", f"{url}/routing/v1/events", headers=headers, timeout=None) as answer:
        kind = ""
        async for line in answer.aiter_lines():
            if line.startswith("event:"):
                kind = line[6:].strip()
            elif line.startswith("data:") and kind == "offer.created":
                seen.setdefault(json.loads(line[5:])["work_item_id"], time.perf_counter())


def _record() -> tuple[str, OutRecord]:
    now = SystemClock().now()
    asked = WorkRequested(
        work_item_id=uuid7(), case_id=uuid7(), case_no="C", channel=Channel.EMAIL, queue="general", enqueued_at=now
    )
    headers = cloudevent_headers(id=uuid7(), type=asked.event_type, source="bench", time=now, key=asked.key)
    return str(asked.work_item_id), OutRecord(asked.topic, asked.key, asked.model_dump_json().encode(), headers)


async def _settle(bus: Bus, seen: dict[str, float]) -> None:
    """Until every stream is live: an offer has arrived on some, and a while has passed for the others."""
    while not seen:
        await bus.publish([_record()[1]])
        await asyncio.sleep(0.2)
    await asyncio.sleep(2)


async def _paced(bus: Bus, seen: dict[str, float], seconds: int) -> list[float]:
    """Milliseconds of each item."""
    sent: dict[str, float] = {}
    sending: set[asyncio.Task[None]] = set()
    began = time.perf_counter()
    for number in range(RATE * seconds):
        await asyncio.sleep(max(0.0, began + number / RATE - time.perf_counter()))
        key, record = _record()
        sent[key] = time.perf_counter()
        task = asyncio.create_task(bus.publish([record]))
        sending.add(task)
        task.add_done_callback(sending.discard)
    deadline = time.perf_counter() + 20
    while not sent.keys() <= seen.keys():
        if time.perf_counter() > deadline:
            raise RuntimeError(f"{len(sent.keys() - seen.keys())} of {len(sent)} items were not offered")
        await asyncio.sleep(0.05)
    return [(seen[key] - at) * 1000 for key, at in sent.items()]
