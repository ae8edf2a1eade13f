"""Processor time per message from webhook to timeline, and how it changes with the number of stored cases.

SMS and cases run in one process on the embedded log. Counted: user and system time of that process, and of PostgreSQL's
backends. The store is then filled with cases, most of them closed, and the words to search them by, up to the larger
size, vacuumed and analysed, and measured again: of what autovacuum does after a bulk load nothing is a message's doing.
Baseline of each: inserting the same number of rows with asyncpg, one transaction each.
"""

import asyncio
import time
from contextlib import suppress

import asyncpg
import psutil

from chassis.settings import database_of
from tests.bench.case_store import fill
from tests.bench.report import Report, progress
from tests.bench.world import MessagePath, message_path

CUSTOMERS = 50
SIZES = (1_000, 1_000_000)


async def run(*, quick: bool) -> Report:
    """Small store, then large store, in one server."""
    sizes = (1_000, 20_000) if quick else SIZES
    messages = 300 if quick else 2_000
    report = Report("cpu_per_message")
    figures: list[float] = []
    async with message_path("log") as path:
        for customer in range(CUSTOMERS):
            await path.send(customer, "where is my parcel")
        await path.give_cases_to_agent(CUSTOMERS)
        stored = 0
        for size in sizes:
            progress(f"filling the store to {size:,} cases")
            await _fill(path, stored, size)
            stored = size
            await _round(path, messages // 4)
            rounds = [await _round(path, messages) for _ in range(1 if quick else 3)]
            python, database = (sorted(column)[len(column) // 2] for column in zip(*rounds, strict=True))
            base = await _bare(path, messages)
            report.add(f"process, {size:,} cases", python, "µs/message")
            report.add(f"PostgreSQL, {size:,} cases", database, "µs/message", baseline=base)
            figures.append(python + database)
        report.add(
            "both, larger store against smaller", figures[1], "µs/message", baseline=figures[0], aim="ratio ≤ 1.2"
        )
    return report


async def _round(path: MessagePath, messages: int) -> tuple[float, float]:
    """Microseconds per message of the process and of PostgreSQL."""
    marker = f"{time.time_ns()}"
    before = _cpu(path)
    limit = asyncio.Semaphore(8)

    async def one(number: int) -> None:
        async with limit:
            await path.send(number % CUSTOMERS, f"{marker} {number}")

    await asyncio.gather(*(one(number) for number in range(messages)))
    connection = await asyncpg.connect(database_of(path.server.url, "posthouse_cases"))
    try:
        query = "select count(*) from inbox"
        settled = -1
        while (now := await connection.fetchval(query)) != settled:
            settled = now
            await asyncio.sleep(1.0)
    finally:
        await connection.close()
    after = _cpu(path)
    return tuple((b - a) / messages * 1e6 for a, b in zip(before, after, strict=True))  # type: ignore[return-value]


def _cpu(path: MessagePath) -> tuple[float, float]:
    """Seconds so far of the process and of PostgreSQL with all its backends, ended ones included."""
    mine = psutil.Process(path.pid).cpu_times()
    postmaster = psutil.Process(path.server.pid)
    while True:  # until no backend ended while they were being read
        family = postmaster.children()
        with suppress(psutil.NoSuchProcess):
            living = [process.cpu_times() for process in family]
            own = postmaster.cpu_times()
            if postmaster.children() == family:
                break
    theirs = sum(times.user + times.system for times in [*living, own]) + own.children_user + own.children_system
    return mine.user + mine.system, theirs


async def _bare(path: MessagePath, messages: int) -> float:
    """Microseconds of PostgreSQL per bare insert."""
    connection = await asyncpg.connect(path.server.url)
    await connection.execute("create table if not exists bare (id bigserial primary key, text text)")
    before = _cpu(path)[1]
    for number in range(messages):
        await connection.execute("insert into bare (text) values ($1)", f"message {number}")
    after = _cpu(path)[1]
    await connection.close()
    return (after - before) / messages * 1e6


async def _fill(path: MessagePath, begin: int, end: int) -> None:
    connection = await asyncpg.connect(database_of(path.server.url, "posthouse_cases"))
    try:
        await fill(connection, begin, end)
    finally:
        await connection.close()
