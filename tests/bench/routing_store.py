"""Durable assignments: the owner's group commits on PostgreSQL, beside clients that take work by SKIP LOCKED.

Ours: an engine with 2,000 agents and 5,000 waiting commits batches as the service does, with fencing, state of agents,
items, offers and assignments, decision log, outbox events and entries of the agents' streams. Half of a batch frees
agents, half are arrivals; each freed agent is assigned an item. Baseline: one transaction per assignment that selects
the first fitting item `FOR UPDATE SKIP LOCKED`, marks it and inserts the assignment; 100,000 rows wait, indexed.
"""

import asyncio
import random
import tempfile
import time
from pathlib import Path

import asyncpg

import routing.app
from chassis.clock import SystemClock
from chassis.db.database import Database
from chassis.db.migrate import ensure_database, migrate
from chassis.ids import uuid7
from chassis.settings import database_of
from routing.dispatch.envelope import Envelope
from routing.dispatch.reign import Reign
from routing.domain.commands import (
    AgentProfile,
    Command,
    CompleteWork,
    ConfigureQueue,
    RequestWork,
    SetPresence,
    UpdateAgent,
    WorkRequest,
)
from routing.domain.decisions import WorkAccepted
from routing.domain.rules import QueueRules
from routing.domain.values import Presence, micros
from routing.parameters import RoutingParameters
from tests.bench.report import Report, progress
from tests.bench.routing_floor import QUEUE, REQUIREMENTS, Population
from tests.bench.servers import postgres

AGENTS = 2_000
WAITING = 5_000
ROWS = 100_000
DOMAIN = "bench"


async def run(report: Report, population: Population, *, quick: bool) -> float:
    """Adds the figures; returns the decisions per second of one SKIP LOCKED client."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, postgres(Path(folder)) as server:
        seconds = 1.0 if quick else 6.0
        progress("SKIP LOCKED")
        await ensure_database(server.url, "skip_locked")
        table = database_of(server.url, "skip_locked")
        await _fill(table, ROWS // 20 if quick else ROWS)
        one = await _skip_locked(table, population, clients=1, seconds=seconds)
        four = await _skip_locked(table, population, clients=4, seconds=seconds)
        report.add("SKIP LOCKED, one client", one, "assignments/s")
        report.add("SKIP LOCKED, four clients", four, "assignments/s", baseline=one)
        await ensure_database(server.url, "routing")
        url = database_of(server.url, "routing")
        await migrate(url, Path(routing.app.__file__).parent / "store" / "migrations")
        database = Database(url, service="routing", shared=False)
        try:
            await _durable(report, database, population, one, quick=quick)
        finally:
            await database.close()
    return one


async def _durable(report: Report, database: Database, population: Population, baseline: float, *, quick: bool) -> None:
    parameters = RoutingParameters()
    reign = await Reign.begin(database, DOMAIN, parameters, "bench")
    chance, clock = random.Random(2), SystemClock()
    agents, waiting, rounds = (200, 500, 3) if quick else (AGENTS, WAITING, 12)

    def now() -> int:
        return micros(clock.now())

    def arrival() -> Command:
        needs = population.needs[chance.randrange(REQUIREMENTS)]
        at, work_id = now(), uuid7()
        return RequestWork(at, WorkRequest(work_id, uuid7(), "C", None, "voice", QUEUE, needs, None, None, None, at), 5)

    async def commit(commands: list[Command]) -> list[WorkAccepted]:
        attempt = await reign.commit([Envelope(command) for command in commands], 0)
        return [one for outcome in attempt.outcomes for one in outcome.decisions if isinstance(one, WorkAccepted)]

    held: dict[str, WorkAccepted] = {}

    async def take(commands: list[Command]) -> int:
        taken = await commit(commands)
        held.update((one.agent_id, one) for one in taken)
        return len(taken)

    rules = QueueRules(name=QUEUE, ask_language=False, auto_accept=True, wrap_up_seconds=0)
    await commit([ConfigureQueue(now(), rules, "bench", None)])
    names = [f"agent-{number:05d}" for number in range(agents)]
    for first in range(0, agents, 250):
        chosen = list(enumerate(names))[first : first + 250]
        await commit(
            [
                UpdateAgent(now(), name, None, AgentProfile(population.of_agent(n), frozenset(), 100, {}, 0), None)
                for n, name in chosen
            ]
        )
        await commit([SetPresence(now(), name, None, Presence.AVAILABLE, None) for _, name in chosen])
    while len(reign.engine.floor.work) - len(held) < waiting:
        await take([arrival() for _ in range(250)])
    for size in (1, 50, 500):
        progress(f"durable, batches of {size}")
        assigned, count = 0, 100 if size == 1 else rounds
        began, cpu = time.perf_counter(), time.process_time()
        for _ in range(count):
            half = max(1, size // 2)
            freed = [held.pop(name).work.id for name in chance.sample(sorted(held), min(half, len(held)))]
            commands: list[Command] = [CompleteWork(now(), work_id, None) for work_id in freed]
            assigned += await take(commands + [arrival() for _ in range(half)])
        elapsed, spent = time.perf_counter() - began, time.process_time() - cpu
        aim = "ratio ≥ 3" if size == 500 else None
        report.add(
            f"durable, up to {size} commands a commit", assigned / elapsed, "assignments/s", baseline=baseline, aim=aim
        )
        if size == 500:
            report.add("durable: own CPU", spent / assigned * 1e6, "µs/assignment")
    began = time.perf_counter()
    items = len(reign.engine.floor.work)
    await reign.rebuild()
    report.add(f"rebuild from the store, {items:,} items, {agents:,} agents", time.perf_counter() - began, "s")


async def _fill(url: str, rows: int) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(
        """create table item (id bigserial primary key, place bigint not null, requirement int not null,
                              state text not null);
           create table taken (item_id bigint primary key, agent text not null, at timestamptz default now())"""
    )
    await connection.execute(
        """insert into item (place, requirement, state)
           select g, (g * 7919) % $1::int, 'waiting' from generate_series(1, $2::int) g""",
        REQUIREMENTS,
        rows,
    )
    await connection.execute("create index on item (requirement, place) where state = 'waiting'")
    await connection.execute("create index on item (place) where state = 'waiting'")
    await connection.execute("analyze")
    await connection.close()


async def _skip_locked(url: str, population: Population, *, clients: int, seconds: float) -> float:
    """Assignments per second of clients that each free an agent and look for the first item they may have."""
    able = [
        [
            number
            for number, needs in enumerate(population.needs)
            if all(skills.get(need.skill, 0) >= need.level for need in needs)
        ]
        for skills in population.skills
    ]
    able = [requirements for requirements in able if requirements]
    end = time.perf_counter() + seconds

    async def client(seed: int) -> int:
        connection = await asyncpg.connect(url)
        chance, done = random.Random(seed), 0
        while time.perf_counter() < end:
            async with connection.transaction():
                item = await connection.fetchval(
                    """select x.id from unnest($1::int[]) s cross join lateral (
                           select id, place from item where state = 'waiting' and requirement = s
                           order by place limit 1 for update skip locked) x order by x.place limit 1""",
                    chance.choice(able),
                )
                if item is not None:
                    await connection.execute("update item set state = 'assigned' where id = $1", item)
                    await connection.execute("insert into taken (item_id, agent) values ($1, 'agent')", item)
                    done += 1
        await connection.close()
        return done

    began = time.perf_counter()
    done = sum(await asyncio.gather(*(client(number) for number in range(clients))))
    return done / (time.perf_counter() - began)
