"""Signed SMS webhooks accepted and durable per second, one worker.

Baseline: a bare FastAPI app that validates a JSON body and inserts two rows with asyncpg in one transaction. Ours
verifies the signature, dedupes, keeps the interaction's gapless order, and writes message, interaction and events.
Rounds of both alternate; the medians are compared.
"""

import asyncio
import tempfile
from pathlib import Path

import asyncpg

from posthouse.demo.environment import ACCOUNT_SID
from tests.bench.report import Report, median, progress
from tests.bench.servers import free_port, hammer, postgres, process

TOKEN = "b" * 32


async def run(*, quick: bool) -> Report:
    """Alternate rounds of ours and the baseline."""
    return await asyncio.to_thread(_run, 2.0 if quick else 8.0, 2 if quick else 5)


def _run(seconds: float, rounds: int) -> Report:
    report = Report("sms_webhook")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, postgres(Path(folder)) as server:
        directory = Path(folder)
        asyncio.run(_create(server.url, "bare"))
        ours, bare = free_port(), free_port()
        public = f"http://127.0.0.1:{ours}"
        environment = {
            "POSTHOUSE_DATABASE_URL": server.url,
            "POSTHOUSE_PUBLIC_BASE_URL": public,
            "POSTHOUSE_SMS_TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "POSTHOUSE_SMS_TWILIO_AUTH_TOKEN": TOKEN,
            "POSTHOUSE_MIGRATE_ON_START": "true",
            "POSTHOUSE_LOG_LEVEL": "WARNING",
            "POSTHOUSE_DATA_DIR": folder,
        }
        bare_environment = {"BARE_URL": server.url.replace("/postgres", "/bare"), "BARE_PORT": str(bare)}
        with (
            process(
                ["-m", "posthouse", "serve", "sms", "--host", "127.0.0.1", "--port", str(ours)],
                environment,
                url=f"{public}/readyz",
                log=directory / "sms.log",
            ),
            process(
                ["-m", "tests.bench.bare_webhook"],
                bare_environment,
                url=f"http://127.0.0.1:{bare}/ready",
                log=directory / "bare.log",
            ),
        ):
            path = "/sms/v1/twilio/messages"
            options = {
                "kind": "sms",
                "host": "127.0.0.1",
                "port": ours,
                "path": path,
                "public_url": public + path,
                "auth_token": TOKEN,
                "connections": 32,
                "numbers": 2000,
                "count": int(seconds * 3000),
                "seconds": seconds,
            }
            bare_options = {
                "kind": "bare",
                "host": "127.0.0.1",
                "port": bare,
                "path": "/messages",
                "connections": 32,
                "seconds": seconds,
            }
            hammer(**{**options, "seconds": 1.0})
            hammer(**{**bare_options, "seconds": 1.0})
            mine, theirs = [], []
            for number in range(rounds):
                progress(f"round {number + 1} of {rounds}")
                mine.append(hammer(**options))
                theirs.append(hammer(**bare_options))
    rate, base = median([r["rate"] for r in mine]), median([r["rate"] for r in theirs])
    report.add("webhooks accepted and durable", rate, "1/s", baseline=base, aim="ratio ≥ 0.6")
    for share in ("p50", "p99"):
        base = median([r[share] for r in theirs])
        report.add(f"latency {share} at 32 connections", median([r[share] for r in mine]), "ms", baseline=base)
    return report


async def _create(url: str, name: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(f"create database {name}")
    await connection.close()
