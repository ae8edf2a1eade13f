"""Time from the SMS webhook to the agent's event stream, at 50 messages a second.

Counted: from before the webhook request is sent until its text arrives on the agent's server-sent events. In between:
signature, commit, outbox, bus, inbox, case, timeline, commit, stream. SMS and cases run in one process.
Baseline: a bare FastAPI app that inserts one row and hands the text to a stream of the same process.
"""

import asyncio
import contextlib
import json
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import httpx

from tests.bench.report import Report, percentile, progress
from tests.bench.servers import free_port, postgres, process
from tests.bench.world import message_path

RATE = 50
CUSTOMERS = 40


async def run(*, quick: bool) -> Report:
    """The embedded log, Kafka, and the baseline."""
    seconds = 3 if quick else 20
    bare = await _bare(seconds)
    report = Report("latency")
    for kind, label in (("log", "embedded log"), ("kafka", "Kafka")):
        progress(f"{label}: {seconds} s at {RATE}/s")
        async with message_path(kind) as path:
            for customer in range(CUSTOMERS):
                await path.send(customer, f"hello {customer}")
            await path.give_cases_to_agent(CUSTOMERS)
            seen: dict[str, float] = {}
            reading = asyncio.create_task(path.stream(seen))
            await _settle(path.send, seen)
            times = await _paced(path.send, seen, seconds)
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reading
        for share, aim in ((0.5, "p50 ≤ 30 ms"), (0.99, "p99 ≤ 150 ms")):
            name = f"{label}: webhook to stream, p{share * 100:g}"
            report.add(name, percentile(times, share), "ms", baseline=percentile(bare, share), aim=aim)
    return report


async def _settle(send: Callable[[int, str], Awaitable[None]], seen: dict[str, float]) -> None:
    """Wait until the stream is live: texts sent before it was opened are not on it."""
    attempt = 0
    while not any(text.startswith("settle") for text in seen):
        attempt += 1
        await send(0, f"settle {attempt}")
        await asyncio.sleep(0.2)


async def _paced(send: Callable[[int, str], Awaitable[None]], seen: dict[str, float], seconds: int) -> list[float]:
    """Milliseconds of each message."""
    sent: dict[str, float] = {}
    sending: set[asyncio.Task[None]] = set()
    began = time.perf_counter()
    for number in range(RATE * seconds):
        await asyncio.sleep(max(0.0, began + number / RATE - time.perf_counter()))
        text = f"message {number}"
        sent[text] = time.perf_counter()
        task = asyncio.create_task(send(number % CUSTOMERS, text))
        sending.add(task)
        task.add_done_callback(sending.discard)
    deadline = time.perf_counter() + 20
    while not sent.keys() <= seen.keys():
        if time.perf_counter() > deadline:
            raise RuntimeError(f"{len(sent.keys() - seen.keys())} of {len(sent)} messages did not arrive")
        await asyncio.sleep(0.05)
    return [(seen[text] - at) * 1000 for text, at in sent.items()]


async def _bare(seconds: int) -> list[float]:
    progress(f"baseline: {seconds} s at {RATE}/s")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, postgres(Path(folder)) as server:
        connection = await asyncpg.connect(server.url)
        await connection.execute("create database bare")
        await connection.close()
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        environment = {"BARE_URL": server.url.replace("/postgres", "/bare"), "BARE_PORT": str(port)}
        starting = process(["-m", "tests.bench.bare_stream"], environment, url=f"{url}/ready", log=Path(folder) / "log")
        await asyncio.to_thread(starting.__enter__)
        try:
            async with httpx.AsyncClient(timeout=30, trust_env=False) as http:

                async def send(customer: int, text: str) -> None:
                    body = {"sender": f"+1202555{customer:04d}", "text": text}
                    (await http.post(f"{url}/messages", json=body)).raise_for_status()

                seen: dict[str, float] = {}

                async def read() -> None:
                    async with http.stream("GET", f"{url}/events", timeout=None) as answer:
                        async for line in answer.aiter_lines():
                            if line.startswith("data:"):
                                seen[json.loads(line[5:])] = time.perf_counter()

                reading = asyncio.create_task(read())
                await _settle(send, seen)
                times = await _paced(send, seen, seconds)
                reading.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await reading
        finally:
            await asyncio.to_thread(starting.__exit__, None, None, None)
    return times
