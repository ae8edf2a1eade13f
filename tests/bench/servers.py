"""Servers that benchmarks measure, as processes of their own."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from chassis.db.server import PostgresServer

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def postgres(directory: Path) -> Iterator[PostgresServer]:
    """A PostgreSQL server of the benchmark's own."""
    directory.chmod(0o755)
    server = PostgresServer(directory / "postgres")
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def process(
    arguments: list[str], environment: dict[str, str], *, url: str, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A Python process that is ready when `url` answers 200."""
    with log.open("ab") as output:
        running = subprocess.Popen(
            [sys.executable, *arguments], env={**os.environ, **environment}, stdout=output, stderr=output, cwd=ROOT
        )
    try:
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(url, timeout=1, trust_env=False).status_code == 200:
                    break
            if running.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{' '.join(arguments)} did not start:\n{log.read_text()[-3000:]}")
            time.sleep(0.1)
        yield running
    finally:
        running.terminate()
        running.wait(20)


def hammer(**options: Any) -> dict[str, Any]:
    """Run the load generator in a process of its own and return its figures."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load"],
        input=json.dumps(options),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    figures: dict[str, Any] = json.loads(done.stdout)
    if figures["failed"]:
        raise RuntimeError(f"{figures['failed']} requests failed")
    return figures


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
