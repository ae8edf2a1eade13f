"""Scans taken in and parcels asked for, on stores of two sizes that SQL fills with copies of real journeys."""

import asyncio
import random
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import asyncpg
import psutil

import tracking_gateway
from chassis import memory
from chassis.db.database import Database
from chassis.db.migrate import ensure_database, migrate
from chassis.db.server import PostgresServer
from chassis.ids import uuid7
from chassis.settings import database_of
from contracts.event import Event
from contracts.parcels import ScanRecorded
from tests.bench.report import Report, median, progress
from tests.bench.servers import free_port, hammer, process
from tests.bench.tracking_parsing import knowledge
from tests.bench.world import keys_of
from tests.support.tokens import ISSUER, TestIssuer
from tracking_gateway.handlers import on_scan_recorded
from tracking_gateway.ingest import Ingest
from tracking_gateway.parameters import TrackingParameters

DATABASE = "posthouse_tracking_gateway"
NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=12)
"""Everything happens in the last hours: an old store would be busy raising silences while it is asked."""
JOURNEY = ("ORDERED", "COLLECTED", "DEPARTED", "ARRIVED")
NEXT = ("DEPARTED", "ARRIVED", "SORTED", "LOADED", "ARRIVED_DEST", "OUT_FOR_DELIVERY", "SIGNED")
PROBLEMS = ("ABSENT", "UNREACHABLE", "DAMAGED", "MISROUTED", "HELD", "REFUSED")
TEMPLATES = 1_000
NEW_SHARE, PROBLEM_SHARE = 0.1, 0.05
BATCH = 500


@dataclass(frozen=True)
class Round:
    """Microseconds per scan: elapsed, of this process, and of PostgreSQL."""

    elapsed: float
    own: float
    database: float


@dataclass
class Store:
    """The gateway's database, the handler of its scan topic, and how many parcels there are."""

    db: Database
    server: PostgresServer
    handle: object
    parcels: int = 0
    number: int = 0

    async def take_in(self, scans: list[bytes]) -> None:
        """Batches as the consumer of the topic makes them: JSON validated, handled, committed."""
        for start in range(0, len(scans), BATCH):
            now = self.db.clock.now()
            events = []
            for raw in scans[start : start + BATCH]:
                data = ScanRecorded.model_validate_json(raw)
                events.append(
                    Event(id=uuid7(), type=data.event_type, source="bench", time=now, key=data.key, data=data)
                )
            async with self.db.transaction() as tx:
                await self.handle(tx, events)  # type: ignore[operator]

    def scan(self, parcel: int, code: str, at: datetime) -> bytes:
        """A scan of the n-th parcel."""
        self.number += 1
        return (
            ScanRecorded(
                scan_id=f"s{self.number}",
                waybill_no=f"PH{parcel:012d}",
                code=code,
                description="快件已到达北京顺义转运中心",
                node=f"N{parcel % 300}",
                city="北京",
                occurred_at=at,
            )
            .model_dump_json()
            .encode()
        )

    def day(self, count: int, seed: int) -> list[bytes]:
        """A mixture of scans: most of parcels on their way, some of new ones, some of problems."""
        chance = random.Random(seed)
        scans = []
        for _ in range(count):
            new = chance.random() < NEW_SHARE
            self.parcels += new
            code = "COLLECTED" if new else chance.choice(PROBLEMS if chance.random() < PROBLEM_SHARE else NEXT)
            parcel = self.parcels if new else chance.randint(1, self.parcels)
            scans.append(self.scan(parcel, code, NOW + timedelta(seconds=self.number / 10)))
        return scans

    async def fill(self, size: int) -> None:
        """Copies of the templates, each a journey of four scans of which the newest is kept, up to so many parcels."""
        connection = await asyncpg.connect(self.db.url)
        try:
            await connection.execute(
                "set session_replication_role = replica; set synchronous_commit = off; set max_parallel_workers = 0"
            )
            for table, parcel_id in (("parcel", "id"), ("tracking_event", "parcel_id")):
                names = await connection.fetch(
                    "select column_name as name from information_schema.columns where table_name = $1", table
                )
                columns = [str(row["name"]) for row in names]
                values = ["f.id" if name == parcel_id else f"t.{name}" for name in columns]
                values = [
                    "f.waybill_no" if name == "waybill_no" else value
                    for name, value in zip(columns, values, strict=True)
                ]
                of_template = "t.id" if table == "parcel" else "t.parcel_id"
                newest = "" if table == "parcel" else f"and t.code = '{JOURNEY[-1]}'"
                await connection.execute(
                    f"""insert into {table} ({", ".join(columns)})
                        select {", ".join(values)} from (
                            select g, 'PH' || lpad(g::text, 12, '0') as waybill_no,
                                (lpad(to_hex(g), 12, '0') || '7' || substr(md5(g::text), 1, 3) || '8'
                                    || substr(md5(g::text), 4, 15))::uuid as id,
                                'PH' || lpad((1 + g % {TEMPLATES})::text, 12, '0') as template
                            from generate_series({self.parcels + 1}, {size}) as g) as f
                        join parcel p on p.waybill_no = f.template
                        join {table} t on {of_template} = p.id {newest}"""
                )
            await connection.execute("vacuum analyze parcel")
            await connection.execute("vacuum analyze tracking_event")
            await connection.execute("checkpoint")
        finally:
            await connection.close()
        self.parcels = max(self.parcels, size)


