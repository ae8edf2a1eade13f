"""The tracking gateway: normalising, detecting, taking in scans, answering; beside karrio where both read a carrier.

Normalising: one push or answer of five events, from bytes to interpreted events and the parcel's state, in one process;
baseline: karrio's parser of the same carrier on the same bytes, in a process of its own, in turns. Counted is processor
time, since other work shares the machine. Detection: carriers ranked for a number, and numbers found in a mail. Scans:
events of the scan topic from JSON to commit, exceptions and clock rules evaluated, transitions in the outbox, 500 to a
transaction, on a store filled by SQL to each size; "own CPU" is what one core of the gateway would do. Queries: over
HTTP, of one parcel again and again (in the database's cache) and of random parcels of the full store.
"""

import asyncio
import tempfile
from pathlib import Path

from tests.bench.report import Report
from tests.bench.servers import postgres
from tests.bench.tracking_parsing import detection, normalising
from tests.bench.tracking_store import ingest_and_queries

SIZES = (10_000, 5_000_000)
QUICK_SIZES = (1_500, 5_000)


async def run(*, quick: bool) -> Report:
    """All parts, one after the other."""
    report = Report("tracking")
    await asyncio.to_thread(normalising, report, quick=quick)
    detection(report, quick=quick)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, postgres(Path(folder)) as server:
        await ingest_and_queries(report, server, Path(folder), QUICK_SIZES if quick else SIZES, quick=quick)
    return report
