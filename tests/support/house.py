"""The whole house with simulated providers in a process of its own, for tests that come from outside.

`python -m tests.support.house PORT` serves it until it is terminated.
"""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvloop

_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class House:
    """A running house."""

    url: str
    pid: int


@contextmanager
def running_house() -> Iterator[House]:
    """Started on a free port; stopped at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.house", str(port)],
            cwd=_ROOT,
            env={**_without_settings(), "POSTHOUSE_PUBLIC_BASE_URL": f"http://localhost:{port}"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(f"http://localhost:{port}", process, output)
            yield House(f"http://localhost:{port}", process.pid)
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
            process.kill()


def _without_settings() -> dict[str, str]:
    """The environment without settings of ours: a house chooses its ports itself."""
    return {name: value for name, value in os.environ.items() if not name.startswith("POSTHOUSE_")}


def _wait(url: str, process: "subprocess.Popen[bytes]", output: object) -> None:
    deadline = time.monotonic() + 120
    while True:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{url}/readyz", timeout=2, trust_env=False).status_code == 200:
                return
        if process.poll() is not None or time.monotonic() > deadline:
            output.seek(0)  # type: ignore[attr-defined]
            raise AssertionError(f"the house did not start:\n{output.read().decode()[-3000:]}")  # type: ignore[attr-defined]
        time.sleep(0.1)


async def _serve(port: int) -> None:
    from chassis.settings import ChassisSettings
    from posthouse.demo.run import BRISK, running_demo

    with tempfile.TemporaryDirectory(prefix="house-") as folder:
        Path(folder).chmod(0o755)
        settings = ChassisSettings(
            data_dir=folder, log_format="text", log_level="WARNING", public_base_url=f"http://localhost:{port}"
        )
        async with running_demo(settings, "127.0.0.1", port, pace=BRISK) as demo:
            await demo.house.runtime.draining.wait()
            await asyncio.sleep(0)


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