async def ingest_and_queries(
    report: Report, server: PostgresServer, folder: Path, sizes: tuple[int, ...], *, quick: bool
) -> None:
    """Fill, measure, fill further, measure again; then serve the larger store and ask."""
    await ensure_database(server.url, DATABASE)
    url = database_of(server.url, DATABASE)
    await migrate(url, Path(tracking_gateway.__file__).parent / "store" / "migrations")
    db = Database(url, service="tracking-gateway", shared=False)
    rules, parameters = knowledge(), TrackingParameters()
    ingest = Ingest(rules, parameters)
    handle = on_scan_recorded(ingest, rules, own_carrier="posthouse", zone=ZoneInfo("Asia/Shanghai"))
    store = Store(db, server, handle)
    try:
        for index, code in enumerate(JOURNEY):
            at = NOW - timedelta(hours=len(JOURNEY) - index)
            await store.take_in([store.scan(parcel, code, at) for parcel in range(1, TEMPLATES + 1)])
        store.parcels = TEMPLATES
        costs = []
        for turn, size in enumerate(sizes):
            progress(f"filling the store to {size:,} parcels")
            began = time.perf_counter()
            await store.fill(size)
            progress(f"filled in {time.perf_counter() - began:.0f} s")
            costs.append(await _ingest(report, store, size, turn, quick=quick))
        report.add("taking in, CPU, larger store against smaller", costs[1], "µs/scan", baseline=costs[0])
    finally:
        await db.engine.dispose()
    await _queries(report, server, folder, store, quick=quick)


async def _ingest(report: Report, store: Store, size: int, turn: int, *, quick: bool) -> float:
    scans, rounds = (2_000, 1) if quick else (20_000, 3)
    await store.take_in(store.day(scans // 4, turn * 100))
    measured = []
    with memory.settled():
        for number in range(rounds):
            work = store.day(scans, turn * 100 + number + 1)
            began, cpu, theirs = time.perf_counter(), time.process_time(), _database_seconds(store.server)
            await store.take_in(work)
            measured.append(
                Round(
                    (time.perf_counter() - began) / scans * 1e6,
                    (time.process_time() - cpu) / scans * 1e6,
                    (_database_seconds(store.server) - theirs) / scans * 1e6,
                )
            )
    elapsed, own, database = (
        median([getattr(one, name) for one in measured]) for name in ("elapsed", "own", "database")
    )
    label = f"{size:,} parcels"
    report.add(f"scans taken in, {label}", 1e6 / elapsed, "scans/s")
    report.add(f"scans per core of the gateway, {label}", 1e6 / own, "scans/s", aim="≥ 5,000")
    report.add(f"own CPU, {label}", own, "µs/scan")
    report.add(f"PostgreSQL's CPU, {label}", database, "µs/scan")
    return own + database


def _database_seconds(server: PostgresServer) -> float:
    """Processor time so far of PostgreSQL with all its processes, ended ones included."""
    postmaster = psutil.Process(server.pid)
    ended = postmaster.cpu_times()
    family = [postmaster, *postmaster.children()]
    running = sum(times.user + times.system for times in (one.cpu_times() for one in family))
    return running + ended.children_user + ended.children_system


def _seconds(running: psutil.Process) -> float:
    times = running.cpu_times()
    return times.user + times.system


async def _queries(report: Report, server: PostgresServer, folder: Path, store: Store, *, quick: bool) -> None:
    issuer, port, keys_port, seconds = TestIssuer(), free_port(), free_port(), 2 if quick else 15
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
    arguments = ["-m", "posthouse", "serve", "tracking-gateway", "--host", "127.0.0.1", "--port", str(port)]
    with ExitStack() as stack:
        async with keys_of(issuer, keys_port):
            starting = process(arguments, environment, url=f"{url}/readyz", log=folder / "tracking.log")
            served = psutil.Process((await asyncio.to_thread(stack.enter_context, starting)).pid)
            await asyncio.sleep(seconds)  # what a start brings with it is over
            before = _seconds(served)
            await asyncio.sleep(seconds)
            idle = (_seconds(served) - before) / seconds
            ask = partial(
                hammer,
                kind="parcels",
                host="127.0.0.1",
                port=port,
                connections=4,
                token=issuer.token("bench", ("tracking:read",)),
            )
            await asyncio.to_thread(ask, seconds=1, most=store.parcels)  # the first answers take longer
            for label, most in (("one parcel again and again", 1), ("random parcels", store.parcels)):
                before = _seconds(served)
                figures = await asyncio.to_thread(ask, seconds=seconds, most=most)
                report.add(f"query p50, {label}", figures["p50"], "ms")
                report.add(f"query p99, {label}", figures["p99"], "ms")
                report.add(f"queries, {label}", figures["rate"], "queries/s")
                spent = _seconds(served) - before - idle * seconds
                asked = figures["rate"] * seconds
                report.add(f"query, own CPU, {label}", spent / asked * 1e6, "µs/query")
            report.add("served, own CPU while nobody asks", idle * 100, "% of a core")
