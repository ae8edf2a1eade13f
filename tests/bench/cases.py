"""The case service at 1,000, 100,000 and 1,000,000 cases: appending, lists, search, deadlines.

Ours runs as in production: records of the bus through inbox and handlers, HTTP requests through the whole application,
timers through the timer wheel; in this process, on a PostgreSQL of its own. Baselines write or read the same rows with
bare asyncpg on the same database, in the same run, in turns with ours: what the database alone takes. Messages are
appended in batches of 100, as after a pause; the baseline writes them one by one in one transaction, and once more with
one statement a table for all of them.

The store is filled with bulk SQL (indexes are built afterwards). One case in twenty is open.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx

from cases.actions.file import DEADLINE_TIMER
from cases.domain.search import query_tokens
from cases.store import lists, search
from cases.views import summary
from chassis.timers import TimerParameters, TimerWheel
from tests.bench.case_bare import Bare, set_deadlines
from tests.bench.case_store import AGENT, COMMON_WORD, HALF_COMMON_WORD, CaseStore, case_store
from tests.bench.events import message
from tests.bench.report import Report, median, percentile, progress

SIZES = (1_000, 100_000, 1_000_000)
HOT = 200
BATCH = 100
TIMERS = 10_000


async def run(*, quick: bool) -> Report:
    """All figures."""
    sizes = (100, 1_000) if quick else SIZES
    rounds = 20 if quick else 400
    report = Report("cases")
    async with case_store() as store:
        await store.open_hot_cases(20 if quick else HOT)
        bare = Bare(store)
        await bare.prepare()
        for size in sizes:
            began = time.perf_counter()
            await store.fill(size)
            progress(f"{size:,} cases stored after {time.perf_counter() - began:.0f} s")
            await _append(report, store, bare, size, rounds)
        await _reading(report, store, bare, sizes[-1], rounds)
        await _deadlines(report, store, bare, 100 if quick else TIMERS)
        await bare.connection.close()
    return report


async def _append(report: Report, store: CaseStore, bare: Bare, size: int, rounds: int) -> None:
    """Messages of customers whose cases have an owner: inbox, timeline, search index, the owner's live stream."""
    numbers = iter(range(10**9))

    def some(count: int) -> list[Any]:
        return [message(next(numbers) % len(store.hot), 2) for _ in range(count)]

    async def ours(count: int) -> None:
        await store.take(some(count))

    async def theirs(count: int) -> None:
        await bare.append([next(numbers) % len(store.hot) for _ in range(count)])

    await _timed(rounds // 4, lambda: ours(1), lambda: theirs(1))
    single, single_bare = await _timed(rounds, lambda: ours(1), lambda: theirs(1))

    async def one_by_one() -> None:
        await bare.append_each([next(numbers) % len(store.hot) for _ in range(BATCH)])

    batches = max(rounds // 20, 5)
    for what, base, aim in (
        ("", one_by_one, "ratio ≥ 0.67"),
        (", set-based baseline", lambda: theirs(BATCH), None),
    ):
        many, many_bare = await _timed(batches, lambda: ours(BATCH), base)
        rate, rate_bare = BATCH / median(many) * 1000, BATCH / median(many_bare) * 1000
        report.add(f"append, {size:,} cases{what}", rate, "messages/s", baseline=rate_bare, aim=aim)
    for share in (0.5, 0.99):
        report.add(
            f"append one message, p{share * 100:g}, {size:,} cases",
            percentile(single, share),
            "ms",
            baseline=percentile(single_bare, share),
            aim="ratio ≤ 1.5",
        )


async def _reading(report: Report, store: CaseStore, bare: Bare, size: int, rounds: int) -> None:
    """Each twice: the query with what it makes of its rows, and the whole request with sign-in, rights and JSON."""
    async with store.client() as agent, store.client("cases:admin") as supervisor:
        for name, http, params, where, arguments in (
            ("my open cases", agent, {"mine": "true"}, "owner = $1 and closed_at is null", (AGENT,)),
            ("all open cases", supervisor, {}, "closed_at is null", ()),
            ("a customer", supervisor, {"state": "all", "customer_id": str(CUSTOMER)}, "customer_id = $1", (CUSTOMER,)),
        ):
            wanted = lists.Wanted(
                state="all" if "state" in params else "open",
                owner=AGENT if params.get("mine") else None,
                customer_id=CUSTOMER if "customer_id" in params else None,
                waybill_no=None,
                case_type=None,
                before=None,
                limit=51,
            )
            query = _listing(store, wanted, AGENT if http is agent else None)
            await _compared(report, f"list {name}", size, rounds, query, _bare_list(bare, where, arguments))
            request = _asking(http, "/v1/cases", limit=50, **params)
            await _whole(report, f"list {name}", size, rounds, request, _bare_list(bare, where, arguments))
        for name, words in (
            ("a waybill", f"waybill{size // 2}"),
            ("two rare words", "w77 w78"),
            ("a word in every 20th entry", HALF_COMMON_WORD),
            ("a word in every 3rd entry", COMMON_WORD),
            ("nothing", "nowhere1 nowhere2"),
        ):
            query, base = _searching(store, words), _bare_search(bare, words)
            await _compared(report, f"search {name}", size, rounds // 2, query, base)
            await _whole(report, f"search {name}", size, rounds // 2, _asking(supervisor, "/v1/search", q=words), base)


Act = Callable[[], Awaitable[None]]


async def _compared(report: Report, name: str, size: int, rounds: int, ours: Act, theirs: Act) -> None:
    times, base = await _timed(rounds, ours, theirs)
    for share in (0.5, 0.99):
        figure = f"{name}, {size:,} cases: query, p{share * 100:g}"
        report.add(figure, percentile(times, share), "ms", baseline=percentile(base, share), aim="ratio ≤ 1.5")


async def _whole(report: Report, name: str, size: int, rounds: int, ours: Act, theirs: Act) -> None:
    times, base = await _timed(rounds, ours, theirs)
    figure = f"{name}, {size:,} cases: request, p99"
    report.add(figure, percentile(times, 0.99), "ms", baseline=percentile(base, 0.99))


CUSTOMER = UUID("00000000-0000-0032-8000-000000000001")


def _asking(http: httpx.AsyncClient, path: str, **params: Any) -> Act:
    async def ask() -> None:
        (await http.get(path, params=params)).raise_for_status()

    return ask


def _listing(store: CaseStore, wanted: lists.Wanted, agent_id: str | None) -> Act:
    office = store.service.app.state.office

    async def ask() -> None:
        async with store.service.db.read() as tx:
            found = await lists.cases(tx, wanted, agent_id=agent_id)
        for case in found:
            summary(case, office).model_dump_json()

    return ask


def _searching(store: CaseStore, text: str) -> Act:
    words, office = query_tokens(text), store.service.app.state.office

    async def ask() -> None:
        async with store.service.db.transaction() as tx:
            await search.by_number(tx, text, agent_id=None, limit=20)
            hits = await search.entries(tx, words, agent_id=None, before=None, limit=21)
            tx.audit(AGENT, "search", "cases", {"words": len(words), "found": len(hits)})
        for hit in hits:
            summary(hit.case, office).model_dump_json()

    return ask


def _bare_list(bare: Bare, where: str, arguments: Sequence[Any]) -> Act:
    return lambda: bare.listed(where, arguments)


def _bare_search(bare: Bare, words: str) -> Act:
    return lambda: bare.search(words)


async def _deadlines(report: Report, store: CaseStore, bare: Bare, count: int) -> None:
    """Limits of as many cases that run out within one second. Counted: from when each was due until its effects are
    committed."""
    lags = await _fired(store, count)
    bare_lags = await bare.fire(count)
    for share in (0.5, 0.99):
        report.add(
            f"deadline lag, {count:,} due in a second, p{share * 100:g}",
            percentile(lags, share),
            "ms",
            baseline=percentile(bare_lags, share),
            aim="ratio ≤ 1.5",
        )


async def _fired(store: CaseStore, count: int) -> list[float]:
    due = await set_deadlines(store, count)
    committed: dict[str, datetime] = {}
    wheel = TimerWheel(store.service.db, store.service._timers, TimerParameters())
    running = asyncio.create_task(wheel.run())
    connection = await store.connect()
    try:
        left = set(due)
        while left:
            await asyncio.sleep(0.02)
            rows = await connection.fetch("select key from timer where kind = $1", DEADLINE_TIMER)
            now, still = datetime.now(UTC), {row["key"] for row in rows}
            committed |= dict.fromkeys(left - still, now)
            left &= still
    finally:
        running.cancel()
        await asyncio.wait({running})
        await connection.close()
    return [(committed[key] - due[key]).total_seconds() * 1000 for key in due]


async def _timed(
    rounds: int, ours: Callable[[], Awaitable[None]], theirs: Callable[[], Awaitable[None]]
) -> tuple[list[float], list[float]]:
    """Milliseconds of each round of both, in turns."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for one, times in zip((ours, theirs), taken, strict=True):
            began = time.perf_counter()
            await one()
            times.append((time.perf_counter() - began) * 1000)
    return taken
